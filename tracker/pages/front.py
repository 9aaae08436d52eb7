"""The front page: what this is, the quarter, who has tasks, what is next."""

from __future__ import annotations

from flask import render_template

from tracker import clock
from tracker.activities.queries import events_ahead, events_past
from tracker.cycles.quarters import bounds, weeks
from tracker.cycles.queries import current_quarter
from tracker.meetings import queries as meetings
from tracker.meetings.models import MEETING_KINDS
from tracker.pages import rows
from tracker.pages.views import bp
from tracker.permissions import Permission as P
from tracker.public_notices.queries import open_notices
from tracker.sigs.queries import all_sigs
from tracker.web.i18n import time_zone
from tracker.web.routes import requires


@bp.get("/")
@requires(P.SITE_READ)
def front() -> str:
    quarter = current_quarter()
    strip = weeks(quarter, today=clock.today(time_zone()), meetings=meetings.days(*bounds(quarter)))
    open_tasks = rows.open_tasks_by_sig()
    sigs = sorted(all_sigs(), key=lambda sig: -open_tasks.get(sig.id, 0))
    return render_template(
        "pages/front.html", quarter=quarter, strip=strip, sigs=sigs[:12], more_sigs=len(sigs) > 12, open_tasks=open_tasks,
        total=sum(open_tasks.values()), tasks=rows.newest_tasks(only_open=True), meetings=rows.meetings_ahead(),
        kinds=MEETING_KINDS, events_ahead=events_ahead(most=4), events_past=events_past(most=3), notices=open_notices(),
    )  # fmt: skip
