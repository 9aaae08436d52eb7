"""What is fair about series: which days are planned, which settings make sense. Pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.schedule.clocks import moment
from tracker.schedule.days import promised_gap, turns
from tracker.schedule.occurrences import MOST_DAYS, Occurrence, Policy, impossible_starts, occurrences
from tracker.schedule.rules import Rule, parse_rule
from tracker.sigs.rules import check_zone
from tracker.text import Text, _day, _l, _nl
from tracker.working_days import LAST_YEAR, WorkingDays

#: Meetings are planned this many days ahead, and at least AT_LEAST of them, but none more than two years ahead.
AHEAD, AT_LEAST, FURTHEST = 120, 4, 731
SHORTEST, LONGEST = 5, 24 * 60
#: What is said about so many meetings is said once.
_COMMON = 3
#: A rule that comes to no day within this time never does.
_FIVE_YEARS = dt.timedelta(days=MOST_DAYS - 1)
_LAST_DAY = dt.date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When a series meets. ``start`` is a time of the clocks of ``zone``; ``rule`` has its anchor where it counts from one."""

    rule: Rule
    start: dt.time
    zone: str
    minutes: int
    holidays: Policy
    starts_on: dt.date
    ends_on: dt.date | None = None

    @property
    def last_day(self) -> dt.date:
        return min(self.ends_on or _LAST_DAY, _LAST_DAY)

    def at(self, day: dt.date) -> dt.datetime:
        """When the meeting of ``day`` begins, in UTC."""
        return moment(day, self.start, ZoneInfo(self.zone)).at

    def today(self, now: dt.datetime) -> dt.date:
        return now.astimezone(ZoneInfo(self.zone)).date()


def timing(
    *, rule: Mapping[str, Any], start: dt.time, time_zone: str, minutes_long: int, holidays: str, starts_on: dt.date,
    ends_on: dt.date | None = None,
) -> Timing:  # fmt: skip
    """The timing of a series from what was typed or stored, its rule anchored. Raises Refused at the field."""
    check_zone(time_zone)
    if holidays not in ("skip", "postpone", "keep"):
        raise Refused(_l("There is no such choice."), field="holidays")
    if not SHORTEST <= minutes_long <= LONGEST:
        raise Refused(
            _l("A meeting of a series lasts from %(least)s to %(most)s minutes.", least=SHORTEST, most=LONGEST),
            field="minutes_long",
        )
    if ends_on is not None and ends_on < starts_on:
        raise Refused(_l("The last day, %(last)s, is before the first, %(first)s. Exchange them.",
                         last=_day(ends_on), first=_day(starts_on)), field="ends_on")  # fmt: skip
    return Timing(
        rule=anchored(parse_rule(rule), starts_on), start=start, zone=time_zone, minutes=minutes_long,
        holidays=holidays, starts_on=starts_on, ends_on=ends_on,  # type: ignore[arg-type]  # one of the three
    )  # fmt: skip


def anchored(rule: Rule, first: dt.date) -> Rule:
    """``rule`` with the day it counts from, where it counts: its first day from ``first`` on.

    A person who confirms any day of a month, a quarter or a year means those of the calendar: counted from the first of it.
    """
    if not rule.counts_from_anchor or rule.anchor is not None:
        return rule
    if rule.any_day and rule.confirm_day:
        month = (first.month - 1) // rule.every * rule.every + 1 if 12 % rule.every == 0 else first.month
        return replace(rule, anchor=dt.date(first.year, month, 1))
    found = next(turns(rule, first=first, last=min(first + _FIVE_YEARS, _LAST_DAY), early=dt.timedelta(0)), None)
    return rule if found is None else replace(rule, anchor=found.days[0])


# -- the days that are planned --------------------------------------------------------------------


def upcoming(
    timing: Timing, *, now: dt.datetime, calendar: WorkingDays, days: int = AHEAD, least: int = AT_LEAST,
    until: dt.date | None = None,
) -> list[Occurrence]:  # fmt: skip
    """The occurrences from ``now`` on: ``days`` days ahead or to ``until``, whichever is later, and at least ``least`` that
    aren't skipped. The days to choose from are those still ahead. Never past the last day or two years.
    """
    begin = max(timing.today(now), timing.starts_on)
    limit = min(timing.last_day, begin + dt.timedelta(days=FURTHEST))
    if limit < begin:
        return []
    wanted = max(begin + dt.timedelta(days=days), until or begin)
    last = min(wanted, limit)
    found = _between(timing, begin, last, now, calendar)
    while last < limit and _count(found) < least:
        last = min(last + dt.timedelta(days=2 * (last - begin).days + 30), limit)
        found = _between(timing, begin, last, now, calendar)
    kept: list[Occurrence] = []
    for one in found:
        if one.day > wanted and _count(kept) >= least:
            break
        kept.append(one)
    return kept


def _count(found: Sequence[Occurrence]) -> int:
    return sum(one.state != "skipped" for one in found)


def _between(
    timing: Timing, begin: dt.date, last: dt.date, now: dt.datetime, calendar: WorkingDays
) -> list[Occurrence]:
    found = occurrences(
        timing.rule, start=timing.start, zone=timing.zone, minutes=timing.minutes, policy=timing.holidays,
        first=begin - _back(timing.rule), last=last, calendar=calendar,
    )  # fmt: skip
    return sorted(
        (one for each in found if (one := _ahead(each, timing, begin, now)) is not None), key=lambda one: one.day
    )


def _back(rule: Rule) -> dt.timedelta:
    """A turn of several days may have begun that long before: some of its days are still ahead."""
    return dt.timedelta(days=31 * (rule.every + 1) if rule.any_day else 6 if rule.confirm_day else 0)


def _ahead(one: Occurrence, timing: Timing, begin: dt.date, now: dt.datetime) -> Occurrence | None:
    """``one`` with the days still ahead to choose from; None where nothing of it is."""
    if one.state != "to_confirm":
        return one if one.rule_day >= timing.starts_on and one.starts_at > now else None
    days = tuple(day for day in one.choices if begin <= day <= timing.last_day and timing.at(day) > now)
    if not days:
        return None
    starts_at = timing.at(days[0])
    ends_at = starts_at + dt.timedelta(minutes=timing.minutes)
    return replace(one, day=days[0], choices=days, starts_at=starts_at, ends_at=ends_at)


# -- what is refused, and what is warned of -------------------------------------------------------


def check_days(timing: Timing, *, now: dt.datetime, before: dt.date | None = None) -> None:
    """A series begins today or later (``before``: it began then already), within two years, and doesn't end in the past.

    Raises Refused at the field.
    """
    today = timing.today(now)
    if timing.starts_on < today and timing.starts_on != before:
        raise Refused(
            _l("A series begins today, %(today)s, or later. The day its rule counts from may lie in the past.",
               today=_day(today)),
            field="starts_on",
        )  # fmt: skip
    if timing.starts_on > today + dt.timedelta(days=FURTHEST):
        raise Refused(_l("This day is more than two years ahead. Enter it when it is nearer."), field="starts_on")
    if timing.ends_on is not None and timing.ends_on < today:
        raise Refused(_l("This day is past. To end the series now, use “End the series” on its page."), field="ends_on")


def check_occurs(timing: Timing, *, now: dt.datetime, calendar: WorkingDays) -> None:
    """The rule comes to a day on which people meet, and at a time that the clocks show. Raises Refused at the field.

    Rules that are looked at for five years without a meeting never have one.
    """
    if timing.rule.kind == "ad_hoc":
        return
    begin = max(timing.today(now), timing.starts_on)
    last = min(timing.last_day, begin + _FIVE_YEARS - _back(timing.rule))
    found = _between(timing, begin, last, now, calendar) if begin <= last else []
    span = {"first": _day(begin), "last": _day(last)}
    if not found:
        raise Refused(
            _l("This rule comes to no day from %(first)s to %(last)s. Change the rule, the day it counts from, or the last"
               " day.", **span),
            field="rule",
        )  # fmt: skip
    days = {one.day for one in found}
    if days <= set(gaps_of_clocks(timing, begin, last, calendar)):
        raise Refused(
            _l("Clocks in %(zone)s skip %(time)s on each of these days. Pick another time.",
               zone=timing.zone, time=f"{timing.start:%H:%M}"),
            field="start",
        )  # fmt: skip
    if not _count(found):
        raise Refused(
            _l("Every meeting from %(first)s to %(last)s would fall on a holiday and be skipped. Choose to postpone or to"
               " keep them, or another rule.", **span),
            field="holidays",
        )  # fmt: skip


def check_agenda(opens_days: int, closes_hours: int) -> None:
    """The agenda opens before it closes. Raises Refused at the field."""
    if not 0 <= opens_days <= 60:
        raise Refused(_l("Between %(least)s and %(most)s.", least=0, most=60), field="agenda_opens_days")
    if not 0 <= closes_hours <= 336:
        raise Refused(_l("Between %(least)s and %(most)s.", least=0, most=336), field="agenda_closes_hours")
    if closes_hours >= opens_days * 24:
        raise Refused(
            _l("The agenda would close before it opens. Open it earlier, or close it later."),
            field="agenda_closes_hours",
        )


def gaps_of_clocks(timing: Timing, first: dt.date, last: dt.date, calendar: WorkingDays) -> list[dt.date]:
    """Days of the rule on which clocks skip the start."""
    return impossible_starts(
        timing.rule, start=timing.start, zone=timing.zone, first=first, last=last, policy=timing.holidays,
        calendar=calendar,
    )  # fmt: skip


def warnings(timing: Timing, found: Sequence[Occurrence], calendar: WorkingDays) -> list[Text]:
    """What is unusual about the dates ``found``: gaps that the rule's name doesn't promise, hours that clocks skip."""
    said: list[Text] = []
    promised = promised_gap(timing.rule)
    odd = [] if promised is None else [(a.rule_day, b.rule_day) for a, b in pairwise(found)
                                       if (b.rule_day - a.rule_day).days != promised]  # fmt: skip
    if odd and promised is not None:
        before, after = odd[0]
        said.append(
            _nl(
                "It sounds like every %(promised)s days, and isn't once: %(gap)s days from %(before)s to %(after)s.",
                "It sounds like every %(promised)s days, and isn't %(num)s times: first %(gap)s days from %(before)s to"
                " %(after)s.",
                len(odd), promised=promised, gap=(after - before).days, before=_day(before), after=_day(after),
            )
        )  # fmt: skip
    begin = found[0].day if found else timing.starts_on
    last = min(timing.last_day, begin + dt.timedelta(days=FURTHEST))
    for day in gaps_of_clocks(timing, begin, last, calendar)[:3] if begin <= last else []:
        said.append(
            _l("Clocks in %(zone)s go forward on %(date)s: %(time)s doesn't exist on that day, and the meeting begins later.",
               zone=timing.zone, date=_day(day), time=f"{timing.start:%H:%M}")
        )  # fmt: skip
    return said


def footnotes(said: Sequence[Sequence[Text]]) -> tuple[list[list[Text]], list[Text]]:
    """What is said about each meeting without what is said about many of them, and that, to be said once below."""
    times = Counter(str(one) for remarks in said for one in remarks)
    common = {text for text, count in times.items() if count >= _COMMON}
    kept = [[one for one in remarks if str(one) not in common] for remarks in said]
    return kept, sorted(common)
