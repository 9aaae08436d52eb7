"""Several workers plan one series at once, while people change it and move one of its meetings: on both databases."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import settings_for
from tests.support.cast import Cast
from tracker import clock
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event
from tracker.meetings import service as meetings
from tracker.meetings.models import Meeting
from tracker.permissions import SYSTEM
from tracker.series import service
from tracker.series.models import Series
from tracker.series.queries import typed

#: Nothing of China's holidays is in the way of this rule, so that only the race decides.
RULE = {"every_weeks": 1, "weekdays": ["friday"]}


@pytest.fixture
def site(fresh_database: str, tmp_path: Path) -> Flask:
    """A series of AKG that was planned 60 days ago, with its newest weeks still to be planned."""
    app = create_app(settings_for(fresh_database, tmp_path / "site"))
    with app.app_context():
        cast = Cast()
        with clock.pretend(clock.now() - dt.timedelta(days=60)):
            transaction(
                lambda: service.create_series(
                    cast.mona, cast.akg, kind="regular", rule=RULE, start=dt.time(19), holidays="keep"
                )
            )
        db.session.remove()
    return app


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """What each of ``works`` returned, or the Refused it raised."""

    def run(work: Callable[[], Any]) -> Any:
        with app.app_context():
            try:
                return transaction(work)
            except Refused as refused:
                return refused
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def the_series() -> Series:
    return db.session.query(Series).one()


def person(handle: str) -> User:
    return db.session.query(User).filter_by(handle=handle).one()


def extend() -> int:
    return service.extend_series(SYSTEM, the_series())


def state(app: Flask) -> tuple[list[Meeting], Counter[str]]:
    with app.app_context():
        found = db.session.query(Meeting).order_by(Meeting.starts_at).all()
        events = Counter(name for (name,) in db.session.query(Event.name))
        db.session.remove()
        db.engine.dispose()
    return found, events


def test_many_workers_plan_every_day_once(site: Flask) -> None:
    answers = at_once(site, *[extend] * 8)
    found, events = state(site)
    assert sorted(answers)[:7] == [0] * 7 and max(answers) in (8, 9), "60 days are eight weeks and a half"
    assert max(Counter(meeting.series_on for meeting in found).values()) == 1
    assert events["series.extended"] == 1


def test_a_change_and_a_move_among_them_are_both_kept(site: Flask) -> None:
    with site.app_context():
        moved_id = (
            db.session.query(Meeting.id).filter(Meeting.starts_at > clock.now()).order_by(Meeting.id).limit(1).scalar()
        )
        wanted = db.session.get_one(Meeting, moved_id).starts_at + dt.timedelta(hours=1, days=1)
        version = the_series().version
        db.session.remove()

    def change() -> None:
        series = the_series()
        service.edit_series(person("mona"), series, **{**typed(series), "version": version, "start": dt.time(15)})

    def move() -> None:
        meetings.move_meeting(person("max"), db.session.get_one(Meeting, moved_id), starts_at=wanted)

    answers = at_once(site, extend, change, extend, move, extend, extend)
    assert not [answer for answer in answers if isinstance(answer, Refused)]
    found, events = state(site)
    [moved] = [meeting for meeting in found if meeting.id == moved_id]
    assert moved.starts_at == wanted and moved.by_hand
    ahead = [meeting for meeting in found if meeting.starts_at > clock.now() and not meeting.by_hand]
    assert {meeting.starts_at.hour for meeting in ahead} == {7}, "15:00 in Beijing"
    assert max(Counter(meeting.series_on for meeting in found).values()) == 1
    assert events["series.edited"] == events["meeting.moved"] == 1
