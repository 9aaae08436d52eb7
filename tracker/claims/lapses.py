"""How claims end by the clock: lapsing, taking a lapse back, closing because a reviewer was late.

Whether the time has come is asked in ``tracker.clocks``; here is what then happens to the claim.
"""

from __future__ import annotations

import datetime as dt

from tracker import clock
from tracker.claims.models import Claim
from tracker.claims.seats import number
from tracker.claims.steps import end, fill_afterwards, summarise, take_step
from tracker.claims.workflow import CLAIM
from tracker.events import record
from tracker.permissions import SYSTEM, Actor


def lapse(claim: Claim, *, since: dt.date) -> Claim:
    """End a claim on which nothing was heard ``since`` a day: one strike, and the seat goes to the next person."""
    claim, before = take_step(SYSTEM, claim, "lapse")
    end(SYSTEM, claim, "")
    summarise(claim.task)
    record(
        SYSTEM, "claim.lapsed", claim, before=before, after="lapsed", holder_id=claim.user_id, since=since.isoformat(),
        reason_code="lapsed",
    )  # fmt: skip
    fill_afterwards(claim.task_id)
    return claim


def resume(actor: Actor, claim: Claim) -> Claim:
    """Give a lapsed claim that is held its seat and its place below the limit back; the clock starts anew and the strike is
    gone. The caller notes the event.

    Raises Forbidden, and Refused when the state, the seats or the limit don't allow it.
    """
    CLAIM.check(actor, claim, "undo_lapse")
    number(claim)
    CLAIM.advance(actor, claim, "undo_lapse")
    claim.state_since = clock.now()
    claim.decided_at = claim.decided_by_id = claim.warned_at = None
    claim.reason = ""
    summarise(claim.task)
    return claim


def close_late(claim: Claim) -> Claim:
    """Close a claim whose task accepts nothing any more because its reviewer was late: no strike."""
    claim, before = take_step(SYSTEM, claim, "close_late")
    end(SYSTEM, claim, "")
    summarise(claim.task)
    record(
        SYSTEM, "claim.closed", claim, before=before, after="closed", holder_id=claim.user_id, reason_code="late_review"
    )
    fill_afterwards(claim.task_id)
    return claim
