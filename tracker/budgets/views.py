"""The page of a quarter's budget: what it is, what of it is used, reserved and left, and the tasks behind each figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, render_template

from tracker.budgets import queries, service
from tracker.budgets.forms import BudgetForm
from tracker.budgets.rules import Figures
from tracker.cycles.models import Cycle
from tracker.events.history import history
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, submit
from tracker.web.csv import Amount
from tracker.web.files import csv_file
from tracker.web.routes import actor, requires

bp = Blueprint("budgets", __name__)
#: Tasks that a figure opens to; all of them are in the file.
SHOWN = 200
COLUMNS = ("task", "title", "state", "seats", "accepted", "points_reserved", "points_used", "amount_reserved",
           "amount_used", "currency")  # fmt: skip


@bp.get("/sigs/<slug>/quarters/<quarter>/budget")
@requires(P.BUDGET_READ, Cycle)
def budget(cycle: Cycle) -> str:
    """The figures, and for finance the form that sets them."""
    limits = queries.budget_of(cycle)
    currency = limits.currency or queries.scheme_of(cycle).currency
    return _page(cycle, BudgetForm(data={"points": limits.points, "amount": limits.amount, "currency": currency}))


@bp.post("/sigs/<slug>/quarters/<quarter>/budget")
@requires(P.BUDGET_SET, Cycle)
def set_budget(cycle: Cycle) -> Answer:
    """Set the budget. A refused stale form keeps what was typed and takes the present version with it."""
    form = BudgetForm()

    return submit(
        form, lambda: service.set_budget(actor(), cycle, **form.values()), page=lambda: _page(cycle, form),
        to=lambda done: f"{done.path}budget", done=_l("The budget is set. The SIG's maintainers are told."),
    )  # fmt: skip


def _page(cycle: Cycle, form: BudgetForm) -> str:
    figures = queries.figures(cycle)
    changes = [event for event in history("cycle", cycle.id) if event.name == "cycle.budget_set"]
    return render_template(
        "budgets/budget.html", cycle=cycle, figures=figures, changes=changes, form=form, shown=SHOWN,
        used=[(line, line.used) for line in figures.lines if line.used],
        reserved=[(line, line.reserved) for line in figures.lines if line.reserved],
        version=cycle.version if form.refusal or not form.version.data else form.version.data,
    )  # fmt: skip


@bp.get("/sigs/<slug>/quarters/<quarter>/budget.csv")
@requires(P.BUDGET_READ, Cycle)
def budget_csv(cycle: Cycle) -> Response:
    """The tasks behind the figures as a file."""
    rows = _rows(queries.figures(cycle))
    return csv_file(COLUMNS, rows, f"budget-{cycle.sig.slug}-{cycle.quarter}", cycle.programme.time_zone)


def _rows(figures: Figures) -> Iterator[Sequence[Any]]:
    """A row for each task and currency; the points stand in a task's first."""
    for line in figures.lines:
        points: tuple[int | None, int | None] = line.reserved.points, line.used.points
        for currency in sorted(line.taken.money) or [""]:
            money = [Amount(part.money.get(currency, 0)) if currency else None for part in (line.reserved, line.used)]
            yield line.reference, line.title, line.state, line.seats, line.accepted, *points, *money, currency
            points = None, None
