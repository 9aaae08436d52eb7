"""Calendar files as two independent programs read them: `icalendar`, which takes a zone by its name, and `vobject`, which
goes by the VTIMEZONE of the file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import icalendar
import vobject
from dateutil.rrule import rrulestr


@dataclass(frozen=True)
class Entry:
    """An event: ``times`` are the start and end of each of its occurrences, in UTC; days of an all-day one."""

    uid: str
    sequence: int
    status: str
    summary: str
    times: tuple[tuple[Any, Any], ...]
    location: str = ""
    url: str = ""
    description: str = ""


def _times(start: Any, end: Any, begins: list[Any]) -> tuple[tuple[Any, Any], ...]:
    """A length in time that passes, not in what clocks show: as RFC 5545 has it."""
    if not isinstance(start, dt.datetime):
        return ((start, end),)
    length = end.astimezone(dt.UTC) - start.astimezone(dt.UTC)
    starts = sorted(begin.astimezone(dt.UTC) for begin in begins)
    return tuple((begin, begin + length) for begin in starts)


def by_icalendar(content: bytes) -> dict[str, Entry]:
    """UID → entry."""
    found = {}
    for event in icalendar.Calendar.from_ical(content).walk("VEVENT"):
        start, begins = event["dtstart"].dt, [event["dtstart"].dt]
        if "rrule" in event:
            begins = list(rrulestr(event["rrule"].to_ical().decode(), dtstart=start))
        if "rdate" in event:
            begins += [date.dt for date in event["rdate"].dts]
        found[str(event["uid"])] = Entry(
            str(event["uid"]), int(event["sequence"]), str(event["status"]), str(event["summary"]),
            _times(start, event["dtend"].dt, begins), str(event.get("location", "")), str(event.get("url", "")),
            str(event.get("description", "")),
        )  # fmt: skip
    return found


def by_vobject(content: bytes) -> dict[str, Entry]:
    """UID → entry."""
    # It keeps zones from one file to the next: each file has to bring its own.
    zones = vars(vobject.icalendar)["__tzidMap"]
    for key in set(zones) - {"UTC"}:
        del zones[key]
    found = {}
    for event in vobject.readOne(content.decode()).contents.get("vevent", []):
        start = event.dtstart.value
        repeated = event.getrruleset(addRDate=True)
        found[event.uid.value] = Entry(
            event.uid.value, int(event.sequence.value), event.status.value, event.summary.value,
            _times(start, event.dtend.value, list(repeated) if repeated else [start]), _said(event, "location"),
            _said(event, "url"), _said(event, "description"),
        )  # fmt: skip
    return found


def _said(event: Any, name: str) -> str:
    lines = event.contents.get(name)
    return str(lines[0].value) if lines else ""


def read(content: bytes) -> dict[str, Entry]:
    """UID → entry, where both read the same."""
    one, other = by_icalendar(content), by_vobject(content)
    assert one == other, {
        uid: (one.get(uid), other.get(uid)) for uid in {*one, *other} if one.get(uid) != other.get(uid)
    }
    return one
