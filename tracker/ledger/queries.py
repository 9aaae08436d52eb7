"""What is asked about the ledger: balances and a person's points. Whether all of it is whole: see audit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select
from sqlalchemy.orm import aliased, joinedload

from tracker.db import db
from tracker.ledger.models import LedgerAccount, Transfer

#: The account that a transfer credits, for queries that ask for ``signed``.
Credited = aliased(LedgerAccount, name="credited")


def signed() -> ColumnElement[int]:
    """What a transfer of points adds to the person's, below 0 for what was taken back; needs a join to ``Credited``."""
    return case((Credited.user_id.is_not(None), Transfer.amount), else_=-Transfer.amount)


def points_total(user_id: int, programme_id: int) -> int:
    """The person's points in the programme, corrections included."""
    query = (
        select(func.coalesce(func.sum(signed()), 0))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(Transfer.user_id == user_id, Transfer.programme_id == programme_id, Transfer.kind == "points")
    )
    return int(db.session.scalar(query) or 0)


def transfers_of_reward(reward_id: int) -> list[Transfer]:
    """What was booked for a line and not taken back, oldest first."""
    return transfers_of_rewards([reward_id])


def transfers_of_rewards(reward_ids: Collection[int]) -> list[Transfer]:
    """What was booked for some lines and not taken back, oldest first, with its accounts."""
    back = aliased(Transfer)
    query = (
        select(Transfer)
        .outerjoin(back, back.reverses_id == Transfer.id)
        .where(Transfer.reward_id.in_(reward_ids), Transfer.reverses_id.is_(None), back.id.is_(None))
        .order_by(Transfer.id)
        .options(joinedload(Transfer.debit).joinedload(LedgerAccount.programme))
    )
    return list(db.session.scalars(query))


def balances(kind: str) -> list[Row[Any]]:
    """(programme_id, user_id, unit, balance) of the accounts of a kind: credits less debits, in points or fen."""
    moved = (
        select(Transfer.credit_id.label("account_id"), Transfer.amount.label("amount"))
        .union_all(select(Transfer.debit_id, -Transfer.amount))
        .subquery()
    )
    query = (
        select(
            LedgerAccount.programme_id, LedgerAccount.user_id, LedgerAccount.unit,
            func.coalesce(func.sum(moved.c.amount), 0).label("balance"),
        )
        .outerjoin(moved, moved.c.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == kind)
        .group_by(LedgerAccount.id, LedgerAccount.programme_id, LedgerAccount.user_id, LedgerAccount.unit)
        .order_by(LedgerAccount.id)
    )  # fmt: skip
    return list(db.session.execute(query))
