"""A meeting with everything that belongs to it: when and where, its agenda, who speaks and who comes, its minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template

from tracker.activities import on_meeting as activities
from tracker.agendas import on_meeting as agendas
from tracker.agendas.rules import WITH_FIXED_ITEMS
from tracker.announcements import on_meeting as announcements
from tracker.meetings import queries
from tracker.meetings.models import MEETING_KINDS, OFF, Meeting
from tracker.meetings.rules import REPORTED
from tracker.meetings.workflow import MEETING
from tracker.minutes import on_meeting as minutes
from tracker.pages.views import bp
from tracker.permissions import Actor
from tracker.permissions import Permission as P
from tracker.promotions import on_meeting as promotions
from tracker.series import on_meeting as series
from tracker.series import rota
from tracker.web.routes import actor, requires

#: Room → what it has to say about a meeting; its partial is templates/<room>/_on_meeting.html.
ROOMS: dict[str, Callable[[Meeting, Actor], dict[str, Any]]] = {
    "series": series.on_meeting,
    "agendas": agendas.on_meeting,
    "activities": activities.on_meeting,
    "minutes": minutes.on_meeting,
    "announcements": announcements.on_meeting,
    "rota": rota.on_meeting,
    "promotions": promotions.on_meeting,
}


@bp.get("/meetings/<int:meeting_id>/")
@requires(P.MEETING_READ, Meeting)
def meeting(meeting: Meeting) -> str:
    who = actor()
    fixed = meeting.kind in WITH_FIXED_ITEMS and meeting.state not in OFF
    areas = queries.agenda(meeting, who) if fixed else []
    lines = [line for area in areas for line in area.rows]
    return render_template(
        "pages/meeting.html", meeting=meeting, areas=areas, lines=lines, states=MEETING.states, kinds=MEETING_KINDS,
        fixed=fixed, open_reports=sum(not line.reported for line in lines),
        to_report=[line for line in lines if line.user_id == who.id and line.state in REPORTED],
        **{room: about(meeting, who) for room, about in ROOMS.items()},
    )  # fmt: skip
