"""Whatever happens in whatever order: a budget is never promised twice, and what is used is what was accepted."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.budgets.test_service import ready, set_budget
from tests.rewards.test_acceptance import accept
from tests.support.cast import Cast
from tracker.budgets.queries import figures
from tracker.claims import service as claims
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.ledger.models import Transfer
from tracker.tasks import service as tasks
from tracker.tasks.models import Task

STEPS = 120


class Walk:
    """Random steps of maintainers, mentors and developers in one quarter with a budget."""

    def __init__(self, cast: Cast, seed: int) -> None:
        self.cast, self.chance = cast, random.Random(seed)
        cast.rules.live_claims_per_person = 100
        db.session.commit()
        self.people = [cast.dora, cast.otto, cast.fay]
        self.done = 0
        self.refused = 0

    def pick(self, model: Any, *states: str) -> Any:
        """A row in one of the states; Refused where there is none."""
        rows = db.session.scalars(select(model).where(model.state.in_(states)).order_by(model.id)).all()
        if not rows:
            raise Refused("none")
        return self.chance.choice(rows)

    def step(self) -> None:
        work = self.chance.choice([
            self.publish, self.publish, self.edit, self.claim, self.claim, self.approve, self.approve, self.hand_in, self.accept,
            self.accept, self.end, self.withdraw,
        ])  # fmt: skip
        try:
            work()
            self.done += 1
        except Refused:
            self.refused += 1
        db.session.rollback()

    def publish(self) -> None:
        paid = {"prize": "P", "prize_amount": self.chance.randint(1, 30000), "prize_currency": "CNY"}
        task = ready(
            self.cast, title=f"T{self.chance.random()}", points=self.chance.randint(1, 30), seats=self.chance.randint(1, 2),
            pays_wage=self.chance.random() < 0.5, **(paid if self.chance.random() < 0.5 else {}),
        )  # fmt: skip
        transaction(lambda: tasks.publish_task(self.cast.mona, task))

    def edit(self) -> None:
        task = self.pick(Task, "published")
        change: dict[str, Any] = self.chance.choice([
            {"points": self.chance.randint(1, 40)}, {"seats": self.chance.randint(1, 3)}, {"pays_wage": not task.pays_wage},
            {"prize": "P", "prize_amount": self.chance.randint(1, 40000), "prize_currency": "CNY"},
        ])  # fmt: skip
        transaction(lambda: tasks.edit_task(self.cast.max, task, version=task.version, **change))

    def claim(self) -> None:
        who, task = self.chance.choice(self.people), self.pick(Task, "published")
        transaction(lambda: claims.apply(who, task, plan="Go.", agree=True))

    def approve(self) -> None:
        claim = self.pick(Claim, "applied")
        transaction(lambda: claims.approve(self.cast.max, claim))

    def hand_in(self) -> None:
        claim = self.pick(Claim, "active")
        transaction(lambda: claims.submit(claim.user, claim, summary="Done.", links=["https://example.org/1"]))

    def accept(self) -> None:
        claim = self.pick(Claim, "submitted")
        accept(self.cast.max, claim, points=self.chance.randint(1, claim.most_points), comment="As agreed.")

    def end(self) -> None:
        claim = self.pick(Claim, "active", "submitted")
        ways: list[Callable[[], Any]] = [
            lambda: claims.release(claim.user, claim, reason="No time."),
            lambda: claims.fail(self.cast.max, claim, reason="Too slow."),
        ]
        transaction(self.chance.choice(ways))

    def withdraw(self) -> None:
        if self.chance.random() < 0.3:
            task = self.pick(Task, "published")
            transaction(lambda: claims.withdraw_task(self.cast.max, task, reason="Done elsewhere."))


@pytest.mark.parametrize("seed", range(4))
def test_a_budget_is_never_promised_twice(cast: Cast, seed: int) -> None:
    transaction(lambda: claims.withdraw_task(cast.mona, cast.task, reason="Done elsewhere."))
    set_budget(cast, points=150, amount=800000, currency="CNY")
    walk = Walk(cast, seed)
    for number in range(STEPS):
        walk.step()
        found = figures(cast.cycle)
        assert not found.budget.lacks(found.taken), f"seed {seed}, step {number}: {found.left}"
        booked = db.session.scalar(select(func.sum(Transfer.amount)).where(Transfer.kind == "points"))
        assert found.used.points == (booked or 0)
    assert walk.done > STEPS // 4 and walk.refused and figures(cast.cycle).used
