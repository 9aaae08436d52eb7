"""Pages of claims: the form, the steps of a claimant and of who answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template

from tracker import clock
from tracker.claims import queries, rules, service
from tracker.claims.eligibility import claim_options, numbers_of, place_in_queue, rules_today, strikes_of
from tracker.claims.forms import (
    AnswerDesignForm,
    ClaimForm,
    DesignForm,
    OptionalReasonForm,
    ReasonForm,
    SubmitForm,
)
from tracker.claims.models import Claim
from tracker.claims.workflow import CLAIM
from tracker.cycles.models import Cycle
from tracker.permissions import Permission as P
from tracker.tasks.models import Task
from tracker.text import _, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.forms import Form
from tracker.web.routes import actor, loads, requires

bp = Blueprint("claims", __name__)


@loads(Claim, P.CLAIM_READ)
def _load(claim_id: int) -> Claim:
    return queries.get_claim(claim_id)


def _path(claim: Claim) -> str:
    return claim.path


@bp.route("/tasks/<reference>/claim", methods=["GET", "POST"])
@requires(P.CLAIM_MAKE, Task)
def claim_task(task: Task) -> Answer:
    form = ClaimForm()
    if not form.is_submitted():
        form.promised_on.data = task.expected_on

    def page() -> str:
        return render_template(
            "claims/claim_task.html", task=task, form=form, options=claim_options(actor(), task),
            programme=task.cycle.programme,
        )  # fmt: skip

    typed = form.values()
    wait = typed.pop("waitlist")
    step = service.join_waitlist if wait else service.apply
    return submit(form, lambda: step(actor(), task, **typed), page=page, to=_path, done=_sent)


def _sent(claim: Claim) -> str:
    if claim.state == "waiting":
        place = place_in_queue(claim)
        return _("You are number %(place)s in line. You are told as soon as a seat is yours.", place=place)
    return _("Your claim was sent. You hold the seat while it is being read.")


# -- steps of the claimant ------------------------------------------------------------------------


def _with_form(template: str, claim: Claim, form: Form, work: Callable[..., Any], done: Any, **facts: Any) -> Answer:
    return submit(
        form,
        lambda: work(actor(), claim, **form.values()),
        page=lambda: render_template(template, claim=claim, task=claim.task, form=form, states=CLAIM.states, **facts),
        to=_path,
        done=done,
    )


@bp.route("/claims/<int:claim_id>/withdraw", methods=["GET", "POST"])
@requires(P.CLAIM_HOLD, Claim)
def withdraw(claim: Claim) -> Answer:
    return _with_form("claims/withdraw.html", claim, OptionalReasonForm(), service.withdraw, _l("You withdrew."))


@bp.route("/claims/<int:claim_id>/release", methods=["GET", "POST"])
@requires(P.CLAIM_HOLD, Claim)
def release(claim: Claim) -> Answer:
    programme = claim.task.cycle.programme
    cost = rules.release_cost(
        strikes_of(claim.user_id, programme), clock.today(programme.time_zone), numbers_of(rules_today(programme))
    )
    done = _l("You released the task. It goes to the next person.")
    return _with_form("claims/release.html", claim, OptionalReasonForm(), service.release, done, cost=cost)


@bp.route("/claims/<int:claim_id>/design", methods=["GET", "POST"])
@requires(P.CLAIM_HOLD, Claim)
def design(claim: Claim) -> Answer:
    done = _l("The design document was sent. Your clock pauses until it is answered.")
    return _with_form("claims/design.html", claim, DesignForm(), service.send_design, done)


@bp.route("/claims/<int:claim_id>/submit", methods=["GET", "POST"])
@requires(P.CLAIM_HOLD, Claim)
def submit_work(claim: Claim) -> Answer:
    done = _l("Your work was handed in. Your clock pauses until it is reviewed.")
    return _with_form("claims/submit_work.html", claim, SubmitForm(), service.submit, done)


# -- steps of who answers -------------------------------------------------------------------------


@bp.post("/claims/<int:claim_id>/approve")
@requires(P.CLAIM_ANSWER, Claim)
def approve(claim: Claim) -> Answer:
    return perform(
        lambda: service.approve(actor(), claim), to=_path, back=claim.path, form=Form(),
        done=lambda claim: _("%(name)s holds the task now.", name=claim.user.display_name),
    )  # fmt: skip


@bp.route("/claims/<int:claim_id>/reject", methods=["GET", "POST"])
@requires(P.CLAIM_ANSWER, Claim)
def reject(claim: Claim) -> Answer:
    done = _l("The application was declined and the person told why.")
    return _with_form("claims/reject.html", claim, ReasonForm(), service.reject, done)


@bp.route("/claims/<int:claim_id>/fail", methods=["GET", "POST"])
@requires(P.CLAIM_REVIEW, Claim)
def fail(claim: Claim) -> Answer:
    done = _l("The claim was failed and the person told why.")
    return _with_form("claims/fail.html", claim, ReasonForm(), service.fail, done)


@bp.route("/claims/<int:claim_id>/answer-design", methods=["GET", "POST"])
@requires(P.CLAIM_ANSWER, Claim)
def answer_design(claim: Claim) -> Answer:
    def work(who: Any, claim: Claim, *, accepted: str, comment: str) -> Claim:
        return service.answer_design(who, claim, accepted=accepted == "yes", comment=comment)

    return _with_form(
        "claims/answer_design.html", claim, AnswerDesignForm(), work, _l("The design document is answered.")
    )


# -- closing --------------------------------------------------------------------------------------


@bp.post("/tasks/<reference>/withdraw")
@requires(P.TASK_WITHDRAW, Task)
def withdraw_task(task: Task) -> Answer:
    form = ReasonForm()
    return perform(
        lambda: service.withdraw_task(actor(), task, reason=form.reason.data), form=form, back=task.path,
        to=lambda task: task.path, done=_l("The task was withdrawn; everybody with a claim on it was told why."),
    )  # fmt: skip


@bp.post("/sigs/<slug>/quarters/<quarter>/close")
@requires(P.CYCLE_CLOSE, Cycle)
def close_cycle(cycle: Cycle) -> Answer:
    form = ReasonForm()
    return perform(
        lambda: service.close_cycle(actor(), cycle, reason=form.reason.data), form=form, back=cycle.path,
        to=lambda cycle: cycle.path, done=_l("The quarter is closed; everybody with a claim in it was told why."),
    )  # fmt: skip
