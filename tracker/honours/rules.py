"""What is fair about stars of the year: pure functions over plain facts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tracker.errors import Refused
from tracker.honours.models import STARS_A_YEAR
from tracker.text import _l

LONGEST_CITATION = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an award is judged by. ``taken``: places of the SIG and year that are taken; ``belongs``: the person has or had a
    role in the SIG, or an accepted task."""

    known: bool
    myself: bool = False
    suspended: bool = False
    belongs: bool = True
    has_it: bool = False
    taken: Collection[int] = ()
    year: int
    this_year: int
    sig: str


def check_award(facts: Facts) -> int:
    """The place that the title takes. Raises Refused, at a field where it is about what was typed there."""
    if not facts.known or facts.suspended:
        raise Refused(_l("Nobody has this handle."), field="user")
    if facts.myself:
        raise Refused(_l("Nobody awards the title to themselves."), field="user")
    if not facts.belongs:
        raise Refused(
            _l("This person has neither a role in %(sig)s nor an accepted task there. A star is somebody of the SIG.",
               sig=facts.sig),
            field="user",
        )  # fmt: skip
    if not facts.this_year - 1 <= facts.year <= facts.this_year:
        raise Refused(
            _l("The title is awarded for this year or the last one: %(last)s or %(this)s.", last=facts.this_year - 1,
               this=facts.this_year),
            field="year",
        )  # fmt: skip
    if facts.has_it:
        raise Refused(_l("This person is a star of the SIG for %(year)s already.", year=facts.year), field="user")
    free = set(range(1, STARS_A_YEAR + 1)) - set(facts.taken)
    if not free:
        raise Refused(
            _l("%(sig)s has awarded its %(most)s titles of %(year)s. Withdraw one first, or wait for the next year.",
               sig=facts.sig, most=STARS_A_YEAR, year=facts.year)
        )  # fmt: skip
    return min(free)
