"""What is asked about the calendar: its working days, and the days people of the site added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from tracker.calendars.models import CalendarDay
from tracker.db import db, find
from tracker.working_days import ExtraDay, WorkingDays


def calendar() -> WorkingDays:
    """The calendar of holidays with the added days over it; one query, which writes nothing that is half done."""
    added = select(CalendarDay.day, CalendarDay.working, CalendarDay.name, CalendarDay.name_zh)
    rows = db.session.execute(added, execution_options={"autoflush": False})
    return WorkingDays(ExtraDay(*row) for row in rows)


def extra_days(year: int) -> Sequence[CalendarDay]:
    """The added days of ``year`` with who added them, earliest first."""
    return db.session.scalars(
        select(CalendarDay)
        .where(CalendarDay.day.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
        .order_by(CalendarDay.day)
        .options(joinedload(CalendarDay.created_by))
    ).all()


def find_day(key: int) -> CalendarDay | None:
    """The added day with this id."""
    return find(CalendarDay, key)


def name_of_added(day: dt.date) -> str | None:
    """The name under which ``day`` was added; None when it wasn't."""
    return db.session.scalar(select(CalendarDay.name).where(CalendarDay.day == day))
