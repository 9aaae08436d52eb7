"""What is done with a budget: finance sets it, and whatever promises more is held against it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tracker.budgets import queries, rules
from tracker.cycles.models import CLOSED, Cycle
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.money import written
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.text import _l


def set_budget(
    actor: Actor, cycle: Cycle, *, version: int, points: int | None, amount: int | None, currency: str, reason: str
) -> Cycle:
    """Set what the tasks of a quarter may reserve and use: points, and fen of a currency; None sets no limit.

    ``version`` is the cycle's as it was read. Raises Forbidden, and Refused when the quarter is closed, somebody else
    changed it since, no reason is given, or less is set than is reserved and used already.
    """
    cycle = lock(Cycle, cycle.id)
    demand(actor, P.BUDGET_SET, cycle)
    if cycle.state == CLOSED:
        raise Refused(_l("%(cycle)s is closed: its budget stays as it is.", cycle=cycle.label))
    before, budget = queries.budget_of(cycle), rules.Budget(points, amount, currency if amount is not None else "")
    if cycle.version != version:
        raise Refused(
            _l("Somebody else changed %(cycle)s meanwhile. Its budget is now: %(budget)s. Look at it again.",
               cycle=cycle.label, budget=before.limits_said)
        )  # fmt: skip
    reason = rules.check_reason(reason)
    rules.check_budget(budget, queries.figures(cycle).taken)
    if budget == before:
        return cycle
    cycle.budget_points, cycle.budget_amount, cycle.budget_currency = budget.points, budget.amount, budget.currency
    cycle.version += 1
    after = _facts(budget)
    record(
        actor, "cycle.budget_set", cycle, reason=reason, before=_facts(before), after=after, points=after["points"],
        money=after["money"],
    )  # fmt: skip
    return cycle


def _facts(budget: rules.Budget) -> dict[str, str]:
    """The limits as the diary keeps them, in no language; a dash where there is none."""
    return {
        "points": "–" if budget.points is None else str(budget.points),
        "money": "–" if budget.amount is None else written(budget.amount, budget.currency),
    }


@contextmanager
def covered(cycle: Cycle) -> Iterator[None]:
    """What is done inside takes no more of the quarter's budget than is left. Raises Refused.

    The caller holds the cycle's row, so that nobody else promises anything of it meanwhile; what ends or is accepted
    meanwhile only frees.
    """
    if not queries.budget_of(cycle).limits:
        yield
        return
    before = queries.figures(cycle)
    yield
    db.session.flush()
    rules.check_covered(cycle.label, before, queries.figures(cycle))
