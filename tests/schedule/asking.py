"""The rules of the tests in few words, and their days in one line each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tracker.schedule.occurrences import Occurrence, Policy, occurrences
from tracker.schedule.rules import WEEKDAYS, Rule, parse_rule
from tracker.working_days import CHINA, WorkingDays

SHORT = {day[:3]: day for day in WEEKDAYS}


def weekly(days: str, every: int = 1, anchor: str | None = None, **more: Any) -> Rule:
    """``weekly("sat sun", 2, "2026-11-07", confirm_day=True)``"""
    given = {"every_weeks": every, "weekdays": [SHORT[day] for day in days.split()], **more}
    return parse_rule({**given, **({"anchor": anchor} if anchor else {})})


def days_of(
    rule: Rule,
    first: str,
    last: str,
    *,
    start: str = "14:00",
    zone: str = "Asia/Shanghai",
    minutes: int = 60,
    policy: Policy = "skip",
    calendar: WorkingDays = CHINA,
) -> list[Occurrence]:
    return occurrences(
        rule,
        start=dt.time.fromisoformat(start),
        zone=zone,
        minutes=minutes,
        policy=policy,
        first=dt.date.fromisoformat(first),
        last=dt.date.fromisoformat(last),
        calendar=calendar,
    )


def line(one: Occurrence) -> str:
    """``2026-10-08 postponed``"""
    return f"{one.day} {one.state}"


def lines(*arguments: Any, **options: Any) -> list[str]:
    return [line(one) for one in days_of(*arguments, **options)]


def note(one: Occurrence) -> str:
    return "; ".join(str(text) for text in one.notes)
