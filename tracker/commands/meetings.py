"""Commands about meetings: meetings preview."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from tracker import config, migrations
from tracker.calendars.models import CalendarDay
from tracker.calendars.queries import calendar
from tracker.commands.frame import house, report, tell
from tracker.errors import Refused
from tracker.schedule.occurrences import POLICIES, Occurrence, Policy, occurrences
from tracker.schedule.rules import WEEKDAYS, Rule, parse_rule
from tracker.working_days import CHINA, WorkingDays

COLUMNS = ("date", "weekday", "start", "end", "state", "note")
#: The option that a refusal's field stands for.
_OPTIONS = {"rule": "--rule", "start": "--start", "zone": "--zone", "minutes": "--minutes", "first": "--from",
            "last": "--to"}  # fmt: skip


def _rule(value: str) -> Rule:
    try:
        return parse_rule(json.loads(value))
    except (ValueError, RecursionError) as error:
        example = '{"nth":[1,3],"weekday":"friday"}'
        raise click.BadParameter(f"this is no JSON ({error}); write it as {example}", param_hint="--rule") from error


def _time(_context: Any, _parameter: Any, value: str) -> dt.time:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value, re.ASCII):
        raise click.BadParameter(f"{value!r} is no time; write it as 14:00")
    return dt.time.fromisoformat(value)


def _day(_context: Any, _parameter: Any, value: str) -> dt.date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
            return dt.date.fromisoformat(value)
    except ValueError:
        pass
    raise click.BadParameter(f"{value!r} is no day; write it as 2026-11-07")


@click.group()
def meetings() -> None:
    """Meetings and their rules."""


@meetings.command()
@click.option("--rule", required=True, metavar="JSON", help='Such as {"iso_weeks":"odd","weekday":"friday"}.')
@click.option("--start", required=True, metavar="HH:MM", callback=_time, help="On the clocks of the zone.")
@click.option("--zone", required=True, metavar="ZONE", help="Such as Asia/Shanghai.")
@click.option("--minutes", type=int, default=60, show_default=True, help="How long a meeting lasts.")
@click.option("--holidays", type=click.Choice(POLICIES), default="skip", show_default=True,
              help="What becomes of a meeting on a public holiday.")  # fmt: skip
@click.option("--from", "first", required=True, metavar="DAY", callback=_day)
@click.option("--to", "last", required=True, metavar="DAY", callback=_day)
def preview(
    rule: str, start: dt.time, zone: str, minutes: int, holidays: Policy, first: dt.date, last: dt.date
) -> None:
    """Show the days that a rule comes to, as CSV.

    Start and end are times of the zone; a meeting to confirm has its first possible day, the others are in the note.
    """
    try:
        found = occurrences(
            _rule(rule), start=start, zone=zone, minutes=minutes, policy=holidays, first=first, last=last,
            calendar=_calendar(),
        )  # fmt: skip
    except Refused as refused:
        raise click.BadParameter(str(refused), param_hint=_OPTIONS.get(refused.field or "")) from refused
    where = ZoneInfo(zone)
    report(COLUMNS, [_row(one, where) for one in found])


def _row(one: Occurrence, zone: ZoneInfo) -> tuple[Any, ...]:
    begins, ends = one.starts_at.astimezone(zone), one.ends_at.astimezone(zone)
    note = "; ".join(str(note) for note in one.notes)
    return (one.day, WEEKDAYS[one.day.weekday()], f"{begins:%H:%M}", f"{ends:%H:%M}", one.state, note)


def _calendar() -> WorkingDays:
    """The calendar with the days that this installation added; without them where it has no database yet."""
    settings = config.load()
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return CHINA
    try:
        with migrations.engine_for(settings.database_url).connect() as connection:
            known = inspect(connection).has_table(CalendarDay.__tablename__)
    except DBAPIError as error:
        tell(f"The database can't be used ({str(error.orig).strip()}): days that were added by hand are left out.")
        return CHINA
    if not known:
        return CHINA
    with house(settings):
        return calendar()


COMMANDS: tuple[click.Command, ...] = (meetings,)
