"""Pages of points and rewards: the review of a hand-in, the lines, one's own account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from tracker import clock
from tracker.accounts.queries import find_user
from tracker.claims.models import Claim
from tracker.claims.workflow import CLAIM
from tracker.db import MAX_ID
from tracker.errors import Missing, Refused
from tracker.events.history import history
from tracker.permissions import Permission as P
from tracker.permissions import maintained_sigs
from tracker.programmes.queries import all_programmes
from tracker.rewards import queries, service
from tracker.rewards.forms import ApproveForm, CancelForm, PayForm, ProposeForm, ReviewForm
from tracker.rewards.models import CURRENCIES, REWARD_KINDS, Reward
from tracker.rewards.rules import Viewer, obstacle
from tracker.rewards.shelf import Filters, parse_filters
from tracker.rewards.statement import statements
from tracker.rewards.workflow import REWARD
from tracker.sigs.models import Sig
from tracker.sigs.queries import all_sigs
from tracker.tasks.models import Task
from tracker.tasks.queries import find_task
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, loads, own_path, requires

bp = Blueprint("rewards", __name__)


@loads(Reward, P.REWARD_READ)
def _load(reward_id: int) -> Reward:
    return queries.get_reward(reward_id)


def _viewer(sig_id: int) -> Viewer:
    who = actor()
    return Viewer(id=who.id, maintains=sig_id in maintained_sigs(who), is_finance=who.is_finance)


# -- reviewing ------------------------------------------------------------------------------------


@bp.route("/claims/<int:claim_id>/review", methods=["GET", "POST"])
@requires(P.CLAIM_REVIEW, Claim)
def review(claim: Claim) -> Answer:
    """Accept a hand-in, return it or fail it."""
    form = ReviewForm()
    most = claim.most_points
    if not form.is_submitted():
        form.points.data = most
    return submit(
        form,
        lambda: service.review_claim(actor(), claim, **form.values()),
        page=lambda: render_template(
            "rewards/review.html",
            claim=claim,
            task=claim.task,
            form=form,
            most=most,
            states=CLAIM.states,
            told=queries.told_if_accepted(claim, actor().id),
            waiting=_closed_with(claim.task),
        ),
        to=lambda done: done.path,
        done=_l("Your decision is saved."),
    )


def _closed_with(task: Task) -> list[Claim]:
    """Whose wait ends when one more seat of the task is accepted."""
    return queries.waiting_claims(task.id) if task.seats_accepted + 1 >= task.seats else []


# -- lines ----------------------------------------------------------------------------------------


@bp.get("/rewards/")
@requires(P.REWARD_LIST)
def index() -> str | tuple[str, int]:
    """The lines of one's SIGs; all of them for finance and administrators."""
    problem = None
    try:
        filters = parse_filters(request.args)
        page = _page(filters)
    except Refused as refused:
        problem, filters = refused.message, Filters(state="proposed")
        page = Page([], "", True)
    counts = queries.counts(filters, actor())
    sums = [] if problem else queries.sums(filters, actor())
    return render_template(
        "rewards/index.html", page=page, filters=filters, problem=problem, counts=counts, sums=sums,
        states=REWARD.states, kinds=REWARD_KINDS, obstacle=lambda step, row: obstacle(step, row, _viewer(row.sig_id)),
        sigs=_sigs(), programmes=all_programmes(), proposes=maintained_sigs(actor()),
    ), 422 if problem else 200  # fmt: skip


def _page(filters: Filters) -> Page[Any]:
    return page_of(
        queries.reward_rows(filters, actor()), keys=(Reward.id,), key_of=lambda row: (row.id,),
        parse=lambda parts: [_id(part) for part in parts],
    )  # fmt: skip


def _id(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value


def _sigs() -> list[Sig]:
    who = actor()
    mine = maintained_sigs(who)
    return [sig for sig in all_sigs() if who.is_admin or who.is_finance or sig.id in mine]


@bp.get("/rewards/<int:reward_id>/")
@requires(P.REWARD_READ, Reward)
def reward(reward: Reward) -> str:
    """One line: who proposed, approved and paid it, what it is for, and what may happen next."""
    viewer = _viewer(reward.sig_id)
    return render_template(
        "rewards/reward.html", line=reward, states=REWARD.states, kinds=REWARD_KINDS,
        why={step: obstacle(step, reward, viewer) for step in ("approve", "pay", "cancel")},
        entry=queries.entry_of_reward(reward.id), corrections=queries.corrections_of(reward.id),
        history=history("reward", reward.id),
    )  # fmt: skip


@bp.route("/sigs/<slug>/rewards/new", methods=["GET", "POST"])
@requires(P.REWARD_PROPOSE, Sig)
def new(sig: Sig) -> Answer:
    """Propose a bonus or a correction."""
    form = ProposeForm(formdata=request.form if request.method == "POST" else request.args, currency="CNY")
    if request.method == "GET":
        form.currency.data = form.currency.data or "CNY"

    def work() -> Reward:
        return service.propose_reward(actor(), sig, **_found(form))

    return submit(
        form, work, page=lambda: render_template("rewards/new.html", form=form, sig=sig, currencies=CURRENCIES),
        to=lambda line: line.path, done=_l("The line is proposed. Somebody else approves it."),
    )  # fmt: skip


def _found(form: ProposeForm) -> dict[str, Any]:
    """What was typed, with the person, the task and the line that were named. Raises Refused at the field."""
    typed = form.values()
    if (user := find_user(typed["user"])) is None:
        raise Refused(_l("There is no account with this handle."), field="user")
    task = find_task(typed["task"]) if typed["task"] else None
    if typed["task"] and (task is None or not task.is_public):
        raise Refused(_l("There is no task with this reference."), field="task")
    try:
        corrects = queries.get_reward(typed["corrects"]) if typed["corrects"] else None
    except Missing as missing:
        raise Refused(_l("There is no line with this number."), field="corrects") from missing
    currency = typed["currency"] if typed["amount"] is not None else ""
    return {**typed, "user": user, "task": task, "corrects": corrects, "currency": currency}


@bp.post("/rewards/<int:reward_id>/approve")
@requires(P.REWARD_APPROVE, Reward)
def approve(reward: Reward) -> Answer:
    form, path = ApproveForm(), reward.path
    return perform(
        lambda: service.approve_reward(actor(), reward, version=form.version.data), form=form, back=path,
        to=lambda line: own_path(request.args.get("back")) or path, done=_l("The line is approved."),
    )  # fmt: skip


@bp.post("/rewards/<int:reward_id>/cancel")
@requires(P.REWARD_CANCEL, Reward)
def cancel(reward: Reward) -> Answer:
    form, path = CancelForm(), reward.path
    return perform(
        lambda: service.cancel_reward(actor(), reward, **form.values()), form=form, back=path, to=lambda line: path,
        done=_l("The line is cancelled."),
    )  # fmt: skip


@bp.post("/rewards/<int:reward_id>/pay")
@requires(P.REWARD_PAY, Reward)
def pay(reward: Reward) -> Answer:
    form, path = PayForm(), reward.path
    return perform(
        lambda: service.pay_reward(actor(), reward, **form.values()), form=form, back=path, to=lambda line: path,
        done=_l("The line is paid."),
    )  # fmt: skip


# -- one's own ------------------------------------------------------------------------------------


@bp.get("/rewards/mine")
@requires(P.ACCOUNT_USE)
def mine() -> str:
    """What I earned: points with their events, what was paid, and the rule behind it."""
    me = actor().id or 0
    return render_template(
        "rewards/mine.html", statements=statements(me), money=queries.money_of(me), lines=queries.rewards_of(me),
        states=REWARD.states, kinds=REWARD_KINDS, today=clock.today("Asia/Shanghai"),
    )  # fmt: skip
