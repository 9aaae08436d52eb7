from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.activities import service
from tracker.activities.models import SignUp, Speaker
from tracker.db import db, transaction
from tracker.meetings.models import Meeting


@pytest.fixture
def event(cast: Cast) -> Callable[..., Meeting]:
    """A seminar of AKG some days from now, which nils organises; people sign up until a day before."""

    def make(days_ahead: float = 10, **columns: Any) -> Meeting:
        starts_at = (clock.now() + dt.timedelta(days=days_ahead)).replace(second=0, microsecond=0)
        values: dict[str, Any] = {
            "sig_id": cast.akg.id, "kind": "seminar", "title": "Autumn seminar", "starts_at": starts_at,
            "time_zone": "Asia/Shanghai", "minutes_long": 120, "organiser_id": cast.nils.id,
            "signup_until": starts_at - dt.timedelta(days=1), "places": 2, "created_at": clock.now(),
        }  # fmt: skip
        meeting = Meeting(**{**values, **columns})
        db.session.add(meeting)
        db.session.commit()
        return meeting

    return make


@pytest.fixture
def sign_up() -> Callable[..., SignUp]:
    """Sign somebody up, some minutes ago: earlier is first in line."""

    def make(who: Any, meeting: Meeting, ago: float = 0, note: str = "") -> SignUp:
        with clock.pretend(clock.now() - dt.timedelta(minutes=ago)):
            return transaction(lambda: service.sign_up(who, meeting, note=note))

    return make


@pytest.fixture
def talk(cast: Cast) -> Callable[..., Speaker]:
    """A talk, added by nils."""

    def make(meeting: Meeting, topic: str = "Fusion", **fields: Any) -> Speaker:
        values = {"name": "Ada", "minutes_long": 30, **fields}
        return transaction(lambda: service.add_speaker(cast.nils, meeting, topic=topic, **values))

    return make
