"""The meetings that a rule comes to: with holidays, clocks, and what is unusual about each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from tracker.errors import Refused
from tracker.schedule.clocks import moment
from tracker.schedule.days import Turn, promised_gap, turns
from tracker.schedule.rules import Rule
from tracker.text import Text, _l, _long_day, _nl
from tracker.working_days import CHINA, FIRST_YEAR, LAST_YEAR, WorkingDays

#: What becomes of a meeting on a public holiday.
POLICIES = ("skip", "postpone", "keep")
Policy = Literal["skip", "postpone", "keep"]
#: What an occurrence is.
STATES = ("planned", "skipped", "postponed", "to_confirm")
State = Literal["planned", "skipped", "postponed", "to_confirm"]

#: The longest stretch of days that is asked for at once; a meeting a day makes 1827 of them.
MOST_DAYS = 5 * 365 + 2
#: The longest meeting, in minutes.
MOST_MINUTES = 24 * 60
#: A meeting is put off by this many days at most; after that it is skipped.
MOST_DAYS_LATER = 31
_MARGIN = dt.timedelta(days=MOST_DAYS_LATER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One meeting of a series.

    ``day`` is the day shown, in the zone of the series; ``rule_day`` the first that the rule names for it, the same for
    ever whatever the calendar says (two occurrences never share one). ``starts_at`` and ``ends_at`` are in UTC. State
    ``to_confirm``: one of ``choices`` (empty otherwise), of which ``day`` is the first. ``holiday`` is the name of the
    one in the way, or empty.
    """

    day: dt.date
    rule_day: dt.date
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: State
    choices: tuple[dt.date, ...] = ()
    holiday: Text = ""
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A turn with its day after the holidays were looked at."""

    turn: Turn
    day: dt.date
    state: State
    choices: tuple[dt.date, ...]
    holiday: Text
    notes: tuple[Text, ...]


def occurrences(
    rule: Rule, *, start: dt.time, zone: str, minutes: int, policy: Policy, first: dt.date, last: dt.date,
    calendar: WorkingDays = CHINA,
) -> list[Occurrence]:  # fmt: skip
    """The meetings from ``first`` to ``last`` (days in ``zone``, both included), with strictly rising days.

    Without an anchor in ``rule`` the first day from ``first`` on is the one it counts from: give the rule an anchor
    before asking for another stretch. With one, each day comes out the same whatever stretch is asked for.

    Only public holidays are in the way of a meeting, a plain weekend isn't. ``postpone`` is to the next working day; a
    meeting whose next working day has another of the series already, or is more than 31 days away, is skipped. The days
    to choose from leave holidays out; a turn with none left is skipped or postponed as a whole. A time that the clocks
    of the zone skip moves to the first one after it, and where that is another day the meeting is skipped.

    Raises Refused with field ``start``, ``zone``, ``minutes``, ``first`` or ``last``.
    """
    _check(start, zone, minutes, first, last)
    where = ZoneInfo(zone)
    return [
        _timed(placed, rule, start, where, minutes, calendar)
        for placed in _placed(rule, policy, first, last, calendar)
        if first <= placed.day <= last
    ]


def impossible_starts(
    rule: Rule, *, start: dt.time, zone: str, first: dt.date, last: dt.date, policy: Policy = "skip",
    calendar: WorkingDays = CHINA,
) -> list[dt.date]:  # fmt: skip
    """The days of the rule's meetings on which the clocks of ``zone`` skip ``start``. Raises as ``occurrences``."""
    where = ZoneInfo(zone) if zone in _zones() else None
    found = occurrences(
        rule, start=start, zone=zone, minutes=1, policy=policy, first=first, last=last, calendar=calendar
    )
    return [one.day for one in found if where is not None and not moment(one.day, start, where).exists]


def _check(start: dt.time, zone: str, minutes: int, first: dt.date, last: dt.date) -> None:
    if start.tzinfo is not None:
        raise Refused(_l("A start is a time of the clock, without a zone of its own."), field="start")
    if zone not in _zones():
        raise Refused(_l("There is no time zone “%(zone)s”. Write one such as Asia/Shanghai.", zone=zone), field="zone")
    if not 1 <= minutes <= MOST_MINUTES:
        raise Refused(_l("A meeting lasts from 1 to %(most)s minutes.", most=MOST_MINUTES), field="minutes")
    for field, day in (("first", first), ("last", last)):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            years = {"first": FIRST_YEAR, "last": LAST_YEAR}
            raise Refused(_l("The calendar knows the years %(first)s to %(last)s. Choose a day in them.", **years),
                          field=field)  # fmt: skip
    if last < first:
        raise Refused(
            _l("The last day, %(last)s, is before the first, %(first)s. Exchange them.",
               first=first.isoformat(), last=last.isoformat()),
            field="last",
        )  # fmt: skip
    if (last - first).days >= MOST_DAYS:
        raise Refused(_l("That is more than five years. Ask for at most five years at once."), field="last")


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


# -- holidays -------------------------------------------------------------------------------------


def _placed(rule: Rule, policy: Policy, first: dt.date, last: dt.date, calendar: WorkingDays) -> list[_Placed]:
    """Every turn around the stretch with its day, by day; what lies beside it decides what is postponed where."""
    # A turn of any day of some months may begin long before the first day that isn't a holiday.
    early = dt.timedelta(days=31 * (rule.every + 1)) if rule.any_day else _MARGIN
    around = list(turns(rule, first=first, last=last + _MARGIN, early=early))
    met, blocked = [], []
    for turn in around:
        open_days = turn.days if policy == "keep" else tuple(d for d in turn.days if not calendar.is_holiday(d))
        if open_days:
            met.append(_met(turn, open_days, rule, calendar))
        else:
            blocked.append(turn)
    taken = {placed.day for placed in met}
    for turn in blocked:
        placed = _out_of_the_way(turn, policy, taken, calendar)
        taken.add(placed.day)
        met.append(placed)
    return sorted(met, key=lambda placed: placed.day)


def _met(turn: Turn, open_days: tuple[dt.date, ...], rule: Rule, calendar: WorkingDays) -> _Placed:
    day = open_days[0]
    notes: list[Text] = []
    if rule.confirm_day:
        notes += _choices_in_words(turn, open_days, rule, calendar)
    holiday: Text = calendar.name_of(day) if calendar.is_holiday(day) else ""
    if holiday:
        notes.append(_l("on a holiday: %(holiday)s", holiday=holiday))
    if calendar.is_make_up_day(day):
        notes.append(_l("a weekend day that is worked"))
    state: State = "to_confirm" if rule.confirm_day else "planned"
    return _Placed(turn, day, state, open_days if rule.confirm_day else (), holiday, tuple(notes))


def _choices_in_words(turn: Turn, open_days: tuple[dt.date, ...], rule: Rule, calendar: WorkingDays) -> Iterator[Text]:
    if rule.any_day:
        if len(open_days) == len(turn.days):
            yield _l("any day until %(day)s", day=_long_day(open_days[-1]))
        else:
            yield _l("any day until %(day)s but holidays", day=_long_day(open_days[-1]))
        return
    for day in turn.days:
        if day not in open_days:
            yield _l("not %(day)s: %(holiday)s", day=_long_day(day), holiday=calendar.name_of(day))
        elif day != open_days[0]:
            yield _l("or %(day)s", day=_long_day(day))


def _out_of_the_way(turn: Turn, policy: Policy, taken: set[dt.date], calendar: WorkingDays) -> _Placed:
    """A turn with nothing but holidays: skipped, or postponed where the next working day is free and near."""
    holiday = calendar.name_of(turn.days[0])
    if policy != "postpone":
        return _Placed(turn, turn.days[0], "skipped", (), holiday, (holiday,))
    later = calendar.next_working_day(turn.days[-1])
    if (later - turn.days[0]).days > MOST_DAYS_LATER:
        note = _l("%(holiday)s; no working day within %(days)s days", holiday=holiday, days=MOST_DAYS_LATER)
        return _Placed(turn, turn.days[0], "skipped", (), holiday, (note,))
    if later in taken:
        note = _l(
            "%(holiday)s; the next working day, %(day)s, has a meeting of this series already",
            holiday=holiday, day=_long_day(later),
        )  # fmt: skip
        return _Placed(turn, turn.days[0], "skipped", (), holiday, (note,))
    note = _l("postponed from %(day)s: %(holiday)s", day=_long_day(turn.days[0]), holiday=holiday)
    return _Placed(turn, later, "postponed", (), holiday, (note,))


# -- clocks and notes -----------------------------------------------------------------------------


def _timed(
    placed: _Placed, rule: Rule, start: dt.time, zone: ZoneInfo, minutes: int, calendar: WorkingDays
) -> Occurrence:
    when = moment(placed.day, start, zone)
    local = when.at.astimezone(zone)
    state, notes = placed.state, list(placed.notes)
    if not when.exists and local.date() != placed.day:
        state = "skipped"
        notes.append(_l("the clocks of %(zone)s skip the rest of this day", zone=zone.key))
    elif not when.exists:
        notes.append(_l("the clocks skip %(wanted)s on this day: it begins at %(found)s",
                        wanted=f"{start:%H:%M}", found=f"{local:%H:%M}"))  # fmt: skip
    elif when.twice:
        notes.append(_l("the clocks show %(wanted)s twice on this day: the first is meant", wanted=f"{start:%H:%M}"))
    ends_at = when.at + dt.timedelta(minutes=minutes)
    if (ends_on := (ends_at - dt.timedelta(seconds=1)).astimezone(zone).date()) > local.date():
        notes.append(_l("ends on %(day)s", day=_long_day(ends_on)))
    notes += _gap(placed.turn, rule)
    days = (placed.turn.days[0], placed.day, *placed.choices)
    years = sorted({year for day in days if calendar.is_provisional(year := day.year)})
    notes += [_l("provisional: the make-up days of %(year)s aren't published yet", year=year) for year in years]
    return Occurrence(
        day=placed.day,
        rule_day=placed.turn.days[0],
        starts_at=when.at,
        ends_at=ends_at,
        state=state,
        choices=placed.choices if state == "to_confirm" else (),
        holiday=placed.holiday,
        notes=tuple(notes),
    )


def _gap(turn: Turn, rule: Rule) -> Iterator[Text]:
    """What is unusual about the days since the turn before, whether that took place or not."""
    promised = promised_gap(rule)
    if promised is None or turn.since is None or turn.since == promised:
        return
    before = turn.days[0] - dt.timedelta(days=turn.since)
    facts = {"before": _long_day(before), "promised": promised}
    if rule.kind == "iso_weeks" and (year := _year_with_week_53(before, turn.days[0])):
        yield _nl(
            "one day after the one before (%(before)s), not %(promised)s: %(year)s has an ISO week 53",
            "%(num)s days after the one before (%(before)s), not %(promised)s: %(year)s has an ISO week 53",
            turn.since, year=year, **facts,
        )  # fmt: skip
    else:
        yield _nl(
            "one day after the one before (%(before)s), not %(promised)s",
            "%(num)s days after the one before (%(before)s), not %(promised)s",
            turn.since, **facts,
        )  # fmt: skip


def _year_with_week_53(before: dt.date, day: dt.date) -> int | None:
    """The ISO year with 53 weeks that ends between the two days."""
    year = before.isocalendar().year
    has = dt.date(year, 12, 28).isocalendar().week == 53
    return year if has and day.isocalendar().year > year else None
