"""The steps of a reward: proposed → approved → paid, or cancelled."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.rewards.models import APPROVED, CANCELLED, IN_BATCH, PAID, PROPOSED, RETURNED
from tracker.text import _l
from tracker.workflow import Step, Workflow

REWARD = Workflow(
    "reward",
    initial=(PROPOSED,),
    states={
        PROPOSED: _l("proposed"), APPROVED: _l("approved"), IN_BATCH: _l("in a batch"), PAID: _l("paid"),
        RETURNED: _l("returned"), CANCELLED: _l("cancelled"),
    },
    steps=(
        Step(action="approve", name=_l("Approve"), sources=(PROPOSED,), target=APPROVED,
             permission=P.REWARD_APPROVE, event="reward.approved"),
        # With all lines of a batch: when it is frozen, and when it is cancelled.
        Step(action="batch", name=_l("Put into a batch"), sources=(APPROVED,), target=IN_BATCH,
             permission=None, event="batch.frozen"),
        Step(action="unbatch", name=_l("Take out of the batch"), sources=(IN_BATCH,), target=APPROVED,
             permission=None, event="batch.cancelled"),
        Step(action="pay", name=_l("Mark as paid"), sources=(APPROVED, IN_BATCH), target=PAID,
             permission=P.REWARD_PAY, event="reward.paid"),
        Step(action="return", name=_l("Mark as returned"), sources=(IN_BATCH, PAID), target=RETURNED,
             permission=P.REWARD_RETURN, event="reward.returned"),
        Step(action="cancel", name=_l("Cancel"), sources=(PROPOSED, APPROVED), target=CANCELLED,
             permission=P.REWARD_CANCEL, event="reward.cancelled"),
    ),
)  # fmt: skip
