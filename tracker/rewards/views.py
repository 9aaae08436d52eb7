"""Pages of points and rewards: the review of a hand-in, the lines. One line's own page shows what is sent too: see pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from tracker.accounts.queries import find_user
from tracker.claims.models import Claim
from tracker.claims.workflow import CLAIM
from tracker.db import MAX_ID
from tracker.errors import Missing, Refused
from tracker.permissions import Permission as P
from tracker.permissions import maintained_sigs
from tracker.programmes.queries import all_programmes
from tracker.rewards import queries, service
from tracker.rewards.forms import (
    ApproveForm,
    ApproveManyForm,
    CancelForm,
    EditForm,
    PayForm,
    ProposeForm,
    ReissueForm,
    ReturnForm,
    ReviewForm,
)
from tracker.rewards.models import CURRENCIES, REWARD_KINDS, Reward
from tracker.rewards.rules import Viewer, obstacle
from tracker.rewards.shelf import Filters, parse_filters
from tracker.rewards.workflow import REWARD
from tracker.sigs.models import Sig
from tracker.sigs.queries import all_sigs
from tracker.tasks.models import Task
from tracker.tasks.queries import find_task
from tracker.text import _l, _nl
from tracker.web.actions import Answer, perform, refused, submit
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, loads, own_path, requires

bp = Blueprint("rewards", __name__)


@loads(Reward, P.REWARD_READ)
def _load(reward_id: int) -> Reward:
    return queries.get_reward(reward_id)


def _viewer(row: Any) -> Viewer:
    """Who looks at a row of the list."""
    who = actor()
    return Viewer(
        id=who.id, maintains=row.sig_id in maintained_sigs(who), is_finance=who.is_finance, accepted=row.viewer_accepted
    )


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
    except Refused as refusal:
        problem, filters = refusal.message, Filters(state="proposed")
        page = Page([], "", True)
    counts = queries.counts(filters, actor())
    sums = [] if problem else queries.sums(filters, actor())
    return render_template(
        "rewards/index.html", page=page, filters=filters, problem=problem, counts=counts, sums=sums,
        states=REWARD.states, kinds=REWARD_KINDS, obstacle=lambda step, row: obstacle(step, row, _viewer(row), row.set_off),
        sigs=_sigs(), programmes=all_programmes(), proposes=maintained_sigs(actor()), all=request.args.get("all") == "1",
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
    form, path = PayForm(), own_path(request.args.get("back")) or reward.path
    return perform(
        lambda: service.pay_reward(actor(), reward, **form.values()), form=form, back=path, to=lambda line: path,
        done=_l("The line is paid."),
    )  # fmt: skip


@bp.post("/rewards/<int:reward_id>/return")
@requires(P.REWARD_RETURN, Reward)
def return_(reward: Reward) -> Answer:
    form, path = ReturnForm(), own_path(request.args.get("back")) or reward.path
    return perform(
        lambda: service.return_reward(actor(), reward, **form.values()), form=form, back=path, to=lambda line: path,
        done=_l("The line is marked as returned."),
    )  # fmt: skip


@bp.post("/rewards/<int:reward_id>/reissue")
@requires(P.REWARD_REISSUE, Reward)
def reissue(reward: Reward) -> Answer:
    form, path = ReissueForm(), reward.path
    return perform(
        lambda: service.reissue_reward(actor(), reward, **form.values()), form=form, back=path, to=lambda line: line.path,
        done=_l("A line that pays it anew is proposed. Somebody else approves it."),
    )  # fmt: skip


@bp.route("/rewards/<int:reward_id>/edit", methods=["GET", "POST"])
@requires(P.REWARD_EDIT, Reward)
def edit(reward: Reward) -> Answer:
    """Change a line that nobody approved yet."""
    form = EditForm(obj=reward)

    def work() -> Reward:
        typed = form.values()
        return service.edit_reward(
            actor(), reward, **{**typed, "currency": typed["currency"] if typed["amount"] is not None else ""}
        )

    return submit(
        form, work, page=lambda: render_template("rewards/edit.html", form=form, line=reward),
        to=lambda line: line.path, done=_l("Saved. The line waits for approval by somebody else."),
    )  # fmt: skip


# -- many at once ---------------------------------------------------------------------------------


@bp.post("/rewards/approve")
@requires(P.REWARD_LIST)
def approve_many() -> Answer:
    """First the picked lines with their sum repeated, then, once it is confirmed, all of them or none."""
    form = ApproveManyForm()
    back = own_path(request.args.get("back")) or "/rewards/?state=proposed"
    if not form.validate():
        return refused(form.first_error, back, 422)
    if len(form.line.data) > service.MOST_AT_ONCE:
        return refused(
            _l("At most %(most)s lines in one step. Narrow the list down.", most=service.MOST_AT_ONCE), back, 422
        )
    if not form.checked.data:
        return _to_confirm(form.line.data, back)
    return perform(
        lambda: service.approve_rewards(actor(), lines=form.line.data, sums=form.sums.data), back=back,
        to=lambda lines: back, done=lambda lines: _nl("%(num)s line is approved.", "%(num)s lines are approved.", len(lines)),
    )  # fmt: skip


def _to_confirm(picked: dict[int, int], back: str) -> Answer:
    rows = queries.lines_to_approve(sorted(picked), actor())
    if not rows:
        return refused(_l("Pick at least one line that you may approve."), back, 409)
    sums: dict[str, int] = {}
    for row in rows:
        if row.amount is not None:
            sums[row.currency] = sums.get(row.currency, 0) + row.amount
    return render_template(
        "rewards/approve_many.html", rows=rows, sums=sums, back=back, kinds=REWARD_KINDS, picked=picked,
        left_out=len(picked) - len(rows),
    )  # fmt: skip
