"""What was noted at a meeting, for its page."""

from __future__ import annotations

from typing import Any

from tracker.meetings.models import HELD, PLANNED, PUBLISHED, Meeting
from tracker.minutes import queries
from tracker.permissions import Actor, Permission, allowed


def on_meeting(meeting: Meeting, who: Actor) -> dict[str, Any]:
    """``versions`` (the published ones), ``decisions``, ``items``, ``present``, ``absent``, ``guests``, ``may_edit``,
    ``may_run``, ``draft`` (unpublished minutes were saved).

    Until the minutes are published, only who runs the meeting sees what was noted.
    """
    may_edit = allowed(who, Permission.MEETING_EDIT, meeting)
    published = meeting.state == PUBLISHED
    shown = published or (may_edit and meeting.state in (PLANNED, HELD))
    attendance = queries.attendance_of(meeting.id) if shown else []
    return {
        "versions": queries.versions_of(meeting) if published else [],
        "decisions": queries.decisions_of(meeting.id) if shown else [],
        "items": queries.action_items_of(meeting.id) if shown else [],
        "present": [row.name for row in attendance if row.present],
        "absent": [row.name for row in attendance if not row.present],
        "guests": meeting.guests.splitlines() if shown else [],
        "may_edit": may_edit,
        "may_run": may_edit and meeting.state in (PLANNED, HELD),
        "draft": may_edit and bool(meeting.minutes) and not published,
    }
