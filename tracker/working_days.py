"""Working days of China: weekends, public holidays and the weekend days worked to make up for them.

The calendar is that of the State Council's yearly notices as the ``holidays`` package carries it. For a year whose
notice isn't out yet it knows the holidays by law, without make-up days.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays


@lru_cache(maxsize=8)
def _china(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CN", years=year)


def is_working_day(day: dt.date) -> bool:
    """Whether people in China work on ``day``; make-up days on weekends are worked."""
    return _china(day.year).is_working_day(day)


def add_working_days(moment: dt.datetime, days: int, zone: str) -> dt.datetime:
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
        left -= is_working_day(day)
    return dt.datetime.combine(day, dt.time(23, 59, 59), where).astimezone(dt.UTC)
