"""Pages of talks and of lists: the programme of a meeting, signing up, who signed up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, render_template, request, url_for

from tracker.accounts.blueprint import reader
from tracker.activities import queries, service
from tracker.activities.blueprint import bp
from tracker.activities.forms import SignUpForm, SpeakerForm
from tracker.activities.models import SignUp, Speaker
from tracker.activities.on_meeting import programme
from tracker.db import MAX_ID, db
from tracker.errors import Missing
from tracker.meetings.models import Meeting
from tracker.permissions import Permission as P
from tracker.text import _, _l, _n
from tracker.web.actions import Answer, perform, submit
from tracker.web.files import csv_file
from tracker.web.i18n import time_zone
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

__all__ = ["bp", "queries"]


@loads(Speaker, P.MEETING_READ)
def _load(meeting_id: int, speaker_id: int) -> Speaker:
    speaker = queries.get_speaker(speaker_id)
    if speaker.meeting_id != meeting_id:
        raise Missing(f"speaker {speaker_id} of meeting {meeting_id}")
    return speaker


# -- the programme --------------------------------------------------------------------------------


@bp.route("/meetings/<int:meeting_id>/speakers", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def speakers(meeting: Meeting) -> Answer:
    form = SpeakerForm(data={"minutes_long": 30})
    return submit(
        form,
        lambda: service.add_speaker(actor(), meeting, **form.values()),
        page=lambda: render_template("activities/speakers.html", meeting=meeting, talks=programme(meeting), form=form),
        to=lambda _speaker: url_for("activities.speakers", meeting_id=meeting.id),
        done=_l("The talk stands on the programme."),
    )


@bp.route("/meetings/<int:meeting_id>/speakers/<int:speaker_id>", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Speaker)
def edit_speaker(speaker: Speaker) -> Answer:
    form = SpeakerForm(obj=speaker)
    return submit(
        form,
        lambda: service.edit_speaker(actor(), speaker, **form.values()),
        page=lambda: render_template(
            "activities/edit_speaker.html", speaker=speaker, meeting=speaker.meeting, form=form
        ),
        to=lambda speaker: url_for("activities.speakers", meeting_id=speaker.meeting_id),
        done=_l("Saved."),
    )


def _moved(speaker: Speaker, *, up: bool) -> Answer:
    back = f"{speaker.meeting.path}speakers"
    return perform(
        lambda: service.move_speaker(actor(), speaker, up=up), to=lambda _speaker: back, done=_l("The order is changed."),
        back=back,
    )  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/speakers/<int:speaker_id>/up")
@requires(P.MEETING_EDIT, Speaker)
def speaker_up(speaker: Speaker) -> Answer:
    return _moved(speaker, up=True)


@bp.post("/meetings/<int:meeting_id>/speakers/<int:speaker_id>/down")
@requires(P.MEETING_EDIT, Speaker)
def speaker_down(speaker: Speaker) -> Answer:
    return _moved(speaker, up=False)


@bp.post("/meetings/<int:meeting_id>/speakers/<int:speaker_id>/remove")
@requires(P.MEETING_EDIT, Speaker)
def remove_speaker(speaker: Speaker) -> Answer:
    back = f"{speaker.meeting.path}speakers"
    return perform(
        lambda: service.remove_speaker(actor(), speaker),
        to=lambda _meeting: back,
        done=_l("The talk is off the programme."),
        back=back,
    )


# -- signing up -----------------------------------------------------------------------------------


@bp.post("/meetings/<int:meeting_id>/sign-up")
@requires(P.MEETING_SIGN_UP, Meeting)
def sign_up(meeting: Meeting) -> Answer:
    form = SignUpForm()
    return perform(
        lambda: service.sign_up(reader(), meeting, **form.values()),
        to=lambda made: made.path,
        done=_what_came_of_it,
        form=form,
        back=meeting.path,
    )


def _what_came_of_it(made: SignUp) -> str:
    if made.place_no is not None:
        return _("You have place %(num)s.", num=made.place_no)
    return _("All places are taken. You are on the waitlist as number %(num)s, and told when a place comes free.",
             num=queries.queue_number(made))  # fmt: skip


@bp.post("/meetings/<int:meeting_id>/sign-up/cancel")
@requires(P.MEETING_SIGN_UP, Meeting)
def cancel_sign_up(meeting: Meeting) -> Answer:
    return perform(
        lambda: service.cancel_sign_up(reader(), meeting),
        to=lambda cancelled: cancelled.path,
        done=_l("You are no longer on the list."),
        back=meeting.path,
    )


# -- who signed up --------------------------------------------------------------------------------


@bp.get("/meetings/<int:meeting_id>/sign-ups")
@requires(P.MEETING_EDIT, Meeting)
def sign_ups(meeting: Meeting) -> str:
    waiting = request.args.get("list") == "waiting"
    taken, waits = queries.taken_and_waiting(meeting.id)
    rows = queries.signed_up(meeting.id, waiting=waiting)
    if waiting:
        page = page_of(rows, keys=[SignUp.signed_up_at, SignUp.id], ascending=True, parse=_in_line,
                       key_of=lambda row: (row.signed_up_at.isoformat(), row.id))  # fmt: skip
    else:
        page = page_of(rows, keys=[SignUp.place_no], ascending=True, parse=_numbers, key_of=lambda row: (row.place_no,))
    return render_template(
        "activities/sign_ups.html", meeting=meeting, page=page, waiting=waiting, taken=taken, waits=waits
    )


def _numbers(parts: Sequence[str]) -> list[int]:
    """Numbers that a column can hold. Raises ValueError."""
    found = [int(part) for part in parts]
    if not all(0 < number <= MAX_ID for number in found):
        raise ValueError(parts)
    return found


def _in_line(parts: Sequence[str]) -> tuple[dt.datetime, int]:
    """The place after which the waitlist goes on. Raises ValueError."""
    at, (number,) = dt.datetime.fromisoformat(parts[0]), _numbers(parts[1:])
    if at.tzinfo is None:
        raise ValueError(parts)
    return at.astimezone(dt.UTC), number


@bp.get("/meetings/<int:meeting_id>/sign-ups.csv")
@requires(P.MEETING_EDIT, Meeting)
def sign_ups_file(meeting: Meeting) -> Response:
    """What the list and the waitlist show, and no more."""
    heading = [_("Place number"), _("Person"), _("Affiliation"), _("Word to the organisers"), _("Signed up")]
    return csv_file(heading, _lines(meeting), f"sign-ups-{meeting.id}", time_zone())


def _lines(meeting: Meeting) -> Iterable[list[Any]]:
    for waiting in (False, True):
        rows = queries.signed_up(meeting.id, waiting=waiting).order_by(SignUp.place_no, SignUp.signed_up_at, SignUp.id)
        for row in db.session.execute(rows):
            place = _("waitlist") if waiting else row.place_no
            yield [place, row.display_name or row.handle, row.affiliation, row.note, row.signed_up_at]


@bp.post("/meetings/<int:meeting_id>/sign-ups/fill")
@requires(P.MEETING_EDIT, Meeting)
def fill_places(meeting: Meeting) -> Answer:
    back = f"{meeting.path}sign-ups"
    return perform(
        lambda: service.fill_places(actor(), meeting),
        to=lambda _moved: back,
        done=lambda moved: _n("%(num)s person moved up and is told.", "%(num)s people moved up and are told.", moved),
        back=back,
    )
