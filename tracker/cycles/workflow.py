"""The steps of a cycle: planning → open → closed."""

from __future__ import annotations

from tracker.cycles.models import CLOSED, OPEN, PLANNING
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

CYCLE = Workflow(
    "cycle",
    initial=(PLANNING,),
    states={PLANNING: _l("planning"), OPEN: _l("open"), CLOSED: _l("closed")},
    steps=(
        Step(action="publish", name=_l("Publish"), sources=(PLANNING, OPEN), target=OPEN,
             permission=P.CYCLE_PUBLISH, event="cycle.published"),
        Step(action="close", name=_l("Close the quarter"), sources=(OPEN,), target=CLOSED,
             permission=P.CYCLE_CLOSE, event="cycle.closed"),
    ),
)  # fmt: skip
