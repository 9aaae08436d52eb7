"""What is done with series: setting them up, changing and ending them, planning their meetings, adding one by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.calendars.queries import calendar
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.meetings.rules import check_ahead
from tracker.meetings.slots import check_slot
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.schedule.rules import as_json
from tracker.series import plan, queries, rules
from tracker.series.models import ACTIVE, Series
from tracker.series.rules import Timing
from tracker.series.workflow import SERIES
from tracker.sigs.models import Sig
from tracker.sigs.rules import check_zone
from tracker.text import _day, _l


def create_series(
    actor: Actor, sig: Sig, *, kind: str, title: str = "", rule: Mapping[str, Any], start: dt.time,
    time_zone: str | None = None, minutes_long: int = 90, holidays: str = "skip", place: str = "",
    starts_on: dt.date | None = None, ends_on: dt.date | None = None, agenda_opens_days: int = 7,
    agenda_closes_hours: int = 24, worded: str = "",
) -> Series:  # fmt: skip
    """Set up a series of ``sig`` and plan its meetings ahead.

    ``rule`` as ``parse_rule`` reads it; one that counts from a day gets its first one from ``starts_on`` (today) on.
    Raises Refused at the field for a rule that never occurs, a time that can't be, days in the past, or where another
    series of the SIG has a meeting of this kind at the same minute; Forbidden.
    """
    demand(actor, P.SERIES_EDIT, sig)
    zone = time_zone or sig.time_zone
    timing = rules.timing(
        rule=rule, start=start, time_zone=zone, minutes_long=minutes_long, holidays=holidays,
        starts_on=starts_on or _today(zone), ends_on=ends_on,
    )  # fmt: skip
    rules.check_days(timing, now=clock.now())
    check_series(sig.id, kind, timing, opens_days=agenda_opens_days, closes_hours=agenda_closes_hours)
    series = Series(
        sig=sig, kind=kind, title=title, rule=as_json(timing.rule), worded=worded, start=f"{start:%H:%M}", time_zone=zone,
        minutes_long=minutes_long, holidays=holidays, place=place, starts_on=timing.starts_on, ends_on=ends_on,
        agenda_opens_days=agenda_opens_days, agenda_closes_hours=agenda_closes_hours, created_at=clock.now(),
        created_by_id=actor.id, state=ACTIVE,
    )  # fmt: skip
    db.session.add(series)
    db.session.flush()
    done = plan.plan(actor, series)
    record(actor, "series.created", series, meetings=done.count, version=1)
    return series


def edit_series(
    actor: Actor, series: Series, *, version: int, kind: str, title: str = "", rule: Mapping[str, Any], start: dt.time,
    time_zone: str | None = None, minutes_long: int = 90, holidays: str = "skip", place: str = "",
    starts_on: dt.date | None = None, ends_on: dt.date | None = None, agenda_opens_days: int = 7,
    agenda_closes_hours: int = 24,
) -> Series:  # fmt: skip
    """Change a series and plan anew what is ahead and nobody touched.

    A meeting whose day the new rule has as well stays the same one, at its new time; the others are cancelled and new ones
    added. What was held, confirmed, moved, changed or cancelled by somebody is kept. Followers are told once. Raises as
    ``create_series``, and Refused when it was changed since ``version`` or has ended.
    """
    series = lock(Series, series.id)
    demand(actor, P.SERIES_EDIT, series)
    _check_active(series)
    if version != series.version:
        raise Refused(_l("Somebody changed the series since you opened the page. Compare, then save again."))
    zone = time_zone or series.sig.time_zone
    timing = rules.timing(
        rule=rule, start=start, time_zone=zone, minutes_long=minutes_long, holidays=holidays,
        starts_on=starts_on or series.starts_on, ends_on=ends_on,
    )  # fmt: skip
    rules.check_days(timing, now=clock.now(), before=series.starts_on)
    check_series(
        series.sig_id, kind, timing, opens_days=agenda_opens_days, closes_hours=agenda_closes_hours, but=series.id
    )
    wanted: dict[str, Any] = {
        "kind": kind, "title": title, "rule": as_json(timing.rule), "start": f"{start:%H:%M}", "time_zone": zone,
        "minutes_long": minutes_long, "holidays": holidays, "place": place, "starts_on": timing.starts_on,
        "ends_on": ends_on, "agenda_opens_days": agenda_opens_days, "agenda_closes_hours": agenda_closes_hours,
    }  # fmt: skip
    changed = [name for name, value in wanted.items() if getattr(series, name) != value]
    if not changed:
        return series  # nothing to tell its followers
    for name in changed:
        setattr(series, name, wanted[name])
    series.version += 1
    done = plan.plan(actor, series)
    record(
        actor, "series.edited", series, changed=changed, version=series.version, added=len(done.added),
        moved=len(done.moved) + len(done.changed), skipped=len(done.skipped), cancelled=len(done.dropped),
    )  # fmt: skip
    return series


def end_series(actor: Actor, series: Series, *, reason: str) -> Series:
    """End a series: its meetings ahead that nobody touched are cancelled with the ``reason``, which followers are told.

    What was confirmed, moved or changed by somebody stays, to be cancelled by itself. Raises Refused, Forbidden.
    """
    series = lock(Series, series.id)
    SERIES.check(actor, series, "end")
    if not reason.strip():
        raise Refused(_l("Say why the series ends: its followers read it."), field="reason")
    done = plan.take_off(actor, series, reason.strip())
    SERIES.advance(actor, series, "end")
    series.version += 1
    record(actor, "series.ended", series, reason=reason.strip(), cancelled=len(done.dropped), version=series.version)
    return series


def extend_series(actor: Actor, series: Series) -> int:
    """Plan the meetings ahead (see ``rules.AHEAD``), and look at the holidays again for those that nobody touched.

    Returns how many meetings were added or changed; 0 when all is as it was, also when several workers call it. A meeting
    that falls away or moves because the calendar changed is told to the followers. Raises Forbidden.
    """
    series = lock(Series, series.id)
    demand(actor, P.SERIES_EDIT, series)
    if series.state != ACTIVE:
        return 0
    done = plan.plan(actor, series)
    for meeting, code in done.skipped:
        record(actor, "meeting.skipped", meeting, reason_code=code, changed=["state"], version=meeting.version)
    for meeting in done.moved:
        record(actor, "meeting.moved", meeting, when=_local(meeting), changed=["starts_at"], version=meeting.version)
    if done.added or done.changed or done.dropped:
        last = max((meeting.starts_at for meeting in done.added), default=None)
        until = last.astimezone(ZoneInfo(series.time_zone)).date() if last else _today(series.time_zone)
        record(actor, "series.extended", series, until=until.isoformat(), meetings=done.count)
    return done.count


def add_occurrence(
    actor: Actor,
    series: Series,
    *,
    starts_at: dt.datetime,
    minutes_long: int | None = None,
    title: str = "",
    place: str = "",
) -> Meeting:
    """Add a meeting to a series by hand, besides those of its rule.

    Raises Refused when the series has ended or the time is past, can't be, or is taken; Forbidden.
    """
    series = lock(Series, series.id)
    demand(actor, P.SERIES_EDIT, series)
    _check_active(series)
    long = minutes_long or series.minutes_long
    check_slot(series.sig_id, series.kind, starts_at, long, series.time_zone)
    check_ahead(starts_at, clock.now())
    meeting = Meeting(
        sig=series.sig, series_id=series.id, kind=series.kind, title=title or series.title, starts_at=starts_at,
        time_zone=series.time_zone, minutes_long=long, place=place or series.place, by_hand=True, created_at=clock.now(),
        agenda_opens_at=starts_at - dt.timedelta(days=series.agenda_opens_days),
        agenda_closes_at=starts_at - dt.timedelta(hours=series.agenda_closes_hours),
    )  # fmt: skip
    db.session.add(meeting)
    record(actor, "meeting.created", meeting, starts_at=starts_at.isoformat(), series=series.id, version=1)
    return meeting


def _today(zone: str) -> dt.date:
    check_zone(zone)
    return clock.today(zone)


def _local(meeting: Meeting) -> str:
    """``2026-12-04 19:00`` on the clocks of the meeting."""
    return f"{meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)):%Y-%m-%d %H:%M}"


def _check_active(series: Series) -> None:
    if series.state != ACTIVE:
        raise Refused(_l("%(series)s has ended: set up a new series instead.", series=series.label))


def check_series(sig_id: int, kind: str, timing: Timing, *, opens_days: int, closes_hours: int, but: int = 0) -> None:
    """What must be so of a series of the SIG, be it a new one or the one with the id ``but``. Raises Refused at the field."""
    if kind not in MEETING_KINDS:
        raise Refused(_l("There is no such kind of meeting."), field="kind")
    rules.check_agenda(opens_days, closes_hours)
    days = calendar()
    rules.check_occurs(timing, now=clock.now(), calendar=days)
    found = rules.upcoming(timing, now=clock.now(), calendar=days)
    starts = [one.starts_at for one in found if one.state != "skipped"]
    if (other := queries.same_minute(sig_id, kind, starts, but)) is not None and other.series_id is not None:
        series = queries.get_series(other.series_id)
        raise Refused(
            _l("“%(series)s” has a meeting of this kind at the same minute, on %(day)s. Change that series, or pick another"
               " time.", series=series.label, day=_day(other.starts_at.astimezone(ZoneInfo(other.time_zone)).date())),
            field="start",
        )  # fmt: skip
