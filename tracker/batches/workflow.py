"""The one step of a batch as a whole: while nothing of it is paid or returned, it can be cancelled. Its lines go their own way."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

FROZEN, CANCELLED = "frozen", "cancelled"

BATCH = Workflow(
    "payout_batch",
    initial=(FROZEN,),
    states={FROZEN: _l("frozen"), CANCELLED: _l("cancelled")},
    steps=(
        Step(action="cancel", name=_l("Cancel the batch"), sources=(FROZEN,), target=CANCELLED,
             permission=P.BATCH_CANCEL, event="batch.cancelled"),
    ),
)  # fmt: skip
