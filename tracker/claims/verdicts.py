"""Taking the verdict "failed" back: the claim goes on where it can, else it is closed without a strike.

Who decides that is asked in ``tracker.appeals``. A closed claim isn't among ``rules.SPENT``: whoever was right in the end
may claim the task again.
"""

from __future__ import annotations

from tracker import clock
from tracker.claims.eligibility import gather
from tracker.claims.models import Claim
from tracker.claims.seats import number
from tracker.claims.steps import summarise
from tracker.claims.workflow import CLAIM
from tracker.events import record
from tracker.permissions import Actor

#: Why a claim can't go on, by the codes of ``events.sentences.REASONS``.
OVER, NO_SEAT, LIMIT, MENTOR = "not_open_now", "no_seat_now", "limit_now", "mentor"


def why_closed(claim: Claim) -> str:
    """The code of what stands against taking a failed claim up again; empty when it can go on.

    A seat counts as free that nobody of the waitlist is about to get; the limit is that of the claim's own rules. Raises
    Refused when the programme has no rules today.
    """
    known = gather(claim.user, claim.task)
    if not (known.published and (known.cycle_open or known.cycle_planned)):
        return OVER
    if known.is_mentor:
        return MENTOR
    if not known.seats_free:
        return NO_SEAT
    return LIMIT if len(known.held) >= claim.rules.live_claims_per_person else ""


def reopen(actor: Actor, claim: Claim) -> Claim:
    """Take a failed claim that is held up again, as if changes had been requested: the clock starts anew, the due date stays.

    Raises Refused when the state, the seats or the limit don't allow it.
    """
    CLAIM.check(actor, claim, "reopen")
    number(claim)
    CLAIM.advance(actor, claim, "reopen")
    claim.state_since = clock.now()
    claim.decided_at = claim.decided_by_id = claim.warned_at = None
    claim.reason = ""
    summarise(claim.task)
    record(actor, "claim.reopened", claim, before="failed", after=claim.state, holder_id=claim.user_id)
    return claim


def clear(actor: Actor, claim: Claim, *, code: str) -> Claim:
    """Close a failed claim that is held, without a strike, because it can't go on; its claimant is told why by ``code``.

    Raises Refused when it isn't failed.
    """
    CLAIM.advance(actor, claim, "clear")
    claim.state_since = claim.decided_at = clock.now()
    claim.decided_by_id = actor.id
    claim.reason = ""
    summarise(claim.task)
    record(
        actor, "claim.cleared", claim, tell=[claim.user_id], before="failed", after="closed", holder_id=claim.user_id,
        reason_code=code,
    )  # fmt: skip
    return claim
