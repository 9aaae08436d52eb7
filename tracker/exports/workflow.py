"""The steps of a file that is made in the background: queued → running → done → expired, or failed or cancelled."""

from __future__ import annotations

from tracker.exports.models import CANCELLED, DONE, EXPIRED, FAILED, QUEUED, RUNNING
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

EXPORT_JOB = Workflow(
    "export_job",
    initial=(QUEUED,),
    states={
        QUEUED: _l("queued"), RUNNING: _l("being made"), DONE: _l("ready to download"), FAILED: _l("failed"),
        CANCELLED: _l("cancelled"), EXPIRED: _l("removed"),
    },
    steps=(
        Step(action="start", name=_l("Begin"), sources=(QUEUED,), target=RUNNING, permission=None, event="export.started"),
        Step(action="finish", name=_l("Finish"), sources=(RUNNING,), target=DONE, permission=None, event="export.made"),
        Step(action="fail", name=_l("Give up"), sources=(RUNNING,), target=FAILED, permission=None, event="export.failed"),
        Step(action="cancel", name=_l("Cancel"), sources=(QUEUED, RUNNING), target=CANCELLED, permission=P.EXPORT_HOLD,
             event="export.cancelled"),
        # Its file is removed, a day after it was made.
        Step(action="expire", name=_l("Remove"), sources=(DONE,), target=EXPIRED, permission=None, event="export.expired"),
    ),
)  # fmt: skip
