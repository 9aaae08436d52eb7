"""Clock times of a zone: what a wanted time comes to in UTC, also on days when clocks are changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """``at`` in UTC; ``exists`` is false where the clocks skip the wanted time, ``twice`` true where they show it twice.

    A skipped time becomes the first one after it, which may be on the next day; of two the first is meant.
    """

    at: dt.datetime
    exists: bool
    twice: bool


def moment(day: dt.date, time: dt.time, zone: ZoneInfo) -> Moment:
    """When the clocks of ``zone`` show ``time`` on ``day``; ``time`` has no zone."""
    earlier, later = (dt.datetime.combine(day, time.replace(fold=fold), zone).astimezone(dt.UTC) for fold in (0, 1))
    if earlier < later:
        return Moment(earlier, True, True)
    wanted = dt.datetime.combine(day, time)
    if earlier.astimezone(zone).replace(tzinfo=None) == wanted:
        return Moment(earlier, True, False)
    # In the gap the two readings lie on both sides of the change: the one with the old offset after it.
    return Moment(_change(later, earlier, zone), False, False)


def _change(before: dt.datetime, after: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment between the two, which lie less than a day apart, from which another offset holds."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + dt.timedelta(seconds=int((after - before).total_seconds()) // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
