"""40 people and 10 places: over HTTP, on both databases, with four workers; and places given back meanwhile."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import Answers, Browser, browsers, post_all, rounds, server
from tests.support.wsgi_without_locks import take_out
from tracker import clock
from tracker.activities.models import SignUp
from tracker.app import create_app
from tracker.db import db
from tracker.meetings.models import Meeting

CROWD, PLACES = 40, 10


class Field:
    """A database of its own with people, events with places, and a sign-in for each of the people."""

    def __init__(self, url: str, folder: Path, *, events: int) -> None:
        self.url = url
        self.app = create_app(settings_for(url, folder / "maker"))
        with self.app.app_context():
            cast = Cast()
            crowd = [cast.person(f"p{number}") for number in range(CROWD)]
            starts_at = clock.now() + dt.timedelta(days=10)
            made = [
                Meeting(sig_id=cast.akg.id, kind="campus_activity", starts_at=starts_at + dt.timedelta(days=number),
                        time_zone="Asia/Shanghai", signup_until=starts_at, places=PLACES, created_at=clock.now())
                for number in range(events)
            ]  # fmt: skip
            db.session.add_all(made)
            db.session.commit()
            self.events = [event.id for event in made]
            self.people: list[Browser] = browsers(self.app, crowd)
            db.session.remove()
            db.engine.dispose()
        self.answers = Answers(Counter(), [])

    def places(self, event: int) -> tuple[list[int], int]:
        """The places that are given, in order, and how many wait."""
        query = select(SignUp.place_no).where(SignUp.meeting_id == event, SignUp.cancelled_at.is_(None))
        with self.app.app_context():
            found = list(db.session.scalars(query))
            db.session.remove()
            db.engine.dispose()
        return sorted(number for number in found if number is not None), found.count(None)

    def report(self, what: str) -> None:
        print(f"\n{self.url.split(':')[0]} {what}: {dict(self.answers.statuses)}, p99 {self.answers.p99():.2f} s")


def path(event: int, step: str = "sign-up") -> str:
    return f"/meetings/{event}/{step}"


def test_ten_places_and_forty_people(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, events=rounds(2, 20))
    with server(field.url, tmp_path) as port:
        for event in field.events:
            post_all(port, [(who, path(event), {}) for who in field.people], field.answers)
    field.report("10 places, 40 people")
    assert field.answers.statuses == {303: CROWD * len(field.events)}
    wanted = (list(range(1, PLACES + 1)), CROWD - PLACES)
    assert [field.places(event) for event in field.events] == [wanted] * len(field.events)


def test_places_given_back_while_others_come(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, events=1)
    (event,) = field.events
    early, late = field.people[:PLACES], field.people[PLACES:]
    with server(field.url, tmp_path) as port:
        post_all(port, [(who, path(event), {}) for who in early], field.answers)
        leave = [(who, path(event, "sign-up/cancel"), {}) for who in early]
        post_all(port, [*leave, *((who, path(event), {}) for who in late)], field.answers)
    field.report("10 leave while 30 come")
    assert field.answers.statuses == {303: PLACES + CROWD}
    assert field.places(event) == (list(range(1, PLACES + 1)), CROWD - 2 * PLACES)


def test_without_the_locks_it_gives_more_than_there_are(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, events=1)
    (event,) = field.events
    take_out(field.url)
    with server(field.url, tmp_path, "tests.support.wsgi_without_locks") as port:
        post_all(port, [(who, path(event), {}) for who in field.people[:16]], field.answers)
    field.report("without locks")
    assert len(field.places(event)[0]) > PLACES, "the control didn't give more: the race isn't one"


@pytest.fixture(autouse=True)
def quiet(capsys: pytest.CaptureFixture[str]) -> Any:
    """Figures of a race are shown although it passes."""
    yield
    with capsys.disabled():
        print(capsys.readouterr().out, end="")
