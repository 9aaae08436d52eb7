"""What this room has to say on the page of a meeting: the votes that are held at it."""

from __future__ import annotations

from typing import Any

from tracker.meetings.models import Meeting
from tracker.permissions import Actor
from tracker.promotions.listing import votes_at
from tracker.sigs.models import ROLES


def on_meeting(meeting: Meeting, who: Actor) -> dict[str, Any]:
    """The ballots at the meeting that the reader may see, with what came of them."""
    return {"votes": votes_at(meeting.id, who), "roles": ROLES}
