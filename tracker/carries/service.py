"""What is done to carry tasks into a later quarter: one, or all that a quarter leaves unfinished.

A carried task keeps its reference, its history and its seats. Claims that live go on under their terms and due dates; what
was accepted stays with the quarter that it was accepted in.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from tracker.budgets.queries import scheme_of
from tracker.budgets.service import covered
from tracker.carries import queries, rules
from tracker.carries.queries import Carry
from tracker.claims.models import Claim
from tracker.claims.steps import fill_afterwards
from tracker.cycles.models import CLOSED, OPEN, Cycle
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes.wages import Scheme
from tracker.tasks import queries as tasks
from tracker.tasks.models import PUBLISHED, Task
from tracker.tasks.reserve import reserve_wage
from tracker.tasks.rules import problems
from tracker.tasks.service import said
from tracker.text import _l


def carry_task(
    actor: Actor, task: Task, *, quarter: str = "", expected_on: dt.date | None = None, accept_by: dt.date | None = None
) -> Task:
    """Carry a published task into the SIG's later ``quarter``, by default the next that is being planned or open.

    Days that aren't given stay where they lie in that quarter, and become its own where they don't. Holders, waitlist and
    mentors are told. Raises Forbidden, and Refused: there is no such quarter, the task has ended, its budget doesn't cover
    it, or (at the field) a day doesn't fit.
    """
    source, target = _hold(task.cycle, quarter)
    task = lock(Task, task.id)
    if task.cycle_id != source.id:
        raise Refused(_l("%(task)s was carried into another quarter meanwhile. Look at it again.", task=task.reference))
    demand(actor, P.TASK_PUBLISH, task)
    scheme = scheme_of(target)
    carry = queries.carry_of(actor, task, target, scheme)
    if carry.obstacle:
        raise Refused(rules.OBSTACLES[carry.obstacle])
    with covered(target):
        _carry(actor, carry, target, scheme, expected_on or carry.expected_on, accept_by or carry.accept_by)
    return task


def refresh_cycle(actor: Actor, cycle: Cycle, *, quarter: str = "") -> list[Task]:
    """Carry all that ``cycle`` leaves unfinished into the SIG's later ``quarter``, by default the next that is being planned
    or open: every published task, claimed or not, but those on which the actor has a claim. Returns them.

    Raises Forbidden, and Refused: there is no such quarter, nothing is left, or its budget doesn't last for all of them.
    """
    demand(actor, P.CYCLE_PUBLISH, cycle)
    source, target = _hold(cycle, quarter)
    scheme = scheme_of(target)
    unfinished = db.session.scalars(
        select(Task)
        .where(Task.cycle_id == source.id, Task.state == PUBLISHED)
        .order_by(Task.id)
        .options(selectinload(Task.live_claims), selectinload(Task.mentors), selectinload(Task.area))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    found = [queries.carry_of(actor, task, target, scheme) for task in unfinished]
    carried = [carry for carry in found if not carry.obstacle]
    if not carried:
        raise Refused(_l("Nothing of %(cycle)s can be carried: no published task is left.", cycle=source.label))
    with covered(target):
        for carry in carried:
            _carry(actor, carry, target, scheme, carry.expected_on, carry.accept_by)
    moved = [carry.task for carry in carried]
    record(
        actor, "cycle.refreshed", source, tasks=len(moved), to_quarter=target.quarter,
        references=[task.reference for task in moved],
    )  # fmt: skip
    return moved


def _hold(source: Cycle, quarter: str) -> tuple[Cycle, Cycle]:
    """Lock both quarters, the lower id first: nothing is published in or leaves them meanwhile. Raises Refused."""
    later = queries.targets(source)
    target = next((cycle for cycle in later if not quarter or cycle.quarter == quarter), None)
    if target is None:
        if quarter:
            said = _l(
                "%(sig)s plans no %(quarter)s that tasks can be carried into.", sig=source.sig.name, quarter=quarter
            )
            raise Refused(said, field="quarter")
        raise Refused(_l("%(sig)s plans no quarter after %(quarter)s. Plan it first.", sig=source.sig.name,
                         quarter=source.quarter))  # fmt: skip
    ids = sorted((source.id, target.id))
    held = {cycle.id: cycle for cycle in (lock(Cycle, cycle_id) for cycle_id in ids)}
    source, target = held[source.id], held[target.id]
    if target.state == CLOSED:
        raise Refused(_l("%(cycle)s is closed. Carry into a later quarter.", cycle=target.label))
    return source, target


def _carry(
    actor: Actor, carry: Carry, target: Cycle, scheme: Scheme, expected_on: dt.date | None, accept_by: dt.date | None
) -> None:
    """Move a task that is held; what was accepted so far stays with the quarter it leaves."""
    task, source = carry.task, carry.task.cycle
    before = {name: getattr(task, name) for name in ("expected_on", "accept_by")}
    db.session.execute(
        update(Claim)
        .where(Claim.task_id == task.id, Claim.state == "accepted", Claim.accepted_in_id.is_(None))
        .values(accepted_in_id=source.id)
    )
    with db.session.no_autoflush:
        task.cycle, task.expected_on, task.accept_by = target, expected_on, accept_by
        wrong = problems(tasks.facts_of(task, scheme))
        for name in before:
            if name in wrong:
                raise Refused(wrong[name], field=name)
        reserve_wage(task, scheme)
    task.version += 1
    db.session.flush()
    changes = [
        [name, said(old), said(getattr(task, name))] for name, old in before.items() if old != getattr(task, name)
    ]
    record(
        actor, "task.carried", task, from_quarter=source.quarter, to_quarter=target.quarter, changes=changes,
        version=task.version,
    )  # fmt: skip
    if target.state == OPEN:
        fill_afterwards(task.id)
