"""What is told once before a meeting: that a report is missing, and that the agenda is open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker import clock
from tracker.clocks import rules
from tracker.db import db, lock
from tracker.events import record
from tracker.events.jobs import once
from tracker.events.models import Once
from tracker.meetings.models import PLANNED, Meeting
from tracker.meetings.queries import not_reported
from tracker.permissions import SYSTEM
from tracker.sigs.models import Sig


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody whose report for a meeting is missing: the tasks by reference."""

    meeting_id: int
    user_id: int
    starts_at: dt.datetime
    time_zone: str
    tasks: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"note:{self.meeting_id}:{self.user_id}"

    @property
    def when(self) -> str:
        return written(self.starts_at, self.time_zone)


def written(moment: dt.datetime, zone: str) -> str:
    """``2026-12-04 14:00`` as clocks in ``zone`` show it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _new(keys: Sequence[str]) -> set[str]:
    """Those of ``keys`` that weren't done yet."""
    done: set[str] = set()
    for start in range(0, len(keys), 500):
        done.update(db.session.scalars(select(Once.key).where(Once.key.in_(keys[start : start + 500]))))
    return set(keys) - done


def missing_reports(sig_ids: Sequence[int] | None = None) -> list[Missing]:
    """Holders who are to be reminded now of the next regular meeting of their SIG; by meeting and person.

    Meetings that don't take place or whose day isn't settled ask nobody for a report.
    """
    now = clock.now()
    ids = list(db.session.scalars(select(Sig.id).order_by(Sig.id))) if sig_ids is None else sig_ids
    found: dict[tuple[int, int], list[str]] = {}
    times: dict[int, tuple[dt.datetime, str]] = {}
    for row in not_reported(ids):
        if rules.reminder_due(row.starts_at, row.time_zone, now):
            found.setdefault((row.meeting_id, row.user_id), []).append(row.reference)
            times[row.meeting_id] = (row.starts_at, row.time_zone)
    return [Missing(meeting, person, *times[meeting], tuple(tasks)) for (meeting, person), tasks in found.items()]


def to_remind() -> list[Missing]:
    """Those of ``missing_reports`` who weren't reminded yet."""
    rows = missing_reports()
    new = _new([row.key for row in rows])
    return [row for row in rows if row.key in new]


def remind(meeting_id: int, user_id: int) -> bool:
    """Remind a person of the report for a meeting, once; looks again whether it is missing. For a transaction of its own."""
    meeting = lock(Meeting, meeting_id)
    rows = missing_reports([meeting.sig_id])
    row = next((row for row in rows if (row.meeting_id, row.user_id) == (meeting_id, user_id)), None)
    if row is None or not once(row.key):
        return False
    record(SYSTEM, "meeting.note_missing", meeting, tell=[user_id], when=row.when, tasks=", ".join(row.tasks))
    return True


# -- the agenda -----------------------------------------------------------------------------------


def _agenda_key(meeting_id: int) -> str:
    return f"agenda-open:{meeting_id}"


def _agenda_is_new(meeting: Meeting, now: dt.datetime) -> bool:
    """Whether a planned meeting's agenda opened by its own time, and is open."""
    return meeting.state == PLANNED and meeting.agenda_opens_at is not None and meeting.agenda_is_open(now)


def agendas_to_open() -> list[Meeting]:
    """Planned meetings whose agenda has opened and whose organisers weren't told; soonest first."""
    now = clock.now()
    query = (
        select(Meeting)
        .where(Meeting.state == PLANNED, Meeting.agenda_opens_at <= now, Meeting.starts_at > now)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    meetings = [meeting for meeting in db.session.scalars(query) if _agenda_is_new(meeting, now)]
    new = _new([_agenda_key(meeting.id) for meeting in meetings])
    return [meeting for meeting in meetings if _agenda_key(meeting.id) in new]


def open_agenda(meeting_id: int) -> bool:
    """Tell the organisers, once, that the agenda is open for proposals. For a transaction of its own."""
    meeting = lock(Meeting, meeting_id)
    if not _agenda_is_new(meeting, clock.now()) or not once(_agenda_key(meeting_id)):
        return False
    record(SYSTEM, "meeting.agenda_opened", meeting)
    return True
