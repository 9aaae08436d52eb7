"""What settlements still owe a person before there is a line of it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from tracker.accounts.models import User
from tracker.db import db, find
from tracker.ledger.models import POINTS, Transfer
from tracker.ledger.queries import Credited, signed
from tracker.payees.holding_up import still_open
from tracker.payees.queries import contracts_of
from tracker.programmes.models import Programme
from tracker.programmes.months import last_day, next_month
from tracker.programmes.queries import rules_of
from tracker.programmes.rules import in_force
from tracker.rewards.models import CANCELLED, Reward
from tracker.settlements.models import Settlement, SettlementLine
from tracker.settlements.queries import last_settled
from tracker.text import Text, _l, _nl


def unsettled(user_id: int) -> list[Programme]:
    """Programmes that owe the person a settlement: with points that wages are paid for in a month that isn't settled yet."""
    last = select(func.max(Settlement.month)).where(Settlement.programme_id == Transfer.programme_id).scalar_subquery()
    query = (
        select(Programme, func.min(Transfer.month))
        .join(Transfer, Transfer.programme_id == Programme.id)
        .where(
            Transfer.user_id == user_id, Transfer.kind == POINTS, Transfer.for_wage,
            Transfer.month > func.coalesce(last, ""),
        )
        .group_by(Programme.id)
        .order_by(Programme.id)
    )  # fmt: skip
    return [programme for programme, month in db.session.execute(query) if _pays_from(programme, month)]


def _pays_from(programme: Programme, month: str, schemes: tuple[str, ...] = ("tiers", "steps")) -> bool:
    """Whether the programme pays by one of ``schemes`` for ``month`` or for a later one."""
    sets = rules_of(programme.id)
    return any(
        rules.wage_scheme in schemes and (rules is in_force(sets, month) or rules.valid_from > last_day(month))
        for rules in sets
    )


def in_hand(user_id: int, programme: Programme) -> int:
    """The person's points of settled months that no wage was paid for yet, where one in steps may follow."""
    last = last_settled(programme.id)
    if last is None or not _pays_from(programme, next_month(last), ("steps",)):
        return 0
    points = (
        select(func.coalesce(func.sum(signed()), 0))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(
            Transfer.user_id == user_id, Transfer.programme_id == programme.id, Transfer.kind == POINTS,
            Transfer.for_wage, Transfer.month <= last,
        )
    )  # fmt: skip
    converted = (
        select(func.coalesce(func.sum(SettlementLine.converted), 0))
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Reward, Reward.id == SettlementLine.reward_id)
        .where(SettlementLine.user_id == user_id, Settlement.programme_id == programme.id, Reward.state != CANCELLED)
    )
    return max(int(db.session.scalar(points) or 0) - int(db.session.scalar(converted) or 0), 0)


@still_open
def _wages(user_id: int) -> Iterator[Text]:
    """Wages to come need the account, and the remainder of steps the contract's last day. An erased account gave its wages up."""
    person = find(User, user_id)
    if person is None or person.erased_at is not None:
        return
    if names := [programme.name for programme in unsettled(user_id)]:
        yield _l("Points of months that aren't settled yet count under %(programmes)s: a wage may follow.",
                 programmes=", ".join(names))  # fmt: skip
    for contract in contracts_of(user_id):
        if points := in_hand(user_id, contract.programme):
            yield _nl(
                "%(num)s point under %(programme)s isn't paid yet: the contract says when it is.",
                "%(num)s points under %(programme)s aren't paid yet: the contract says when they are.",
                points, programme=contract.programme.name,
            )  # fmt: skip
