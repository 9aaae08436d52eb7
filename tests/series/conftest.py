from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.meetings.models import Meeting
from tracker.series import service
from tracker.series.models import Series

BEIJING = ZoneInfo("Asia/Shanghai")
#: A Saturday; the State Council's notice of 2026 is known, that of 2027 isn't.
NOW = dt.datetime(2026, 8, 22, 2, tzinfo=dt.UTC)


@pytest.fixture
def august(app: Any) -> Iterator[None]:
    """It is Saturday 22 August 2026, 10:00 in Beijing."""
    with clock.pretend(NOW):
        yield


@pytest.fixture
def set_up(cast: Cast):
    """Set up a series of AKG as mona: every second Friday at 19:00 unless said otherwise."""

    def make(who: Any = None, sig: Any = None, **fields: Any) -> Series:
        values = {"kind": "regular", "rule": {"every_weeks": 2, "weekdays": ["friday"]}, "start": dt.time(19),
                  "place": "Room 1", **fields}  # fmt: skip
        return transaction(lambda: service.create_series(who or cast.mona, sig or cast.akg, **values))

    return make


@pytest.fixture
def change(cast: Cast):
    """Change a series as mona."""

    def make(series: Series, who: Any = None, **fields: Any) -> Series:
        from tracker.series.queries import typed

        series = db.session.get_one(Series, series.id)
        values = typed(series) | {"version": series.version} | fields
        return transaction(lambda: service.edit_series(who or cast.mona, series, **values))

    return make


def of(series: Series) -> list[Meeting]:
    """Its meetings by the day of the rule, as the database has them."""
    db.session.expire_all()
    query = db.session.query(Meeting).filter(Meeting.series_id == series.id)
    return query.order_by(Meeting.series_on, Meeting.id).all()


def days(meetings: list[Meeting], state: str = "planned") -> list[str]:
    """The days of those in a state, as month and day in Beijing."""
    return [f"{m.starts_at.astimezone(BEIJING):%m-%d}" for m in meetings if m.state == state]
