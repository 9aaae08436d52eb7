"""Why a meeting is where it is, in the reader's language: kept as codes and days, said where it is shown."""

from __future__ import annotations

import datetime as dt
from typing import Protocol
from zoneinfo import ZoneInfo

from tracker.meetings.models import OVER, PLANNED, POSTPONED, SKIPPED, TO_CONFIRM
from tracker.text import LazyString, Text, _l, _long_day
from tracker.working_days import WorkingDays

#: Codes of ``Meeting.remarks``: what a series did to its meeting, and why.
HOLIDAY, TAKEN, UNCONFIRMED, SERIES_CHANGED = "holiday", "taken", "unconfirmed", "series_changed"
CODES: dict[str, LazyString] = {
    TAKEN: _l("left out: the SIG has another meeting of this kind at this time"),
    UNCONFIRMED: _l("nobody confirmed a day in time"),
    SERIES_CHANGED: _l("the series was changed: this day is no longer one of it"),
}
#: As many possible days are named one by one.
_NAMED = 3


class Row(Protocol):
    """A Meeting, or a row with these columns of one."""

    @property
    def state(self) -> str: ...
    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def series_on(self) -> dt.date | None: ...
    @property
    def options(self) -> list[str]: ...
    @property
    def by_hand(self) -> bool: ...
    @property
    def remarks(self) -> list[str]: ...


def options_of(row: Row) -> list[dt.date]:
    """The possible days of a meeting whose day a person confirms, in order."""
    return [dt.date.fromisoformat(day) for day in row.options]


def remarks(row: Row, calendar: WorkingDays) -> list[Text]:
    """What is to be said about the day of a meeting; nothing for most. Needs no query."""
    said: list[Text] = [CODES[code] for code in row.remarks if code in CODES]
    if row.state == POSTPONED:
        said.append(_l("a new day isn't set yet"))
    elif row.state == TO_CONFIRM:
        said += _to_choose_from(options_of(row))
    elif row.state == SKIPPED and not said and row.series_on is not None:
        said += [calendar.name_of(row.series_on)] if calendar.is_holiday(row.series_on) else []
    elif row.state in (PLANNED, *OVER):
        said += _moved(row, calendar)
    return said


def _to_choose_from(days: list[dt.date]) -> list[Text]:
    if len(days) > _NAMED:
        return [_l("any day until %(day)s; a person confirms it", day=_long_day(days[-1]))]
    return [_l("or %(day)s", day=_long_day(day)) for day in days[1:]]


def _moved(row: Row, calendar: WorkingDays) -> list[Text]:
    day = row.starts_at.astimezone(ZoneInfo(row.time_zone)).date()
    if row.series_on is None or day == row.series_on or day.isoformat() in row.options:
        return []
    if not row.by_hand and calendar.is_holiday(row.series_on):
        return [_l("postponed from %(day)s: %(holiday)s", day=_long_day(row.series_on),
                   holiday=calendar.name_of(row.series_on))]  # fmt: skip
    return [_l("moved from %(day)s", day=_long_day(row.series_on))]
