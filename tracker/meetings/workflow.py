"""The steps of a meeting: planned → held → minutes published; its day may wait for a person, move, or fall away."""

from __future__ import annotations

from tracker.meetings.models import CANCELLED, HELD, PLANNED, POSTPONED, PUBLISHED, SKIPPED, TO_CONFIRM
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

MEETING = Workflow(
    "meeting",
    initial=(PLANNED, TO_CONFIRM, SKIPPED),
    states={
        TO_CONFIRM: _l("day to be confirmed"), PLANNED: _l("planned"), HELD: _l("held"),
        PUBLISHED: _l("minutes published"), SKIPPED: _l("skipped"), POSTPONED: _l("postponed"), CANCELLED: _l("cancelled"),
    },
    steps=(
        Step(action="confirm", name=_l("Confirm the day"), sources=(TO_CONFIRM,), target=PLANNED,
             permission=P.MEETING_EDIT, event="meeting.confirmed"),
        # To another day; also one that was to fall away.
        Step(action="move", name=_l("Move the meeting"), sources=(TO_CONFIRM, PLANNED, SKIPPED, POSTPONED, CANCELLED),
             target=PLANNED, permission=P.MEETING_EDIT, event="meeting.moved"),
        # Without a new day yet.
        Step(action="postpone", name=_l("Postpone without a new day"), sources=(TO_CONFIRM, PLANNED), target=POSTPONED,
             permission=P.MEETING_EDIT, event="meeting.postponed"),
        # A day that turned out to be closed, before anybody touched the meeting; or nobody confirmed one.
        Step(action="skip", name=_l("Skip the meeting"), sources=(TO_CONFIRM, PLANNED), target=SKIPPED,
             permission=None, event="meeting.skipped"),
        # What a series does with meetings that nobody touched when its rule or the calendar of holidays changed.
        Step(action="plan", name=_l("Plan the meeting"), sources=(TO_CONFIRM, SKIPPED, CANCELLED), target=PLANNED,
             permission=None, event="series.edited"),
        Step(action="ask", name=_l("Ask for the day"), sources=(PLANNED, SKIPPED, CANCELLED), target=TO_CONFIRM,
             permission=None, event="series.edited"),
        Step(action="drop", name=_l("Take off the series"), sources=(TO_CONFIRM, PLANNED, SKIPPED), target=CANCELLED,
             permission=None, event="series.edited"),
        Step(action="end", name=_l("End the meeting"), sources=(PLANNED,), target=HELD,
             permission=P.MEETING_EDIT, event="meeting.ended"),
        # Ended by mistake.
        Step(action="resume", name=_l("Go on with the meeting"), sources=(HELD,), target=PLANNED,
             permission=P.MEETING_EDIT, event="meeting.resumed"),
        # Publishing the minutes says that it was held.
        Step(action="publish_minutes", name=_l("Publish the minutes"), sources=(PLANNED, HELD), target=PUBLISHED,
             permission=P.MEETING_EDIT, event="meeting.minutes_published"),
        Step(action="cancel", name=_l("Cancel the meeting"), sources=(TO_CONFIRM, PLANNED, POSTPONED), target=CANCELLED,
             permission=P.MEETING_EDIT, event="meeting.cancelled"),
    ),
)  # fmt: skip
