"""What was announced of a meeting, and what can be, for its page."""

from __future__ import annotations

from typing import Any

from tracker.announcements import queries, rules
from tracker.announcements.rules import AGENDA, MINUTES
from tracker.meetings.models import OFF, OVER, Meeting
from tracker.permissions import Actor, Permission, allowed


def on_meeting(meeting: Meeting, who: Actor) -> dict[str, Any]:
    """``may`` (whether ``who`` announces), ``kinds`` (what is worth announcing now: agenda, minutes), ``obstacles`` (kind → why
    not, None where nothing is in the way), ``sent`` (rows kind, created_at, who, mail, address, oldest first); one statement for
    whoever announces, none for others."""
    if not allowed(who, Permission.MEETING_EDIT, meeting):
        return {"may": False, "kinds": [], "obstacles": {}, "sent": []}
    facts = queries.facts_of(meeting)
    kinds = [MINUTES] if meeting.state in OVER else [] if meeting.state in OFF else [AGENDA]
    return {
        "may": True,
        "kinds": kinds,
        "obstacles": {kind: rules.obstacle(kind, facts) for kind in kinds},
        "sent": queries.announcements_of(meeting.id),
    }
