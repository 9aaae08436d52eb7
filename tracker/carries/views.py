"""Pages that carry tasks into a later quarter, with what that does before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template

from tracker.budgets.queries import budget_of, figures, scheme_of
from tracker.budgets.rules import Outlook, outlook
from tracker.carries import queries, service
from tracker.carries.forms import CarryForm, RefreshForm
from tracker.carries.queries import Carry
from tracker.cycles.models import Cycle
from tracker.permissions import Permission as P
from tracker.tasks.models import Task
from tracker.text import _l, _nl
from tracker.web.actions import Answer, submit
from tracker.web.routes import actor, requires

bp = Blueprint("carries", __name__)


@dataclass(frozen=True, slots=True)
class Before:
    """What carrying would do: the quarter, what is carried and what stays, and what it would leave of that quarter's budget
    (None where there is no budget)."""

    target: Cycle
    carried: Sequence[Carry]
    left: Sequence[Carry]
    after: Outlook | None


def _before(target: Cycle, found: Sequence[Carry]) -> Before:
    carried = [carry for carry in found if not carry.obstacle]
    limits = budget_of(target)
    costs = [(carry.task.reference, carry.cost) for carry in carried]
    after = outlook(limits, figures(target).taken, costs) if limits.limits else None
    return Before(target, carried, [carry for carry in found if carry.obstacle], after)


def _chosen(form: RefreshForm, targets: Sequence[Cycle]) -> Cycle | None:
    return next((cycle for cycle in targets if cycle.quarter == form.quarter.data), targets[0] if targets else None)


@bp.route("/sigs/<slug>/quarters/<quarter>/refresh", methods=["GET", "POST"])
@requires(P.CYCLE_PUBLISH, Cycle)
def refresh(cycle: Cycle) -> Answer:
    """Carry all that a quarter leaves unfinished; what stays is named with its reason."""
    targets = queries.targets(cycle)
    form = RefreshForm(targets)

    def page() -> str:
        target = _chosen(form, targets)
        before = _before(target, queries.carries(actor(), cycle, target)) if target else None
        return render_template("carries/refresh.html", cycle=cycle, form=form, before=before)

    return submit(
        form, lambda: service.refresh_cycle(actor(), cycle, **form.values()), page=page, to=lambda tasks: tasks[0].cycle.path,
        done=lambda tasks: _nl("One task was carried.", "%(num)s tasks were carried.", len(tasks)),
    )  # fmt: skip


@bp.route("/tasks/<reference>/carry", methods=["GET", "POST"])
@requires(P.TASK_PUBLISH, Task)
def carry(task: Task) -> Answer:
    """Carry one task."""
    targets = queries.targets(task.cycle)
    form = CarryForm(targets)

    def page() -> str:
        target = _chosen(form, targets)
        before = _before(target, [queries.carry_of(actor(), task, target, scheme_of(target))]) if target else None
        return render_template("carries/carry.html", task=task, form=form, before=before)

    return submit(
        form, lambda: service.carry_task(actor(), task, **form.values()), page=page, to=lambda done: done.path,
        done=_l("The task was carried. Whoever claims or mentors it is told."),
    )  # fmt: skip
