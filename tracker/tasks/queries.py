"""What is asked about tasks; the public board has a module of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import set_committed_value

from tracker import clock
from tracker.accounts.models import User
from tracker.budgets.queries import scheme_of
from tracker.budgets.rules import Sum
from tracker.cycles.models import OPEN, PLANNING, Cycle
from tracker.cycles.quarters import bounds
from tracker.db import db
from tracker.errors import Missing
from tracker.events import Event, audience
from tracker.events.people import Told, told
from tracker.programmes.wages import Scheme
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER, Area, Membership
from tracker.sigs.queries import active_on
from tracker.tasks.board import BoardFilters, board_rows, matching, mentors_column, parse_filters
from tracker.tasks.models import DRAFT, PUBLISHED, READY, TEXTS, Task, TaskMentor
from tracker.tasks.reserve import seat_of
from tracker.tasks.rules import Facts, problems

__all__ = ["BoardFilters", "board_rows", "matching", "parse_filters"]

_REFERENCE = re.compile(r"[A-Z0-9]{1,8}-20[0-9]{2}Q[1-4]-[0-9]{3,6}", re.ASCII)


def find_task(reference: str) -> Task | None:
    """The task of a reference such as ``AKG-2026Q4-007``, in capitals or not."""
    reference = reference.upper()
    if not _REFERENCE.fullmatch(reference):
        return None
    return db.session.scalar(select(Task).where(Task.reference == reference))


def get_task(reference: str) -> Task:
    """The task of a reference. Raises Missing."""
    if (task := find_task(reference)) is None:
        raise Missing(f"task {reference}")
    return task


def find_titled(cycle_id: int, title: str) -> Task | None:
    """A task of the cycle with this very title."""
    return db.session.scalar(select(Task).where(Task.cycle_id == cycle_id, Task.title == title).limit(1))


def own_draft(cycle_id: int, author_id: int | None, title: str) -> str | None:
    """The reference of the author's draft of this title in the cycle: a form that was sent twice."""
    query = select(Task.reference).where(
        Task.cycle_id == cycle_id, Task.author_id == author_id, Task.title == title, Task.state == DRAFT
    )
    return db.session.scalar(query.limit(1))


@audience("mentors")
def mentors(subject: Any) -> Iterable[int]:
    """User ids of the mentors of a task, of a claim's task, or of a note's claim's task."""
    task = subject if isinstance(subject, Task) else getattr(subject, "task", None) or subject.claim.task
    return mentor_ids([task.id])


def mentor_ids(task_ids: Sequence[int]) -> list[int]:
    """User ids of whoever mentors one of the tasks."""
    query = select(TaskMentor.user_id).where(TaskMentor.task_id.in_(task_ids)).distinct().order_by(TaskMentor.user_id)
    return list(db.session.scalars(query))


def possible_mentors(sig_id: int, *, also: Sequence[int] = ()) -> list[tuple[int, str]]:
    """(user id, name) of the SIG's Maintainers, Contributors and Committers of today, and of the users ``also``."""
    serving = select(Membership.user_id).where(
        Membership.sig_id == sig_id,
        Membership.role.in_((MAINTAINER, CONTRIBUTOR, COMMITTER)),
        active_on(clock.today()),
    )
    query = (
        select(User.id, User.display_name, User.handle)
        .where(or_(User.id.in_(serving), User.id.in_(also)), User.suspended_at.is_(None))
        .order_by(User.display_name, User.id)
    )
    return [(user_id, f"{name} ({handle})" if name else handle) for user_id, name, handle in db.session.execute(query)]


def users(ids: Iterable[int]) -> list[User]:
    """The accounts of the ids, by name."""
    return list(db.session.scalars(select(User).where(User.id.in_(list(ids))).order_by(User.display_name, User.id)))


def areas_of(sig_id: int) -> list[Area]:
    """The SIG's areas."""
    return list(db.session.scalars(select(Area).where(Area.sig_id == sig_id).order_by(Area.id)))


def names(ids: Iterable[int]) -> str:
    """``Dora, Otto`` of user ids."""
    return ", ".join(user.display_name or user.handle for user in users(ids))


def facts_of(task: Task, scheme: Scheme | None = None) -> Facts:
    """The task as the completeness check sees it; ``scheme`` where that of the cycle was read already."""
    return _facts(
        task, task.cycle, (scheme or scheme_of(task.cycle)).kind, has_area=task.area is not None,
        mentors=len(task.mentors), empty=frozenset(name for name in TEXTS if not getattr(task, name).strip()),
    )  # fmt: skip


def _facts(task: Any, cycle: Cycle, scheme: str, *, has_area: bool, mentors: int, empty: frozenset[str]) -> Facts:
    return Facts(
        title=task.title, has_area=has_area, kind=task.kind, points=task.points,
        difficulty=task.difficulty, hours=task.hours, mentors=mentors, expected_on=task.expected_on,
        accept_by=task.accept_by, pays_wage=task.pays_wage, gives_certificate=task.gives_certificate, prize=task.prize,
        prize_amount=task.prize_amount, prize_currency=task.prize_currency, empty_texts=empty,
        today=clock.today("Asia/Shanghai"), first_day=bounds(cycle.quarter)[0], last_day=cycle.accept_by,
        wage_scheme=scheme,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A task of the plan: its row, the fields that are missing or wrong, and the most that all its seats can cost."""

    task: Any
    problems: dict[str, Any]
    cost: Sum

    @property
    def complete(self) -> bool:
        return not self.problems


def plan(cycle: Cycle) -> list[PlanRow]:
    """Every task of the cycle but withdrawn ones, by number: two statements however many there are."""
    count = select(func.count()).where(TaskMentor.task_id == Task.id).correlate(Task).scalar_subquery()
    query = (
        select(
            Task.id, Task.reference, Task.state, Task.title, Task.area_id, Task.kind, Task.points, Task.difficulty,
            Task.hours, Task.seats, Task.expected_on, Task.accept_by, Task.pays_wage, Task.gives_certificate, Task.prize,
            Task.prize_amount, Task.prize_currency, Area.name.label("area"), Area.name_zh.label("area_zh"),
            mentors_column(User.display_name).label("mentor_names"), count.label("mentors"),
            *((func.trim(getattr(Task, name)) == "").label(f"no_{name}") for name in TEXTS),
        )
        .outerjoin(Area, Area.id == Task.area_id)
        .where(Task.cycle_id == cycle.id, Task.state != "withdrawn")
        .order_by(Task.id)
    )  # fmt: skip
    scheme = scheme_of(cycle)
    return [_plan_row(row, cycle, scheme) for row in db.session.execute(query)]


def _plan_row(row: Any, cycle: Cycle, scheme: Scheme) -> PlanRow:
    empty = frozenset(name for name in TEXTS if getattr(row, f"no_{name}"))
    facts = _facts(row, cycle, scheme.kind, has_area=row.area_id is not None, mentors=row.mentors, empty=empty)
    cost = seat_of(row, scheme).most * row.seats
    return PlanRow(row, problems(facts) if row.state in (DRAFT, READY) else {}, cost)


def carried_in(cycle: Cycle) -> Sequence[Task]:
    """The published tasks of a quarter that isn't open yet: they were carried into it."""
    if cycle.state != PLANNING:
        return []
    query = select(Task).where(Task.cycle_id == cycle.id, Task.state == PUBLISHED).order_by(Task.id)
    return db.session.scalars(query).all()


def live_claims_in(cycle: Cycle) -> list[Any]:
    """The live claims on the tasks of an open cycle, by task: whom closing it concerns. Two statements."""
    if cycle.state != OPEN:
        return []
    query = select(Task).where(Task.cycle_id == cycle.id, Task.state == PUBLISHED).order_by(Task.id)
    found = []
    for task in db.session.scalars(query.options(selectinload(Task.live_claims))).all():
        for claim in task.live_claims:
            set_committed_value(claim, "task", task)  # each would be read anew by who asks for the claim's task
            found.append(claim)
    return found


def edits(task_id: int) -> list[Told]:
    """Events that changed the task's fields, oldest first."""
    query = (
        select(Event.at, Event.name, func.coalesce(func.nullif(User.display_name, ""), User.handle).label("who"), Event.facts)
        .outerjoin(User, User.id == Event.actor_id)
        .where(
            Event.subject_type == "task", Event.subject_id == task_id,
            Event.name.in_(("task.edited", "task.revised", "task.carried")),
        )
        .order_by(Event.id)
    )  # fmt: skip
    return told(db.session.execute(query))
