"""The steps of a reward: proposed → approved → paid, or cancelled."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.rewards.models import APPROVED, CANCELLED, PAID, PROPOSED
from tracker.text import _l
from tracker.workflow import Step, Workflow

REWARD = Workflow(
    "reward",
    initial=(PROPOSED,),
    states={PROPOSED: _l("proposed"), APPROVED: _l("approved"), PAID: _l("paid"), CANCELLED: _l("cancelled")},
    steps=(
        Step(action="approve", name=_l("Approve"), sources=(PROPOSED,), target=APPROVED,
             permission=P.REWARD_APPROVE, event="reward.approved"),
        Step(action="pay", name=_l("Mark as paid"), sources=(APPROVED,), target=PAID,
             permission=P.REWARD_PAY, event="reward.paid"),
        Step(action="cancel", name=_l("Cancel"), sources=(PROPOSED, APPROVED), target=CANCELLED,
             permission=P.REWARD_CANCEL, event="reward.cancelled"),
    ),
)  # fmt: skip
