"""What a set of rules may be changed to, and what differs from the one before: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker import money
from tracker.errors import Refused
from tracker.programmes import rules as fair
from tracker.programmes.months import months_before, next_month
from tracker.text import LazyString, Text, _day, _l, _nl

#: Every column of Rules but its day.
COLUMNS = (*fair.NUMBERS, "seats_per_task", "design_document_within_days", "wage_scheme", "wage_currency", "wage",
           "certificate", "excellent_intern")  # fmt: skip
#: No set begins later than so many days from today.
MOST_AHEAD = 731
SCHEMES: dict[str, LazyString] = {"tiers": _l("By tiers"), "steps": _l("By whole steps"), "none": _l("No wage")}
#: Each number as it is typed → its name.
NAMES: dict[str, LazyString] = {
    "live_claims_per_person": _l("Live claims per person"),
    "seats_per_task": _l("Seats of a task"),
    "answer_within_working_days": _l("Working days to answer an application"),
    "design_document_within_days": _l("Days for a design document"),
    "review_within_working_days": _l("Working days to review a hand-in"),
    "lapse_after_days": _l("Days without a report until a claim lapses"),
    "warn_before_lapse_days": _l("Days of warning before a lapse"),
    "snooze_days": _l("Days of a snooze"),
    "undo_days": _l("Days in which a lapse can be undone"),
    "appeal_days": _l("Days to appeal"),
    "strike_limit": _l("Strikes until a pause"),
    "strike_window_days": _l("Days in which strikes count"),
    "cooldown_days": _l("Days of the pause"),
    "wage_scheme": _l("Wage scheme"),
    "wage_currency": _l("Currency"),
    "tiers": _l("Tiers"),
    "rate": _l("Worth of a point"),
    "step": _l("Points of a step"),
    "cap": _l("Points a month at most"),
    "certificate_points": _l("Points for a certificate"),
    "certificate_months": _l("Months in which they are reached"),
    "certificate_comment": _l("A mentor's comment is needed"),
    "certificate_report": _l("A report is needed"),
    "excellent_points": _l("Points of an excellent intern"),
    "excellent_task": _l("Points of one of their tasks at least"),
}
#: As it is typed → where a set of rules keeps it.
PARTS = {
    "tiers": ("wage", "tiers"), "rate": ("wage", "rate"), "step": ("wage", "step"), "cap": ("wage", "cap"),
    "certificate_points": ("certificate", "points"), "certificate_months": ("certificate", "within_months"),
    "certificate_comment": ("certificate", "mentor_comment"), "certificate_report": ("certificate", "report"),
    "excellent_points": ("excellent_intern", "points"), "excellent_task": ("excellent_intern", "task_of_at_least"),
}  # fmt: skip


def numbers_of(rules: Any) -> dict[str, Any]:
    """Every number of a set of rules by column; of None, which is no set yet, nothing."""
    return {} if rules is None else {name: getattr(rules, name) for name in COLUMNS}


def typed(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers of a set one by one, under the names by which they are typed (``NAMES``)."""
    return {
        name: (numbers.get(PARTS[name][0]) or {}).get(PARTS[name][1]) if name in PARTS else numbers.get(name)
        for name in NAMES
    }


# -- whether it may be --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a change is judged by. ``base``: the numbers of the newest set, ``base_id``, which begins on ``newest``;
    ``compared_with``: the set that its author saw, 0 for none. ``last_settled``: the last settled month. ``currency``: the one
    that months are settled in, or will be before the change; None while it is free."""

    valid_from: dt.date
    today: dt.date
    numbers: Mapping[str, Any]
    base: Mapping[str, Any]
    base_id: int
    compared_with: int
    newest: dt.date | None
    last_settled: str | None
    currency: str | None


def check_change(change: Facts) -> None:
    """Raises Refused, at the field that is at fault where one is."""
    # All numbers of a change replace those of the set before: of another set than its author saw, it would take back what that
    # one changed.
    if change.compared_with != change.base_id and change.newest is not None:
        raise Refused(
            _l("Other rules were added since, in force from %(day)s: this was compared with the ones before. Propose it anew.",
               day=_day(change.newest))
        )  # fmt: skip
    if change.last_settled is not None and f"{change.valid_from:%Y-%m}" <= change.last_settled:
        first = dt.date.fromisoformat(f"{next_month(change.last_settled)}-01")
        raise Refused(
            _l("%(month)s is settled, and nothing that was settled changes. The rules begin on %(day)s or later.",
               month=change.last_settled, day=_day(first)),
            field="valid_from",
        )  # fmt: skip
    if (change.valid_from - change.today).days > MOST_AHEAD:
        raise Refused(_l("That is more than two years ahead. Propose it when it is nearer."), field="valid_from")
    fair.check_rules(change.valid_from, change.newest, change.numbers)
    pays = change.numbers["wage_scheme"] != "none"
    if pays and change.currency is not None and change.numbers["wage_currency"] != change.currency:
        raise Refused(
            _l("Wages are paid in %(currency)s, and what was settled is set off against what follows: the currency stays.",
               currency=change.currency),
            field="wage_currency",
        )  # fmt: skip
    if not differences(change.base, change.numbers):
        raise Refused(_l("These are the numbers that are in force already. Change one."))


def check_months(first: str, last: str, *, now: str, most: int) -> None:
    """The months that a wage is tried out on: in order, not after the present one, at most so many. Raises Refused."""
    if last > now:
        raise Refused(_l("There are no points after this month, %(now)s.", now=now), field="last")
    if first > last:
        raise Refused(_l("The first month comes before the last."), field="first")
    if first < months_before(last, most - 1):
        raise Refused(
            _l("At most %(most)s months: from %(first)s on.", most=most, first=months_before(last, most - 1)),
            field="first",
        )


def notes(valid_from: dt.date, today: dt.date) -> list[LazyString]:
    """What is worth knowing about the day on which a set begins."""
    found = []
    if valid_from.day != 1:
        found.append(
            _l("The rules of a month's last day hold for the whole month: from %(day)s on, all points of the month are paid by these. "
               "The first of a month says that most clearly.", day=_day(valid_from.replace(day=1)))
        )  # fmt: skip
    if valid_from <= today:
        found.append(_l("This day has passed: points accepted since then are paid by these rules as well."))
    return found


def ends_wages(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a wage was paid by ``old`` and none is by ``new``."""
    return old.get("wage_scheme", "none") != "none" and bool(new["wage_scheme"] == "none")


def note_of_open(people: int) -> LazyString:
    """What ending the wage leaves behind."""
    return _nl(
        "From then on no settlement pays a wage, and %(num)s person has something open: a month that isn't settled, a wage that"
        " isn't paid now, or points in hand. Settle first; what is still owed then is proposed by hand, as a bonus.",
        "From then on no settlement pays a wage, and %(num)s people have something open: months that aren't settled, wages that"
        " aren't paid now, or points in hand. Settle first; what is still owed then is proposed by hand, as a bonus.",
        people,
    )


# -- what differs -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that changes. ``kind``: number, money (fen), tick or scheme; None is no such number."""

    name: LazyString
    kind: str
    old: Any
    new: Any


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """The numbers in which two sets differ, tier by tier, in the order of the form; a set is as ``numbers_of`` gives it."""
    before, after = _flat(old), _flat(new)
    order = sorted(before.keys() | after.keys(), key=lambda key: (list(NAMES).index(key[0]), key[1]))
    return [
        Difference(_name(*key), _kind(key[0]), before.get(key), after.get(key))
        for key in order
        if before.get(key) != after.get(key)
    ]


def _flat(numbers: Mapping[str, Any]) -> dict[tuple[str, int], Any]:
    """(name, points of the tier or 0) → value; what a scheme doesn't have, and ticks that aren't set, aren't there."""
    found: dict[tuple[str, int], Any] = {}
    for name, value in typed(numbers).items():
        if name == "tiers":
            found |= {("tiers", points): fen for points, fen in value or ()}
        elif value is not None and value is not False and not (name == "wage_currency" and not _pays(numbers)):
            found[name, 0] = value
    return found


def _pays(numbers: Mapping[str, Any]) -> bool:
    return bool(numbers.get("wage_scheme", "none") != "none")


def _name(name: str, points: int) -> LazyString:
    return _l("Tier of %(points)s points", points=points) if name == "tiers" else NAMES[name]


def _kind(name: str) -> str:
    if name in ("rate", "tiers"):
        return "money"
    if name in ("certificate_comment", "certificate_report"):
        return "tick"
    return {"wage_scheme": "scheme", "wage_currency": "text"}.get(name, "number")


# -- tiers as they are typed --------------------------------------------------------------------------


def read_tiers(text: str) -> tuple[list[list[int]], list[LazyString]]:
    """Tiers typed one a line, ``40 2500`` (points, then the amount in major units): as Rules keeps them, and what is wrong with
    which line."""
    tiers: dict[int, list[int]] = {}
    wrong: dict[int, Text] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            tiers[number] = _tier(line)
        except Refused as refused:
            wrong[number] = refused.message
    faults = zip(tiers, fair.tier_faults(list(tiers.values())), strict=True)
    wrong |= {number: why for number, why in faults if why is not None}
    said = [_l("Line %(line)s: %(why)s", line=number, why=why) for number, why in sorted(wrong.items())]
    if len(tiers) > fair.MOST_TIERS:
        said.append(_l("At most %(most)s tiers.", most=fair.MOST_TIERS))
    return list(tiers.values()), said


def _tier(line: str) -> list[int]:
    parts = line.split()
    if len(parts) != 2:
        raise Refused(_l("points and an amount are asked for, such as 40 2500."))
    points, amount = parts
    if not points.isascii() or not points.isdigit() or len(points) > 9:
        raise Refused(_l("“%(typed)s” is no whole number of points.", typed=points[:20]))
    try:
        return [int(points), money.parse(amount)]
    except ValueError as error:
        raise Refused(_l("“%(typed)s” is no amount such as 2500 or 2500.00.", typed=amount[:20])) from error


def tiers_as_typed(tiers: Any) -> str:
    """``20 1000.00`` and so on, one a line."""
    return "\n".join(f"{points} {money.decimal(fen)}" for points, fen in tiers or ())
