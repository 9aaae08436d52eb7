from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.meetings import notes
from tracker.meetings import service as meetings


@pytest.fixture
def call(cast: Cast):
    """A meeting of AKG that began some hours ago, called by mona, who organises it with max."""

    def make(hours: float = 1, sig: Any = None, who: Any = None, **fields: Any):
        begins = (clock.now() - dt.timedelta(hours=hours)).replace(second=0, microsecond=0)
        values = {"kind": "regular", "starts_at": begins, "minutes_long": 120, **fields}
        with clock.pretend(clock.now() - dt.timedelta(days=20)):
            meeting = transaction(lambda: meetings.create_meeting(who or cast.mona, sig or cast.akg, **values))
        meeting.organiser_id = cast.mona.id if sig is None else None
        db.session.commit()
        return meeting

    return make


@pytest.fixture
def live(cast: Cast):
    """A live claim, approved some days ago."""

    def make(user: Any = None, task: Any = None, state: str = "active", **fields: Any):
        with clock.pretend(clock.now() - dt.timedelta(days=30)):
            return cast.make_claim(user or cast.dora, task, state=state, **fields)

    return make


@pytest.fixture
def write(cast: Cast):
    """A holder's note, some days ago."""

    def make(claim: Any, who: Any = None, ago: float = 0, **fields: Any):
        values = {"percent": 40, "done": "A kernel.", **fields}
        with clock.pretend(clock.now() - dt.timedelta(days=ago)):
            return transaction(lambda: notes.write_note(who or cast.dora, claim, **values))

    return make
