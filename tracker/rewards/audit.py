"""Whether the ledger's balances are what reward lines and claims say, person by person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import db
from tracker.ledger.models import POINTS, LedgerAccount, Transfer
from tracker.rewards.models import APPROVED, IN_BATCH, PAID, Reward

#: So many people are compared at once.
_AT_ONCE = 500

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the ledger holds on ``account`` for a person isn't what ``lines`` come to: points, or fen of the currency ``unit``."""

    account: str
    programme_id: int
    user_id: int
    unit: str
    booked: int
    lines: int


def first_difference() -> Difference | None:
    """The first balance that isn't what lines and claims say: what is to be paid, what was paid, what was earned.

    Computed by the database, so many people at a time that its memory doesn't grow with the ledger.
    """
    newest = db.session.scalar(select(func.max(User.id))) or 0
    for first in range(1, newest + 1, _AT_ONCE):
        for account in ("payable", "bank", "earned"):
            if (found := _difference(account, first, first + _AT_ONCE - 1)) is not None:
                return found
    return None


def _difference(account: str, first: int, last: int) -> Difference | None:
    """Among the people with ids from ``first`` to ``last``."""
    said = {"payable": (_lines((APPROVED, IN_BATCH)),), "bank": (_lines((PAID,)),), "earned": _earned()}[account]
    selects = [query.where(query.selected_columns.user_id.between(first, last)) for query in (_booked(account), *said)]
    both = union_all(*selects).subquery()
    booked, lines = (cast(func.sum(column), BigInteger) for column in (both.c.booked, both.c.lines))
    people = (both.c.user_id, both.c.programme_id, both.c.unit)
    row = db.session.execute(
        select(*people, booked.label("booked"), lines.label("lines"))
        .group_by(*people).having(booked != lines).order_by(*people).limit(1)
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    return Difference(account, row.programme_id, row.user_id, row.unit, row.booked, row.lines)


def _booked(account: str) -> Rows:
    """Credits less debits of the accounts of a kind, by the person whose transfers they are."""
    credit, debit = aliased(LedgerAccount), aliased(LedgerAccount)
    amount = case((credit.kind == account, Transfer.amount), else_=-Transfer.amount)
    return (
        select(
            Transfer.programme_id, Transfer.user_id, Transfer.unit, amount.label("booked"), literal(0).label("lines")
        )
        .join(credit, credit.id == Transfer.credit_id)
        .join(debit, debit.id == Transfer.debit_id)
        .where(or_(credit.kind == account, debit.kind == account))
    )


def _lines(states: Iterable[str]) -> Rows:
    """The money of lines in ``states``."""
    return select(Reward.programme_id, Reward.user_id, Reward.currency, literal(0), Reward.amount).where(
        Reward.state.in_(states), Reward.amount.is_not(None)
    )


def _earned() -> tuple[Rows, Rows]:
    """The points of accepted claims, and of corrections that were approved."""
    return (
        select(Claim.programme_id, Claim.user_id, literal(POINTS), literal(0), Claim.points).where(Claim.state == "accepted"),
        select(Reward.programme_id, Reward.user_id, literal(POINTS), literal(0), Reward.points).where(
            Reward.state == APPROVED, Reward.points.is_not(None)
        ),
    )  # fmt: skip
