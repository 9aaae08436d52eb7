"""The steps of a proposed set of rules: approved or declined by somebody else, or withdrawn by who proposed it."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.rule_changes.models import PROPOSED, STATES
from tracker.text import _l
from tracker.workflow import Step, Workflow

RULE_CHANGE = Workflow(
    "rule_change",
    initial=(PROPOSED,),
    states=STATES,
    steps=(
        Step(action="approve", name=_l("Approve the rules"), sources=(PROPOSED,), target="approved",
             permission=P.RULES_APPROVE, event="rule_change.approved"),
        Step(action="decline", name=_l("Decline the rules"), sources=(PROPOSED,), target="declined",
             permission=P.RULES_APPROVE, event="rule_change.declined"),
        Step(action="withdraw", name=_l("Withdraw the proposal"), sources=(PROPOSED,), target="withdrawn",
             permission=P.RULES_WITHDRAW, event="rule_change.withdrawn"),
    ),
)  # fmt: skip
