"""The steps of a run that issues many certificates: queued → running → done, or cancelled."""

from __future__ import annotations

from tracker.certificates.models import CANCELLED, DONE, QUEUED, RUNNING
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.workflow import Step, Workflow

CERTIFICATE_RUN = Workflow(
    "certificate_run",
    initial=(QUEUED,),
    states={QUEUED: _l("queued"), RUNNING: _l("being issued"), DONE: _l("done"), CANCELLED: _l("cancelled")},
    steps=(
        Step(action="start", name=_l("Begin"), sources=(QUEUED,), target=RUNNING, permission=None,
             event="certificate_run.started"),
        Step(action="finish", name=_l("Finish"), sources=(RUNNING,), target=DONE, permission=None,
             event="certificate_run.done"),
        # What is issued stays; the lines that wait aren't issued.
        Step(action="cancel", name=_l("Stop"), sources=(QUEUED, RUNNING), target=CANCELLED,
             permission=P.CERTIFICATE_RUN_HOLD, event="certificate_run.cancelled"),
        # Its layout was retired or replaced.
        Step(action="halt", name=_l("Stop"), sources=(RUNNING,), target=CANCELLED, permission=None,
             event="certificate_run.halted"),
    ),
)  # fmt: skip
