"""What is done about hand-overs: offered by the holder, accepted by the receiver, confirmed by a maintainer.

Each step holds both people (the lower id first), the task, the claim and the offer, and asks everything again: what the
receiver was allowed when it was offered may not be so any more. An offer whose claim ends in another way ends with it: it
can be neither accepted nor confirmed, and reads as ended (``rules.standing``).
"""

from __future__ import annotations

from tracker import clock
from tracker.accounts.models import User
from tracker.accounts.queries import find_user
from tracker.claims.models import Claim
from tracker.claims.rules import check_reason
from tracker.claims.steps import hold
from tracker.claims.succession import hold_with, pass_on, pays_wage, unmet
from tracker.claims.workflow import CLAIM
from tracker.db import db, lock
from tracker.events import record
from tracker.handovers import queries, rules
from tracker.handovers.models import HandOver
from tracker.handovers.workflow import HAND_OVER
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes.service import sign_agreement


def offer_hand_over(actor: Actor, claim: Claim, *, receiver: str, message: str = "") -> HandOver:
    """Offer an active claim to the person with the handle ``receiver``; they answer, then a maintainer confirms.

    Raises Forbidden for anybody but its holder, and Refused when the claim isn't active, is offered already, or when the
    receiver couldn't have it (the agreement aside, which they sign when they accept).
    """
    claim = hold(claim.id)
    demand(actor, P.CLAIM_HOLD, claim)
    CLAIM.check(actor, claim, "hand_over")
    # By handle alone: a form isn't the place to try whose an e-mail address is.
    handle = receiver.strip().removeprefix("@")
    person = None if "@" in handle else find_user(handle)
    rules.check_offer(_facts(claim, person))
    assert person is not None  # refused by then
    hand_over = HandOver(
        claim=claim, claim_id=claim.id, user=person, user_id=person.id, state="offered", message=message.strip(),
        offered_at=clock.now(),
    )  # fmt: skip
    db.session.add(hand_over)
    record(actor, "handover.offered", hand_over, person_id=person.id)
    return hand_over


def _facts(claim: Claim, person: User | None) -> rules.Facts:
    return rules.Facts(
        known=person is not None,
        suspended=person is not None and person.suspended_at is not None,
        name=_name(person) if person else "",
        is_giver=person is not None and person.id == claim.user_id,
        open_offer=queries.has_open_offer(claim.id),
        confirmers=len(queries.confirmers(claim, person.id)) if person else 0,
        claims_until=claim.task.cycle.claims_until,
        sig=claim.task.sig.name,
        unmet=unmet(person, claim, agree=True) if person else (),
    )


def _name(person: User) -> str:
    return person.display_name or person.handle


def _hold(hand_over_id: int) -> HandOver:
    found = queries.get_hand_over(hand_over_id)
    hold_with(found.claim_id, found.user_id)
    return lock(HandOver, hand_over_id)


def _decided(actor: Actor, hand_over: HandOver, action: str, reason: str = "") -> HandOver:
    HAND_OVER.advance(actor, hand_over, action)
    hand_over.decided_at, hand_over.decided_by_id = clock.now(), actor.id
    hand_over.reason = reason.strip()
    return hand_over


# -- by the receiver ------------------------------------------------------------------------------


def accept_hand_over(actor: Actor, hand_over: HandOver, *, plan: str, agree: bool = False) -> HandOver:
    """Say that one takes the task over, with a plan; ``agree`` signs the agreement where its terms pay a wage. The clock of
    the claim pauses until a maintainer answers.

    Raises Forbidden for anybody else, and Refused with the first guard of applying that isn't met (the seat aside), at a
    field, or when the claim isn't active any more.
    """
    hand_over = _hold(hand_over.id)
    HAND_OVER.check(actor, hand_over, "accept")
    claim = hand_over.claim
    CLAIM.check(actor, claim, "hand_over")
    rules.check_accept(unmet(hand_over.user, claim, agree=agree), plan)
    programme = claim.task.cycle.programme
    if agree and pays_wage(claim) and programme.agreement_on is not None:
        sign_agreement(actor, programme)
    HAND_OVER.advance(actor, hand_over, "accept")
    hand_over.accepted_at, hand_over.plan = clock.now(), plan.strip()
    record(actor, "handover.accepted", hand_over, tell=[claim.user_id])
    return hand_over


def decline_hand_over(actor: Actor, hand_over: HandOver, *, reason: str = "") -> HandOver:
    """Say no, also after having accepted, until it is confirmed. Raises Refused, Forbidden."""
    hand_over = _decided(actor, _hold(hand_over.id), "decline", reason)
    record(actor, "handover.declined", hand_over, tell=[hand_over.offered_by_id], reason=hand_over.reason)
    return hand_over


# -- by the holder --------------------------------------------------------------------------------


def withdraw_hand_over(actor: Actor, hand_over: HandOver) -> HandOver:
    """Take the offer back until it is confirmed. Raises Refused, Forbidden."""
    hand_over = _decided(actor, _hold(hand_over.id), "withdraw")
    record(actor, "handover.withdrawn", hand_over, person_id=hand_over.user_id)
    return hand_over


# -- by a maintainer ------------------------------------------------------------------------------


def confirm_hand_over(actor: Actor, hand_over: HandOver) -> HandOver:
    """Let the task go to the receiver: the giver's claim ends without a strike, the receiver's begins in its seat.

    Raises Forbidden for who isn't a maintainer of the SIG, gives, receives or waits for the task, and Refused when the claim
    isn't active any more or the receiver doesn't pass every guard of applying now (the seat aside).
    """
    hand_over = _hold(hand_over.id)
    HAND_OVER.check(actor, hand_over, "confirm")
    claim, person = hand_over.claim, hand_over.user
    CLAIM.check(actor, claim, "hand_over")
    rules.check_confirm(_name(person), suspended=person.suspended_at is not None, unmet=unmet(person, claim))
    hand_over = _decided(actor, hand_over, "confirm")
    asked_at = hand_over.accepted_at or hand_over.offered_at
    hand_over.new_claim_id = pass_on(actor, claim, person, plan=hand_over.plan, asked_at=asked_at).id
    record(actor, "handover.confirmed", hand_over, tell=[claim.user_id], person_id=person.id)
    return hand_over


def refuse_hand_over(actor: Actor, hand_over: HandOver, *, reason: str) -> HandOver:
    """Say no, with a reason that both read: the holder goes on. Raises Refused, Forbidden."""
    reason = check_reason(reason)
    hand_over = _decided(actor, _hold(hand_over.id), "refuse", reason)
    record(
        actor, "handover.refused", hand_over, tell=[hand_over.offered_by_id], person_id=hand_over.user_id, reason=reason
    )
    return hand_over
