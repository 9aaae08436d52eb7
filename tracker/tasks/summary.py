"""The summary of a task's claims that the board reads: written with every change of a claim, and rebuilt by command.

Reads the table ``claim`` by name: claims know tasks, not the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, column, func, select, table

from tracker.db import db
from tracker.tasks.models import CLOSED, Task

#: States of a claim; a test holds them against claims.models.
SEATED = ("applied", "active", "design_review", "submitted", "changes_requested", "accepted")
UNANSWERED = ("applied", "design_review", "submitted")

_claim = table("claim", column("id"), column("task_id"), column("state"))


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts of a task's claims and what they mean for whoever looks for a task."""

    seats_held: int
    seats_accepted: int
    waiting_count: int
    availability: str


def availability(*, state: str, seats: int, held: int, accepted: int, unanswered: int) -> str:
    """finished · open (a seat is free) · under_review (none is, and somebody waits for an answer) · taken."""
    if state == CLOSED or accepted >= seats:
        return "finished"
    if held < seats:
        return "open"
    return "under_review" if unanswered else "taken"


def _counts() -> Select[Any]:
    def number(*states: str) -> Any:
        return func.coalesce(func.sum(case((_claim.c.state.in_(states), 1), else_=0)), 0)

    return (
        select(
            Task.id, Task.state, Task.seats, number(*SEATED), number("accepted"), number("waiting"), number(*UNANSWERED)
        )
        .select_from(Task)
        .outerjoin(_claim, and_(_claim.c.task_id == Task.id))
        .group_by(Task.id, Task.state, Task.seats)
    )


def _summary(state: str, seats: int, held: int, accepted: int, waiting: int, unanswered: int) -> Summary:
    word = availability(state=state, seats=seats, held=held, accepted=accepted, unanswered=unanswered)
    return Summary(held, accepted, waiting, word)


def refresh(task: Task) -> Task:
    """Count the task's claims anew, in the caller's transaction and under its lock on the task."""
    db.session.flush()
    _id, _state, _seats, *counts = db.session.execute(_counts().where(Task.id == task.id)).one()
    _write(task, _summary(task.state, task.seats, *counts))
    db.session.flush()
    return task


def _write(task: Task, summary: Summary) -> None:
    task.seats_held = summary.seats_held
    task.seats_accepted = summary.seats_accepted
    task.waiting_count = summary.waiting_count
    task.availability = summary.availability


def rebuild() -> int:
    """Compute every task's summary anew; returns how many were wrong. Runs in the caller's transaction."""
    db.session.flush()
    wrong = 0
    said = {
        row.id: Summary(row.seats_held, row.seats_accepted, row.waiting_count, row.availability)
        for row in db.session.execute(
            select(Task.id, Task.seats_held, Task.seats_accepted, Task.waiting_count, Task.availability)
        )
    }
    for task_id, state, seats, *counts in db.session.execute(_counts()).all():
        true = _summary(state, seats, *counts)
        if said[task_id] != true:
            _write(db.session.get_one(Task, task_id), true)
            wrong += 1
    db.session.flush()
    return wrong
