"""Pages of objections: making one, and answering it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from tracker import clock
from tracker.errors import Missing
from tracker.permissions import Permission as P
from tracker.public_notices import queries, results, rules, service
from tracker.public_notices.blueprint import bp
from tracker.public_notices.forms import AnswerObjectionForm, ObjectionForm
from tracker.public_notices.models import STATES, Objection, PublicNotice
from tracker.text import _l
from tracker.web.actions import Answer, submit
from tracker.web.routes import actor, loads, requires


@loads(Objection, P.OBJECTION_READ)
def _load(public_notice_id: int, objection_id: int) -> Objection:
    return queries.get_objection(public_notice_id, objection_id)


@bp.route("/public-notices/<int:public_notice_id>/object", methods=["GET", "POST"])
@requires(P.OBJECTION_MAKE, PublicNotice)
def make_objection(notice: PublicNotice) -> Answer:
    """Object to the row in the address, or to the whole."""
    form = ObjectionForm(formdata=request.form if request.method == "POST" else request.args)
    number = form.row.data or 0
    return submit(
        form, lambda: service.make_objection(actor(), notice, **form.values()),
        page=lambda: render_template(
            "public_notices/make_objection.html", notice=notice, form=form, row=_row(notice, number), number=number,
            kinds=results.KINDS, why_not=rules.why_no_objection(clock.now(), notice.closes_at, notice.last_day),
            again=queries.has_objected(notice.id, actor().id or 0, number),
        ),
        to=lambda made: made.path, done=_l("Your objection stands. Its answer will be on this page, and you are told."),
    )  # fmt: skip


def _row(notice: PublicNotice, number: int) -> dict[str, Any] | None:
    """The row that is meant; the whole where there is no such row."""
    try:
        return queries.row_of(notice, number)
    except Missing:
        return None


@bp.route("/public-notices/<int:public_notice_id>/objections/<int:objection_id>/answer", methods=["GET", "POST"])
@requires(P.OBJECTION_ANSWER, Objection)
def answer_objection(objection: Objection) -> Answer:
    """Uphold it or dismiss it, with reasons that everybody reads."""
    form = AnswerObjectionForm()
    typed = form.values()
    upheld = typed.pop("verdict") == "uphold"
    step = service.uphold_objection if upheld else service.dismiss_objection
    return submit(
        form, lambda: step(actor(), objection, **typed),
        page=lambda: render_template(
            "public_notices/answer_objection.html", notice=objection.notice, objection=objection, form=form, states=STATES,
            row=_row(objection.notice, objection.row_no), kinds=results.KINDS,
        ),
        to=lambda done: done.path, done=_l("The answer is on record."),
    )  # fmt: skip
