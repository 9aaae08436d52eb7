"""What a meeting's page shows of it: theme, programme, days, and the list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from tracker import clock
from tracker.activities import queries, rules
from tracker.activities.service import list_of
from tracker.meetings.models import Meeting
from tracker.meetings.sittings import sittings
from tracker.permissions import Actor
from tracker.text import Text


@dataclass(frozen=True, slots=True)
class Talk:
    """A talk and when it is; ``starts_at`` is None where no day has time for it. ``day`` counts from 1, and is 0 but for
    the first talk of a day."""

    row: Row[Any]
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    day: int


@dataclass(frozen=True, slots=True)
class SignUps:
    """The list of a meeting as one reader sees it; ``until`` is None where it was taken away with people on it.

    ``left``: free places, None: any number. ``place_no`` and ``queue_no`` are the reader's own, 0 without one. ``closed``:
    why nobody can sign up.
    """

    until: dt.datetime | None
    places: int | None
    taken: int
    waiting: int
    left: int | None
    place_no: int
    queue_no: int
    closed: Text | None
    over: bool


def programme(meeting: Meeting) -> list[Talk]:
    """The talks of the meeting in their order, each with its time."""
    rows = queries.speakers_of(meeting.id)
    days = sittings(meeting)
    talks: list[Talk] = []
    last = 0
    for row, time in zip(rows, rules.programme(days, [row.minutes_long for row in rows]), strict=True):
        start, end = time or (None, None)
        here = next((n for n, day in enumerate(days, 1) if start is not None and day[0] <= start < day[1]), 0)
        talks.append(Talk(row, start, end, here if here != last else 0))
        last = here
    return talks


def _sign_ups(meeting: Meeting, who: Actor) -> SignUps | None:
    now = clock.now()
    taken, waiting = queries.taken_and_waiting(meeting.id)
    if meeting.signup_until is None and not taken + waiting:
        return None
    mine = queries.find_sign_up(meeting.id, who.id) if who.id is not None else None
    return SignUps(
        until=meeting.signup_until, places=meeting.places, taken=taken, waiting=waiting,
        left=rules.places_left(taken, meeting.places), place_no=(mine.place_no or 0) if mine else 0,
        queue_no=queries.queue_number(mine) if mine else 0, closed=rules.why_closed(list_of(meeting), now),
        over=meeting.ends_at <= now,
    )  # fmt: skip


def on_meeting(meeting: Meeting, who: Actor) -> dict[str, Any]:
    """``theme``, ``talks`` (Talk), ``days`` [(start, end)] of a meeting of several days, ``sign_ups`` (SignUps or None): at
    most four statements."""
    return {
        "theme": meeting.theme,
        "talks": programme(meeting),
        "days": sittings(meeting) if meeting.days > 1 else [],
        "sign_ups": _sign_ups(meeting, who),
    }
