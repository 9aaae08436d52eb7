"""What a meeting's page says about its series and its day, and the steps about the day."""

from __future__ import annotations

from typing import Any

from tracker.meetings.models import Meeting
from tracker.meetings.workflow import MEETING
from tracker.permissions import Actor
from tracker.schedule.rules import describe, parse_rule
from tracker.series import queries

_STEPS = ("confirm", "move", "postpone", "cancel")


def on_meeting(meeting: Meeting, who: Actor) -> dict[str, Any]:
    """``part_of`` (the series or None) with its rule in ``words``, ``remarks`` on the day, and the ``steps`` (tokens) about
    it that ``who`` may take now. The template is ``series/_on_meeting.html``."""
    part_of = queries.find_series(meeting.series_id) if meeting.series_id else None
    said = queries.remarks_on(part_of, [meeting])[meeting.id] if part_of else queries.remarks_of(meeting)
    possible = {step.action for step in MEETING.available(who, meeting)}
    return {
        "part_of": part_of,
        "words": describe(parse_rule(part_of.rule)) if part_of else "",
        "remarks": said,
        "steps": [action for action in _STEPS if action in possible],
    }
