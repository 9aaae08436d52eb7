"""A meeting with everything that belongs to it: when and where, its agenda, who speaks and who comes, its minutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template

from tracker.meetings import queries
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.meetings.rules import REPORTED
from tracker.meetings.workflow import MEETING
from tracker.pages.views import bp
from tracker.permissions import Actor
from tracker.permissions import Permission as P
from tracker.web.routes import actor, requires

#: Room → what it has to say about a meeting; its partial is templates/<room>/_on_meeting.html.
ROOMS: dict[str, Callable[[Meeting, Actor], dict[str, Any]]] = {}


@bp.get("/meetings/<int:meeting_id>/")
@requires(P.MEETING_READ, Meeting)
def meeting(meeting: Meeting) -> str:
    who = actor()
    areas = queries.agenda(meeting, who)
    lines = [line for area in areas for line in area.rows]
    return render_template(
        "pages/meeting.html", meeting=meeting, areas=areas, lines=lines, states=MEETING.states, kinds=MEETING_KINDS,
        open_reports=sum(not line.reported for line in lines),
        to_report=[line for line in lines if line.user_id == who.id and line.state in REPORTED],
        steps={step.action for step in MEETING.available(who, meeting)},
        **{room: about(meeting, who) for room, about in ROOMS.items()},
    )  # fmt: skip
