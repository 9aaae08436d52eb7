"""What is asked about a quarter's budget: the figures, derived from its tasks and their claims.

Reads the tables ``task`` and ``claim`` by name: they are rooms above this one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CompoundSelect,
    Integer,
    Row,
    Select,
    String,
    and_,
    cast,
    column,
    or_,
    select,
    table,
)

from tracker.budgets.rules import Budget, Figures, Held, Line, Seat, figures_of, reserved_and_used
from tracker.cycles.models import CLOSED, Cycle
from tracker.db import UTC, db
from tracker.programmes.models import Json
from tracker.programmes.queries import find_rules
from tracker.programmes.wages import Scheme

#: States of a claim that holds a seat under terms that were kept; tests hold these and the task's against their models.
UNDER_TERMS = ("active", "design_review", "submitted", "changes_requested", "accepted")
PUBLISHED = "published"

_task = table(
    "task", column("id", Integer), column("reference", String), column("title", String), column("state", String),
    column("cycle_id", Integer), column("seats", Integer), column("points", Integer), column("prize_amount", BigInteger),
    column("prize_currency", String), column("pays_wage", Boolean), column("wage_reserve", BigInteger),
    column("wage_currency", String), column("published_at", UTC),
)  # fmt: skip
_claim = table(
    "claim", column("id", Integer), column("task_id", Integer), column("state", String), column("points", Integer),
    column("terms", Json), column("accepted_in_id", Integer),
)  # fmt: skip


def budget_of(cycle: Cycle) -> Budget:
    """The quarter's limits."""
    return Budget(cycle.budget_points, cycle.budget_amount, cycle.budget_currency)


def scheme_of(cycle: Cycle) -> Scheme:
    """How the quarter's points become money: by the rules in force on the last day to claim, as they are known now."""
    rules = find_rules(cycle.programme_id, cycle.claims_until)
    return rules.scheme if rules else Scheme()


def figures(cycle: Cycle) -> Figures:
    """What each published task of the quarter reserves and has used, and what others used before they were carried out of it,
    oldest first: at most three statements."""
    scheme = cache(lambda: scheme_of(cycle))  # asked for by what was published before reserves were kept
    # The tasks first: what is accepted or ends between the two statements is then counted too high, never too low.
    tasks = db.session.execute(_tasks(cycle.id)).all()
    claims: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(_claims(cycle.id)):
        claims.setdefault(row.task_id, []).append(row)
    lines = [_line(task, claims.get(task.id, ()), cycle, scheme) for task in tasks]
    return figures_of(budget_of(cycle), lines)


def _tasks(cycle_id: int) -> Select[Any]:
    carried_out = select(_claim.c.task_id).where(_claim.c.accepted_in_id == cycle_id)
    return (
        select(
            _task.c.id, _task.c.reference, _task.c.title, _task.c.state, _task.c.cycle_id, _task.c.seats, _task.c.points,
            _task.c.prize_amount, _task.c.prize_currency, _task.c.pays_wage, _task.c.wage_reserve, _task.c.wage_currency,
        )
        .where(
            or_(and_(_task.c.cycle_id == cycle_id, _task.c.published_at.is_not(None)), _task.c.id.in_(carried_out))
        )
        .order_by(_task.c.id)
    )  # fmt: skip


def _claims(cycle_id: int) -> CompoundSelect[Any]:
    """Claims that hold a seat under their terms, of the quarter's tasks and of those that were carried out of it: what was
    accepted, where, and of the terms what costs."""
    terms = _claim.c.terms
    query = (
        select(
            _claim.c.task_id, _claim.c.points.label("accepted"), _claim.c.accepted_in_id,
            terms["points"].as_integer().label("points"),
            # An amount may be larger than an INTEGER of PostgreSQL.
            cast(terms["prize_amount"].as_string(), BigInteger).label("prize_amount"),
            terms["prize_currency"].as_string().label("prize_currency"), terms["pays_wage"].as_boolean().label("pays_wage"),
            cast(terms["wage_reserve"].as_string(), BigInteger).label("wage_reserve"),
            terms["wage_currency"].as_string().label("wage_currency"),
        )
        .join(_task, _task.c.id == _claim.c.task_id)
    )  # fmt: skip
    inside = query.where(_task.c.cycle_id == cycle_id, _claim.c.state.in_(UNDER_TERMS))
    return inside.union_all(query.where(_claim.c.accepted_in_id == cycle_id, _task.c.cycle_id != cycle_id))


def _line(task: Row[Any], claims: Sequence[Row[Any]], cycle: Cycle, scheme: Callable[[], Scheme]) -> Line:
    seat = _seat(task, scheme)
    held = [
        Held(seat if claim.points is None else _seat(claim, scheme), claim.accepted, claim.accepted_in_id in (None, cycle.id))
        for claim in claims
    ]  # fmt: skip
    running = cycle.state != CLOSED and task.cycle_id == cycle.id and task.state == PUBLISHED
    reserved, used = reserved_and_used(seat, task.seats, held, running=running)
    return Line(
        task_id=task.id, reference=task.reference, title=task.title, state=task.state, seats=task.seats,
        accepted=sum(one.points is not None for one in held), reserved=reserved, used=used,
    )  # fmt: skip


def _seat(row: Row[Any], scheme: Callable[[], Scheme]) -> Seat:
    """A seat by the columns of a task or by the terms of a claim. Where its wage wasn't reckoned when it was published, it is
    by the quarter's rules as they are now."""
    points, wage, currency = row.points or 0, row.wage_reserve or 0, row.wage_currency or ""
    if row.pays_wage and row.wage_reserve is None:
        wage, currency = scheme().most_for(points), scheme().currency
    return Seat(points=points, prize=row.prize_amount or 0, prize_currency=row.prize_currency or "", wage=wage,
                wage_currency=currency)  # fmt: skip
