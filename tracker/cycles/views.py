"""The quarters of a SIG. A quarter's own page, the plan, shows its tasks: see tasks."""

from __future__ import annotations

from flask import Blueprint, render_template

from tracker import clock
from tracker.cycles import queries, service
from tracker.cycles.forms import CycleForm, DatesForm
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import next_quarter, quarter_of
from tracker.cycles.workflow import CYCLE
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.sigs.models import Sig
from tracker.text import _l
from tracker.web.actions import Answer, submit
from tracker.web.routes import actor, loads, requires

bp = Blueprint("cycles", __name__)


@loads(Cycle, P.SIG_READ)
def _cycle(slug: str, quarter: str) -> Cycle:
    return queries.get_cycle(slug, quarter)


@bp.get("/sigs/<slug>/quarters/")
@requires(P.SIG_READ, Sig)
def quarters(sig: Sig) -> str:
    return _page(sig, CycleForm(formdata=None, data={"quarter": _proposed(sig)}))


@bp.post("/sigs/<slug>/quarters/")
@requires(P.CYCLE_PLAN, Sig)
def create(sig: Sig) -> Answer:
    form = CycleForm()
    return submit(
        form,
        lambda: service.create_cycle(actor(), sig, **form.values()),
        page=lambda: _page(sig, form),
        to=lambda cycle: cycle.path,
        done=_l("The quarter can be planned now."),
    )


@bp.route("/sigs/<slug>/quarters/<quarter>/dates", methods=["GET", "POST"])
@requires(P.CYCLE_PLAN, Cycle)
def dates(cycle: Cycle) -> Answer:
    form = DatesForm(obj=cycle)
    return submit(
        form,
        lambda: service.edit_cycle(actor(), cycle, **form.values()),
        page=lambda: render_template("cycles/dates.html", cycle=cycle, form=form),
        to=lambda edited: edited.path,
        done=_l("Saved."),
    )


def _page(sig: Sig, form: CycleForm) -> str:
    return render_template(
        "cycles/quarters.html", sig=sig, form=form, cycles=queries.cycles_of(sig.id), states=CYCLE.states,
        may_plan=allowed(actor(), P.CYCLE_PLAN, sig), may_read_budget=allowed(actor(), P.BUDGET_READ, sig),
    )  # fmt: skip


def _proposed(sig: Sig) -> str:
    """The first quarter from now on that the SIG doesn't have."""
    have = {row.quarter for row in queries.cycles_of(sig.id)}
    quarter = quarter_of(clock.today(sig.time_zone))
    while quarter in have:
        quarter = next_quarter(quarter)
    return quarter
