"""The steps of a claim."""

from __future__ import annotations

from tracker.claims.models import HOLDING, SEATED, STATES, Claim
from tracker.permissions import Actor
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Subject, Workflow


class ClaimWorkflow(Workflow):
    """Gives the seat and the place below the person's limit back as soon as a state no longer holds them."""

    def advance(self, actor: Actor, thing: Subject, action: str) -> Step:
        assert isinstance(thing, Claim)
        step = super().advance(actor, thing, action)
        if step.target not in SEATED:
            thing.seat_no = None
        if step.target not in HOLDING:
            thing.hold_no = None
        return step


CLAIM = ClaimWorkflow(
    "claim",
    initial=("applied", "waiting"),
    states=STATES,
    holder=lambda claim: claim.user.display_name,
    steps=(
        Step(action="approve", name=_l("Approve"), sources=("applied",), target="active",
             permission=P.CLAIM_ANSWER, event="claim.approved"),
        Step(action="reject", name=_l("Decline"), sources=("applied",), target="rejected",
             permission=P.CLAIM_ANSWER, event="claim.rejected"),
        Step(action="withdraw", name=_l("Withdraw"), sources=("applied", "waiting"), target="withdrawn",
             permission=P.CLAIM_HOLD, event="claim.withdrawn"),
        # From the waitlist, when a seat is free.
        Step(action="promote", name=_l("Move up"), sources=("waiting",), target="applied",
             permission=None, event="claim.promoted"),
        Step(action="send_design", name=_l("Send the design document"), sources=("active",), target="design_review",
             permission=P.CLAIM_HOLD, event="claim.design_sent"),
        Step(action="accept_design", name=_l("Accept the design"), sources=("design_review",), target="active",
             permission=P.CLAIM_ANSWER, event="claim.design_accepted"),
        Step(action="return_design", name=_l("Return the design"), sources=("design_review",), target="active",
             permission=P.CLAIM_ANSWER, event="claim.design_returned"),
        Step(action="submit", name=_l("Hand in"), sources=("active", "changes_requested"), target="submitted",
             permission=P.CLAIM_HOLD, event="claim.submitted"),
        Step(action="request_changes", name=_l("Request changes"), sources=("submitted",), target="changes_requested",
             permission=P.CLAIM_REVIEW, event="claim.changes_requested"),
        Step(action="accept", name=_l("Accept"), sources=("submitted",), target="accepted",
             permission=P.CLAIM_REVIEW, event="claim.accepted"),
        Step(action="fail", name=_l("Fail"), sources=("active", "changes_requested", "submitted"), target="failed",
             permission=P.CLAIM_REVIEW, event="claim.failed"),
        Step(action="release", name=_l("Release the task"),
             sources=("active", "design_review", "submitted", "changes_requested"), target="released",
             permission=P.CLAIM_HOLD, event="claim.released"),
        # The nightly job, after a warning.
        Step(action="lapse", name=_l("Lapse"), sources=("active", "changes_requested"), target="lapsed",
             permission=None, event="claim.lapsed"),
        Step(action="undo_lapse", name=_l("Take it up again"), sources=("lapsed",), target="active",
             permission=P.CLAIM_UNDO_LAPSE, event="claim.lapse_undone"),
        # When a maintainer confirmed the hand-over: the one claim ends, the other begins in its seat.
        Step(action="hand_over", name=_l("Hand over"), sources=("active",), target="handed_over",
             permission=None, event="claim.handed_over"),
        Step(action="take_over", name=_l("Take over"), sources=("applied",), target="active",
             permission=None, event="claim.taken_over"),
        # When an appeal was upheld: back to work where a seat is free, else ended without having failed.
        Step(action="reopen", name=_l("Reopen"), sources=("failed",), target="changes_requested",
             permission=None, event="claim.reopened"),
        Step(action="clear", name=_l("Close after an appeal"), sources=("failed",), target="closed",
             permission=None, event="claim.cleared"),
        # The nightly job, when the last day of acceptance passed while a reviewer was late.
        Step(action="close_late", name=_l("Close: reviewed too late"), sources=("design_review", "submitted"),
             target="closed", permission=None, event="claim.closed"),
        # When the last seat of its task was accepted.
        Step(action="end_wait", name=_l("End the wait"), sources=("waiting",), target="closed",
             permission=None, event="claim.closed"),
        # When its task is withdrawn or its cycle closed.
        Step(action="close", name=_l("Close"),
             sources=("applied", "waiting", "active", "design_review", "submitted", "changes_requested"),
             target="closed", permission=P.CLAIM_CLOSE, event="claim.closed"),
    ),
)  # fmt: skip
