"""Payments: noted once, whoever tries how often; and what the bank sent back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, update

from tracker import clock
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.ledger.booking import Posting, book, reverse, reverse_all
from tracker.ledger.queries import transfers_of_reward, transfers_of_rewards
from tracker.permissions import Actor
from tracker.rewards import rules, set_off
from tracker.rewards.holding import hold, in_the_way, lock_all, meanwhile
from tracker.rewards.models import APPROVED, IN_BATCH, Reward
from tracker.rewards.workflow import REWARD
from tracker.text import _l


def pay_reward(actor: Actor, reward: Reward, *, reference: str, version: int) -> Reward:
    """Note that an approved line was paid, or a prize that isn't money handed over; once, whoever tries how often.

    Finance alone, and neither who approved nor who receives it. ``reference`` is the bank's. With a line of a batch all lines
    of the same payment are paid. Raises Forbidden, and Refused also where something is to be taken back from the person first.
    """
    reference = rules.check_reference(reference)
    reward = hold(actor, reward, "pay", version)
    if reward.points is not None:
        raise Refused(_l("Points are booked when they are approved: there is nothing to pay."))
    if reward.state == APPROVED and (reward.amount or 0) < 0:
        raise Refused(_l("It takes money back: a batch sets it off against what the person receives."))
    if (number := set_off.waiting_for(reward)) is not None:
        raise Refused(rules.set_off_first(number))
    if len(lines := _one_payment(actor, reward, "pay")) > 1:
        paid_all(actor, [(line, reference) for line in lines])
        return reward
    return paid(actor, reward, reference=reference, version=version)


def paid(actor: Actor, reward: Reward, *, reference: str, version: int) -> Reward:
    """Note the payment of a line that is held and was seen at ``version``. Raises Refused when somebody was quicker, Forbidden."""
    booked = note_payment(actor, reward, reference=reference, version=version)
    record(actor, "reward.paid", reward, reference=reference, booked=booked, **reward.worth)
    return reward


def note_payment(actor: Actor, reward: Reward, *, reference: str, version: int) -> list[str]:
    """As ``paid``, for steps with an event of their own: gives what that keeps as ``booked``."""
    # Held by the row count as well as by the lock: only one can find the line as it was seen.
    taken = db.session.execute(
        update(Reward)
        .where(Reward.id == reward.id, Reward.state.in_((APPROVED, IN_BATCH)), Reward.version == version)
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], taken).rowcount != 1:
        raise Refused(meanwhile(lock(Reward, reward.id)))
    reward = lock(Reward, reward.id)
    REWARD.advance(actor, reward, "pay")
    reward.paid_by_id, reward.paid_at, reward.payment_reference = actor.id, clock.now(), reference
    db.session.flush()
    return book(actor, [_payment(reward, reference)]) if reward.amount is not None else []


def _payment(reward: Reward, reference: str) -> Posting:
    return Posting(
        key=f"reward:{reward.id}:paid", kind="paid", amount=reward.amount or 0, unit=reward.currency,
        programme=reward.programme, sig_id=reward.sig_id, user_id=reward.user_id, task_id=reward.task_id,
        reward_id=reward.id, reason=reference,
    )  # fmt: skip


def return_reward(actor: Actor, reward: Reward, *, reason: str, version: int) -> Reward:
    """Note that the bank sent the money of a line back, or didn't take it.

    What was booked for it is taken back; the line counts as settled, and a line of the same sum that names it pays anew.
    All lines of the same payment come back together. Raises Refused, Forbidden.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_l("Say why the bank sent it back: the receiver reads it."), field="reason")
    reward = hold(actor, reward, "return", version)
    if len(lines := _one_payment(actor, reward, "return")) > 1:
        returned_all(actor, [(line, reason) for line in lines])
        return reward
    return returned(actor, reward, reason=reason)


def _one_payment(actor: Actor, reward: Reward, action: str) -> list[Reward]:
    """The lines that are one payment with a held one, held as well. Raises Refused where ``action`` isn't the actor's on one."""
    if len(found := set_off.payment_of(reward)) == 1:
        return found
    lines = lock_all(line.id for line in found)
    if (why := in_the_way(actor, action, lines)) is not None:
        raise Refused(why)
    return lines


def returned(actor: Actor, reward: Reward, *, reason: str) -> Reward:
    """Note the return of a line that is held. Raises Refused, Forbidden."""
    REWARD.check(actor, reward, "return")
    if reward.amount is None:
        raise Refused(_l("Only money comes back from a bank. Cancel the line, or propose a correction."))
    reward.returned_by_id, reward.returned_at, reward.reason = actor.id, clock.now(), reason
    REWARD.advance(actor, reward, "return")
    reward.version += 1
    db.session.flush()
    booked = reverse(actor, transfers_of_reward(reward.id), reason)
    record(actor, "reward.returned", reward, reason=reason, booked=booked, **reward.worth)
    return reward


# -- the lines of a batch -------------------------------------------------------------------------


def paid_all(actor: Actor, payments: Sequence[tuple[Reward, str]]) -> None:
    """Note the payments of lines of money that are held, each with its reference, in few statements however many they are.

    Raises Refused, Forbidden; then none is noted.
    """
    now = clock.now()
    for reward, reference in payments:
        REWARD.advance(actor, reward, "pay")
        reward.paid_by_id, reward.paid_at, reward.payment_reference = actor.id, now, reference
        reward.version += 1
    db.session.flush()
    booked = book(actor, [_payment(reward, reference) for reward, reference in payments])
    for (reward, reference), transfer in zip(payments, booked, strict=True):
        record(actor, "reward.paid", reward, reference=reference, booked=[transfer], **reward.worth)


def returned_all(actor: Actor, returns: Sequence[tuple[Reward, str]]) -> None:
    """Note that the bank sent back the money of lines that are held, each with its reason. As ``paid_all``."""
    now = clock.now()
    for reward, reason in returns:
        REWARD.advance(actor, reward, "return")
        reward.returned_by_id, reward.returned_at, reward.reason = actor.id, now, reason
        reward.version += 1
    db.session.flush()
    reasons = {reward.id: reason for reward, reason in returns}
    standing = transfers_of_rewards(list(reasons))
    back = reverse_all(actor, [(transfer, reasons[transfer.reward_id or 0]) for transfer in standing])
    booked: dict[int | None, list[str]] = defaultdict(list)
    for transfer, made in zip(standing, back, strict=True):
        booked[transfer.reward_id].append(made)
    for reward, reason in returns:
        record(actor, "reward.returned", reward, reason=reason, booked=booked[reward.id], **reward.worth)
