"""Many publish, edit and carry at once: a budget isn't promised twice, over HTTP, on both databases, with four workers.

``TRACKER_RACE_ROUNDS=20`` runs the full number of rounds.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import Answers, Browser, browsers, post_all, rounds, server
from tests.tasks.test_pages import typed
from tracker.app import create_app
from tracker.budgets.queries import figures
from tracker.cycles.models import Cycle
from tracker.db import db

#: Everybody's step takes ten points; the budget covers ``COVERED`` of them, and half a step more.
CROWD, COVERED, STEP = 24, 7, 10


def _open(cast: Cast, quarter: str) -> Cycle:
    """An open quarter of AKG."""
    last = dt.date(int(quarter[:4]), int(quarter[5]) * 3, 28)
    cycle = Cycle(sig_id=cast.akg.id, programme_id=cast.programme.id, quarter=quarter, state="planning", claims_until=last,
                  accept_by=last)  # fmt: skip
    db.session.add(cycle)
    db.session.flush()
    cycle.state = "open"
    db.session.flush()
    return cycle


class Field:
    """A database of its own: quarters of AKG whose budgets cover some of what two maintainers publish and edit."""

    def __init__(self, url: str, folder: Path, *, quarters: int) -> None:
        self.url = url
        self.app = create_app(settings_for(url, folder / "maker"))
        self.cycles: list[tuple[int, list[tuple[str, dict[str, str]]]]] = []
        with self.app.app_context():
            cast = Cast()
            for number in range(quarters):
                self.cycles.append(self._quarter(cast, number))
            self.people: list[Browser] = browsers(self.app, [cast.mona, cast.max])
            db.session.remove()
            db.engine.dispose()
        self.answers = Answers(Counter(), [])

    def _quarter(self, cast: Cast, number: int) -> tuple[int, list[tuple[str, dict[str, str]]]]:
        """A quarter's id, and the posts that each take a step: half publish a task, a fourth raise a published one's points,
        a fourth carry one in from the quarter before."""
        plain = {"kind": "community", "pays_wage": False, "seats": 1}
        cast.cycle = _open(cast, f"20{30 + number}Q3")
        before = [cast.make_task(points=STEP, **plain) for _ in range(CROWD // 4)]
        cast.cycle = _open(cast, f"20{30 + number}Q4")
        out = [cast.make_task(points=1, **plain) for _ in range(CROWD // 4)]
        ready = [cast.make_task(state="ready", points=STEP, **plain) for _ in range(CROWD // 2)]
        db.session.flush()
        promised = figures(cast.cycle).taken.points
        cast.cycle.budget_points = promised + COVERED * STEP + STEP // 2
        fields = typed(cast, kind="community", pays_wage="", seats="1", points=str(1 + STEP), version="1")
        fields |= {"mentors": str(cast.nils.id), "backends": "CPU"}
        posts: list[tuple[str, dict[str, str]]] = [(f"/tasks/{task.reference}/publish", {}) for task in ready]
        posts += [(f"/tasks/{task.reference}/edit", {**fields, "title": task.title}) for task in out]
        posts += [(f"/tasks/{task.reference}/carry", {"quarter": cast.cycle.quarter}) for task in before]
        db.session.commit()
        return cast.cycle.id, posts

    def race(self, port: int) -> None:
        """Everything of a quarter at the same moment, one quarter after the other."""
        for _cycle, posts in self.cycles:
            sent = [(self.people[number % 2], path, fields) for number, (path, fields) in enumerate(posts)]
            post_all(port, sent, self.answers)

    def left(self) -> list[int]:
        """What is left of each budget, in points."""
        with self.app.app_context():
            found = [figures(db.session.get_one(Cycle, cycle_id)).left.points for cycle_id, _posts in self.cycles]
            db.session.remove()
            db.engine.dispose()
        return found

    def report(self, what: str) -> None:
        kind, said = self.url.split(":")[0], dict(self.answers.statuses)
        print(f"\n{kind} {what}: {len(self.cycles)} rounds, {said}, p99 {self.answers.p99():.2f} s, left {self.left()}")


def test_twenty_four_at_once_promise_what_the_budget_covers_and_no_more(fresh_database: str, tmp_path: Path) -> None:
    number = rounds(2, 20)
    field = Field(fresh_database, tmp_path, quarters=number)
    with server(field.url, tmp_path) as port:
        field.race(port)
    field.report("24 at once")
    assert field.answers.statuses == {303: COVERED * number, 409: (CROWD - COVERED) * number}
    assert field.left() == [STEP // 2] * number


def test_without_the_lock_more_is_promised(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, quarters=1)
    with server(field.url, tmp_path, "tests.support.wsgi_without_locks") as port:
        field.race(port)
    field.report("without the lock")
    assert min(field.left()) < 0, "the control didn't promise too much: the race isn't one"


@pytest.fixture(autouse=True)
def quiet(capsys: pytest.CaptureFixture[str]) -> Any:
    """Figures of a race are shown although it passes."""
    yield
    with capsys.disabled():
        print(capsys.readouterr().out, end="")
