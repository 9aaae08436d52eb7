"""The steps of an objection: open → upheld or dismissed."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.public_notices.models import STATES
from tracker.text import _l
from tracker.workflow import Step, Workflow

OBJECTION = Workflow(
    "objection",
    initial=("open",),
    states=STATES,
    steps=(
        Step(action="uphold", name=_l("Uphold the objection"), sources=("open",), target="upheld",
             permission=P.OBJECTION_ANSWER, event="objection.upheld"),
        Step(action="dismiss", name=_l("Dismiss the objection"), sources=("open",), target="dismissed",
             permission=P.OBJECTION_ANSWER, event="objection.dismissed"),
    ),
)  # fmt: skip
