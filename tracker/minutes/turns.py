"""A claim's turn at a meeting: what was promised, what its holder reported, what is said now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from tracker.db import db
from tracker.meetings.agenda import previous_start
from tracker.meetings.models import Meeting, ProgressNote
from tracker.meetings.rules import counts_for
from tracker.minutes.rules import Said


@dataclass(frozen=True, slots=True)
class Notes:
    """``own``: the holder's newest report for the meeting; ``before``: the newest note that isn't one, or the next older
    one, which holds the last promise. None where there is none."""

    own: Row[Any] | None
    before: Row[Any] | None

    @property
    def said(self) -> Said:
        """The holder's report, as the fields begin with it."""
        return Said(self.own.done, self.own.next, self.own.blockers, self.own.percent) if self.own else Said()


def notes_for(meeting: Meeting, claim_id: int, made: int | None = None) -> Notes:
    """The notes of a claim as seen from a meeting; ``made`` is the note that the meeting's own report became."""
    query = (
        select(
            ProgressNote.id, ProgressNote.percent, ProgressNote.done, ProgressNote.next, ProgressNote.blockers,
            ProgressNote.links, ProgressNote.written_at, ProgressNote.meeting_id,
        )
        .where(ProgressNote.claim_id == claim_id, ProgressNote.id != (made or 0))
        .order_by(ProgressNote.id.desc())
        .limit(50)
    )  # fmt: skip
    return _split(meeting, previous_start(meeting), db.session.execute(query).all())


def _split(meeting: Meeting, since: dt.datetime | None, notes: Sequence[Any]) -> Notes:
    own = before = earlier = None
    for note in notes:
        if counts_for(meeting.id, since, meeting.ends_at, note_meeting_id=note.meeting_id, written_at=note.written_at):
            earlier = earlier or (note if own else None)
            own = own or note
        elif note.written_at <= meeting.ends_at:
            before = before or note
    # At a SIG's first meeting every note counts.
    return Notes(own, before or earlier)
