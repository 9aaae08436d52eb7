"""Rows that the front page and the SIG pages show: open tasks, their number by SIG, meetings ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from tracker import clock
from tracker.db import db
from tracker.meetings.models import PLANNED, TO_CONFIRM, Meeting
from tracker.sigs.models import Sig
from tracker.tasks.models import PUBLISHED, Task


def newest_tasks(*, sig_id: int | None = None, only_open: bool = False, most: int = 8) -> Sequence[Any]:
    """Published tasks, newest first: reference, title, availability, points, expected_on, and the SIG's name."""
    query = (
        select(
            Task.reference, Task.title, Task.availability, Task.points, Task.expected_on, Task.seats, Task.seats_held,
            Sig.name.label("sig"), Sig.name_zh.label("sig_zh"),
        )
        .join(Sig, Sig.id == Task.sig_id)
        .where(Task.state == PUBLISHED)
        .order_by(Task.published_at.desc(), Task.id.desc())
        .limit(most)
    )  # fmt: skip
    if sig_id is not None:
        query = query.where(Task.sig_id == sig_id)
    if only_open:
        query = query.where(Task.availability == "open")
    return db.session.execute(query).all()


def open_tasks_by_sig() -> dict[int, int]:
    """SIG id → number of its open tasks."""
    query = (
        select(Task.sig_id, func.count())
        .where(Task.state == PUBLISHED, Task.availability == "open")
        .group_by(Task.sig_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def open_tasks_of(sig_id: int) -> int:
    """How many open tasks the SIG has."""
    query = select(func.count()).select_from(Task)
    return (
        db.session.scalar(query.where(Task.sig_id == sig_id, Task.state == PUBLISHED, Task.availability == "open")) or 0
    )


def meetings_ahead(*, sig_id: int | None = None, most: int = 5) -> Sequence[Any]:
    """Meetings that haven't ended, planned or with a day to be confirmed, soonest first: id, title, kind, state, starts_at,
    time_zone, and the SIG's name."""
    query = (
        select(
            Meeting.id, Meeting.title, Meeting.kind, Meeting.state, Meeting.starts_at, Meeting.time_zone,
            Sig.name.label("sig"), Sig.name_zh.label("sig_zh"),
        )
        .join(Sig, Sig.id == Meeting.sig_id)
        .where(Meeting.state.in_((PLANNED, TO_CONFIRM)), Meeting.starts_at > clock.now() - dt.timedelta(hours=3))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(most)
    )  # fmt: skip
    if sig_id is not None:
        query = query.where(Meeting.sig_id == sig_id)
    return db.session.execute(query).all()
