"""The steps of an internship report: written → handed in → accepted; or changes are requested and it is handed in again."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.reports.models import ACCEPTED, CHANGES, DRAFT, HANDED_IN, STATES
from tracker.text import _l
from tracker.workflow import Step, Workflow

REPORT = Workflow(
    "internship_report",
    initial=(DRAFT,),
    states=STATES,
    steps=(
        Step(action="hand_in", name=_l("Hand the report in"), sources=(DRAFT, CHANGES), target=HANDED_IN,
             permission=P.REPORT_HOLD, event="report.handed_in"),
        Step(action="take_back", name=_l("Take the report back"), sources=(HANDED_IN,), target=DRAFT,
             permission=P.REPORT_HOLD, event="report.taken_back"),
        Step(action="accept", name=_l("Accept the report"), sources=(HANDED_IN,), target=ACCEPTED,
             permission=P.REPORT_ASSESS, event="report.accepted"),
        Step(action="request_changes", name=_l("Ask for changes to the report"), sources=(HANDED_IN,), target=CHANGES,
             permission=P.REPORT_ASSESS, event="report.changes_requested"),
    ),
)  # fmt: skip
