"""Pages of clocks: the buttons on a claim, and the runs of the nightly job."""

from __future__ import annotations

from flask import render_template

from tracker import clock
from tracker.claims.models import Claim
from tracker.clocks import service
from tracker.clocks.blueprint import bp
from tracker.events import jobs
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, perform
from tracker.web.forms import Form
from tracker.web.routes import actor, requires

__all__ = ["bp"]

#: What runs count, in words.
COUNTED = {
    "plan_meetings": _l("meetings planned"), "attach_items": _l("agenda items brought to a meeting"), "warn": _l("warned"), "lapse": _l("lapsed"),
    "escalate": _l("passed on to somebody else"), "close_late": _l("closed for a late review"),
    "fill_seat": _l("seats filled"), "open_agenda": _l("agendas opened"), "remind": _l("reminded of a report"),
    "purge": _l("payee data removed"), "remove": _l("expired rows removed"), "remove_file": _l("files removed"), "errors": _l("errors"),
}  # fmt: skip


@bp.post("/claims/<int:claim_id>/snooze")
@requires(P.CLAIM_HOLD, Claim)
def snooze(claim: Claim) -> Answer:
    return perform(
        lambda: service.snooze(actor(), claim), form=Form(), back=claim.path, to=lambda claim: claim.path,
        done=_l("Snoozed. The claim's page says until when."),
    )  # fmt: skip


@bp.post("/claims/<int:claim_id>/undo-lapse")
@requires(P.CLAIM_UNDO_LAPSE, Claim)
def undo_lapse(claim: Claim) -> Answer:
    return perform(
        lambda: service.undo_lapse(actor(), claim), form=Form(), back=claim.path, to=lambda claim: claim.path,
        done=_l("The lapse is undone: the claim goes on, and its clock starts anew."),
    )  # fmt: skip


@bp.get("/jobs/")
@requires(P.SITE_ADMIN)
def job_runs() -> str:
    return render_template(
        "clocks/job_runs.html", runs=jobs.last_runs(), counted=COUNTED, now=clock.now(), is_dead=jobs.is_dead
    )
