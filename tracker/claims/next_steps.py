"""The next step of a claim: who must act, what, and by when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tracker.text import Text, _l

CLAIMANT, REVIEWER, SEAT, NOBODY = "claimant", "reviewer", "seat", "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """Who must act, what, and by when. ``who`` is one of CLAIMANT, REVIEWER (a mentor or maintainer), SEAT, NOBODY.

    ``title`` speaks to the claimant; ``path`` is the page below the claim's own where it is done (empty: the claim).
    """

    who: str
    title: Text
    what: Text
    by: dt.datetime | dt.date | None = None
    path: str = ""
    #: Whether the claimant must act.
    yours: bool = False


def next_step(
    state: str,
    *,
    needs_design: bool = False,
    design_accepted: bool = False,
    answer_by: dt.datetime | None = None,
    due_on: dt.date | None = None,
    approved_at: dt.datetime | None = None,
    design_within_days: int | None = None,
    place: int = 0,
) -> NextStep:
    """The next step of a claim in ``state``; ``place`` is its place in the queue while it waits (1 is first)."""
    if state == "applied":
        return NextStep(
            who=REVIEWER, title=_l("Your application is being read"), what=_l("answers the application"), by=answer_by
        )
    if state == "waiting":
        return NextStep(who=SEAT, title=_l("You wait for a seat"), what=_l("number %(place)s in line", place=place))
    if state == "design_review":
        return NextStep(who=REVIEWER, title=_l("Your design document is being read"), what=_l("answers the design document"),
                        by=answer_by)  # fmt: skip
    if state == "submitted":
        return NextStep(
            who=REVIEWER, title=_l("Your work is being reviewed"), what=_l("reviews the work"), by=answer_by
        )
    if state == "active" and needs_design and not design_accepted:
        by = None
        if approved_at is not None and design_within_days is not None:
            by = approved_at + dt.timedelta(days=design_within_days)
        return NextStep(who=CLAIMANT, title=_l("Send the design document"), what=_l("sends the design document"), by=by,
                        path="design", yours=True)  # fmt: skip
    if state == "active":
        return NextStep(who=CLAIMANT, title=_l("Hand in your work"), what=_l("hands in the work"), by=due_on, path="submit",
                        yours=True)  # fmt: skip
    if state == "changes_requested":
        return NextStep(who=CLAIMANT, title=_l("Make the changes and hand in again"), what=_l("hands in again"), by=due_on,
                        path="submit", yours=True)  # fmt: skip
    return NextStep(who=NOBODY, title=_l("Nothing is left to do"), what=_l("nothing is left to do"))
