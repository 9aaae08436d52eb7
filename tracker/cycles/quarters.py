"""Calendar quarters such as ``2026Q4``: their days and weeks. Pure, but for where today stands in ``weeks``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass

from tracker import clock
from tracker.text import Text, _l

_QUARTER = re.compile(r"(20[0-9]{2})Q([1-4])", re.ASCII)
MONTHS: tuple[Text, ...] = (
    _l("Jan"), _l("Feb"), _l("Mar"), _l("Apr"), _l("May"), _l("Jun"),
    _l("Jul"), _l("Aug"), _l("Sep"), _l("Oct"), _l("Nov"), _l("Dec"),
)  # fmt: skip


def is_quarter(text: str) -> bool:
    """Whether ``text`` names a quarter from 2000Q1 to 2099Q4."""
    return _QUARTER.fullmatch(text) is not None


def _parts(quarter: str) -> tuple[int, int]:
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise ValueError(f"{quarter!r} is no quarter such as 2026Q4")
    return int(match[1]), int(match[2])


def quarter_of(day: dt.date) -> str:
    """The quarter that ``day`` is in."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def bounds(quarter: str) -> tuple[dt.date, dt.date]:
    """First and last day. Raises ValueError for what is no quarter."""
    year, number = _parts(quarter)
    first = dt.date(year, number * 3 - 2, 1)
    beyond = dt.date(year + (number == 4), number * 3 % 12 + 1, 1)
    return first, beyond - dt.timedelta(days=1)


def next_quarter(quarter: str) -> str:
    """The one after. Raises ValueError for what is no quarter."""
    return quarter_of(bounds(quarter)[1] + dt.timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the quarter's strip. ``label`` is the month's name where a month begins, else empty.

    ``classes``: past or now, and meet where one of the given meetings is in it.
    """

    number: int
    monday: dt.date
    label: Text
    classes: str


def weeks(quarter: str, *, today: dt.date | None = None, meetings: Collection[dt.date] = ()) -> list[Week]:
    """The weeks (Monday to Sunday) that touch the quarter, 13 or 14, numbered from 1.

    ``today`` is Shanghai's day by default. Raises ValueError for what is no quarter.
    """
    today = today or clock.today("Asia/Shanghai")
    first, last = bounds(quarter)
    monday = first - dt.timedelta(days=first.weekday())
    found: list[Week] = []
    month = 0
    while monday <= last:
        begins = max(monday, first)
        sunday = monday + dt.timedelta(days=6)
        label: Text = ""
        if begins.month != month:
            month, label = begins.month, MONTHS[begins.month - 1]
        classes = ["past"] if sunday < today else ["now"] if monday <= today else []
        if any(monday <= day <= sunday for day in meetings):
            classes.append("meet")
        found.append(Week(len(found) + 1, monday, label, " ".join(classes)))
        monday += dt.timedelta(days=7)
    return found
