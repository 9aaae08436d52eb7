"""The steps of an appeal: open → upheld, dismissed or withdrawn."""

from __future__ import annotations

from tracker.appeals.models import STATES
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

APPEAL = Workflow(
    "appeal",
    initial=("open",),
    states=STATES,
    steps=(
        Step(action="uphold", name=_l("Uphold the appeal"), sources=("open",), target="upheld",
             permission=P.APPEAL_ANSWER, event="appeal.upheld"),
        Step(action="dismiss", name=_l("Dismiss the appeal"), sources=("open",), target="dismissed",
             permission=P.APPEAL_ANSWER, event="appeal.dismissed"),
        Step(action="withdraw", name=_l("Withdraw the appeal"), sources=("open",), target="withdrawn",
             permission=P.CLAIM_HOLD, event="appeal.withdrawn"),
    ),
)  # fmt: skip
