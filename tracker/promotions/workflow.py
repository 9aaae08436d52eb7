"""The steps of a promotion: an application is answered, a nomination put to the vote; the ballot decides."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.promotions.models import APPOINTED, DECLINED, LAPSED, OPEN, PROPOSED, REJECTED, STATES, VOTING, WITHDRAWN
from tracker.text import _l
from tracker.workflow import Step, Workflow

PROMOTION = Workflow(
    "promotion",
    initial=(PROPOSED,),
    states=STATES,
    steps=(
        Step(action="grant", name=_l("Take them in"), sources=(PROPOSED,), target=APPOINTED,
             permission=P.PROMOTION_ANSWER, event="promotion.granted"),
        Step(action="decline", name=_l("Decline the application"), sources=(PROPOSED,), target=DECLINED,
             permission=P.PROMOTION_ANSWER, event="promotion.declined"),
        Step(action="open", name=_l("Open the ballot"), sources=(PROPOSED,), target=VOTING,
             permission=P.BALLOT_OPEN, event="promotion.ballot_opened"),
        # By the candidate, to the last moment; by who nominated, before the vote.
        Step(action="withdraw", name=_l("Withdraw"), sources=OPEN, target=WITHDRAWN,
             permission=P.PROMOTION_STAND, event="promotion.withdrawn"),
        Step(action="take_back", name=_l("Take the nomination back"), sources=(PROPOSED,), target=WITHDRAWN,
             permission=P.PROMOTION_TAKE_BACK, event="promotion.taken_back"),
        # By anybody else who looks after the SIG.
        Step(action="set_aside", name=_l("Set the nomination aside"), sources=(PROPOSED,), target=WITHDRAWN,
             permission=P.PROMOTION_SET_ASIDE, event="promotion.set_aside"),
        # What the votes come to.
        Step(action="appoint", name=_l("Appoint"), sources=(VOTING,), target=APPOINTED,
             permission=None, event="promotion.passed"),
        Step(action="reject", name=_l("Not passed"), sources=(VOTING,), target=REJECTED,
             permission=None, event="promotion.not_passed"),
        Step(action="lapse", name=_l("Passed without effect"), sources=(VOTING,), target=LAPSED,
             permission=None, event="promotion.lapsed"),
    ),
)  # fmt: skip
