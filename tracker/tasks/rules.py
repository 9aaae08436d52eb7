"""What makes a task complete and what an edit changes: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tracker.tasks.models import DIFFICULTIES, KINDS, TEXTS
from tracker.text import LazyString, _l

POINTS = range(1, 1001)
HOURS = range(1, 10001)
#: Texts without which a task can't be published; guidance may stay empty.
NEEDED_TEXTS = tuple(name for name in TEXTS if name != "guidance")
#: A change of these after publication is shown on the task's page and told to whoever claims it.
MATERIAL = ("points", "criteria", "seats", "expected_on", "accept_by", "prize", "prize_amount", "prize_currency",
            "pays_wage", "gives_certificate", "needs_design")  # fmt: skip

#: A change of these after publication changes what a seat's wage may come to.
EARNING = {"points", "pays_wage"}

#: The names of the form's fields, as people read them.
FIELDS: dict[str, LazyString] = {
    "title": _l("Title"),
    "area": _l("Area"),
    "kind": _l("Kind"),
    "points": _l("Points"),
    "difficulty": _l("Difficulty"),
    "hours": _l("Estimated hours"),
    "backends": _l("Hardware backends"),
    "language": _l("Programming language"),
    "seats": _l("Seats"),
    "mentors": _l("Mentors"),
    "expected_on": _l("Expected completion"),
    "accept_by": _l("Latest acceptance"),
    "needs_design": _l("Needs a design document"),
    "pays_wage": _l("Counts towards the internship wage"),
    "gives_certificate": _l("Counts towards a certificate"),
    "prize": _l("Prize"),
    "prize_amount": _l("Amount of the prize"),
    "prize_currency": _l("Currency of the prize"),
    **TEXTS,
}


@dataclass(frozen=True, slots=True)
class Facts:
    """A task as the completeness check sees it.

    ``empty_texts`` names the texts that hold nothing but blanks; ``first_day`` and ``last_day`` are the quarter's first
    day and the cycle's latest acceptance day; ``wage_scheme`` is the programme's (tiers, steps or none).
    """

    title: str
    has_area: bool
    kind: str
    points: int | None
    difficulty: str
    hours: int | None
    mentors: int
    expected_on: dt.date | None
    accept_by: dt.date | None
    pays_wage: bool
    gives_certificate: bool
    prize: str
    prize_amount: int | None
    prize_currency: str
    empty_texts: frozenset[str]
    today: dt.date
    first_day: dt.date
    last_day: dt.date
    wage_scheme: str = "tiers"
    seats: int = 1


_MISSING = _l("This is missing.")


def problems(facts: Facts) -> dict[str, LazyString]:
    """Field → what is wrong with it, in the order of the form; empty when the task may be marked as ready."""
    found: dict[str, LazyString] = {}
    if not facts.title.strip():
        found["title"] = _MISSING
    if not facts.has_area:
        found["area"] = _MISSING
    if facts.kind not in KINDS:
        found["kind"] = _MISSING
    if facts.points is None:
        found["points"] = _MISSING
    elif facts.points not in POINTS:
        found["points"] = _l("Points go from 1 to 1000.")
    if facts.difficulty not in DIFFICULTIES:
        found["difficulty"] = _MISSING
    if facts.hours is None:
        found["hours"] = _MISSING
    elif facts.hours not in HOURS:
        found["hours"] = _l("Hours go from 1 to 10000.")
    if not facts.mentors:
        found["mentors"] = _l("At least one mentor is needed.")
    found |= _dates(facts) | _gifts(facts)
    for name in NEEDED_TEXTS:
        if name in facts.empty_texts:
            found[name] = _MISSING
    return found


def _dates(facts: Facts) -> dict[str, LazyString]:
    found: dict[str, LazyString] = {}
    if facts.expected_on is None:
        found["expected_on"] = _MISSING
    elif facts.expected_on < facts.first_day:
        found["expected_on"] = _l("This is before the quarter begins (%(day)s).", day=facts.first_day.isoformat())
    elif facts.accept_by is not None and facts.expected_on > facts.accept_by:
        found["expected_on"] = _l("This is after the latest acceptance (%(day)s).", day=facts.accept_by.isoformat())
    if facts.accept_by is None:
        found["accept_by"] = _MISSING
    elif facts.accept_by > facts.last_day:
        found["accept_by"] = _l("The quarter accepts work until %(day)s.", day=facts.last_day.isoformat())
    elif facts.accept_by < facts.today:
        found["accept_by"] = _l("This day has passed.")
    return found


def _gifts(facts: Facts) -> dict[str, LazyString]:
    found: dict[str, LazyString] = {}
    gives = facts.pays_wage or facts.gives_certificate or facts.prize.strip()
    if facts.kind == "internship" and not gives:
        found["pays_wage"] = _l("An internship task pays a wage or gives a certificate or a prize.")
    elif facts.pays_wage and facts.wage_scheme == "none":
        found["pays_wage"] = _l("The programme of this quarter pays no wages.")
    if facts.prize_amount is not None and not facts.prize.strip():
        found["prize"] = _l("Say in words what the amount is for.")
    if facts.prize_amount is not None and not facts.prize_currency:
        found["prize_currency"] = _l("An amount needs its currency.")
    return found
