"""Calendars as files (RFC 5545): the meetings of a SIG or of a person, and the days on which claims are due."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar
from flask_babel import force_locale

from tracker.meetings.models import CANCELLED, MEETING_KINDS, OFF, POSTPONED, SKIPPED, TO_CONFIRM
from tracker.meetings.sittings import Sitting, sittings
from tracker.meetings.vtimezone import vtimezone
from tracker.text import _, _day
from tracker.web.i18n import LOCALES

#: How often a program that subscribed should look again.
LOOK_AGAIN = dt.timedelta(hours=1)


def calendar_of(
    meetings: Sequence[Any], *, name: str, base_url: str, language: str = "en", due: Iterable[Any] = ()
) -> bytes:
    """The calendar ``name`` with an event for each meeting (rows as of ``feeds.meetings_of_sig``) and an all-day entry
    for each claim that is ``due`` (rows as of ``feeds.due_dates``); texts in ``language``, links below ``base_url``.

    A meeting of several days is one event that repeats daily, at the same clock time on both sides of a change of clocks.
    The same rows give the same bytes.
    """
    base = base_url.rstrip("/")
    made = icalendar.Calendar()
    made.add("prodid", "-//SIG Tracker//Meetings//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", one_line(name))
    made.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", icalendar.vDuration(LOOK_AGAIN))
    with force_locale(LOCALES.get(language, LOCALES["en"])):
        entries = [_meeting(row, base, chinese=language == "zh") for row in meetings]
        entries += [_due(row, base) for row in due]
    for key, years in sorted(_zones(meetings, entries).items()):
        made.add_component(vtimezone(key, min(years), max(years)))
    for entry in entries:
        made.add_component(entry)
    return bytes(made.to_ical())


def one_line(text: str) -> str:
    """``text`` on one line, without what can't be printed."""
    return " ".join(lines(text).split())


def lines(text: str) -> str:
    """``text`` without control characters but the ends of its lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") and c != "\n" else c for c in text)


# -- meetings -------------------------------------------------------------------------------------


def _plain(meeting: Any, days: list[Sitting]) -> bool:
    """Whether clock times of the zone say when it is: not in an hour that comes twice, nor in one that is left out."""
    zone = ZoneInfo(meeting.time_zone)
    begins = {start.astimezone(zone).time() for start, _end in days}
    return len(begins) == 1 and not any(moment.astimezone(zone).fold for day in days for moment in day)


def _when(event: icalendar.Event, meeting: Any) -> None:
    days = sittings(meeting)
    plain = _plain(meeting, days)
    zone = ZoneInfo(meeting.time_zone) if plain else dt.UTC
    event.add("dtstart", days[0][0].astimezone(zone))
    event.add("dtend", days[0][1].astimezone(zone))
    if len(days) > 1 and plain:
        event.add("rrule", {"FREQ": "DAILY", "COUNT": len(days)})
    elif len(days) > 1:
        event.add("rdate", [start for start, _end in days[1:]])


def _meeting(row: Any, base: str, *, chinese: bool) -> icalendar.Event:
    event = icalendar.Event()
    changed = row.changed_at or row.created_at
    event.add("uid", f"meeting-{row.id}@{_host(base)}")
    # The time of the last change, not of the download: the same calendar has the same bytes.
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", row.version - 1)
    _when(event, row)
    event.add("status", "CANCELLED" if row.state in OFF else "TENTATIVE" if row.state == TO_CONFIRM else "CONFIRMED")
    if row.state in OFF:
        event.add("transp", "TRANSPARENT")
    event.add("summary", one_line(_summary(row, chinese)))
    if row.place:
        event.add("location", one_line(row.place))
    event.add("url", f"{base}/meetings/{row.id}/")
    event.add("description", lines(_description(row, base)))
    return event


def _summary(row: Any, chinese: bool) -> str:
    sig = (row.name_zh if chinese else "") or row.name
    title = row.title or str(MEETING_KINDS[row.kind])
    if row.theme and row.theme != title:
        said = _("%(sig)s: %(meeting)s: %(theme)s", sig=sig, meeting=title, theme=row.theme)
    else:
        said = _("%(sig)s: %(meeting)s", sig=sig, meeting=title)
    # Some programs show a cancelled event like any other.
    if row.state == CANCELLED:
        return _("Cancelled: %(meeting)s", meeting=said)
    if row.state == POSTPONED:
        return _("Postponed: %(meeting)s", meeting=said)
    return _("Skipped: %(meeting)s", meeting=said) if row.state == SKIPPED else said


def _description(row: Any, base: str) -> str:
    parts = []
    if row.state in OFF and row.reason:
        parts.append(_("Reason: %(reason)s", reason=row.reason))
    if row.state == TO_CONFIRM:
        days = ", ".join(str(_day(dt.date.fromisoformat(day))) for day in row.options)
        parts.append(_("The day isn't confirmed yet. Possible days: %(days)s", days=days) if days
                     else _("The day isn't confirmed yet."))  # fmt: skip
    if row.organiser:
        parts.append(_("Organiser: %(name)s", name=row.organiser))
    parts.append(_("Agenda: %(link)s", link=f"{base}/meetings/{row.id}/"))
    return "\n".join(parts)


# -- claims ---------------------------------------------------------------------------------------


def _due(row: Any, base: str) -> icalendar.Event:
    event = icalendar.Event()
    # A claim has no version: another date is another entry.
    event.add("uid", f"claim-{row.id}-{row.due_on:%Y%m%d}@{_host(base)}")
    event.add("dtstamp", row.approved_at)
    event.add("sequence", 0)
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + dt.timedelta(days=1))
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("summary", one_line(_("Due: %(task)s %(title)s", task=row.reference, title=row.title)))
    event.add("url", f"{base}/claims/{row.id}/")
    event.add("description", _("Hand it in by the end of this day: %(link)s", link=f"{base}/claims/{row.id}/"))
    return event


# -- the file -------------------------------------------------------------------------------------


def _host(base: str) -> str:
    return urlsplit(base).hostname or "localhost"


def _zones(meetings: Sequence[Any], entries: Sequence[icalendar.Event]) -> dict[str, set[int]]:
    """The zones that the meetings' entries name, each with the years in which it is needed."""
    found: dict[str, set[int]] = {}
    for meeting, entry in zip(meetings, entries, strict=False):
        if key := entry["dtstart"].params.get("TZID"):
            zone, days = ZoneInfo(meeting.time_zone), sittings(meeting)
            years = (moment.astimezone(zone).year for moment in (days[0][0], days[-1][1]))
            found.setdefault(str(key), set()).update(years)
    return found
