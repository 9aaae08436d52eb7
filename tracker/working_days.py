"""Working days of China: weekends, public holidays and the weekend days worked to make up for them.

The calendar is that of the State Council's yearly notices as the ``holidays`` package carries it. For a year whose
notice isn't out yet it knows the holidays by law, without make-up days. Days that an administrator adds lie over it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from flask_babel import get_locale

from tracker.text import LazyString, Text, _day, _l

#: The years that the calendar speaks about: the notices are known from 2001, the lunar calendar to 2099.
FIRST_YEAR, LAST_YEAR = 2001, 2099
_DAY = dt.timedelta(days=1)
_SATURDAY = 5
#: How the package names a day off that is worked on another day, in Chinese: 休息日（由 2026-02-14 调休）.
_SUBSTITUTED = re.compile(r"(\d{4}-\d{2}-\d{2})\s*调休")
#: A year whose notice the package surely has; from here on it is asked.
_SURELY_PUBLISHED = 2025


@dataclass(frozen=True, slots=True)
class ExtraDay:
    """A day that an administrator closed or declared a working day, with its reason in both languages."""

    day: dt.date
    working: bool
    name: str
    name_zh: str


class WorkingDays:
    """The calendar of China with ``extra`` days laid over it; of two for the same day the later one holds."""

    def __init__(self, extra: Iterable[ExtraDay] = ()) -> None:
        self._extra = {row.day: row for row in extra}

    def is_working_day(self, day: dt.date) -> bool:
        """Whether people work on ``day``; make-up days on weekends are worked."""
        row = self._extra.get(day)
        return row.working if row else bool(_china(day.year).is_working_day(day))

    def is_make_up_day(self, day: dt.date) -> bool:
        """Whether ``day`` is a Saturday or Sunday that is worked."""
        return day.weekday() >= _SATURDAY and self.is_working_day(day)

    def is_holiday(self, day: dt.date) -> bool:
        """Whether ``day`` is off for a reason other than a plain weekend.

        A weekend that touches a public holiday belongs to it: the notices count the whole stretch of free days
        ("1 to 7 October, seven days").
        """
        if self.is_working_day(day):
            return False
        return day.weekday() < _SATURDAY or day in self._extra or _is_named(day) or self._festival_near(day) is not None

    def is_provisional(self, year: int) -> bool:
        """Whether the State Council's notice of ``year``, with its make-up days, isn't known yet."""
        return year > _last_published()

    def name_of(self, day: dt.date) -> Text:
        """Why ``day`` is off, in the reader's language; empty for a working day, but for an extra one its name."""
        if row := self._extra.get(day):
            return LazyString(_in_readers_language, row.name, row.name_zh)
        if self.is_working_day(day):
            return ""
        if not _is_named(day):
            near = self._festival_near(day)
            return _l("weekend") if near is None else _l("%(festival)s holidays", festival=_festival(near))
        worked = _worked_instead(day)
        if worked is None:
            return _festival(day)
        near = self._festival_near(day)
        if near is None:
            return _l("day off, %(worked)s is worked instead", worked=_day(worked))
        return _l("%(festival)s: day off, %(worked)s is worked instead", festival=_festival(near), worked=_day(worked))

    def next_working_day(self, day: dt.date) -> dt.date:
        """The first working day after ``day``."""
        day += _DAY
        while not self.is_working_day(day):
            day += _DAY
        return day

    def _festival_near(self, day: dt.date) -> dt.date | None:
        """The nearest day with a festival of its own in the stretch of free days around ``day``."""
        found = [
            near
            for step in (-_DAY, _DAY)
            if (near := next((d for d in self._free(day + step, step) if _is_festival(d)), None)) is not None
        ]
        return min(found, key=lambda near: abs(near - day), default=None)

    def _free(self, day: dt.date, step: dt.timedelta) -> Iterator[dt.date]:
        while not self.is_working_day(day):
            yield day
            day += step


#: The calendar without extra days.
CHINA = WorkingDays()


def is_working_day(day: dt.date) -> bool:
    """Whether people in China work on ``day``; make-up days on weekends are worked."""
    return CHINA.is_working_day(day)


def add_working_days(moment: dt.datetime, days: int, zone: str, calendar: WorkingDays = CHINA) -> dt.datetime:
    """The end of the ``days``-th working day after ``moment``'s day in ``zone``, as the first instant past it, minus a
    second: 23:59:59 there, in UTC.

    ``moment`` is aware; its own day never counts. ``days`` from 0 (the end of that very day) to 1000.
    """
    if not 0 <= days <= 1000:
        raise ValueError(f"{days} working days")
    where = ZoneInfo(zone)
    day = moment.astimezone(where).date()
    left = days
    while left:
        day += dt.timedelta(days=1)
        left -= calendar.is_working_day(day)
    return dt.datetime.combine(day, dt.time(23, 59, 59), where).astimezone(dt.UTC)


def holidays_of(year: int) -> list[tuple[dt.date, Text]]:
    """The days off of ``year`` that have a name, without extra days, earliest first."""
    return [(day, CHINA.name_of(day)) for day in sorted(_china(year)) if day.year == year]


def make_up_days_of(year: int) -> list[dt.date]:
    """The weekend days of ``year`` that are worked, without extra days, earliest first."""
    return sorted(day for day in _china(year).weekend_workdays if day.year == year)


# -- what the package says ------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _china(year: int, language: str = "zh_CN") -> Any:
    """A mapping day → name for one year, which doesn't grow."""
    return holidays.country_holidays("CN", years=year, language=language, expand=False)


def _is_named(day: dt.date) -> bool:
    return day in _china(day.year)


def _worked_instead(day: dt.date) -> dt.date | None:
    found = _SUBSTITUTED.search(_china(day.year).get(day, ""))
    return dt.date.fromisoformat(found[1]) if found else None


def _is_festival(day: dt.date) -> bool:
    """Whether ``day`` is named for itself, and not off in place of another day."""
    name = _china(day.year).get(day)
    return name is not None and "调休" not in name and "补假" not in name


def _festival(day: dt.date) -> LazyString:
    return LazyString(_name_in_readers_language, day)


def _name_in_readers_language(day: dt.date) -> str:
    return str(_china(day.year, "zh_CN" if _reader_is_chinese() else "en_US")[day])


def _in_readers_language(english: str, chinese: str) -> str:
    return (chinese or english) if _reader_is_chinese() else (english or chinese)


def _reader_is_chinese() -> bool:
    return str(get_locale() or "en").startswith("zh")


@lru_cache(maxsize=1)
def _last_published() -> int:
    """The last year whose make-up days the package has; every notice since 2001 has some."""
    year = _SURELY_PUBLISHED
    while make_up_days_of(year + 1):
        year += 1
    return year
