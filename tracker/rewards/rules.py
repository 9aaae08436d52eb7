"""What is fair about points and rewards: pure functions over plain facts. Money is integer fen."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.text import LazyString, Text, _l

PROPOSED, APPROVED = "proposed", "approved"
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)
LONGEST_DESCRIPTION = 300
LONGEST_REFERENCE = 100
MOST_MONEY = 10_000_000_000
MOST_POINTS = 100_000


def is_month(text: str) -> bool:
    """Whether ``text`` names a month such as ``2026-11``."""
    return _MONTH.fullmatch(text) is not None


def month_of(moment: dt.datetime, zone: str) -> str:
    """The month (``2026-12``) that ``moment`` is in, cut in ``zone``."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}"


def quarter_of_month(month: str) -> str:
    """``2026Q4`` of ``2026-12``."""
    return f"{month[:4]}Q{(int(month[5:]) + 2) // 3}"


# -- reviewing ------------------------------------------------------------------------------------


def check_points(points: int | None, most: int, comment: str) -> int:
    """The points of an acceptance: 1 to ``most``, and fewer than all only with a comment. Raises Refused at the field."""
    if points is None or not 1 <= points <= most:
        raise Refused(_l("Between 1 and %(most)s points, as the terms of the claim say.", most=most), field="points")
    if points < most and not comment.strip():
        raise Refused(_l("Fewer than %(most)s points need a comment that says why.", most=most), field="comment")
    return points


# -- proposing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The line that a correction names."""

    label: str
    state: str
    same_sig: bool
    same_person: bool
    money: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A line by hand. ``has`` are the receiver's points of the programme now."""

    kind: str
    description: str
    amount: int | None
    currency: str
    points: int | None
    for_oneself: bool
    has: int
    task_of_sig: bool
    corrected: Corrected | None
    month: str
    this_month: str


def check_proposal(line: Proposal, currencies: Sequence[str]) -> None:
    """Raises Refused, at a field of the form where one is at fault."""
    if line.kind not in ("bonus", "correction"):
        raise Refused(_l("Only bonuses and corrections are proposed by hand."), field="kind")
    if not line.description.strip():
        raise Refused(_l("Say what it is for: the receiver reads it."), field="description")
    if len(line.description) > LONGEST_DESCRIPTION:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_DESCRIPTION), field="description")
    if line.for_oneself:
        raise Refused(_l("Nobody proposes a reward for themselves. Another maintainer can."), field="user")
    if not line.task_of_sig:
        raise Refused(_l("This task belongs to another SIG. Name one of this SIG, or none."), field="task")
    if not is_month(line.month) or line.month > line.this_month:
        raise Refused(
            _l("The month is this one or one before, such as %(month)s.", month=line.this_month), field="month"
        )
    _check_value(line, currencies)
    _check_corrected(line)


def _check_value(line: Proposal, currencies: Sequence[str]) -> None:
    if line.amount is not None and line.points is not None:
        raise Refused(_l("A line is of money or of points, not of both. Propose two."), field="points")
    if line.amount is not None:
        if line.currency not in currencies:
            raise Refused(_l("An amount needs a currency."), field="currency")
        if line.amount == 0 or abs(line.amount) > MOST_MONEY:
            raise Refused(
                _l("The amount is out of range. Type one from 0.01 to %(most)s.", most=MOST_MONEY // 100),
                field="amount",
            )
        if line.amount < 0 and line.kind != "correction":
            raise Refused(_l("Only a correction takes something back."), field="amount")
    elif line.currency:
        raise Refused(_l("A currency needs an amount."), field="amount")
    if line.points is not None:
        if line.kind != "correction":
            raise Refused(_l("Points come from accepted tasks; by hand they are a correction."), field="points")
        check_total(line.has, line.points)
    if line.kind == "correction" and line.amount is None and line.points is None:
        raise Refused(_l("A correction needs an amount or points."), field="amount")


def check_total(has: int, points: int) -> None:
    """A correction of points isn't nothing and leaves the person at 0 or more. Raises Refused."""
    if points == 0 or abs(points) > MOST_POINTS:
        raise Refused(_l("The points are out of range."), field="points")
    if has + points < 0:
        raise Refused(
            _l("The person has %(has)s points in this programme: no more than these can be taken back.", has=has),
            field="points",
        )


def _check_corrected(line: Proposal) -> None:
    if line.corrected is None:
        return
    if line.kind != "correction":
        raise Refused(_l("Only a correction names the line that it corrects."), field="corrects")
    if not (line.corrected.same_sig and line.corrected.same_person):
        raise Refused(_l("It corrects a line of the same person in the same SIG."), field="corrects")
    if line.corrected.state not in ("approved", "paid"):
        raise Refused(
            _l("“%(line)s” isn't approved: cancel it and propose it anew.", line=line.corrected.label), field="corrects"
        )
    if line.corrected.money != (line.amount is not None):
        raise Refused(_l("Money corrects money, and points correct points."), field="corrects")


def check_reference(reference: str) -> str:
    """The payment's reference. Raises Refused when it is empty or too long."""
    if not reference.strip():
        raise Refused(
            _l("The payment needs a reference: the bank's, or where the prize was handed over."), field="reference"
        )
    if len(reference.strip()) > LONGEST_REFERENCE:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_REFERENCE), field="reference")
    return reference.strip()


# -- whose step it is -----------------------------------------------------------------------------


class Line(Protocol):
    """What ``obstacle`` looks at; a row of a list has it as well as a Reward."""

    state: str
    user_id: int
    proposed_by_id: int
    accepted_by_id: int | None
    approved_by_id: int | None
    points: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks: ``maintains`` the SIG of the line, or is of finance."""

    id: int | None
    maintains: bool
    is_finance: bool


_GONE: dict[str, LazyString] = {
    "proposed": _l("It waits for approval."),
    "approved": _l("It is approved already."),
    "paid": _l("It is paid."),
    "cancelled": _l("It is cancelled."),
}


def obstacle(action: str, line: Line, viewer: Viewer) -> Text | None:
    """Why the viewer can't ``approve``, ``pay`` or ``cancel`` the line now; None when they can.

    Says in words what the table of permissions, the workflow and the service refuse.
    """
    if action == "cancel" and line.state == APPROVED and line.points is not None:
        return _l("These points are booked: propose another correction.")
    if action == "pay" and line.points is not None:
        return _l("Points are booked when they are approved: there is nothing to pay.")
    sources = {"approve": (PROPOSED,), "pay": (APPROVED,), "cancel": (PROPOSED, APPROVED)}[action]
    if line.state not in sources:
        return _GONE[line.state]
    return _not_yours(action, line, viewer)


def _not_yours(action: str, line: Line, viewer: Viewer) -> Text | None:
    if viewer.id is None or not (viewer.is_finance or (viewer.maintains and action != "pay")):
        return _l("Finance pays.") if action == "pay" else _l("A maintainer of the SIG or finance does this.")
    if viewer.id == line.user_id:
        return _l("You receive it.")
    if action == "approve" and viewer.id == line.proposed_by_id:
        return _l("You proposed it: another person approves.")
    if action == "approve" and viewer.id == line.accepted_by_id:
        return _l("You accepted the work: another person approves.")
    if action == "pay" and viewer.id == line.approved_by_id:
        return _l("You approved it: another person pays.")
    return None


# -- what the wage will be ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Where ``points`` stand in a table of tiers: fen in all now, and the next tier (0 and 0 on the last)."""

    reached: int
    pays: int
    next_points: int
    next_pays: int

    @property
    def more(self) -> int:
        """Fen that the next tier adds."""
        return self.next_pays - self.pays if self.next_points else 0


def standing(points: int, wage: Mapping[str, Any]) -> Standing:
    """Where a person of ``points`` stands; ``wage`` as Rules of the scheme ``tiers`` has it."""
    reached = pays = 0
    for needed, fen in wage.get("tiers", ()):
        if points < needed:
            return Standing(reached, pays, needed, fen)
        reached, pays = needed, fen
    return Standing(reached, pays, 0, 0)
