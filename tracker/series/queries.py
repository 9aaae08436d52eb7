"""What is asked about series: their timing, their meetings, and why a meeting is where it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from tracker import clock
from tracker.calendars.queries import calendar
from tracker.db import db, find
from tracker.errors import Missing
from tracker.meetings.models import CANCELLED, OFF, PLANNED, POSTPONED, TO_CONFIRM, Meeting
from tracker.meetings.remarks import options_of, remarks
from tracker.meetings.slots import Overlap, overlapping
from tracker.schedule.occurrences import MOST_DAYS, Occurrence, occurrences
from tracker.series.models import ACTIVE, RotaEntry, Series
from tracker.series.rules import Timing, timing
from tracker.text import Text
from tracker.working_days import WorkingDays

#: The longest meeting of a series.
_ONE_DAY = dt.timedelta(days=1)
#: A meeting may lie that far from the day of its rule: postponed, or confirmed late in its period.
_AROUND = dt.timedelta(days=40)
#: As far back remarks on gaps and holidays are looked up.
_LONGEST = dt.timedelta(days=MOST_DAYS - 1)


def find_series(series_id: int) -> Series | None:
    """The series with this id."""
    return find(Series, series_id)


def get_series(series_id: int) -> Series:
    """The series with this id. Raises Missing."""
    if (found := find_series(series_id)) is None:
        raise Missing(f"series {series_id}")
    return found


def active_series() -> list[Series]:
    """Every series that goes on, in the order of their ids."""
    return list(db.session.scalars(select(Series).where(Series.state == ACTIVE).order_by(Series.id)))


def series_of(sig_id: int) -> list[Series]:
    """The series of a SIG: those that go on first, then by id."""
    query = select(Series).where(Series.sig_id == sig_id).order_by(Series.state, Series.id)
    return list(db.session.scalars(query.options(joinedload(Series.sig))))


def timing_of(series: Series) -> Timing:
    """The stored timing. Raises Refused where a stored rule can't be read any more."""
    return timing(
        rule=series.rule, start=dt.time.fromisoformat(series.start), time_zone=series.time_zone,
        minutes_long=series.minutes_long, holidays=series.holidays, starts_on=series.starts_on, ends_on=series.ends_on,
    )  # fmt: skip


# -- its meetings ---------------------------------------------------------------------------------


def meetings_ahead(series_ids: Sequence[int], most: int = 400) -> dict[int, list[Meeting]]:
    """By series: the meetings that aren't over or whose day can still be confirmed, soonest first; those that are off are
    among them."""
    found: dict[int, list[Meeting]] = {series_id: [] for series_id in series_ids}
    if not series_ids:
        return found
    query = (
        select(Meeting)
        .where(Meeting.series_id.in_(list(series_ids)))
        .where(or_(Meeting.starts_at > clock.now() - _ONE_DAY, Meeting.state == TO_CONFIRM))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(most)
        .options(joinedload(Meeting.sig), joinedload(Meeting.organiser))
    )
    for meeting in db.session.scalars(query):
        if meeting.series_id is not None and is_ahead(meeting):
            found[meeting.series_id].append(meeting)
    return found


def is_ahead(meeting: Meeting) -> bool:
    """Whether it isn't over yet, or one of its possible days is still to come."""
    last = max(options_of(meeting), default=None) if meeting.state == TO_CONFIRM else None
    return meeting.ends_at > clock.now() or (last is not None and last >= clock.today(meeting.time_zone))


def meetings_past(series_id: int, most: int = 12) -> list[Meeting]:
    """The last meetings that are over, newest first."""
    query = (
        select(Meeting)
        .where(Meeting.series_id == series_id, Meeting.starts_at <= clock.now())
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
        .limit(most)
        .options(joinedload(Meeting.sig), joinedload(Meeting.organiser))
    )
    return [meeting for meeting in db.session.scalars(query) if not is_ahead(meeting)]


def rota_of(series_id: int) -> list[int]:
    """Ids of the people in the rota."""
    query = select(RotaEntry.user_id).where(RotaEntry.series_id == series_id, RotaEntry.user_id.is_not(None))
    return [number for number in db.session.scalars(query) if number is not None]


def overlaps(series: Series, ahead: Iterable[Meeting]) -> list[Overlap]:
    """Other meetings at the time of those ``ahead``: of the SIG, or of somebody who organises one of these."""
    planned = [meeting for meeting in ahead if meeting.state in (PLANNED, TO_CONFIRM)]
    people = {number for meeting in planned for number in meeting.organiser_ids} | set(rota_of(series.id))
    slots = [(meeting.starts_at, meeting.ends_at) for meeting in planned]
    return overlapping(slots, sig_id=series.sig_id, organiser_ids=people, but_series=series.id)


def same_minute(sig_id: int, kind: str, starts: Sequence[dt.datetime], but: int) -> Meeting | None:
    """A meeting of another series of the SIG (than ``but``), of this kind, that begins at one of these moments."""
    if not starts:
        return None
    query = (
        select(Meeting)
        .where(
            Meeting.sig_id == sig_id, Meeting.kind == kind, Meeting.starts_at.in_(list(starts)),
            Meeting.series_id.is_not(None), Meeting.series_id != but, Meeting.state.not_in(OFF),
        )
        .order_by(Meeting.starts_at)
        .limit(1)
    )  # fmt: skip
    return db.session.scalar(query)


# -- why a meeting is where it is -----------------------------------------------------------------


def remarks_on(series: Series, meetings: Sequence[Meeting]) -> dict[int, list[Text]]:
    """By meeting: what is to be said about its day, in the reader's language.

    Of one that nobody touched it is what the rule and the holidays say; else what happened to it.
    """
    days = calendar()
    found = _occurrences_by_day(series, meetings, days)
    return {meeting.id: _said(meeting, found, days) for meeting in meetings}


def remarks_of(meeting: Meeting) -> list[Text]:
    """The same of one meeting, of a series or of none."""
    if meeting.series_id is None:
        return remarks(meeting, calendar())
    return remarks_on(get_series(meeting.series_id), [meeting])[meeting.id]


def _said(meeting: Meeting, found: Mapping[dt.date, Occurrence], days: WorkingDays) -> list[Text]:
    one = found.get(meeting.series_on) if meeting.series_on else None
    if one is None or meeting.by_hand or meeting.remarks or meeting.state in (POSTPONED, CANCELLED):
        return remarks(meeting, days)
    return list(one.notes)


def _occurrences_by_day(series: Series, meetings: Sequence[Meeting], days: WorkingDays) -> dict[dt.date, Occurrence]:
    on = [meeting.series_on for meeting in meetings if meeting.series_on and not meeting.by_hand]
    if not on:
        return {}
    when = timing_of(series)
    last = max(on) + _AROUND
    first = max(min(on), last - _LONGEST)
    found = occurrences(
        when.rule, start=when.start, zone=when.zone, minutes=when.minutes, policy=when.holidays, first=first, last=last,
        calendar=days,
    )  # fmt: skip
    return {one.rule_day: one for one in found}


def typed(series: Series) -> dict[str, Any]:
    """The columns that a change of the series gives, as they are now."""
    names = ("kind", "title", "rule", "time_zone", "minutes_long", "holidays", "place", "starts_on", "ends_on",
             "agenda_opens_days", "agenda_closes_hours")  # fmt: skip
    return {name: getattr(series, name) for name in names} | {"start": dt.time.fromisoformat(series.start)}
