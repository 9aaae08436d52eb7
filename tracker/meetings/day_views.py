"""Pages about the day of a meeting: confirming, moving, postponing and cancelling it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import flash, render_template

from tracker import clock
from tracker.meetings import service
from tracker.meetings.blueprint import bp
from tracker.meetings.forms import CancelForm, ConfirmForm, MoveForm, PostponeForm
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.meetings.remarks import options_of
from tracker.meetings.slots import overlaps_of
from tracker.meetings.workflow import MEETING
from tracker.permissions import Permission as P
from tracker.text import Text, _, _l
from tracker.web.actions import Answer, submit
from tracker.web.filters import moment
from tracker.web.routes import actor, requires

#: So many possible days stand there to choose from; more are a field.
_SHOWN = 10


def path_of(meeting: Meeting) -> str:
    """Where a step on a meeting leads, after a warning about what else takes place then."""
    for overlap in overlaps_of(meeting)[:3]:
        flash(overlap_in_words(overlap.meeting, overlap.organiser), "warn")
    return meeting.path


def overlap_in_words(meeting: Meeting, organiser: str) -> str:
    """What takes place at the same time, for a warning."""
    when = moment(meeting.starts_at, meeting.time_zone)
    if organiser:
        return _("%(name)s organises %(meeting)s (%(when)s) at the same time.",
                 name=organiser, meeting=meeting.label, when=when)  # fmt: skip
    return _("The SIG has another meeting at the same time: %(meeting)s (%(when)s).", meeting=meeting.label, when=when)


def _impossible(meeting: Meeting, action: str) -> Text | None:
    """Why the step can't be taken in the meeting's state, for its page."""
    if meeting.state in MEETING.steps[action].sources:
        return None
    return _l("The meeting is in the state “%(state)s”: this isn't possible now.", state=MEETING.states[meeting.state])


@bp.route("/meetings/<int:meeting_id>/confirm", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def confirm_meeting(meeting: Meeting) -> Answer:
    form = ConfirmForm()
    today = clock.today(meeting.time_zone)
    days = [day for day in options_of(meeting) if day >= today]
    return submit(
        form,
        lambda: service.confirm_meeting(actor(), meeting, **form.values()),
        page=lambda: render_template(
            "meetings/confirm_meeting.html", meeting=meeting, form=form, days=days, few=len(days) <= _SHOWN,
            kinds=MEETING_KINDS, impossible=_impossible(meeting, "confirm"),
        ),
        to=path_of,
        done=_l("The day is confirmed; followers of the SIG are told."),
    )  # fmt: skip


@bp.route("/meetings/<int:meeting_id>/move", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def move_meeting(meeting: Meeting) -> Answer:
    local = meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone))
    form = MoveForm(meeting, data={"starts_on": local.date(), "start": local.time(), "version": meeting.version})
    return submit(
        form,
        lambda: service.move_meeting(actor(), meeting, **form.values()),
        page=lambda: render_template(
            "meetings/move_meeting.html", meeting=meeting, form=form, kinds=MEETING_KINDS,
            version=meeting.version if form.refusal else form.version.data, impossible=_impossible(meeting, "move"),
        ),
        to=path_of,
        done=_l("The meeting is moved; followers of the SIG are told."),
    )  # fmt: skip


@bp.route("/meetings/<int:meeting_id>/postpone", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def postpone_meeting(meeting: Meeting) -> Answer:
    form = PostponeForm()
    return submit(
        form,
        lambda: service.postpone_meeting(actor(), meeting, **form.values()),
        page=lambda: render_template(
            "meetings/postpone_meeting.html", meeting=meeting, form=form, kinds=MEETING_KINDS,
            impossible=_impossible(meeting, "postpone"),
        ),
        to=lambda meeting: meeting.path,
        done=_l("The meeting is postponed; followers of the SIG are told why."),
    )  # fmt: skip


@bp.route("/meetings/<int:meeting_id>/cancel", methods=["GET", "POST"])
@requires(P.MEETING_EDIT, Meeting)
def cancel_meeting(meeting: Meeting) -> Answer:
    form = CancelForm()
    return submit(
        form,
        lambda: service.cancel_meeting(actor(), meeting, reason=form.reason.data),
        page=lambda: render_template(
            "meetings/cancel_meeting.html", meeting=meeting, form=form, kinds=MEETING_KINDS,
            impossible=_impossible(meeting, "cancel"),
        ),
        to=lambda meeting: meeting.path,
        done=_l("The meeting is cancelled; followers of the SIG are told why."),
    )  # fmt: skip
