"""What is done with the calendar: adding days that are closed or worked, and removing them."""

from __future__ import annotations

import datetime as dt

from tracker import clock
from tracker.calendars import queries, rules
from tracker.calendars.models import CalendarDay
from tracker.db import db, key_of, lock
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P


def add_day(actor: Actor, *, day: dt.date, working: bool, name: str, name_zh: str = "") -> CalendarDay:
    """Declare ``day`` worked or closed, whatever the State Council's calendar says; terms and meetings follow it.

    Answer-by dates that were set before stay as they are. Raises Forbidden for who doesn't administer the site, Refused
    when the day is in the table or nothing would change by it.
    """
    demand(actor, P.CALENDAR_EDIT)
    rules.check_day(day, working, queries.name_of_added(day))
    row = CalendarDay(
        day=day, working=working, name=name, name_zh=name_zh, created_at=clock.now(), created_by_id=actor.id
    )
    db.session.add(row)
    record(actor, "calendar.day_added", row, working=working)
    return row


def remove_day(actor: Actor, row: CalendarDay) -> CalendarDay:
    """Take an added day out of the calendar again. Raises Forbidden, and Missing when it is gone already."""
    row = lock(CalendarDay, key_of(row))
    demand(actor, P.CALENDAR_EDIT)
    db.session.delete(row)
    record(actor, "calendar.day_removed", row, working=row.working)
    return row
