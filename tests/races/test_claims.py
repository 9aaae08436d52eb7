"""64 people and one task, one person and 64 tasks: over HTTP, on both databases, with four workers.

``TRACKER_RACE_ROUNDS=40`` runs the full number of rounds.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import Answers, Browser, browsers, post_all, rounds, server
from tests.support.wsgi_without_locks import take_out
from tracker.app import create_app
from tracker.claims.models import HOLDING, Claim
from tracker.db import db
from tracker.tasks.models import Task

CROWD = 64
PLAN = {"plan": "Write both scans as loops.", "hours_per_week": "10"}


class Field:
    """A database of its own with people who may claim, tasks, and a sign-in for each of the people."""

    def __init__(self, url: str, folder: Path, *, people: int, tasks: int, seats: int, limit: int) -> None:
        self.url, self.folder = url, folder
        self.app = create_app(settings_for(url, folder / "maker"))
        with self.app.app_context():
            cast = Cast()
            cast.rules.live_claims_per_person = limit
            crowd = [cast.person(f"p{number}") for number in range(people)]
            made = [cast.make_task(seats=seats, pays_wage=False) for _ in range(tasks)]
            db.session.commit()
            self.tasks = [(task.id, task.reference) for task in made]
            self.people: list[Browser] = browsers(self.app, crowd)
            db.session.remove()
            db.engine.dispose()
        self.answers = Answers(Counter(), [])

    def ask(self, query: Any) -> list[Any]:
        with self.app.app_context():
            rows = list(db.session.execute(query))
            db.session.remove()
            db.engine.dispose()
        return rows

    def applied(self) -> dict[int, int]:
        """Task id → how many have applied for it."""
        query = select(Claim.task_id, func.count()).where(Claim.state == "applied").group_by(Claim.task_id)
        return {row[0]: row[1] for row in self.ask(query)}

    def report(self, what: str, number: int) -> None:
        print(
            f"\n{self.url.split(':')[0]} {what}: {number} rounds, {dict(self.answers.statuses)}, p99 {self.answers.p99():.2f} s"
        )


def claim_path(reference: str) -> str:
    return f"/tasks/{reference}/claim"


def test_three_seats_and_sixty_four_people(fresh_database: str, tmp_path: Path) -> None:
    number = rounds(3, 40)
    field = Field(fresh_database, tmp_path, people=CROWD, tasks=number, seats=3, limit=100)
    with server(field.url, tmp_path) as port:
        for _id, reference in field.tasks:
            post_all(port, [(who, claim_path(reference), PLAN) for who in field.people], field.answers)
    field.report("3 seats, 64 people", number)
    assert field.answers.server_errors == 0
    assert field.applied() == {task_id: 3 for task_id, _reference in field.tasks}
    assert field.answers.statuses == {303: 3 * number, 409: (CROWD - 3) * number}
    summed = field.ask(select(Task.seats_held, Task.availability).where(Task.id.in_([i for i, _r in field.tasks])))
    assert {tuple(row) for row in summed} == {(3, "under_review")}


def test_limit_two_and_sixty_four_tasks_at_once(fresh_database: str, tmp_path: Path) -> None:
    number = rounds(2, 20)
    field = Field(fresh_database, tmp_path, people=number, tasks=CROWD, seats=100, limit=2)
    with server(field.url, tmp_path) as port:
        for who in field.people:
            post_all(port, [(who, claim_path(reference), PLAN) for _id, reference in field.tasks], field.answers)
    field.report("limit 2, 64 tasks", number)
    assert field.answers.server_errors == 0
    query = select(Claim.user_id, func.count()).where(Claim.state.in_(HOLDING)).group_by(Claim.user_id)
    held = {row[0]: row[1] for row in field.ask(query)}
    assert held == {who.user_id: 2 for who in field.people}
    assert field.answers.statuses == {303: 2 * number, 409: (CROWD - 2) * number}


def test_without_the_locks_it_oversells(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, people=16, tasks=1, seats=3, limit=100)
    take_out(field.url)
    with server(field.url, tmp_path, "tests.support.wsgi_without_locks") as port:
        for _id, reference in field.tasks:
            post_all(port, [(who, claim_path(reference), PLAN) for who in field.people], field.answers)
    field.report("without locks", 1)
    assert max(field.applied().values()) > 3, "the control didn't oversell: the race isn't one"


@pytest.fixture(autouse=True)
def quiet(capsys: pytest.CaptureFixture[str]) -> Any:
    """Figures of a race are shown although it passes."""
    yield
    with capsys.disabled():
        print(capsys.readouterr().out, end="")
