"""What is carried into a later quarter, and on which days: pure functions over plain facts.

Source: domain.md, section 3: "Refreshing carries unclaimed and unfinished tasks into the next quarter; a carried task keeps
its reference and its history."
"""

from __future__ import annotations

import datetime as dt

from tracker.text import LazyString, _l

#: Why a task isn't carried.
OBSTACLES: dict[str, LazyString] = {
    "draft": _l("It was never published. Plan it anew in the next quarter."),
    "closed": _l("It is finished: its last seat was accepted."),
    "withdrawn": _l("It was withdrawn."),
    "own": _l("You have a claim on it. Another maintainer carries it."),
    "programme": _l("The next quarter runs under another programme. Plan it anew there."),
    "wage": _l("It pays a wage, and the programme pays none in the next quarter. Change that first."),
}


def obstacle(state: str, *, involved: bool, same_programme: bool, wage_ends: bool) -> str:
    """The token of what stands against carrying a task that is in ``state``; empty when nothing does.

    ``involved``: whoever carries has a claim on it; ``wage_ends``: it pays a wage that the next quarter's rules don't know.
    """
    if state != "published":
        return state if state in OBSTACLES else "draft"
    if involved:
        return "own"
    if not same_programme:
        return "programme"
    return "wage" if wage_ends else ""


def new_days(
    expected_on: dt.date | None, accept_by: dt.date | None, *, first_day: dt.date, claims_until: dt.date, last_day: dt.date,
    today: dt.date,
) -> tuple[dt.date, dt.date]:  # fmt: skip
    """(expected completion, latest acceptance) in a quarter that begins on ``first_day`` and accepts until ``last_day``.

    A day that lies in the quarter and hasn't passed stays. Others become the quarter's own: its last day to claim, as a new
    draft has it, or its last day of acceptance.
    """
    begin = max(first_day, today)
    if accept_by is None or not begin <= accept_by <= last_day:
        accept_by = last_day
    if expected_on is None or not begin <= expected_on <= accept_by:
        expected_on = claims_until if begin <= claims_until <= accept_by else accept_by
    return expected_on, accept_by
