"""Pages of hand-overs: offering a claim, and the offer with its answers."""

from __future__ import annotations

from typing import Any

from flask import render_template

from tracker.claims.eligibility import rules_today
from tracker.claims.models import Claim
from tracker.claims.succession import conditions, unmet
from tracker.claims.workflow import CLAIM
from tracker.errors import Refused
from tracker.handovers import queries, rules, service
from tracker.handovers.blueprint import bp
from tracker.handovers.forms import AcceptForm, DeclineOfferForm, OfferForm, RefuseForm
from tracker.handovers.models import OPEN, STATES, HandOver
from tracker.handovers.on_claim import on_claim
from tracker.handovers.workflow import HAND_OVER
from tracker.permissions import Permission as P
from tracker.text import _, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.forms import Form
from tracker.web.routes import actor, loads, requires

__all__ = ["bp"]


@loads(HandOver, P.HANDOVER_READ)
def _load(hand_over_id: int) -> HandOver:
    return queries.get_hand_over(hand_over_id)


def _path(hand_over: HandOver) -> str:
    return hand_over.path


@bp.route("/claims/<int:claim_id>/hand-over", methods=["GET", "POST"])
@requires(P.CLAIM_HOLD, Claim)
def offer_hand_over(claim: Claim) -> Answer:
    form = OfferForm()
    return submit(
        form,
        lambda: service.offer_hand_over(actor(), claim, **form.values()),
        page=lambda: render_template(
            "handovers/offer_hand_over.html", claim=claim, task=claim.task, form=form, states=CLAIM.states,
            hand_overs=on_claim(claim, actor()),
        ),
        to=_path,
        done=lambda made: _("Offered to %(name)s, who is told. You hold the task until it is confirmed.",
                            name=made.user.display_name),
    )  # fmt: skip


# -- an offer -------------------------------------------------------------------------------------


@bp.get("/handovers/<int:hand_over_id>/")
@requires(P.HANDOVER_READ, HandOver)
def hand_over(hand_over: HandOver) -> str:
    return _page(hand_over)


def _page(hand_over: HandOver, *, accept: AcceptForm | None = None, refuse: RefuseForm | None = None) -> str:
    """The offer with everything that its readers decide by. A receiver sees which conditions they meet, others only whether
    all are met."""
    who, claim = actor(), hand_over.claim
    standing = rules.standing(hand_over.state, claim.state)
    steps = {step.action for step in HAND_OVER.available(who, hand_over)}
    if standing in (rules.HALTED, rules.ENDED):
        steps -= {"accept", "confirm"}
    mine = hand_over.user_id == who.id
    return render_template(
        "handovers/hand_over.html", hand_over=hand_over, claim=claim, task=claim.task, programme=claim.task.cycle.programme,
        standing=standing, states=STATES, claim_states=CLAIM.states, steps=steps, mine=mine,
        giver=claim.user_id == who.id, met=conditions(hand_over.user, claim) if mine and standing in OPEN else [],
        fits="confirm" in steps and _fits(hand_over), waiting=claim.task.waiting_count,
        design=queries.accepted_design(claim), report_every_days=_report_every_days(claim) if standing in OPEN else 0,
        accept=accept or AcceptForm(formdata=None), refuse=refuse or RefuseForm(formdata=None),
        decline=DeclineOfferForm(formdata=None),
    )  # fmt: skip


def _fits(hand_over: HandOver) -> bool:
    """Whether the receiver could have the task now; see ``rules.check_confirm``."""
    person = hand_over.user
    try:
        rules.check_confirm(
            person.handle, suspended=person.suspended_at is not None, unmet=unmet(person, hand_over.claim)
        )
    except Refused:
        return False
    return True


def _report_every_days(claim: Claim) -> int:
    return rules_today(claim.task.cycle.programme).lapse_after_days


@bp.route("/handovers/<int:hand_over_id>/accept", methods=["GET", "POST"])
@requires(P.HANDOVER_ANSWER, HandOver)
def accept_hand_over(hand_over: HandOver) -> Answer:
    form = AcceptForm()
    return submit(
        form,
        lambda: service.accept_hand_over(actor(), hand_over, **form.values()),
        page=lambda: _page(hand_over, accept=form),
        to=_path,
        done=_l("Accepted. A maintainer confirms it, and you are told; until then the task isn't yours yet."),
    )


def _step(hand_over: HandOver, work: Any, done: Any, form: Form | None = None) -> Answer:
    return perform(work, to=_path, done=done, form=form or Form(), back=hand_over.path)


@bp.post("/handovers/<int:hand_over_id>/decline")
@requires(P.HANDOVER_ANSWER, HandOver)
def decline_hand_over(hand_over: HandOver) -> Answer:
    form = DeclineOfferForm()
    done = _l("Declined. Whoever offered the task is told and keeps it.")
    return _step(hand_over, lambda: service.decline_hand_over(actor(), hand_over, **form.values()), done, form)


@bp.post("/handovers/<int:hand_over_id>/withdraw")
@requires(P.HANDOVER_WITHDRAW, HandOver)
def withdraw_hand_over(hand_over: HandOver) -> Answer:
    done = _l("The offer is withdrawn. You go on with the task.")
    return _step(hand_over, lambda: service.withdraw_hand_over(actor(), hand_over), done)


@bp.post("/handovers/<int:hand_over_id>/confirm")
@requires(P.HANDOVER_CONFIRM, HandOver)
def confirm_hand_over(hand_over: HandOver) -> Answer:
    return _step(
        hand_over, lambda: service.confirm_hand_over(actor(), hand_over),
        lambda done: _("Confirmed: %(name)s holds the task now. Both are told.", name=done.user.display_name),
    )  # fmt: skip


@bp.route("/handovers/<int:hand_over_id>/refuse", methods=["GET", "POST"])
@requires(P.HANDOVER_CONFIRM, HandOver)
def refuse_hand_over(hand_over: HandOver) -> Answer:
    form = RefuseForm()
    return submit(
        form,
        lambda: service.refuse_hand_over(actor(), hand_over, **form.values()),
        page=lambda: _page(hand_over, refuse=form),
        to=_path,
        done=_l("Refused, and both were told why. The holder keeps the task."),
    )
