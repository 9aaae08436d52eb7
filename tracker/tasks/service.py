"""What is done with tasks: drafted, edited, made ready, published. Withdrawing and closing are steps of the claims room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypedDict, Unpack

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tracker import clock
from tracker.accounts.models import User
from tracker.budgets.queries import scheme_of
from tracker.budgets.service import covered
from tracker.cycles.models import CLOSED as CYCLE_CLOSED
from tracker.cycles.models import OPEN, Cycle
from tracker.cycles.workflow import CYCLE
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.events.sentences import the_tracker
from tracker.permissions import Actor, Permission, allowed
from tracker.programmes.wages import Scheme
from tracker.sigs.models import Area
from tracker.tasks import queries, search, summary
from tracker.tasks.models import DRAFT, PUBLISHED, READY, Task
from tracker.tasks.reserve import reserve_wage
from tracker.tasks.rules import EARNING, FIELDS, MATERIAL, problems
from tracker.tasks.workflow import TASK
from tracker.text import LazyString, _l, _nl


class TaskFields(TypedDict, total=False):
    """The fields of the form (contract.md). Money in fen, texts in Markdown."""

    title: str
    area: Area | None
    kind: str
    points: int | None
    difficulty: str
    hours: int | None
    backends: Sequence[str]
    language: str
    seats: int
    mentors: Sequence[User]
    expected_on: dt.date | None
    accept_by: dt.date | None
    needs_design: bool
    prize: str
    prize_amount: int | None
    prize_currency: str
    pays_wage: bool
    gives_certificate: bool
    background: str
    requirement: str
    environment: str
    criteria: str
    submit_to: str
    guidance: str


class Incomplete(Refused):
    """The task can't be made ready or published: ``problems`` says what each field lacks."""

    def __init__(self, task: Task, found: Mapping[str, LazyString]) -> None:
        self.problems = dict(found)
        fields = "; ".join(f"{FIELDS[name]}: {reason}" for name, reason in found.items())
        super().__init__(
            _nl(
                "%(task)s isn't complete. One field needs attention – %(fields)s",
                "%(task)s isn't complete. %(num)s fields need attention – %(fields)s",
                len(found), task=task.reference, fields=fields,
            )
        )  # fmt: skip


class Stale(Refused):
    """Somebody else changed the task since it was read; ``version`` is the present one."""

    def __init__(self, message: LazyString, version: int) -> None:
        self.version = version
        super().__init__(message)


def create_task(actor: Actor, cycle: Cycle, **fields: Unpack[TaskFields]) -> Task:
    """Draft a task of a cycle that isn't closed; only ``title`` is needed.

    Raises Forbidden, and Refused where the fields contradict each other, a mentor claims the task, or the actor drafted
    one of this title already.
    """
    return _draft(actor, cycle, "task.created", fields, twice=False)


def import_task(actor: Actor, cycle: Cycle, **fields: Unpack[TaskFields]) -> Task:
    """Draft a task that was read from a file. Raises as ``create_task``."""
    return _draft(actor, cycle, "task.imported", fields)


def _draft(actor: Actor, cycle: Cycle, event: str, fields: TaskFields, *, twice: bool = True) -> Task:
    if not allowed(actor, Permission.TASK_CREATE, cycle):
        raise Forbidden(Permission.TASK_CREATE)
    cycle = lock(Cycle, cycle.id)
    if cycle.state == CYCLE_CLOSED:
        raise Refused(_l("%(cycle)s is closed. Plan the task for the next quarter.", cycle=cycle.label))
    if not twice and (twin := queries.own_draft(cycle.id, actor.id, " ".join(fields.get("title", "").split()))):
        raise Refused(_l("You drafted a task of this title already: %(task)s. Go on there.", task=twin), field="title")
    reference = f"{cycle.sig.key}-{cycle.quarter}-{cycle.next_number:03d}"
    cycle.next_number += 1
    task = Task(
        reference=reference, cycle=cycle, sig=cycle.sig, author_id=actor.id, state=DRAFT, title="", kind="community",
        points=None, difficulty="", hours=None, backends=[], language="", seats=1, expected_on=None, accept_by=None,
        needs_design=False, prize="", prize_amount=None, prize_currency="", pays_wage=False, gives_certificate=False,
        background="", requirement="", environment="", criteria="", submit_to="", guidance="", mentors=[], area=None,
        created_at=clock.now(), version=1, seats_held=0,
    )  # fmt: skip
    with db.session.no_autoflush:
        _apply(task, fields)
        db.session.add(task)
        task.search = search.of_task(task)
    record(actor, event, task)
    return task


def _apply(task: Task, fields: TaskFields) -> list[list[Any]]:
    """Set the fields and check that they fit together; returns the changes as [field, old, new]."""
    before = {name: said(getattr(task, name)) for name in fields}
    for name, value in fields.items():
        if name not in FIELDS:
            raise TypeError(f"a task has no field {name}")
        setattr(task, name, list(value) if name in ("backends", "mentors") else value)  # type: ignore[call-overload]
    task.title = " ".join(task.title.split())
    if not task.title:
        raise Refused(_l("A task needs a title."), field="title")
    if task.area is not None and task.area.sig_id != task.sig.id:
        raise Refused(_l("This area belongs to another SIG."), field="area")
    if task.prize_amount is None:
        task.prize_currency = ""
    elif not task.prize_currency:
        raise Refused(_l("An amount needs its currency."), field="prize_currency")
    if task.expected_on and task.accept_by and task.expected_on > task.accept_by:
        raise Refused(_l("This is after the latest acceptance."), field="expected_on")
    return [[name, before[name], new] for name in fields if (new := said(getattr(task, name))) != before[name]]


def said(value: Any) -> Any:
    """A field's value as the diary keeps it: JSON, areas by name, people as a list of ids (see events.people)."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Area):
        return value.name
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, User) for item in value):
            return sorted(item.id for item in value)
        return ", ".join(sorted(str(said(item)) for item in value))
    return value


def edit_task(actor: Actor, task: Task, *, version: int, **fields: Unpack[TaskFields]) -> Task:
    """Change a draft, ready or published task that was read at ``version``.

    After publication a change of the terms (rules.MATERIAL) is told to whoever claims the task. A ready task that
    becomes incomplete is a draft again. Raises Forbidden, Stale, and Refused: the task has ended, a field contradicts
    another, seats fall below those held, the editor or a new mentor claims the task, the budget doesn't cover more.
    """
    cycle, task = hold(task)
    _may_edit(actor, task)
    if task.version != version:
        raise Stale(_meanwhile(task, version), task.version)
    published = task.state == PUBLISHED
    with covered(cycle) if published else nullcontext():
        changes = _change(task, cycle, fields, published)
    if not changes:
        return task
    task.version += 1
    task.search = search.of_task(task)
    if task.state == READY and problems(queries.facts_of(task)):
        TASK.advance(actor, task, "return")
    if published:
        summary.refresh(task)
    told = published and any(change[0] in MATERIAL for change in changes)
    record(actor, "task.edited" if told else "task.revised", task, changes=changes, version=task.version)
    return task


def hold(task: Task) -> tuple[Cycle, Task]:
    """Lock the quarter, which comes first of all, then the task. Raises Refused when the task left the quarter meanwhile."""
    cycle = lock(Cycle, task.cycle_id)
    task = lock(Task, task.id)
    if task.cycle_id != cycle.id:
        raise Refused(_l("%(task)s was carried into another quarter meanwhile. Look at it again.", task=task.reference))
    return cycle, task


def _change(task: Task, cycle: Cycle, fields: TaskFields, published: bool) -> list[list[Any]]:
    """Set the fields of a task, checked; returns the changes."""
    scheme = scheme_of(cycle)
    earlier = problems(queries.facts_of(task, scheme)) if published else {}
    with db.session.no_autoflush:
        _check_people(task, fields)
        changes = _apply(task, fields)
        if task.seats < task.seats_held:
            raise Refused(_l("%(held)s seats are held. Seats can't be fewer.", held=task.seats_held), field="seats")
        worse = {k: v for k, v in problems(queries.facts_of(task, scheme)).items() if k not in earlier}
        if published and worse:
            name, reason = next(iter(worse.items()))
            raise Refused(reason, field=name)
        if published and any(change[0] in EARNING for change in changes):
            reserve_wage(task, scheme)
    return changes


def _may_edit(actor: Actor, task: Task) -> None:
    if actor.id is not None and actor.id in task.live_claimant_ids:
        raise Refused(
            _l("%(people)s has a claim on %(task)s: another maintainer edits it.",
               people=queries.names([actor.id]), task=task.reference)
        )  # fmt: skip
    if not allowed(actor, Permission.TASK_EDIT, task):
        raise Forbidden(Permission.TASK_EDIT)
    if task.state not in (DRAFT, READY, PUBLISHED):
        raise Refused(
            _l("%(task)s is %(state)s: it stays as it is.", task=task.reference, state=TASK.states[task.state])
        )


def _check_people(task: Task, fields: TaskFields) -> None:
    """Nobody who holds, waits for or has applied for the task becomes its mentor."""
    new = {user.id for user in fields.get("mentors", ())} - task.mentor_ids
    if both := new & task.live_claimant_ids:
        raise Refused(
            _l("%(people)s holds, waits for or has applied for this task and can't be its mentor.",
               people=queries.names(both)),
            field="mentors",
        )  # fmt: skip


def _meanwhile(task: Task, version: int) -> LazyString:
    """What changed since ``version``, in words."""
    since = [event for event in queries.edits(task.id) if event.facts.get("version", 0) > version]
    if not since:
        return _l("%(task)s was changed meanwhile. Check your text and save again.", task=task.reference)
    lines = [
        f"{FIELDS[name]}: {_short(old)} → {_short(new)}" for event in since for name, old, new in event.facts["changes"]
    ]
    return _l(
        "%(who)s changed %(task)s meanwhile – %(changes)s. What you typed is kept below; save again to put it in place.",
        who=", ".join(dict.fromkeys(event.who or the_tracker() for event in since)), task=task.reference, changes="; ".join(lines),
    )  # fmt: skip


def _short(value: Any) -> str:
    text = " ".join(str(value if value not in (None, "") else "–").split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def mark_ready(actor: Actor, task: Task) -> Task:
    """Draft → ready. Raises Incomplete naming each field that is missing or wrong, Forbidden, Refused."""
    task = lock(Task, task.id)
    TASK.check(actor, task, "ready")
    if found := problems(queries.facts_of(task)):
        raise Incomplete(task, found)
    TASK.advance(actor, task, "ready")
    record(actor, "task.readied", task)
    return task


def return_task(actor: Actor, task: Task) -> Task:
    """Ready → draft. Raises Forbidden, Refused."""
    task = lock(Task, task.id)
    TASK.advance(actor, task, "return")
    record(actor, "task.returned", task)
    return task


def publish_task(actor: Actor, task: Task) -> Task:
    """Put one ready task on the board of a quarter that is open already. Raises Incomplete, Forbidden, Refused."""
    cycle, task = hold(task)
    TASK.check(actor, task, "publish")
    if cycle.state != OPEN:
        raise Refused(
            _l("%(cycle)s isn't open. Publish the quarter: that publishes all its ready tasks.", cycle=cycle.label)
        )
    with covered(cycle):
        _publish(actor, task, scheme_of(cycle))
    record(actor, "task.published", task)
    return task


def _publish(actor: Actor, task: Task, scheme: Scheme) -> None:
    if found := problems(queries.facts_of(task, scheme)):
        raise Incomplete(task, found)
    TASK.advance(actor, task, "publish")
    task.published_at = clock.now()
    reserve_wage(task, scheme)


def publish_cycle(actor: Actor, cycle: Cycle) -> Cycle:
    """Publish every ready task of the cycle in one step and open it; later again for tasks made ready since. Tasks that were
    carried into a quarter that isn't open yet can be claimed from then on.

    The SIG's followers and the tasks' mentors are told. Raises Incomplete for a ready task that no longer is (a day
    has passed, say), Forbidden, and Refused when nothing is ready or the budget doesn't last for all that is.
    """
    cycle = lock(Cycle, cycle.id)
    CYCLE.check(actor, cycle, "publish")
    ready = db.session.scalars(
        select(Task)
        .where(Task.cycle_id == cycle.id, Task.state == READY)
        .order_by(Task.id)
        .options(selectinload(Task.mentors), selectinload(Task.live_claims), selectinload(Task.area))
        .with_for_update(key_share=True)
    ).all()
    carried = queries.carried_in(cycle)
    if not ready and not carried:
        raise Refused(_l("Nothing of %(cycle)s is ready. Complete a draft and mark it as ready.", cycle=cycle.label))
    scheme = scheme_of(cycle)
    with covered(cycle):
        for task in ready:
            _publish(actor, task, scheme)
    CYCLE.advance(actor, cycle, "publish")
    cycle.published_at = cycle.published_at or clock.now()
    out = [*carried, *ready]
    record(
        actor, "cycle.published", cycle, tell=queries.mentor_ids([task.id for task in out]), tasks=len(out),
        points=sum((task.points or 0) * task.seats for task in out), references=[task.reference for task in out],
    )  # fmt: skip
    return cycle
