"""What is asked about carrying: into which quarters, and what of a quarter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tracker import clock
from tracker.budgets.queries import scheme_of
from tracker.budgets.rules import Sum
from tracker.carries import rules
from tracker.cycles.models import CLOSED, Cycle
from tracker.cycles.quarters import bounds
from tracker.db import db
from tracker.permissions import Actor
from tracker.programmes.wages import Scheme
from tracker.tasks.models import Task
from tracker.tasks.reserve import seat_of
from tracker.text import LazyString


def targets(cycle: Cycle) -> Sequence[Cycle]:
    """The SIG's later quarters that are being planned or open and still accept work, the next one first."""
    today = clock.today(cycle.programme.time_zone)
    query = select(Cycle).where(
        Cycle.sig_id == cycle.sig_id, Cycle.quarter > cycle.quarter, Cycle.state != CLOSED, Cycle.accept_by >= today
    )
    return db.session.scalars(query.order_by(Cycle.quarter)).all()


@dataclass(frozen=True, slots=True)
class Carry:
    """A task and what carrying it would do: why it stays, or its days there and what it reserves of that quarter's budget."""

    task: Task
    obstacle: str
    expected_on: dt.date | None
    accept_by: dt.date | None
    cost: Sum

    @property
    def reason(self) -> LazyString | str:
        """Why it isn't carried; empty where it is."""
        return rules.OBSTACLES[self.obstacle] if self.obstacle else ""


def carry_of(actor: Actor, task: Task, target: Cycle, scheme: Scheme) -> Carry:
    """What ``actor`` carrying ``task`` into ``target``, whose points become money by ``scheme``, would do."""
    found = rules.obstacle(
        task.state, involved=actor.id is not None and actor.id in task.live_claimant_ids,
        same_programme=task.cycle.programme_id == target.programme_id, wage_ends=task.pays_wage and scheme.kind == "none",
    )  # fmt: skip
    expected_on, accept_by = rules.new_days(
        task.expected_on, task.accept_by, first_day=bounds(target.quarter)[0], claims_until=target.claims_until,
        last_day=target.accept_by, today=clock.today(target.programme.time_zone),
    )  # fmt: skip
    cost = seat_of(task, scheme).most * (task.seats - task.seats_accepted)
    return Carry(task, found, expected_on, accept_by, cost)


def carries(actor: Actor, cycle: Cycle, target: Cycle) -> list[Carry]:
    """Every task of ``cycle`` by number, with what carrying it into ``target`` would do: three statements however many."""
    query = select(Task).where(Task.cycle_id == cycle.id).order_by(Task.id)
    scheme = scheme_of(target)
    tasks = db.session.scalars(query.options(selectinload(Task.live_claims))).all()
    return [carry_of(actor, task, target, scheme) for task in tasks]
