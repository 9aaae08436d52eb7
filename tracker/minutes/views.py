"""Pages of minutes: drafting, reading through, publishing, correcting, and every version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, abort, render_template, request
from flask_babel import force_locale

from tracker.comparing import compared
from tracker.errors import Missing
from tracker.meetings.models import OFF, PUBLISHED, Meeting
from tracker.meetings.queries import get_meeting
from tracker.minutes import item_views, models, queries, run_answers, run_views, service
from tracker.minutes.blueprint import bp
from tracker.minutes.draft import draft
from tracker.minutes.forms import CorrectForm, MinutesForm, PublishForm
from tracker.minutes.plain import plain
from tracker.minutes.queries import Version
from tracker.minutes.rules import merge
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.i18n import LOCALES, language
from tracker.web.routes import actor, loads, requires

__all__ = ["bp", "item_views", "models", "run_answers", "run_views"]


def _path(meeting: Meeting) -> str:
    return meeting.path


# -- writing --------------------------------------------------------------------------------------


@bp.route("/meetings/<int:meeting_id>/minutes", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def minutes(meeting: Meeting) -> Answer:
    asked = request.args.get("draft") == "anew"
    prepared = _prepared(meeting, asked)
    form = MinutesForm(data={"minutes": prepared.text, "version": meeting.version, "drafted": prepared.drafted,
                             "language": prepared.language})  # fmt: skip
    return submit(
        form,
        lambda: service.write_minutes(actor(), meeting, **form.values()),
        page=lambda: render_template(
            "minutes/minutes.html", meeting=meeting, form=form, prepared=prepared, version=_version(form, meeting),
            off=meeting.state in OFF,
        ),
        to=lambda meeting: f"{meeting.path}minutes/publish",
        done=_l("Saved. Read it through, then publish."),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the page of the minutes begins with. ``anew``: the draft of now was merged into what was written;
    ``news``: it says more than the draft that the writing began with."""

    text: str
    drafted: str
    language: str
    anew: bool = False
    news: bool = False


def _prepared(meeting: Meeting, anew: bool) -> Prepared:
    discussion = queries.find_discussion(meeting.id)
    if not meeting.minutes or meeting.state in (PUBLISHED, *OFF):
        text = draft(meeting) if not meeting.minutes and meeting.state not in OFF else meeting.minutes
        return Prepared(text, text, language())
    before = discussion.drafted if discussion else ""
    spoken = discussion.language if discussion and before else language()
    with force_locale(LOCALES[spoken]):
        now = draft(meeting)
    if anew:
        # Minutes that no draft is known of: what both say stands once.
        return Prepared(merge(before, now, meeting.minutes), now, spoken, anew=True)
    return Prepared(meeting.minutes, before, spoken, news=_lines(now) != _lines(before))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _version(form: Any, meeting: Meeting) -> int:
    """The version that the page's form carries: what was seen, or, once the reader was told of a change, the newest."""
    seen = form.version.data
    return meeting.version if form.refusal or not isinstance(seen, int) else seen


@bp.get("/meetings/<int:meeting_id>/minutes/publish")
@requires(P.MEETING_EDIT, Meeting)
def read_through(meeting: Meeting) -> str:
    return render_template(
        "minutes/read_through.html", meeting=meeting, text=plain(meeting.minutes), published=meeting.state == PUBLISHED
    )


@bp.post("/meetings/<int:meeting_id>/minutes/publish")
@requires(P.MEETING_EDIT, Meeting)
def publish_minutes(meeting: Meeting) -> Answer:
    form = PublishForm()
    return perform(
        lambda: service.publish_minutes(actor(), meeting, version=form.version.data),
        to=_path,
        done=_l("The minutes are published; followers of the SIG are told."),
        form=form,
        back=f"{meeting.path}minutes",
    )


@bp.route("/meetings/<int:meeting_id>/minutes/correct", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def correct_minutes(meeting: Meeting) -> Answer:
    form = CorrectForm(data={"text": meeting.minutes, "version": meeting.version})
    return submit(
        form,
        lambda: service.correct_minutes(actor(), meeting, **form.values()),
        page=lambda: render_template(
            "minutes/correct_minutes.html", meeting=meeting, form=form, version=_version(form, meeting),
            published=meeting.state == PUBLISHED,
        ),
        to=_path,
        done=_l("The minutes are corrected; the version before stays readable."),
    )  # fmt: skip


# -- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a meeting's minutes, beside the others."""

    meeting: Meeting
    versions: list[Version]
    version: Version


@loads(Published, P.MEETING_READ)
def _load(meeting_id: int, number: int) -> Published:
    meeting = get_meeting(meeting_id)
    versions = queries.versions_of(meeting)
    for version in versions:
        if version.number == number:
            return Published(meeting, versions, version)
    raise Missing(f"version {number} of the minutes of meeting {meeting_id}")


@bp.get("/meetings/<int:meeting_id>/minutes/<int:number>")
@requires(P.MEETING_READ, Published)
def minutes_version(published: Published) -> str:
    number = published.version.number
    before = next((version for version in published.versions if version.number == number - 1), None)
    changes = compared(before.text, published.version.text) if before else []
    return render_template(
        "minutes/minutes_version.html", meeting=published.meeting, versions=published.versions,
        version=published.version, changes=changes,
    )  # fmt: skip


@bp.get("/meetings/<int:meeting_id>/minutes.md")
@requires(P.MEETING_READ, Meeting)
def minutes_markdown(meeting: Meeting) -> Response:
    """The newest published minutes as they were written, for a pad."""
    return _download(meeting, meeting.minutes + "\n", "md", "text/markdown")


@bp.get("/meetings/<int:meeting_id>/minutes.txt")
@requires(P.MEETING_READ, Meeting)
def minutes_plain(meeting: Meeting) -> Response:
    """The newest published minutes as plain text, for a mailing list."""
    return _download(meeting, plain(meeting.minutes), "txt", "text/plain")


def _download(meeting: Meeting, text: str, ending: str, kind: str) -> Response:
    if meeting.state != PUBLISHED or meeting.minutes_published_at is None:
        abort(404)
    day = meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)).date()
    name = f"{meeting.sig.slug}-{day.isoformat()}.{ending}"
    return Response(
        text, content_type=f"{kind}; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
