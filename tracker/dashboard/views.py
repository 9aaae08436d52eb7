"""The dashboard: what waits for me, oldest first, and how the quarter stands."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from tracker import clock
from tracker.claims.models import STATES
from tracker.clocks.queries import escalated_for
from tracker.cycles import quarters
from tracker.dashboard import queries
from tracker.meetings import queries as meetings
from tracker.permissions import Permission as P
from tracker.permissions import maintained_sigs
from tracker.rewards.models import REWARD_KINDS
from tracker.rewards.workflow import REWARD
from tracker.sigs import queries as sigs
from tracker.tasks.models import AVAILABILITIES
from tracker.tasks.workflow import TASK
from tracker.web.routes import actor, requires

bp = Blueprint("dashboard", __name__)


@bp.get("/dashboard/")
@requires(P.DASHBOARD_READ)
def dashboard() -> str:
    who = actor()
    only = request.args.get("only", "")
    only = only if only in queries.SORTS else ""
    mine = maintained_sigs(who)
    return render_template(
        "dashboard/dashboard.html",
        queue=queries.queue(who, clock.now(), only),
        only=only,
        groups=[sig for sig in sigs.all_sigs() if sig.id in mine],
        names={**STATES, **REWARD.states, **TASK.states, **REWARD_KINDS},
        late=escalated_for(who),
        plans=queries.quarters_to_plan(mine),
        reports=meetings.not_reported(sorted(mine)),
        figures=queries.quarter_figures(mine) if mine else None,
        weeks=_points_by_week(mine),
        strip=_strip(mine),
        availabilities=AVAILABILITIES,
    )


def _strip(mine: set[int]) -> list[quarters.Week]:
    """This quarter's weeks with the meetings of the groups."""
    quarter = quarters.quarter_of(clock.today("Asia/Shanghai"))
    return quarters.weeks(quarter, meetings=meetings.days(*quarters.bounds(quarter), mine))


def _points_by_week(mine: set[int]) -> list[tuple[str, int]]:
    """Points accepted in each ISO week from the quarter's first to this one."""
    if not mine:
        return []
    today = clock.today("Asia/Shanghai")
    first, _last = quarters.bounds(quarters.quarter_of(today))
    monday = first - dt.timedelta(days=first.weekday())
    zone = ZoneInfo("Asia/Shanghai")
    start = dt.datetime.combine(monday, dt.time(), zone)
    bars = {monday + dt.timedelta(weeks=n): 0 for n in range((today - monday).days // 7 + 1)}
    for at, points in queries.points_by_day(mine, start):
        day = at.astimezone(zone).date()
        bars[day - dt.timedelta(days=day.weekday())] += points
    return [(str(day.isocalendar().week), points) for day, points in bars.items()]
