"""Months such as ``2026-11`` as programmes cut them, each in its own zone. Pure."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)


def is_month(text: str) -> bool:
    """Whether ``text`` names a month such as ``2026-11``."""
    return _MONTH.fullmatch(text) is not None


def month_of(moment: dt.datetime, zone: str) -> str:
    """The month (``2026-12``) that ``moment`` is in, cut in ``zone``."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}"


def quarter_of_month(month: str) -> str:
    """``2026Q4`` of ``2026-12``."""
    return f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"


def months_of(quarter: str) -> list[str]:
    """``2026-10`` to ``2026-12`` of ``2026Q4``."""
    first = int(quarter[5:]) * 3 - 2
    return [f"{quarter[:4]}-{month:02d}" for month in range(first, first + 3)]


def next_month(month: str) -> str:
    """``2027-01`` of ``2026-12``."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def months_before(month: str, count: int) -> str:
    """The month ``count`` months before: ``2026-01`` of ``2026-12`` and 11."""
    months = int(month[:4]) * 12 + int(month[5:]) - 1 - count
    return f"{months // 12}-{months % 12 + 1:02d}"


def last_day(month: str) -> dt.date:
    """The last day of a month: the rules in force on it are the month's."""
    following = next_month(month)
    return dt.date(int(following[:4]), int(following[5:]), 1) - dt.timedelta(days=1)


def months_from(first: str, last: str) -> list[str]:
    """Every month from ``first`` to ``last``, both included."""
    found = []
    while first <= last:
        found.append(first)
        first = next_month(first)
    return found
