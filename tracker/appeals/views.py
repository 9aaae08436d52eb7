"""Pages of appeals: making one, and answering it with both sides in view."""

from __future__ import annotations

from flask import render_template

from tracker.appeals import queries, service
from tracker.appeals.blueprint import bp
from tracker.appeals.forms import AnswerAppealForm, AppealForm
from tracker.appeals.models import STATES, Appeal
from tracker.claims import verdicts
from tracker.claims.models import Claim
from tracker.claims.workflow import CLAIM
from tracker.events.sentences import REASONS
from tracker.permissions import Permission as P
from tracker.text import Text, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.forms import Form
from tracker.web.routes import actor, loads, requires

__all__ = ["bp"]


@loads(Appeal, P.APPEAL_READ)
def _load(claim_id: int) -> Appeal:
    return queries.get_appeal(claim_id)


def _path(appeal: Appeal) -> str:
    return appeal.path


@bp.route("/claims/<int:claim_id>/appeal", methods=["GET", "POST"])
@requires(P.CLAIM_HOLD, Claim)
def make_appeal(claim: Claim) -> Answer:
    form = AppealForm()

    def page() -> str:
        appeal = queries.find_appeal(claim.id)
        return render_template(
            "appeals/make_appeal.html", claim=claim, task=claim.task, form=form, states=CLAIM.states,
            why_not=queries.why_not(claim, appealed=appeal is not None), until=queries.last_day(claim),
            review_days=claim.rules.review_within_working_days, failed_by=claim.decided_by,
            told=queries.answerers(claim, claim.decided_by_id),
        )  # fmt: skip

    done = _l("Your appeal was made. Somebody else than who failed the claim answers it.")
    return submit(form, lambda: service.make_appeal(actor(), claim, **form.values()), page=page, to=_path, done=done)


@bp.route("/claims/<int:claim_id>/appeal/answer", methods=["GET", "POST"])
@requires(P.APPEAL_ANSWER, Appeal)
def answer_appeal(appeal: Appeal) -> Answer:
    form = AnswerAppealForm()
    typed = form.values()
    upheld = typed.pop("verdict") == "uphold"
    step = service.uphold_appeal if upheld else service.dismiss_appeal
    return submit(
        form,
        lambda: step(actor(), appeal, **typed),
        page=lambda: render_template(
            "appeals/answer_appeal.html", appeal=appeal, claim=appeal.claim, task=appeal.claim.task, form=form, states=STATES,
            claim_states=CLAIM.states, handed_in=appeal.claim.submissions, closed=_closed(appeal),
        ),
        to=_path,
        done=_upheld if upheld else _l("Dismissed, and the person was told why. The claim stays failed."),
    )  # fmt: skip


def _closed(appeal: Appeal) -> Text:
    """Why upholding it now would close the claim; empty when the claim would go on."""
    code = verdicts.why_closed(appeal.claim) if appeal.state == "open" else ""
    return REASONS[code] if code else ""


def _upheld(appeal: Appeal) -> Text:
    if appeal.claim.state == "changes_requested":
        return _l("Upheld: the claim is open again, and the person was told.")
    return _l("Upheld: the claim couldn't go on, so it was closed without a strike, and the person was told.")


@bp.post("/claims/<int:claim_id>/appeal/withdraw")
@requires(P.CLAIM_HOLD, Appeal)
def withdraw_appeal(appeal: Appeal) -> Answer:
    return perform(
        lambda: service.withdraw_appeal(actor(), appeal), to=_path, form=Form(), back=appeal.path,
        done=_l("The appeal is withdrawn. The claim stays failed."),
    )  # fmt: skip
