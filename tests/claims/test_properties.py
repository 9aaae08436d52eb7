"""Whatever people do in whatever order: seats, limits and summaries hold, and states change by legal pairs alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.seats import fill_every_seat
from tracker.claims import service
from tracker.claims.models import HOLDING, LIVE, SEATED, Claim
from tracker.claims.workflow import CLAIM
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.tasks import summary
from tracker.tasks.models import Task

LINKS = ["https://example.org/1"]
#: What can be done to a claim: by whom (None: the claimant), and the step.
STEPS: dict[str, tuple[str | None, Callable[[Any, Claim], Any]]] = {
    "approve": ("nils", service.approve),
    "reject": ("mona", lambda who, claim: service.reject(who, claim, reason="No.")),
    "withdraw": (None, service.withdraw),
    "release": (None, service.release),
    "design": (None, lambda who, claim: service.send_design(who, claim, link=LINKS[0])),
    "answer": ("nils", lambda who, claim: service.answer_design(who, claim, accepted=True)),
    "return": ("nils", lambda who, claim: service.answer_design(who, claim, accepted=False, comment="More.")),
    "submit": (None, lambda who, claim: service.submit(who, claim, summary="Done.", links=LINKS)),
    "changes": ("mona", lambda who, claim: service.request_changes(who, claim, comment="More.")),
    "fail": ("nils", lambda who, claim: service.fail(who, claim, reason="No.")),
    "foreign": ("otto", service.approve),
}


@contextmanager
def rolled_back(app: Flask) -> Iterator[None]:
    """A savepoint around one example of the machine."""
    connection: Any = db.engines[None]
    inner = connection.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        inner.rollback()


class Quarter(RuleBasedStateMachine):
    """Five people, three tasks (one needs a design document), a limit of two."""

    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.scope = rolled_back(self.app)
        self.scope.__enter__()
        self.cast = Cast()
        self.cast.rules.strike_limit = 2
        people = [self.cast.dora, self.cast.otto, *(self.cast.person(f"p{number}") for number in range(3))]
        tasks = [self.cast.make_task(seats=seats, pays_wage=False, needs_design=seats == 3) for seats in (1, 2, 3)]
        db.session.commit()
        self.people = [p.id for p in people]
        self.tasks = [t.id for t in tasks]
        self.seen: dict[int, str] = {}

    def teardown(self) -> None:
        self.scope.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.try_to(lambda: service.apply(self.cast.dora, self.task(0), plan="x"))

    def task(self, number: int) -> Task:
        return db.session.get_one(Task, self.tasks[number])

    def person(self, number: int) -> Any:
        from tracker.accounts.models import User

        return db.session.get_one(User, self.people[number])

    def try_to(self, work: Callable[[], Any]) -> None:
        try:
            transaction(work)
        except (Refused, Forbidden):
            db.session.rollback()

    @rule(person=st.integers(0, 4), task=st.integers(0, 2))
    def apply(self, person: int, task: int) -> None:
        self.try_to(lambda: service.apply(self.person(person), self.task(task), plan="x"))

    @rule(person=st.integers(0, 4), task=st.integers(0, 2))
    def wait(self, person: int, task: int) -> None:
        self.try_to(lambda: service.join_waitlist(self.person(person), self.task(task), plan="x"))

    @precondition(lambda self: self.seen)
    @rule(which=st.integers(0, 50), step=st.sampled_from(sorted(STEPS)))
    def step(self, which: int, step: str) -> None:
        claim = db.session.get_one(Claim, sorted(self.seen)[which % len(self.seen)])
        name, work = STEPS[step]
        who = claim.user if name is None else getattr(self.cast, name)
        self.try_to(lambda: work(who, claim))

    @rule()
    def night(self) -> None:
        fill_every_seat()

    @rule(task=st.integers(0, 2))
    def withdraw_task(self, task: int) -> None:
        if len(self.seen) > 6:  # late in a run, or most runs would end here
            self.try_to(lambda: service.withdraw_task(self.cast.mona, self.task(task), reason="Not needed."))

    @invariant()
    def everything_holds(self) -> None:
        db.session.expire_all()
        claims = list(db.session.scalars(select(Claim).order_by(Claim.id)))
        legal = CLAIM.pairs() | {(state, state) for state in CLAIM.states}
        for claim in claims:
            before = self.seen.get(claim.id)
            # Handing in and back within one step (design returned) leaves the state; a promotion follows by itself.
            assert before is None or (before, claim.state) in legal, (before, claim.state)
            self.seen[claim.id] = claim.state
        for number in range(3):
            task = self.task(number)
            mine = [c for c in claims if c.task_id == task.id]
            seated = [c for c in mine if c.state in SEATED]
            assert len(seated) <= task.seats
            assert len({c.seat_no for c in seated}) == len(seated)
            live = [c.user_id for c in mine if c.state in (*LIVE, "accepted")]
            assert len(live) == len(set(live)), "two live claims of one person on one task"
        for user_id in self.people:
            held = [c for c in claims if c.user_id == user_id and c.state in HOLDING]
            assert len(held) <= 2 and len({c.hold_no for c in held}) == len(held)
        assert summary.rebuild() == 0, "a summary was wrong"
        db.session.rollback()


def test_any_sequence_of_steps_holds(app: Flask, request: pytest.FixtureRequest) -> None:
    machine = type("Machine", (Quarter,), {"app": app})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
