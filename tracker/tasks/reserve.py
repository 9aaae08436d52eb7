"""What a task's seats reserve of the quarter's budget: the wage that a seat may come to is kept with the task."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tracker.budgets.queries import scheme_of
from tracker.budgets.rules import Seat
from tracker.db import db
from tracker.programmes.wages import Scheme
from tracker.tasks.models import PUBLISHED, Task


def reserve_wage(task: Task, scheme: Scheme) -> None:
    """Keep the most that a seat's wage may come to under ``scheme``; nothing where the task pays none."""
    task.wage_reserve = scheme.most_for(task.points or 0) if task.pays_wage else None
    task.wage_currency = scheme.currency if task.pays_wage else ""


def seat_of(task: Any, scheme: Scheme) -> Seat:
    """What a seat of the task would come to if it were published now; ``task`` is a Task or a row with its columns."""
    return Seat(
        points=task.points or 0, prize=task.prize_amount or 0, prize_currency=task.prize_currency,
        wage=scheme.most_for(task.points or 0) if task.pays_wage else 0, wage_currency=scheme.currency,
    )  # fmt: skip


def rebuild() -> int:
    """Reckon the wage of published tasks for which it wasn't kept yet, by their quarter's rules as they are now. Returns how
    many there were. Runs in the caller's transaction."""
    missing = select(Task).where(Task.state == PUBLISHED, Task.pays_wage, Task.wage_reserve.is_(None)).order_by(Task.id)
    tasks = db.session.scalars(missing).all()
    schemes: dict[int, Scheme] = {}
    for task in tasks:
        if task.cycle_id not in schemes:
            schemes[task.cycle_id] = scheme_of(task.cycle)
        reserve_wage(task, schemes[task.cycle_id])
    db.session.flush()
    return len(tasks)
