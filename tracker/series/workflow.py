"""The steps of a series (active → ended) and of a swap in its rota (offered → accepted, declined or withdrawn)."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.series.models import ACTIVE, ENDED, SWAP_STATES
from tracker.text import _l
from tracker.workflow import Step, Workflow

SERIES = Workflow(
    "meeting_series",
    initial=(ACTIVE,),
    states={ACTIVE: _l("active"), ENDED: _l("ended")},
    steps=(
        Step(action="end", name=_l("End the series"), sources=(ACTIVE,), target=ENDED,
             permission=P.SERIES_EDIT, event="series.ended"),
    ),
)  # fmt: skip

SWAP = Workflow(
    "rota_swap",
    initial=("offered",),
    states=SWAP_STATES,
    steps=(
        Step(action="accept", name=_l("Accept the swap"), sources=("offered",), target="accepted",
             permission=P.SWAP_ANSWER, event="swap.accepted"),
        Step(action="decline", name=_l("Decline the swap"), sources=("offered",), target="declined",
             permission=P.SWAP_ANSWER, event="swap.declined"),
        Step(action="withdraw", name=_l("Withdraw the offer"), sources=("offered",), target="withdrawn",
             permission=P.SWAP_WITHDRAW, event="swap.withdrawn"),
    ),
)  # fmt: skip
