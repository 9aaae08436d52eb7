"""What is fair about points and rewards: pure functions over plain facts. Money is integer fen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tracker.errors import Refused
from tracker.money import MOST as MOST_MONEY
from tracker.money import decimal
from tracker.programmes.months import is_month
from tracker.text import LazyString, Text, _l

PROPOSED, APPROVED = "proposed", "approved"
LONGEST_DESCRIPTION = 300
LONGEST_REFERENCE = 100
MOST_POINTS = 100_000


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
    #: Fen of ``currency``; None for points. ``corrected``: what other corrections, also proposed ones, add to it.
    amount: int | None
    currency: str
    corrected: int


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
    if (why := why_not_corrected(line.corrected.state, line.corrected.label)) is not None:
        raise Refused(why, field="corrects")
    if (line.corrected.amount is None) != (line.amount is None):
        raise Refused(_l("Money corrects money, and points correct points."), field="corrects")
    if line.amount is None or line.corrected.amount is None:
        return
    if line.currency != line.corrected.currency:
        raise Refused(
            _l("“%(line)s” is in %(currency)s: so is its correction.", line=line.corrected.label,
               currency=line.corrected.currency),
            field="currency",
        )  # fmt: skip
    left = line.corrected.amount + line.corrected.corrected
    if line.amount < 0 and left + line.amount < 0:
        raise Refused(
            _l("“%(line)s” stands at %(left)s with its other corrections: no more than that can be taken back.",
               line=line.corrected.label, left=f"{line.currency} {decimal(left)}"),
            field="amount",
        )  # fmt: skip


def why_not_corrected(state: str, line: str) -> LazyString | None:
    """Why no correction may name ``line`` in this state, and what to do instead; None where one may."""
    if state == "proposed":
        return _l("“%(line)s” isn't approved yet: cancel it and propose it anew.", line=line)
    if state == "in_batch":
        return _l("“%(line)s” is in a batch: correct it when the bank has answered, or cancel the batch.", line=line)
    if state == "returned":
        return _l("“%(line)s” came back from the bank: correct the line that pays it anew.", line=line)
    if state == "cancelled":
        return _l("“%(line)s” is cancelled: there is nothing to correct.", line=line)
    return None


def check_reference(reference: str) -> str:
    """The payment's reference. Raises Refused when it is empty or too long."""
    if not reference.strip():
        raise Refused(
            _l("The payment needs a reference: the bank's, or where the prize was handed over."), field="reference"
        )
    if len(reference.strip()) > LONGEST_REFERENCE:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_REFERENCE), field="reference")
    return reference.strip()


def check_sums(lines: Iterable[Valued], said: Mapping[str, int]) -> None:
    """Raises Refused unless the lines come to the sums (currency → fen) that the page repeated for confirmation."""
    real: dict[str, int] = {}
    for line in lines:
        if line.amount is not None:
            real[line.currency] = real.get(line.currency, 0) + line.amount
    if real != dict(said):
        raise Refused(
            _l("The sums are others than the page said: %(real)s, not %(said)s. Look again.", real=_sums(real), said=_sums(said))
        )  # fmt: skip


def _sums(sums: Mapping[str, int]) -> str:
    return ", ".join(f"{currency} {decimal(fen)}" for currency, fen in sorted(sums.items())) or "0"


# -- whose step it is -----------------------------------------------------------------------------


class Valued(Protocol):
    """What ``check_sums`` looks at."""

    amount: int | None
    currency: str


class Line(Protocol):
    """What ``obstacle`` looks at; a row of a list has it as well as a Reward."""

    state: str
    user_id: int
    proposed_by_id: int
    approved_by_id: int | None
    points: int | None
    amount: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks: ``maintains`` the SIG of the line, is of finance, ``accepted`` work that the line is for."""

    id: int | None
    maintains: bool
    is_finance: bool
    accepted: bool = False


_GONE: dict[str, LazyString] = {
    "proposed": _l("It waits for approval."),
    "approved": _l("It is approved already."),
    "in_batch": _l("It is in a batch: its amount is frozen."),
    "paid": _l("It is paid."),
    "returned": _l("It came back from the bank."),
    "cancelled": _l("It is cancelled."),
}


_SOURCES: dict[str, tuple[str, ...]] = {
    "approve": ("proposed",),
    "pay": ("approved", "in_batch"),
    "return": ("in_batch", "paid"),
    "cancel": ("proposed", "approved"),
}
#: What finance alone does.
_BY_FINANCE = ("pay", "return")


def obstacle(action: str, line: Line, viewer: Viewer) -> Text | None:
    """Why the viewer can't ``approve``, ``pay``, ``return`` or ``cancel`` the line now; None when they can.

    Says in words what the table of permissions, the workflow and the service refuse.
    """
    if action == "cancel" and line.state == APPROVED and line.points is not None:
        return _l("These points are booked: propose another correction.")
    if action == "pay" and line.points is not None:
        return _l("Points are booked when they are approved: there is nothing to pay.")
    if action == "pay" and line.state == APPROVED and (line.amount or 0) < 0:
        return _l("It takes money back: a batch sets it off against what the person receives.")
    if action == "return" and line.amount is None:
        return _l("Only money comes back from a bank. Cancel the line, or propose a correction.")
    if line.state not in _SOURCES[action]:
        return _GONE[line.state]
    return _not_yours(action, line, viewer)


def _not_yours(action: str, line: Line, viewer: Viewer) -> Text | None:
    if viewer.id is None or not (viewer.is_finance or (viewer.maintains and action not in _BY_FINANCE)):
        return _l("Finance pays.") if action in _BY_FINANCE else _l("A maintainer of the SIG or finance does this.")
    if viewer.id == line.user_id:
        return _l("You receive it.")
    if action == "approve" and viewer.id == line.proposed_by_id:
        return _l("You proposed it: another person approves.")
    if action == "approve" and viewer.accepted:
        return _l("You accepted the work, or proposed or approved points of it: another person approves.")
    if action == "pay" and viewer.id == line.approved_by_id:
        return _l("You approved it: another person pays.")
    return None
