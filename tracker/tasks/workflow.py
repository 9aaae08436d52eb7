"""The steps of a task: draft → ready → published → closed, or withdrawn."""

from __future__ import annotations

from tracker.permissions import Permission as P
from tracker.tasks.models import CLOSED, DRAFT, PUBLISHED, READY, WITHDRAWN
from tracker.text import _l
from tracker.workflow import Step, Workflow

TASK = Workflow(
    "task",
    initial=(DRAFT,),
    states={
        DRAFT: _l("draft"),
        READY: _l("ready"),
        PUBLISHED: _l("published"),
        CLOSED: _l("closed"),
        WITHDRAWN: _l("withdrawn"),
    },
    steps=(
        Step(action="ready", name=_l("Mark as ready"), sources=(DRAFT,), target=READY,
             permission=P.TASK_EDIT, event="task.readied"),
        Step(action="return", name=_l("Back to draft"), sources=(READY,), target=DRAFT,
             permission=P.TASK_EDIT, event="task.returned"),
        Step(action="publish", name=_l("Publish"), sources=(READY,), target=PUBLISHED,
             permission=P.TASK_PUBLISH, event="task.published"),
        Step(action="withdraw", name=_l("Withdraw the task"), sources=(DRAFT, READY, PUBLISHED), target=WITHDRAWN,
             permission=P.TASK_WITHDRAW, event="task.withdrawn"),
        # When its last seat was accepted.
        Step(action="close", name=_l("Close"), sources=(PUBLISHED,), target=CLOSED,
             permission=None, event="task.closed"),
    ),
)  # fmt: skip
