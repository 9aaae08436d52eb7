"""VTIMEZONE: when the clocks of a zone change, over the years of a calendar.

The library's own generator writes the change of spring in the clock time after it, where RFC 5545 (3.6.5) wants the one
before: readers that go by it are off for that hour. So the changes come from the zone database itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar

_A_DAY, _A_SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """At ``at`` (UTC) the offset goes from ``before`` to ``after``."""

    at: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    name: str
    summer: bool


def _offset(at: dt.datetime, zone: ZoneInfo) -> dt.timedelta:
    return at.astimezone(zone).utcoffset() or dt.timedelta(0)


def _change(at: dt.datetime, before: dt.timedelta, zone: ZoneInfo) -> Change:
    local = at.astimezone(zone)
    return Change(at, before, _offset(at, zone), local.tzname() or "", bool(local.dst()))


def changes(zone: ZoneInfo, first: dt.datetime, last: dt.datetime) -> Iterator[Change]:
    """Every change of the offset between two moments in UTC, oldest first, each to the second."""
    here = first
    while here < last:
        there = min(here + _A_DAY, last)
        if _offset(here, zone) != _offset(there, zone):
            low, high = here, there
            while high - low > _A_SECOND:
                middle = low + (high - low) // _A_SECOND // 2 * _A_SECOND
                low, high = (middle, high) if _offset(middle, zone) == _offset(here, zone) else (low, middle)
            yield _change(high, _offset(here, zone), zone)
        here = there


@lru_cache(maxsize=256)
def vtimezone(key: str, first_year: int, last_year: int) -> icalendar.Timezone:
    """The component for the zone ``key``, right from the beginning of ``first_year`` to the end of ``last_year``."""
    zone = ZoneInfo(key)
    # A day more on each side: a year begins in the zone up to 14 hours before or after it does in UTC.
    first = dt.datetime(first_year, 1, 1, tzinfo=dt.UTC) - _A_DAY
    last = dt.datetime(last_year + 1, 1, 1, tzinfo=dt.UTC) + _A_DAY
    begin = _change(first, _offset(first, zone), zone)
    groups: dict[tuple[dt.timedelta, dt.timedelta, str, bool], list[dt.datetime]] = {}
    for change in (begin, *changes(zone, first, last)):
        onset = (change.at + change.before).replace(tzinfo=None)
        groups.setdefault((change.before, change.after, change.name, change.summer), []).append(onset)
    made = icalendar.Timezone()
    made.add("tzid", key)
    for (before, after, name, summer), onsets in groups.items():
        part = icalendar.TimezoneDaylight() if summer else icalendar.TimezoneStandard()
        part.add("dtstart", onsets[0])
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", name)
        if onsets[1:]:
            part.add("rdate", onsets[1:])
        made.add_component(part)
    return made
