"""Pages of tasks: the plan of a quarter, the form, and the steps to publication. The board shows meetings too: see pages."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from tracker.budgets.queries import figures
from tracker.budgets.rules import outlook, total
from tracker.cycles.models import CLOSED, PLANNING, Cycle
from tracker.cycles.queries import find_cycle, newest_cycle
from tracker.errors import Refused
from tracker.markdown import render
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.sigs.models import Sig
from tracker.sigs.queries import follower_ids
from tracker.tasks import queries, service
from tracker.tasks.forms import EditForm, PreviewForm, StepForm, TaskForm
from tracker.tasks.models import DRAFT, READY, Task
from tracker.tasks.rules import FIELDS, problems
from tracker.text import _, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.routes import actor, loads, requires, turn_away

bp = Blueprint("tasks", __name__)


@loads(Task, P.TASK_READ)
def load_task(reference: str) -> Task:
    return queries.get_task(reference)


@bp.get("/sigs/<slug>/quarters/<quarter>/")
@requires(P.SIG_READ, Cycle)
def plan(cycle: Cycle) -> Answer:
    """The tasks of a quarter before it is published, and what publishing would do; the board for everybody else, once there is
    one: notices of a quarter lead here."""
    if not allowed(actor(), P.CYCLE_PLAN, cycle):
        if cycle.published_at is None:
            return turn_away()
        return redirect(f"/tasks/?sig={cycle.sig.slug}&quarter={cycle.quarter}")
    rows = queries.plan(cycle)
    drafts = [row for row in rows if row.task.state in (DRAFT, READY)]
    ready = [row for row in drafts if row.task.state == READY]
    budget = figures(cycle)
    return render_template(
        "tasks/plan.html", cycle=cycle, rows=rows, drafts=drafts, ready=ready, fields=FIELDS, budget=budget,
        published=[row for row in rows if row.task.state not in (DRAFT, READY)], cost=total(row.cost for row in rows),
        after=outlook(budget.budget, budget.taken, [(row.task.reference, row.cost) for row in ready]),
        followers=len(follower_ids(cycle.sig_id)),
        mentors=queries.mentor_ids([row.task.id for row in (rows if cycle.state == PLANNING else ready)]), live_claims=queries.live_claims_in(cycle),
    )  # fmt: skip


@bp.post("/sigs/<slug>/quarters/<quarter>/publish")
@requires(P.CYCLE_PUBLISH, Cycle)
def publish_quarter(cycle: Cycle) -> Answer:
    """Publish every ready task."""
    path = cycle.path
    return perform(
        lambda: service.publish_cycle(actor(), cycle), form=StepForm(), back=path, to=lambda done: path,
        done=_l("The quarter is published. Its followers are told."),
    )  # fmt: skip


@bp.route("/sigs/<slug>/tasks/new", methods=["GET", "POST"])
@requires(P.TASK_CREATE, Sig)
def new(sig: Sig) -> Answer:
    """Draft a task of the quarter in the address, else of the SIG's open or newest one."""
    quarter = request.args.get("quarter", "")
    cycle = find_cycle(sig.id, quarter) if quarter else newest_cycle(sig.id)
    if cycle is None:
        abort(404)
    if cycle.state == CLOSED:
        raise Refused(_l("%(cycle)s is closed. Plan the task for the next quarter.", cycle=cycle.label))
    form = TaskForm(sig, seats=1, expected_on=cycle.claims_until, accept_by=cycle.accept_by)
    return submit(
        form, lambda: service.create_task(actor(), cycle, **form.values()),
        page=lambda: render_template("tasks/form.html", form=form, cycle=cycle, task=None, problems={}, version=0),
        to=lambda task: task.path, done=_l("The draft is saved."),
    )  # fmt: skip


@bp.route("/tasks/<reference>/edit", methods=["GET", "POST"])
@requires(P.TASK_EDIT, Task)
def edit(task: Task) -> Answer:
    """Change a task. A refused stale form keeps what was typed and takes the present version with it."""
    form = EditForm(task.sig, task)

    def page() -> str:
        version = task.version if form.refusal or not form.version.data else form.version.data
        return render_template(
            "tasks/form.html", form=form, cycle=task.cycle, task=task, problems=_problems(task), version=version
        )

    return submit(
        form, lambda: service.edit_task(actor(), task, **form.values()), page=page, to=lambda done: done.path,
        done=_l("The changes are saved."),
    )  # fmt: skip


def _problems(task: Task) -> dict[str, object]:
    return dict(problems(queries.facts_of(task))) if task.state in (DRAFT, READY) else {}


@bp.post("/tasks/<reference>/ready")
@requires(P.TASK_EDIT, Task)
def ready(task: Task) -> Answer:
    """Mark a draft as ready; what is missing is named with links to the form's fields."""
    path = task.path

    def work() -> Task:
        try:
            return service.mark_ready(actor(), task)
        except service.Incomplete as incomplete:
            raise Refused(_linked(path, incomplete)) from incomplete

    return perform(
        work, form=StepForm(), back=path, to=lambda done: path, done=_l("The task is ready to be published.")
    )


def _linked(path: str, incomplete: service.Incomplete) -> Markup:
    link = Markup('<a href="{}edit#{}">{}</a>: {}')
    lead = Markup("{}<br>").format(_("The task isn't complete yet:"))
    return lead + Markup("<br>").join(
        link.format(path, name, FIELDS[name], reason) for name, reason in incomplete.problems.items()
    )


@bp.post("/tasks/<reference>/return")
@requires(P.TASK_EDIT, Task)
def take_back(task: Task) -> Answer:
    """Ready → draft."""
    path = task.path
    return perform(
        lambda: service.return_task(actor(), task), form=StepForm(), back=path, to=lambda done: path,
        done=_l("The task is a draft again."),
    )  # fmt: skip


@bp.post("/tasks/<reference>/publish")
@requires(P.TASK_PUBLISH, Task)
def publish(task: Task) -> Answer:
    """Put a ready task on the board of an open quarter."""
    path = task.path
    return perform(
        lambda: service.publish_task(actor(), task), form=StepForm(), back=path, to=lambda done: path,
        done=_l("The task is on the board."),
    )  # fmt: skip


@bp.post("/preview")
@requires(P.ACCOUNT_USE)
def preview() -> str | tuple[str, int] | Response:
    """Markdown as the page will show it: a fragment."""
    form = PreviewForm()
    if not form.validate():
        return str(Markup("<p>{}</p>").format(form.first_error)), 422
    return str(render(form.text.data))
