"""The days of a meeting: it begins at the same clock time on each of them, and lasts as long."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

Sitting = tuple[dt.datetime, dt.datetime]


def sittings(meeting: Any) -> list[Sitting]:
    """Start and end in UTC of each day of a meeting, or of a row with its starts_at, time_zone, days and minutes_long."""
    zone, length = ZoneInfo(meeting.time_zone), dt.timedelta(minutes=meeting.minutes_long)
    first = meeting.starts_at.astimezone(zone).replace(tzinfo=None)
    later = ((first + dt.timedelta(days=n)).replace(tzinfo=zone).astimezone(dt.UTC) for n in range(1, meeting.days))
    return [(start, start + length) for start in (meeting.starts_at, *later)]
