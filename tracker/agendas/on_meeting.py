"""The agenda in short, for the page of its meeting."""

from __future__ import annotations

from typing import Any

from tracker.agendas import queries, rules
from tracker.agendas.outline import outline
from tracker.meetings.agenda import count_on_agenda
from tracker.meetings.models import Meeting
from tracker.permissions import Actor, Permission, allowed


def on_meeting(meeting: Meeting, who: Actor) -> dict[str, Any]:
    """``outline`` (items with their time boxes), ``phase``, ``opens`` and ``closes`` (UTC), ``to_answer`` (how many
    proposals wait for ``who``), ``propose`` (whether ``who`` or, before signing in, anybody may propose now)."""
    claims = count_on_agenda(meeting) if meeting.kind in rules.WITH_FIXED_ITEMS else 0
    opens, closes = queries.agenda_times(meeting)
    phase, answers = queries.phase_of(meeting), allowed(who, Permission.PROPOSAL_ANSWER, meeting)
    return {
        "outline": outline(meeting, claims, queries.accepted_items(meeting.id)),
        "phase": phase,
        "opens": opens,
        "closes": closes,
        "to_answer": queries.to_answer_count(meeting.id) if answers else 0,
        "propose": phase == rules.OPEN or (answers and phase in (rules.AHEAD, rules.CLOSED)),
    }
