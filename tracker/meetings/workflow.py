"""The steps of a meeting: planned → held, or cancelled."""

from __future__ import annotations

from tracker.meetings.models import CANCELLED, HELD, PLANNED
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

MEETING = Workflow(
    "meeting",
    initial=(PLANNED,),
    states={PLANNED: _l("planned"), HELD: _l("held"), CANCELLED: _l("cancelled")},
    steps=(
        # Publishing the minutes says that it was held.
        Step(action="publish_minutes", name=_l("Publish the minutes"), sources=(PLANNED,), target=HELD,
             permission=P.MEETING_EDIT, event="meeting.minutes_published"),
        Step(action="cancel", name=_l("Cancel the meeting"), sources=(PLANNED,), target=CANCELLED,
             permission=P.MEETING_EDIT, event="meeting.cancelled"),
    ),
)  # fmt: skip
