"""The results of a quarter as rows of a notice: what was accepted, and what was awarded, in it.

Everything by the month that it was booked or proposed in, cut in the programme's zone, as the ledger and the ranking have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from sqlalchemy import func, select

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import bounds
from tracker.db import db
from tracker.ledger.models import POINTS, Transfer
from tracker.rewards.models import APPROVED, IN_BATCH, PAID, PROPOSED, RETURNED, REWARD_KINDS, Reward
from tracker.tasks.models import Task
from tracker.text import LazyString, _l

#: What a row is of: accepted work, or a kind of reward.
KINDS: dict[str, LazyString] = {"task": _l("Task accepted"), **REWARD_KINDS}
_AWARDED = (APPROVED, IN_BATCH, PAID, RETURNED)


class Row(TypedDict):
    """One row: ``row`` counts from 1; ``user_id`` is never shown, ``handle`` is the one of that day. ``amount`` is fen;
    ``money`` says that there is an amount, also where it isn't shown."""

    row: int
    of: str
    id: int
    user_id: int
    handle: str
    task: str
    title: str
    month: str
    points: int | None
    money: bool
    amount: int | None
    currency: str


def results(cycle: Cycle) -> list[Row]:
    """The rows of a cycle as they are now, tasks first; in two statements."""
    rows = [*_accepted(cycle), *_awarded(cycle)]
    for number, row in enumerate(rows, start=1):
        row["row"] = number
    return rows


def without_amounts(rows: Sequence[Row]) -> list[Row]:
    """The same rows without any sum of money."""
    return [{**row, "amount": None, "currency": ""} for row in rows]


def _accepted(cycle: Cycle) -> Iterator[Row]:
    first, last = bounds(cycle.quarter)
    query = (
        select(Claim.id, Claim.user_id, User.handle, Task.reference, Task.title, Transfer.month, Transfer.amount)
        .join(Transfer, Transfer.claim_id == Claim.id)
        .join(Task, Task.id == Claim.task_id)
        .join(User, User.id == Claim.user_id)
        .where(
            Transfer.sig_id == cycle.sig_id, Transfer.programme_id == cycle.programme_id, Transfer.kind == POINTS,
            Transfer.reverses_id.is_(None), Transfer.month.between(f"{first:%Y-%m}", f"{last:%Y-%m}"),
        )
        .order_by(Task.reference, Claim.id)
    )  # fmt: skip
    for found in db.session.execute(query):
        yield Row(
            row=0, of="task", id=found.id, user_id=found.user_id, handle=found.handle, task=found.reference,
            title=found.title, month=found.month, points=found.amount, money=False, amount=None, currency="",
        )  # fmt: skip


def _awarded(cycle: Cycle) -> Iterator[Row]:
    query = (
        select(
            Reward.id, Reward.kind, Reward.user_id, User.handle, Task.reference, Reward.description, Reward.month,
            Reward.points, Reward.amount, Reward.currency,
        )
        .join(User, User.id == Reward.user_id)
        .outerjoin(Task, Task.id == Reward.task_id)
        .where(*_of(cycle), Reward.state.in_(_AWARDED), Reward.reissues_id.is_(None))
        .order_by(Reward.kind, User.handle_key, Reward.id)
    )  # fmt: skip
    for found in db.session.execute(query):
        yield Row(
            row=0, of=found.kind, id=found.id, user_id=found.user_id, handle=found.handle, task=found.reference or "",
            title=found.description, month=found.month, points=found.points, money=found.amount is not None,
            amount=found.amount, currency=found.currency,
        )  # fmt: skip


def _of(cycle: Cycle) -> Sequence[Any]:
    return (
        Reward.sig_id == cycle.sig_id,
        Reward.programme_id == cycle.programme_id,
        Reward.quarter == cycle.quarter,
    )


def still_proposed(cycle: Cycle) -> int:
    """How many lines of the quarter nobody approved yet: they aren't in a notice."""
    query = select(func.count()).select_from(Reward).where(*_of(cycle), Reward.state == PROPOSED)
    return db.session.scalar(query) or 0
