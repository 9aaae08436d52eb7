"""What is taken back from people: it is set off before they are paid, and in a batch it is one payment with what they receive."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from tracker.db import db
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.rewards.models import APPROVED, CANCELLED, PROPOSED, RETURNED, Reward


def waits(line: type[Reward]) -> ColumnElement[bool]:
    """The condition that a line takes money back and waits to be set off: it is approved, or came back with its payment
    and is to be paid anew."""
    again = aliased(Reward)
    anew = exists().where(again.reissues_id == line.id, again.state != CANCELLED)
    return and_(
        line.amount < 0,
        or_(
            line.state == APPROVED,
            and_(line.state == PROPOSED, line.reissues_id.is_not(None)),
            and_(line.state == RETURNED, ~anew),
        ),
    )


def waiting_first() -> ScalarSelect[int | None]:
    """Of each reward line of a query: the first line that takes money of its currency back from its receiver and waits."""
    less = aliased(Reward)
    return (
        select(func.min(less.id))
        .where(waits(less), less.user_id == Reward.user_id, less.currency == Reward.currency)
        .scalar_subquery()
    )


def waiting_for(reward: Reward) -> int | None:
    """The line that is to be set off before an approved line of money is paid, where there is one."""
    if reward.state != APPROVED or reward.amount is None:
        return None
    query = select(func.min(Reward.id)).where(
        waits(Reward), Reward.user_id == reward.user_id, Reward.currency == reward.currency
    )
    return db.session.scalar(query)


def payment_of(reward: Reward) -> list[Reward]:
    """The lines that are paid and returned together with one, itself among them: those of its person in its batch, where
    one of them takes money back."""
    return payments_of(reward.batch_id, {reward.user_id}).get(reward.user_id, [reward]) if reward.batch_id else [reward]


def payments_of(batch_id: int, user_ids: Collection[int]) -> dict[int, list[Reward]]:
    """Person → the lines that are one payment in a batch, of those of the people from whom it takes money back."""
    less = aliased(Reward)
    query = select(Reward).where(
        Reward.batch_id == batch_id,
        Reward.user_id.in_(user_ids),
        exists().where(less.batch_id == batch_id, less.user_id == Reward.user_id, less.amount < 0),
    )
    found: dict[int, list[Reward]] = {}
    for line in db.session.scalars(query.order_by(Reward.id)):
        found.setdefault(line.user_id, []).append(line)
    return found


def returned_with(actor: Actor, reward: Reward) -> list[Reward]:
    """The lines of a payment that came back which are paid anew with one of them: those that aren't yet, and that the actor may."""
    lines = payment_of(reward)
    ids = [line.id for line in lines]
    anew = set(
        db.session.scalars(select(Reward.reissues_id).where(Reward.reissues_id.in_(ids), Reward.state != CANCELLED))
    )
    return [
        line
        for line in lines
        if line.state == RETURNED and line.id not in anew and allowed(actor, P.REWARD_REISSUE, line)
    ]
