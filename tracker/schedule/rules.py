"""The rule of a series: read from JSON, written back, and said in words (domain.md, section 5)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from babel.dates import get_day_names
from babel.lists import format_list
from flask_babel import get_locale

from tracker.errors import Refused
from tracker.text import LazyString, Text, _day, _l
from tracker.working_days import FIRST_YEAR, LAST_YEAR

#: The words of ``weekday`` and ``weekdays``; Monday is 0.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MOST_WEEKS = 52
MOST_MONTHS = 24
LAST = -1

Kind = Literal["weeks", "iso_weeks", "months", "ad_hoc"]
#: The key that says what kind of rule it is, and what may stand beside it.
_BESIDE = {
    "ad_hoc": frozenset[str](),
    "every_weeks": frozenset({"weekdays", "anchor", "confirm_day"}),
    "iso_weeks": frozenset({"weekday", "anchor", "confirm_day"}),
    "every_months": frozenset({"nth", "last", "weekday", "anchor", "confirm_day"}),
    "nth": frozenset({"weekday", "anchor", "confirm_day"}),
    "last": frozenset({"anchor", "confirm_day"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a series meets. Made by ``parse_rule``.

    ``every`` counts weeks (kind weeks) or months (kind months). ``weekdays``: 0 for Monday to 6. ``parity``: odd or
    even, of ISO weeks. ``nth``: which of the month's weekdays, 1 to 5, or LAST alone; empty for "every N months" alone,
    which is the anchor's day of the month. ``anchor``: the day the rule counts from; nothing meets before it.
    ``confirm_day``: a person picks one of the possible days.
    """

    kind: Kind
    every: int = 1
    weekdays: tuple[int, ...] = ()
    parity: Literal["", "odd", "even"] = ""
    nth: tuple[int, ...] = ()
    anchor: dt.date | None = None
    confirm_day: bool = False

    @property
    def any_day(self) -> bool:
        """Whether the rule names no weekday: the anchor's day of the month, or any day of the period to confirm."""
        return self.kind == "months" and not self.nth

    @property
    def counts_from_anchor(self) -> bool:
        """Whether the days depend on the day the rule is counted from."""
        return self.kind == "weeks" or (self.kind == "months" and (self.every > 1 or not self.nth))


# -- from and to JSON -----------------------------------------------------------------------------


def parse_rule(given: Mapping[str, Any]) -> Rule:
    """The rule of one of these shapes, as JSON or YAML bring them:

    - ``{"every_weeks": 2, "weekdays": ["saturday"], "anchor": "2026-11-07"}``: 1 to 52 weeks, counted from the anchor's
      week (Monday to Sunday); several weekdays are a meeting on each, or with ``confirm_day`` one of them;
    - ``{"iso_weeks": "odd", "weekday": "friday"}``, odd or even;
    - ``{"nth": [1, 3], "weekday": "friday"}``: of each month, 1 to 5; a 5th that a month doesn't have is left out;
    - ``{"last": "friday"}`` of each month;
    - ``{"every_months": 3, "nth": [2], "weekday": "tuesday"}`` or ``{"every_months": 3, "last": "friday"}``: 1 to 24
      months, counted from the anchor's month;
    - ``{"every_months": 3}``: the anchor's day of the month, or the month's last where it is shorter; with
      ``confirm_day`` any day from there until the next one;
    - ``{"ad_hoc": true}``: no days.

    Each but the last may have an ``anchor``, before which nothing meets, and ``"confirm_day": true``.

    Raises Refused with field ``rule``.
    """
    if not isinstance(given, Mapping):
        raise _refused(_l("A rule is a JSON object such as {“nth”: [1, 3], “weekday”: “friday”}."))
    kind = _kind(given)
    if strange := sorted(str(key) for key in given if key != kind and key not in _BESIDE[kind]):
        raise _refused(
            _l("“%(key)s” doesn't belong in a rule with “%(kind)s”. Leave it out.", key=strange[0], kind=kind)
        )
    anchor, confirm_day = _anchor(given), _truth(given, "confirm_day")
    make = partial(Rule, anchor=anchor, confirm_day=confirm_day)
    if kind == "ad_hoc":
        if given["ad_hoc"] is not True:
            raise _refused(_l("“ad_hoc” is true, or isn't there."))
        return Rule(kind="ad_hoc")
    if kind == "every_weeks":
        every = _number(given["every_weeks"], kind, MOST_WEEKS)
        return make(kind="weeks", every=every, weekdays=_weekdays(given.get("weekdays")))
    if kind == "iso_weeks":
        if given["iso_weeks"] not in ("odd", "even"):
            raise _refused(_l("“iso_weeks” is “odd” or “even”."))
        return make(kind="iso_weeks", parity=given["iso_weeks"], weekdays=(_weekday(given.get("weekday")),))
    every = _number(given.get("every_months", 1), "every_months", MOST_MONTHS)
    return _monthly(given, make(kind="months", every=every))


def _monthly(given: Mapping[str, Any], rule: Rule) -> Rule:
    make = partial(Rule, kind="months", every=rule.every, anchor=rule.anchor, confirm_day=rule.confirm_day)
    if "last" in given:
        if "nth" in given or "weekday" in given:
            raise _refused(_l("“last” stands for itself: leave out “nth” and “weekday”."))
        return make(nth=(LAST,), weekdays=(_weekday(given["last"]),))
    if "nth" in given:
        return make(nth=_nth(given["nth"]), weekdays=(_weekday(given.get("weekday")),))
    if "weekday" in given:
        raise _refused(_l("Say which weekdays of the month are meant: “nth” with numbers from 1 to 5."))
    return rule


def as_json(rule: Rule) -> dict[str, Any]:
    """``rule`` in the shape that ``parse_rule`` reads; the same for two rules that mean the same."""
    found: dict[str, Any] = {}
    if rule.kind == "ad_hoc":
        return {"ad_hoc": True}
    if rule.kind == "weeks":
        found = {"every_weeks": rule.every, "weekdays": [WEEKDAYS[day] for day in rule.weekdays]}
    elif rule.kind == "iso_weeks":
        found = {"iso_weeks": rule.parity, "weekday": WEEKDAYS[rule.weekdays[0]]}
    else:
        if rule.every > 1 or not rule.nth:
            found["every_months"] = rule.every
        if rule.nth == (LAST,):
            found["last"] = WEEKDAYS[rule.weekdays[0]]
        elif rule.nth:
            found |= {"nth": list(rule.nth), "weekday": WEEKDAYS[rule.weekdays[0]]}
    if rule.anchor is not None:
        found["anchor"] = rule.anchor.isoformat()
    if rule.confirm_day:
        found["confirm_day"] = True
    return found


# -- the parts ------------------------------------------------------------------------------------


def _refused(message: Text) -> Refused:
    return Refused(message, field="rule")


def _kind(given: Mapping[str, Any]) -> str:
    for kind in _BESIDE:
        if kind in given:
            return kind
    raise _refused(
        _l(
            "A rule has one of “every_weeks”, “iso_weeks”, “nth”, “last”, “every_months” or “ad_hoc”. Add the one meant."
        )
    )


def _number(value: Any, key: str, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise _refused(_l("“%(key)s” is a whole number from 1 to %(most)s.", key=key, most=most))
    return value


def _truth(given: Mapping[str, Any], key: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise _refused(_l("“%(key)s” is true or false.", key=key))
    return value


def _weekday(value: Any) -> int:
    if not isinstance(value, str) or value.lower() not in WEEKDAYS:
        raise _refused(_l("A weekday is one of %(days)s.", days=", ".join(WEEKDAYS)))
    return WEEKDAYS.index(value.lower())


def _weekdays(value: Any) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise _refused(_l("“weekdays” is a list with at least one weekday, such as [“saturday”, “sunday”]."))
    return tuple(sorted({_weekday(day) for day in value}))


def _nth(value: Any) -> tuple[int, ...]:
    listed = isinstance(value, Sequence) and not isinstance(value, str) and bool(value)
    if not listed or not all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 5 for n in value):
        raise _refused(_l("“nth” is a list of numbers from 1 to 5, such as [1, 3]: no month has more of a weekday."))
    return tuple(sorted(set(value)))


def _anchor(given: Mapping[str, Any]) -> dt.date | None:
    if "anchor" not in given:
        return None
    value = given["anchor"]
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError as error:
            raise _refused(_l("There is no day %(day)s. Correct the “anchor”.", day=value)) from error
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise _refused(_l("“anchor” is a day written as 2026-11-07."))
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise _refused(_l("“anchor” is a day of the years %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR))
    return value


# -- in words -------------------------------------------------------------------------------------

_ORDINALS = {1: _l("first"), 2: _l("second"), 3: _l("third"), 4: _l("fourth"), 5: _l("fifth")}


def describe(rule: Rule) -> Text:
    """The rule in plain words, in the reader's language: "Odd ISO weeks, Friday"."""
    said = _described(rule)
    if rule.anchor is not None:
        said = _l("%(rule)s, counted from %(day)s", rule=said, day=_day(rule.anchor))
    if rule.confirm_day:
        said = _l("%(rule)s; a person confirms the day", rule=said)
    return said


def _described(rule: Rule) -> Text:
    days = weekday_names(rule.weekdays, choice=rule.confirm_day)
    if rule.kind == "ad_hoc":
        return _l("No rule: meetings are added one by one")
    if rule.kind == "weeks":
        if rule.every == 1:
            return _l("Every week on %(days)s", days=days)
        return _l("Every %(num)s weeks on %(days)s", num=rule.every, days=days)
    if rule.kind == "iso_weeks" and rule.parity == "odd":
        return _l("Odd ISO weeks, %(days)s", days=days)
    if rule.kind == "iso_weeks":
        return _l("Even ISO weeks, %(days)s", days=days)
    if rule.nth == (LAST,):
        if rule.every == 1:
            return _l("The last %(days)s of each month", days=days)
        return _l("The last %(days)s of every %(num)s months", num=rule.every, days=days)
    if rule.nth:
        which = LazyString(_listed, tuple(_ORDINALS[n] for n in rule.nth), "standard")
        if rule.every == 1:
            return _l("The %(which)s %(days)s of each month", which=which, days=days)
        return _l("The %(which)s %(days)s of a month, every %(num)s months", num=rule.every, which=which, days=days)
    if rule.every == 1:
        return _l("Once a month, any day") if rule.confirm_day else _l("Every month on the same day")
    if rule.confirm_day:
        return _l("Once every %(num)s months, any day", num=rule.every)
    return _l("Every %(num)s months on the same day", num=rule.every)


def weekday_names(days: Sequence[int], *, choice: bool = False) -> LazyString:
    """``Saturday and Sunday``, or with ``choice`` ``Saturday or Sunday``, written where it is shown."""
    return LazyString(_weekday_names, tuple(days), choice)


def _weekday_names(days: Sequence[int], choice: bool) -> str:
    names = get_day_names("wide", "stand-alone", get_locale() or "en")
    return _listed([names[day] for day in days], "or" if choice else "standard")


def _listed(items: Sequence[Text], style: Literal["standard", "or"]) -> str:
    return format_list([str(item) for item in items], style=style, locale=get_locale() or "en") if items else ""
