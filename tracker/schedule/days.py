"""The days that a rule names, before holidays and clocks are looked at."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday

from tracker.schedule.rules import Rule

_DAY = dt.timedelta(days=1)
#: Longer than the longest gap of a rule that doesn't count from an anchor: a month's last weekday, every month.
_LOOK_BACK = dt.timedelta(days=70)


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a rule: the days it may be held on, in order, and the days since the first day of the turn before.

    ``since`` is None for the first turn of all.
    """

    days: tuple[dt.date, ...]
    since: int | None = None


def turns(rule: Rule, *, first: dt.date, last: dt.date, early: dt.timedelta) -> Iterator[Turn]:
    """The turns of ``rule`` whose first day is from ``first - early`` to ``last``, in order.

    ``first`` is the day a rule without an anchor counts from: its first day from there on is the first turn. Rules that
    don't count (ISO weeks, nth weekdays of each month) have turns before ``first`` too, as far as ``early``.
    """
    since = first - early
    before: dt.date | None = None
    for days in _groups(rule, _start(rule, first, since), last):
        if days[0] >= since:
            yield Turn(days, None if before is None else (days[0] - before).days)
        before = days[0]


def promised_gap(rule: Rule) -> int | None:
    """The days from turn to turn that the rule's name promises; None where it promises none.

    Odd or even weeks and the "1st and 3rd" sound like every two weeks and aren't always.
    """
    if rule.kind == "iso_weeks":
        return 14
    if rule.kind != "months" or rule.every > 1:
        return None
    return {(1, 3): 14, (2, 4): 14, (1, 3, 5): 14, (1, 2, 3, 4): 7, (1, 2, 3, 4, 5): 7}.get(rule.nth)


def _start(rule: Rule, first: dt.date, since: dt.date) -> dt.date:
    """The day to begin at: the anchor where the rule has one, else the first of all or some time before."""
    if rule.counts_from_anchor:
        return rule.anchor or first
    return max(since - _LOOK_BACK, rule.anchor or dt.date.min)


def _groups(rule: Rule, start: dt.date, last: dt.date) -> Iterator[tuple[dt.date, ...]]:
    if rule.kind == "ad_hoc":
        return
    if rule.any_day:
        yield from _periods(rule, start, last)
        return
    if not (rule.kind == "weeks" and rule.confirm_day):
        yield from ((day,) for day in _days(rule, start, last))
        return
    # The days of one week belong to one turn, also where the last of them is past ``last``.
    week_end = last + dt.timedelta(days=6 - last.weekday())
    for _week, days in itertools.groupby(_days(rule, start, week_end), key=lambda day: day.isocalendar()[:2]):
        found = tuple(days)
        if found[0] <= last:
            yield found


def _days(rule: Rule, start: dt.date, last: dt.date) -> Iterator[dt.date]:
    begin, until = dt.datetime.combine(start, dt.time()), dt.datetime.combine(last, dt.time())
    if rule.kind == "months":
        weekdays = [weekday(day, nth) for day in rule.weekdays for nth in rule.nth]
        if rule.every > 1 and rule.anchor is None:
            # Counted from the first day there is, which may lie in a later month than ``start``.
            begin = rrule(MONTHLY, dtstart=begin, byweekday=weekdays, count=1)[0]
        yield from (
            moment.date()
            for moment in rrule(MONTHLY, interval=rule.every, dtstart=begin, until=until, byweekday=weekdays)
        )
        return
    if rule.kind == "weeks" and rule.anchor is None:
        begin = rrule(WEEKLY, dtstart=begin, byweekday=rule.weekdays, count=1)[0]
    for moment in rrule(WEEKLY, interval=rule.every, dtstart=begin, until=until, byweekday=rule.weekdays, wkst=0):
        day = moment.date()
        if rule.kind != "iso_weeks" or day.isocalendar().week % 2 == (rule.parity == "odd"):
            yield day


def _periods(rule: Rule, start: dt.date, last: dt.date) -> Iterator[tuple[dt.date, ...]]:
    """Every N months on the day of ``start``, or the whole stretch until the next one where a person picks the day."""
    for count in itertools.count():
        begin = start + relativedelta(months=rule.every * count)
        if begin > last:
            return
        if rule.confirm_day:
            end = start + relativedelta(months=rule.every * (count + 1))
            yield tuple(begin + _DAY * step for step in range((end - begin).days))
        else:
            yield (begin,)
