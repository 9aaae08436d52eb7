"""The steps of a hand-over: offered → accepted → confirmed; or declined, refused, withdrawn."""

from __future__ import annotations

from tracker.handovers.models import OPEN, STATES
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

HAND_OVER = Workflow(
    "hand_over",
    initial=("offered",),
    states=STATES,
    steps=(
        Step(action="accept", name=_l("Take it over"), sources=("offered",), target="accepted",
             permission=P.HANDOVER_ANSWER, event="handover.accepted"),
        Step(action="decline", name=_l("Decline the offer"), sources=OPEN, target="declined",
             permission=P.HANDOVER_ANSWER, event="handover.declined"),
        Step(action="withdraw", name=_l("Withdraw the offer"), sources=OPEN, target="withdrawn",
             permission=P.HANDOVER_WITHDRAW, event="handover.withdrawn"),
        Step(action="confirm", name=_l("Confirm the hand-over"), sources=("accepted",), target="confirmed",
             permission=P.HANDOVER_CONFIRM, event="handover.confirmed"),
        Step(action="refuse", name=_l("Refuse the hand-over"), sources=("accepted",), target="refused",
             permission=P.HANDOVER_CONFIRM, event="handover.refused"),
    ),
)  # fmt: skip
