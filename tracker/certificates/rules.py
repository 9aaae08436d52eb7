"""Who has earned a certificate: pure functions over plain facts. Days are cut in the programme's zone."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.errors import Refused
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER
from tracker.text import LazyString, Text, _day, _l, _nl

#: Roles that a certificate of service is for.
SERVED = (CONTRIBUTOR, COMMITTER, MAINTAINER)

#: Why a certificate isn't issued. The tokens are kept with the lines of a run.
OBSTACLES: dict[str, LazyString] = {
    "own": _l("Nobody issues a certificate to themselves. Another maintainer of the SIG does."),
    "account": _l("The holder's account was erased, so nothing more is certified to it."),
    "self_accepted": _l("The holder accepted this task themselves, and such a task isn't certified."),
    "not_accepted": _l("Only an accepted task is certified, and this one isn't accepted."),
    "failed": _l("The task failed. Only an accepted one is certified."),
    "withdrawn": _l("The claim was withdrawn. Only an accepted task is certified."),
    "not_certified": _l("This task gives no certificate: its terms don't say so."),
    "taken_back": _l("The task's points were taken back, so it isn't certified."),
    "certified": _l("This is certified already. Revoke that certificate first, if it has to be corrected."),
    "erased": _l(
        "Its holder had the name erased from the certificate that this one would correct, and that is for good."
    ),
    "points": _l("The points that the programme's rule asks for aren't reached."),
    "late": _l("The time that the programme's rule gives is over, and the points weren't reached in it."),
    "comment": _l("No mentor has commented on the progress yet."),
    "report": _l("The internship report isn't accepted yet."),
    "no_rule": _l("The programme's rule gives no internship certificate."),
    "no_start": _l("The internship hasn't begun: there is neither an agreement nor an approved task."),
    "no_name": _l("The holder's profile has no name. They fill it in first."),
    "glyphs": _l("The name or the title has characters that no font of the certificate has."),
    "role": _l("Members hold no office: certificates of service are for Contributors, Committers and Maintainers."),
    "not_served": _l("The role hasn't begun, or it ended on the day it began."),
    "gone": _l("What was to be certified isn't there any more."),
    "changed": _l("What is certified has changed since the preview. Look at it again."),
    "rights": _l("Whoever issued these may not do so any more."),
    "refused": _l("The tracker refused it. Issue it singly to see why."),
    "broken": _l("Something went wrong, and whoever runs the site finds it in the log."),
}


class NotEntitled(Refused):
    """A certificate isn't issued; ``token`` of OBSTACLES says why."""

    def __init__(self, token: str, message: Text | None = None) -> None:
        super().__init__(message or OBSTACLES[token])
        self.token = token


# -- internships ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Needs:
    """What a programme asks for, as its dated rule says (``programme_rules.certificate``)."""

    points: int
    within_months: int
    mentor_comment: bool = False
    report: bool = False


def needs_of(certificate: Mapping[str, Any]) -> Needs | None:
    """The rule read; None where the programme gives no internship certificate."""
    if not certificate:
        return None
    return Needs(
        points=int(certificate["points"]),
        within_months=int(certificate["within_months"]),
        mentor_comment=bool(certificate.get("mentor_comment")),
        report=bool(certificate.get("report")),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """Points of a day; below 0 what was taken back."""

    day: dt.date
    points: int


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist: what is asked, and whether it is there."""

    token: str
    met: bool
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Internship:
    """An internship held against the rule. ``last``: the last day on which points count."""

    start: dt.date
    last: dt.date
    needs: Needs
    points: int
    #: The day on which the points were reached for good; None until then.
    reached_on: dt.date | None
    #: The day on which the last of what is asked for was there; None while something is missing.
    earned_on: dt.date | None
    #: The day of the last points that count.
    until: dt.date | None
    checks: Sequence[Check]
    over: bool

    @property
    def missing(self) -> list[Check]:
        """What isn't there yet."""
        return [check for check in self.checks if not check.met]

    @property
    def obstacle(self) -> str:
        """The token of what is missing first; empty when everything is there."""
        if not self.missing:
            return ""
        first = self.missing[0].token
        return "late" if first == "points" and self.over else first


def last_day(start: dt.date, months: int) -> dt.date:
    """The last day of so many months from ``start``: the day of the same number, or the last of a shorter month.

    The day of the beginning isn't counted and the corresponding day is (Civil Code of the PRC, articles 201 and 202): six months
    from 6 April end with 6 October, and from 31 August with the last of February.
    """
    month = start.year * 12 + start.month - 1 + months
    year, number = month // 12, month % 12 + 1
    return dt.date(year, number, min(start.day, calendar.monthrange(year, number)[1]))


def internship(
    start: dt.date,
    needs: Needs,
    entries: Iterable[Entry],
    today: dt.date,
    *,
    comments: Sequence[dt.date],
    report: dt.date | None,
) -> Internship:
    """Hold an internship that began on ``start`` against the rule. ``comments``: the days of a mentor's comments; ``report``: the
    day on which the report was accepted.

    Points count from the first to the last day, both included; points that were taken back are off, whenever that was.
    """
    last = last_day(start, needs.within_months)
    counted = [e for e in entries if start <= e.day and (e.day <= last or e.points < 0)]
    total, reached, until = 0, None, None
    for entry in sorted(counted, key=lambda e: e.day):
        total += entry.points
        if entry.points > 0:
            until = entry.day
        if total < needs.points:
            reached = None
        elif reached is None:
            reached = entry.day
    over = today > last
    days = [reached]
    if needs.mentor_comment:
        days.append(min(comments, default=None))
    if needs.report:
        days.append(report)
    there = [day for day in days if day is not None]
    return Internship(
        start=start, last=last, needs=needs, points=total, reached_on=reached, until=until, over=over,
        earned_on=max(there) if len(there) == len(days) else None,
        checks=_checks(needs, total, last, over=over, comments=len(comments), report=report is not None),
    )  # fmt: skip


def _checks(needs: Needs, points: int, last: dt.date, *, over: bool, comments: int, report: bool) -> list[Check]:
    enough = points >= needs.points
    lacking = max(needs.points - points, 0)
    if enough:
        said = _l("%(points)s points, and %(needed)s are asked for", points=points, needed=needs.points)
    elif over:
        said = _l("%(points)s of %(needed)s points when the time was over, on %(last)s",
                  points=points, needed=needs.points, last=_day(last))  # fmt: skip
    else:
        said = _nl("%(points)s of %(needed)s points: %(num)s more by %(last)s",
                   "%(points)s of %(needed)s points: %(num)s more by %(last)s",
                   lacking, points=points, needed=needs.points, last=_day(last))  # fmt: skip
    found = [Check("points", enough, said)]
    if needs.mentor_comment:
        words = _nl("A mentor commented on the progress", "Mentors commented %(num)s times on the progress", comments)
        none = _l(
            "A mentor's comment on the progress: none yet. Write a progress note and ask your mentor to answer it"
        )
        found.append(Check("comment", comments > 0, words if comments else none))
    if needs.report:
        words = _l("The internship report is accepted") if report else _l("The internship report: not accepted yet")
        found.append(Check("report", report, words))
    return found


def best(internships: Sequence[Internship]) -> Internship | None:
    """Of several beginnings, oldest first (an agreement signed anew begins another count): the first that has everything, else the
    one that lacks the fewest points and isn't too late for them, of equals the newest; the newest where all are."""
    for one in internships:
        if not one.missing:
            return one
    newest_first = list(reversed(internships))
    in_time = [one for one in newest_first if one.obstacle != "late"]
    return min(in_time or newest_first[:1], key=lambda one: max(one.needs.points - one.points, 0), default=None)


# -- tasks and service ----------------------------------------------------------------------------


def task_obstacle(state: str, *, gives: bool, holder: int, accepted_by: int | None, points: int | None) -> str:
    """Why a claim gives no certificate; empty when it does. ``gives``: its terms promise one; ``points``: what is left of its."""
    if state != "accepted":
        return state if state in ("failed", "withdrawn") else "not_accepted"
    if not gives:
        return "not_certified"
    if accepted_by in (None, holder):
        return "self_accepted"
    return "taken_back" if points is not None and points <= 0 else ""


def service_obstacle(role: str, since: dt.date, until: dt.date | None, today: dt.date) -> str:
    """Why a role gives no certificate; empty when it does. ``until`` isn't included."""
    if role not in SERVED:
        return "role"
    if since > today or (until is not None and until <= since):
        return "not_served"
    return ""


def served_until(until: dt.date | None, today: dt.date) -> dt.date | None:
    """The last day of a role that ends before the day ``until``; None while it goes on."""
    return until - dt.timedelta(days=1) if until is not None and until <= today else None


# -- layouts --------------------------------------------------------------------------------------


def fitting(communities: Mapping[str, str], community: str) -> str:
    """Of layouts (slug → community) the one for ``community``: its own first, else one that is for any; empty for none."""
    for wanted in (community, ""):
        for slug in sorted(communities):
            if communities[slug].casefold() == wanted.casefold():
                return slug
    return ""


def fits(layout: str, community: str) -> bool:
    """Whether a layout of the community ``layout`` (empty: of any) may be used for ``community``: nobody issues as another one."""
    return layout.casefold() in ("", community.casefold())
