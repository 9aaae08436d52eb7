"""The steps of a proposal: proposed → on the agenda → heard; or declined, deferred, withdrawn."""

from __future__ import annotations

from tracker.agendas.models import STATES
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

PROPOSAL = Workflow(
    "proposal",
    initial=("proposed",),
    states=STATES,
    steps=(
        Step(action="accept", name=_l("Put it on the agenda"), sources=("proposed", "deferred"), target="accepted",
             permission=P.PROPOSAL_ANSWER, event="proposal.accepted"),
        Step(action="decline", name=_l("Decline"), sources=("proposed", "accepted", "deferred"), target="declined",
             permission=P.PROPOSAL_ANSWER, event="proposal.declined"),
        Step(action="defer", name=_l("Defer to the next meeting"), sources=("proposed", "accepted", "deferred"),
             target="deferred", permission=P.PROPOSAL_ANSWER, event="proposal.deferred"),
        # Not heard, or its meeting fell away: it waits for the next one.
        Step(action="carry", name=_l("Carry over to the next meeting"), sources=("proposed", "accepted", "deferred"),
             target="deferred", permission=None, event="proposal.carried_over"),
        Step(action="hear", name=_l("Heard"), sources=("accepted",), target="heard",
             permission=P.PROPOSAL_ANSWER, event="proposal.heard"),
        # Ticked by mistake.
        Step(action="unhear", name=_l("Not heard after all"), sources=("heard",), target="accepted",
             permission=P.PROPOSAL_ANSWER, event="proposal.unheard"),
        Step(action="withdraw", name=_l("Withdraw the proposal"), sources=("proposed", "accepted", "deferred"),
             target="withdrawn", permission=P.PROPOSAL_HOLD, event="proposal.withdrawn"),
    ),
)  # fmt: skip
