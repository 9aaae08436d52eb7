"""The page of a task: what is to be done, what it gives, who holds it, and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy import Row, and_, func, or_, select

from tracker.accounts.models import User
from tracker.budgets.queries import budget_of, figures, scheme_of
from tracker.budgets.rules import Outlook, outlook
from tracker.claims.eligibility import claim_options
from tracker.claims.models import HOLDING, Claim
from tracker.cycles.models import OPEN, Cycle
from tracker.db import db
from tracker.events import Event
from tracker.events.people import Told, told
from tracker.events.sentences import sentence
from tracker.meetings.models import ProgressNote
from tracker.pages.views import bp
from tracker.permissions import Permission as P
from tracker.tasks import queries
from tracker.tasks.models import DRAFT, READY, Task
from tracker.tasks.reserve import seat_of
from tracker.tasks.rules import FIELDS, MATERIAL, problems
from tracker.tasks.workflow import TASK
from tracker.text import _
from tracker.web.routes import actor, can, requires

#: What of a claim's history anybody may read on the task's page.
_PUBLIC_STEPS = ("claim.approved", "claim.accepted")
#: What only those who plan the task see: a draft's edits.
_INNER = ("task.created", "task.imported", "task.revised", "task.readied", "task.returned")
_MOST = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history: when, in words, why."""

    at: Any
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A field that was changed after publication."""

    field: str
    name: Any
    old: Any
    new: Any
    who: str
    at: Any


@bp.get("/tasks/<reference>/")
@requires(P.TASK_READ, Task)
def task(task: Task) -> str:
    """What there is to know about a task."""
    events = _events(task)
    inside = can(P.TASK_EDIT, task) or can(P.CYCLE_PLAN, task)
    return render_template(
        "pages/task.html", task=task, options=claim_options(actor(), task), fields=FIELDS,
        changes=_changes(task, events), history=_history(events, inside), holders=_holders(task.id),
        problems=problems(queries.facts_of(task)) if task.state in (DRAFT, READY) and inside else {},
        steps={step.action for step in TASK.available(actor(), task)}, states=TASK.states, after=_after(task),
    )  # fmt: skip


def _after(task: Task) -> Outlook | None:
    """What publishing the task by itself would leave of the quarter's budget; None where it can't be, or without a budget."""
    if task.state != READY or task.cycle.state != OPEN or not can(P.TASK_PUBLISH, task):
        return None
    limits = budget_of(task.cycle)
    cost = seat_of(task, scheme_of(task.cycle)).most * task.seats
    return outlook(limits, figures(task.cycle).taken, [(task.reference, cost)]) if limits.limits else None


def _events(task: Task) -> list[Told]:
    """Newest first: the task's own events, its claims' public ones, and the publication of its quarter."""
    claims = select(Claim.id).where(Claim.task_id == task.id)
    cycles = select(Cycle.id).where(Cycle.sig_id == task.sig_id)
    references = Event.facts["references"].as_string()
    query = (
        select(Event.at, Event.name, Event.facts, func.coalesce(func.nullif(User.display_name, ""), User.handle).label("who"))
        .outerjoin(User, User.id == Event.actor_id)
        .where(
            or_(
                and_(Event.subject_type == "task", Event.subject_id == task.id),
                and_(Event.subject_type == "claim", Event.subject_id.in_(claims), Event.name.in_(_PUBLIC_STEPS)),
                and_(
                    # also of a quarter that it was carried out of since
                    Event.subject_type == "cycle", Event.subject_id.in_(cycles), Event.name == "cycle.published",
                    references.contains(f'"{task.reference}"', autoescape=True),
                ),
            )
        )
        .order_by(Event.id.desc())
        .limit(_MOST)
    )  # fmt: skip
    return told(db.session.execute(query))


def _history(events: list[Told], inside: bool) -> list[Entry]:
    return [
        Entry(event.at, sentence(event.name, event.facts, event.who), str(event.facts["reason"]))
        for event in events
        if inside or event.name not in _INNER
    ]


def _changes(task: Task, events: list[Told]) -> list[Change]:
    """What was changed of the terms after publication, newest first."""
    return [
        Change(name, FIELDS.get(name, name), old, new, event.who or _("The tracker"), event.at)
        for event in events
        if event.name in ("task.edited", "task.carried")
        and task.published_at is not None
        and event.at >= task.published_at
        for name, old, new in event.facts.get("changes", ())
        if name in MATERIAL
    ]


def _holders(task_id: int) -> list[Row[Any]]:
    """Who holds a seat: name, state, since when, and the newest percent reported (None: nothing yet)."""
    newest = (
        select(ProgressNote.percent)
        .where(ProgressNote.claim_id == Claim.id)
        .order_by(ProgressNote.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    query = (
        select(User.display_name, Claim.state, Claim.approved_at, Claim.applied_at, newest.label("percent"))
        .join(User, User.id == Claim.user_id)
        .where(Claim.task_id == task_id, Claim.state.in_((*HOLDING, "accepted")))
        .order_by(Claim.seat_no)
    )
    return list(db.session.execute(query).all())
