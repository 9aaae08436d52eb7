"""Pages of announcements: the mail to the SIG's list as it will go out, to be read and edited before it is sent."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request

from tracker.announcements import queries, rules, service
from tracker.announcements.blueprint import bp
from tracker.announcements.forms import AnnounceForm
from tracker.announcements.rules import AGENDA, MINUTES
from tracker.announcements.wording import LANGUAGES, Wording, wording
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.permissions import Permission as P
from tracker.text import _
from tracker.web.actions import Answer, submit
from tracker.web.i18n import language
from tracker.web.routes import actor, requires

__all__ = ["bp"]


@bp.route("/meetings/<int:meeting_id>/announce/agenda", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def announce_agenda(meeting: Meeting) -> Answer:
    return _announce(meeting, AGENDA)


@bp.route("/meetings/<int:meeting_id>/announce/minutes", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def announce_minutes(meeting: Meeting) -> Answer:
    return _announce(meeting, MINUTES)


def _announce(meeting: Meeting, kind: str) -> Answer:
    before = [row for row in queries.announcements_of(meeting.id) if row.kind == kind]
    chosen = request.args.get("language", "")
    chosen = chosen if chosen in LANGUAGES else language()
    obstacle = rules.obstacle(kind, queries.facts_of(meeting))
    draft = Wording("", "")
    if obstacle is None and request.method != "POST":
        draft = wording(kind, meeting, chosen, current_app.extensions["settings"])
    form = AnnounceForm(data={"subject": draft.subject, "body": draft.body, "number": len(before) + 1})
    return submit(
        form,
        lambda: service.announce_meeting(actor(), meeting, kind=kind, **form.values()),
        page=lambda: _page(meeting, kind, form, chosen),
        to=lambda _mailing: meeting.path,
        done=lambda mailing: _(
            "The mail to %(list)s is in the outbox and leaves within a minute.", list=mailing.address
        ),
    )


def _page(meeting: Meeting, kind: str, form: AnnounceForm, chosen: str) -> str:
    """As of now: a refusal may have told of an announcement that the form didn't know of."""
    before = [row for row in queries.announcements_of(meeting.id) if row.kind == kind]
    facts: dict[str, Any] = {"number": len(before) + 1 if form.refusal else form.number.data or len(before) + 1}
    return render_template(
        "announcements/announce.html", meeting=meeting, kind=kind, form=form, chosen=chosen, before=before,
        obstacle=rules.obstacle(kind, queries.facts_of(meeting)), kinds=MEETING_KINDS,
        sender=current_app.extensions["settings"].mail_from, **facts,
    )  # fmt: skip
