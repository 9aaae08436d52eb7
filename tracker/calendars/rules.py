"""What is fair about the calendar: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt

from tracker.errors import Refused
from tracker.text import _day, _l
from tracker.working_days import CHINA, FIRST_YEAR, LAST_YEAR


def check_day(day: dt.date, working: bool, known: str | None) -> None:
    """A day is added once and changes something: a holiday is off already, a weekday is worked already.

    ``known``: the name under which the day was added before, or None. A plain weekend may be closed: then it is a
    holiday, and meetings of weekends aren't held. Raises Refused naming the field.
    """
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refused(
            _l("The calendar knows the years %(first)s to %(last)s. Choose a day in them.",
               first=FIRST_YEAR, last=LAST_YEAR),
            field="day",
        )  # fmt: skip
    if known is not None:
        raise Refused(
            _l("%(day)s is in the table already: %(name)s. Remove it first.", day=_day(day), name=known), field="day"
        )
    if working and CHINA.is_working_day(day):
        raise Refused(_l("%(day)s is a working day already. Nothing needs to be added.", day=_day(day)), field="day")
    if not working and CHINA.is_holiday(day):
        raise Refused(
            _l("%(day)s is off already: %(name)s. Nothing needs to be added.", day=_day(day), name=CHINA.name_of(day)),
            field="day",
        )
