"""What is asked about claims."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, and_, false, func, or_, select, true
from sqlalchemy.orm import aliased

from tracker.accounts.models import User
from tracker.claims.eligibility import claim_options as claim_options
from tracker.claims.eligibility import place_in_queue as place_in_queue
from tracker.claims.models import LIVE, Claim
from tracker.claims.rules import NextStep, next_step
from tracker.cycles.models import Cycle
from tracker.db import db, find
from tracker.errors import Missing
from tracker.events import audience
from tracker.permissions import SYSTEM, Actor, maintained_sigs
from tracker.programmes.models import Programme, Rules
from tracker.sigs.models import Area, Sig
from tracker.tasks.models import Task, TaskMentor


def find_claim(claim_id: int) -> Claim | None:
    """The claim with this id."""
    return find(Claim, claim_id)


def get_claim(claim_id: int) -> Claim:
    """The claim with this id. Raises Missing."""
    if (claim := find_claim(claim_id)) is None:
        raise Missing(f"claim {claim_id}")
    return claim


def next_step_of(claim: Claim) -> NextStep:
    """Who must act on the claim now, what, and by when; see ``rules.next_step``."""
    return next_step(
        claim.state, needs_design=claim.needs_design, design_accepted=claim.design_accepted_at is not None,
        answer_by=claim.answer_by, due_on=claim.due_on, approved_at=claim.approved_at,
        design_within_days=claim.rules.design_document_within_days, place=place_in_queue(claim),
    )  # fmt: skip


def live_claims_of_task(task_id: int) -> list[Claim]:
    """The claims of a task that haven't ended, in the order they were made; read anew, also what the session has."""
    query = select(Claim).where(Claim.task_id == task_id, Claim.state.in_(LIVE)).order_by(Claim.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def live_claims_of_cycle(cycle_id: int) -> list[Claim]:
    """The claims of a cycle's tasks that haven't ended; read anew, also what the session has."""
    query = select(Claim).join(Claim.task).where(Task.cycle_id == cycle_id, Claim.state.in_(LIVE)).order_by(Claim.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def tasks_with_free_seats_and_waiting() -> list[int]:
    """Ids of published tasks where a seat is free though somebody waits."""
    query = (
        select(Task.id)
        .where(Task.state == "published", Task.waiting_count > 0, Task.seats_held < Task.seats)
        .order_by(Task.id)
    )
    return list(db.session.scalars(query))


# -- lists ----------------------------------------------------------------------------------------

_ROW = (
    Claim.id, Claim.state, Claim.created_at, Claim.state_since, Claim.applied_at, Claim.answer_by, Claim.approved_at,
    Claim.due_on, Claim.promised_on, Claim.submitted_at, Claim.decided_at, Claim.points, Claim.reason,
    Claim.design_accepted_at, Claim.rules_id, Claim.task_id, Claim.user_id, Claim.programme_id, Claim.hours_per_week,
    Task.reference, Task.title, Task.needs_design, Claim.terms, Task.sig_id, Task.points.label("task_points"), Task.seats,
    User.handle, User.display_name, Rules.design_document_within_days.label("design_days"),
)  # fmt: skip


def _rows() -> Any:
    return (
        select(*_ROW)
        .select_from(Claim)
        .join(Task, Task.id == Claim.task_id)
        .join(User, User.id == Claim.user_id)
        .join(Rules, Rules.id == Claim.rules_id)
    )


def claims_of(user: User) -> list[Row[Any]]:
    """Every claim of a person, newest first: the columns of ``_ROW``."""
    return list(db.session.execute(_rows().where(Claim.user_id == user.id).order_by(Claim.id.desc())))


def queue_places(user_id: int) -> dict[int, int]:
    """Claim id → place on the waitlist, for the person's waiting claims, in one query."""
    other = aliased(Claim)
    query = (
        select(Claim.id, func.count(other.id))
        .join(other, and_(other.task_id == Claim.task_id, other.state == "waiting", other.id <= Claim.id))
        .where(Claim.user_id == user_id, Claim.state == "waiting")
        .group_by(Claim.id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def visible_to(actor: Actor) -> Any:
    """The condition that the actor may read a claim, as ``claim:read`` says it; for queries that join Task."""
    if actor is SYSTEM or actor.is_admin:
        return true()
    if actor.id is None:
        return false()
    mentored = select(TaskMentor.task_id).where(TaskMentor.user_id == actor.id)
    return or_(Claim.user_id == actor.id, Claim.task_id.in_(mentored), Task.sig_id.in_(sorted(maintained_sigs(actor))))


def claims_export(
    actor: Actor, *, sig: str = "", programme: str = "", quarter: str = "", state: str = "", mine: bool = False
) -> Any:
    """A Select of the rows of the claims export that ``actor`` may read, in the order of their ids; filters by slug and token."""
    decided_by = aliased(User)
    query = (
        select(
            Claim.id.label("claim"), Task.reference.label("task"), Task.title.label("task_title"), Sig.slug.label("sig"),
            Cycle.quarter, Area.slug.label("area"), User.handle, Claim.state, Claim.applied_at, Claim.approved_at,
            Claim.due_on, Claim.submitted_at, Claim.decided_at, decided_by.handle.label("decided_by"), Claim.points,
            Claim.reason,
        )
        .select_from(Claim)
        .join(Task, Task.id == Claim.task_id)
        .join(Cycle, Cycle.id == func.coalesce(Claim.accepted_in_id, Task.cycle_id))
        .join(Sig, Sig.id == Task.sig_id)
        .join(Programme, Programme.id == Claim.programme_id)
        .join(User, User.id == Claim.user_id)
        .outerjoin(Area, Area.id == Task.area_id)
        .outerjoin(decided_by, decided_by.id == Claim.decided_by_id)
        .where(visible_to(actor))
        .order_by(Claim.id)
    )  # fmt: skip
    for value, column in ((sig, Sig.slug), (programme, Programme.slug), (quarter, Cycle.quarter), (state, Claim.state)):
        if value:
            query = query.where(column == value)
    return query.where(Claim.user_id == actor.id) if mine else query


# -- who is told ----------------------------------------------------------------------------------


@audience("claimant")
def _claimant(subject: Any) -> Iterable[int]:
    return [subject.user_id if isinstance(subject, Claim) else subject.claim.user_id]


@audience("claimants")
def _claimants(subject: Any) -> Iterable[int]:
    """Who holds, waits for or has applied for the task."""
    query = select(Claim.user_id).where(Claim.task_id == subject.id, Claim.state.in_(LIVE))
    return list(db.session.scalars(query))
