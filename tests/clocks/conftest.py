from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock, nightly
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.events import Event, Notice
from tracker.events.jobs import Run
from tracker.meetings import service as meetings


def days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


def events(name: str = "") -> list[Event]:
    """The events of a name, oldest first."""
    query = select(Event).order_by(Event.id)
    return list(db.session.scalars(query.where(Event.name == name) if name else query))


def told(name: str) -> list[int]:
    """Who was told of the events of a name: an id for each notice."""
    query = select(Notice.user_id).join(Event).where(Event.name == name).order_by(Notice.user_id)
    return list(db.session.scalars(query))


def night(later: float = 0) -> Run:
    """The nightly job, ``later`` days from now."""
    with clock.pretend(clock.now() + days(later)):
        run = nightly.run_by_hand()
    db.session.expire_all()
    return run


def do(step: Any, *arguments: Any, later: float = 0, **facts: Any) -> Any:
    with clock.pretend(clock.now() + days(later)):
        return transaction(lambda: step(*arguments, **facts))


@pytest.fixture
def silent(cast: Cast) -> Callable[..., Claim]:
    """A claim on which nothing was heard for some days; on a task of its own with one seat unless told otherwise."""

    def make(ago: float = 12, user: Any = None, task: Any = None, state: str = "active", **columns: Any) -> Claim:
        task = task or cast.make_task(seats=1)
        return cast.make_claim(user, task, state, state_since=clock.now() - days(ago), **columns)

    return make


@pytest.fixture
def call(cast: Cast) -> Callable[..., Any]:
    """Call a meeting of AKG some days from now, by mona."""

    def make(ahead: float = 1, **fields: Any) -> Any:
        starts_at = (clock.now() + days(ahead)).replace(second=0, microsecond=0)
        values = {"kind": "regular", "starts_at": starts_at, "minutes_long": 90, **fields}
        return transaction(lambda: meetings.create_meeting(cast.mona, cast.akg, **values))

    return make
