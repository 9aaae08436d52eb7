"""What people do about the clock of a claim: snoozing it, and taking a lapse back."""

from __future__ import annotations

from tracker import clock
from tracker.claims.lapses import resume
from tracker.claims.models import Claim
from tracker.claims.steps import hold
from tracker.claims.workflow import CLAIM
from tracker.clocks import queries, rules
from tracker.errors import Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P


def snooze(actor: Actor, claim: Claim) -> Claim:
    """Keep the claim for the programme's days longer without a report; once per claim.

    Raises Forbidden for anybody but its holder, Refused while there is nothing to snooze.
    """
    claim = hold(claim.id)
    demand(actor, P.CLAIM_HOLD, claim)
    facts = queries.facts(queries.row_of(claim.id))
    now = clock.now()
    claim.snoozed_until = rules.snoozed_until(facts, now)
    last = rules.clock(queries.facts(queries.row_of(claim.id)), now).report_by
    record(actor, "claim.snoozed", claim, until=last and last.isoformat())
    return claim


def undo_lapse(actor: Actor, claim: Claim) -> Claim:
    """Take the lapse of a claim back: its claimant, a mentor or a maintainer, within the programme's days and while a seat
    is free that nobody of the waitlist is about to get. The clock starts anew, and the strike is gone.

    Raises Forbidden, and Refused saying what stands against it.
    """
    claim = hold(claim.id)
    CLAIM.check(actor, claim, "undo_lapse")
    if (reason := queries.why_not_undone(claim)) is not None:
        raise Refused(reason)
    claim = resume(actor, claim)
    record(actor, "claim.lapse_undone", claim, before="lapsed", after="active", holder_id=claim.user_id)
    return claim
