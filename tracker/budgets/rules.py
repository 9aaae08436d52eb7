"""What a quarter's tasks take of its budget: pure arithmetic in whole points and whole fen.

Source: domain.md, section 6, "Budget of a cycle".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tracker import money
from tracker.errors import Refused
from tracker.text import LazyString, _, _l, _n


@dataclass(frozen=True, slots=True)
class Sum:
    """Points, and fen by currency."""

    points: int = 0
    money: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: Sum) -> Sum:
        return self._with(other, 1)

    def __sub__(self, other: Sum) -> Sum:
        return self._with(other, -1)

    def __mul__(self, times: int) -> Sum:
        return Sum(self.points * times, {currency: fen * times for currency, fen in self.money.items() if fen * times})

    def __bool__(self) -> bool:
        return bool(self.points or self.money)

    def _with(self, other: Sum, sign: int) -> Sum:
        sums = dict(self.money)
        for currency, fen in other.money.items():
            sums[currency] = sums.get(currency, 0) + sign * fen
        return Sum(self.points + sign * other.points, {currency: fen for currency, fen in sums.items() if fen})

    @property
    def growth(self) -> Sum:
        """What of it is above nothing."""
        return Sum(max(self.points, 0), {currency: fen for currency, fen in self.money.items() if fen > 0})


def worth(amount: Sum) -> LazyString:
    """``20 points, CNY 1,000.00`` in the reader's language."""
    return LazyString(_worth, amount)


def _worth(amount: Sum) -> str:
    said = [money.written(fen, currency) for currency, fen in sorted(amount.money.items())]
    if amount.points or not said:
        said.insert(0, _n("%(num)s point", "%(num)s points", amount.points))
    return _(", ").join(said)


def total(sums: Iterable[Sum]) -> Sum:
    """All of them together."""
    points, fen = 0, dict[str, int]()
    for one in sums:
        points += one.points
        for currency, amount in one.money.items():
            fen[currency] = fen.get(currency, 0) + amount
    return Sum(points, fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What one seat of a task comes to at the most: its points, its prize, and its wage at the scheme's highest rate (fen)."""

    points: int
    prize: int = 0
    prize_currency: str = ""
    wage: int = 0
    wage_currency: str = ""

    @property
    def most(self) -> Sum:
        """What it reserves."""
        return self.used(self.points)

    def used(self, points: int) -> Sum:
        """What it came to when ``points`` of its points were accepted: the prize, and their share of the wage, rounded up."""
        wage = -(-self.wage * points // self.points) if self.points else 0
        return Sum(points, _fen(self.prize_currency, self.prize)) + Sum(0, _fen(self.wage_currency, wage))


def _fen(currency: str, fen: int) -> dict[str, int]:
    return {currency: fen} if fen else {}


@dataclass(frozen=True, slots=True)
class Held:
    """A seat that somebody holds under terms of their own; ``points`` that were accepted, None while the work goes on.
    ``here``: it was accepted in this quarter, not in an earlier one that its task was carried from."""

    seat: Seat
    points: int | None = None
    here: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a task takes of the budget, and the seats that it is for."""

    task_id: int
    reference: str
    title: str
    state: str
    seats: int
    accepted: int
    reserved: Sum
    used: Sum

    @property
    def taken(self) -> Sum:
        return self.reserved + self.used

    @property
    def path(self) -> str:
        return f"/tasks/{self.reference}/"


def reserved_and_used(seat: Seat, seats: int, held: Sequence[Held], *, running: bool) -> tuple[Sum, Sum]:
    """What a task of ``seats`` seats reserves and has used.

    Each seat that was accepted here uses what was accepted. While the task is ``running`` (published, its quarter not
    closed), each other seat reserves the most it can come to: by its claim's terms where it is held, else by the task as it
    is.
    """
    used = total(one.seat.used(one.points) for one in held if one.points is not None and one.here)
    if not running:
        return Sum(), used
    promised = total(one.seat.most for one in held if one.points is None)
    return promised + seat.most * max(seats - len(held), 0), used


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be taken: points, and ``amount`` fen of ``currency``. None: no limit."""

    points: int | None = None
    amount: int | None = None
    currency: str = ""

    @property
    def limits(self) -> bool:
        """Whether it sets any limit."""
        return self.points is not None or self.amount is not None

    def lacks(self, taken: Sum) -> Sum:
        """What is missing for ``taken``, in points and in the budget's currency."""
        points = 0 if self.points is None else max(taken.points - self.points, 0)
        fen = 0 if self.amount is None else max(taken.money.get(self.currency, 0) - self.amount, 0)
        return Sum(points, _fen(self.currency, fen))

    def left(self, taken: Sum) -> Sum:
        """What ``taken`` leaves, of what is limited."""
        points = 0 if self.points is None else self.points - taken.points
        fen = 0 if self.amount is None else self.amount - taken.money.get(self.currency, 0)
        return Sum(points, _fen(self.currency, fen))

    def said(self, of: Sum) -> LazyString:
        """What ``of`` has of what is limited, in words, also where that is nothing."""
        return LazyString(_limited, self, of)

    @property
    def limits_said(self) -> LazyString:
        """The limits in words."""
        return self.said(Sum(self.points or 0, _fen(self.currency, self.amount or 0)))

    def foreign(self, taken: Sum) -> Sum:
        """What of ``taken`` is in other currencies than the budget's; nothing where money isn't limited."""
        if self.amount is None:
            return Sum()
        return Sum(0, {currency: fen for currency, fen in taken.money.items() if currency != self.currency})


def _limited(budget: Budget, of: Sum) -> str:
    said = [] if budget.points is None else [_n("%(num)s point", "%(num)s points", of.points)]
    if budget.amount is not None:
        said.append(money.written(of.money.get(budget.currency, 0), budget.currency))
    return _(", ").join(said) or _("no limit")


@dataclass(frozen=True, slots=True)
class Figures:
    """A budget, the tasks that take of it, and their sums."""

    budget: Budget
    lines: Sequence[Line]
    reserved: Sum
    used: Sum

    @property
    def taken(self) -> Sum:
        return self.reserved + self.used

    @property
    def left(self) -> Sum:
        """What is left, of what is limited; below nothing where more was promised than there is."""
        return self.budget.left(self.taken)

    @property
    def rest(self) -> LazyString:
        """What is left, in words."""
        return self.budget.said(self.left)


def figures_of(budget: Budget, lines: Sequence[Line]) -> Figures:
    """The sums of the lines."""
    return Figures(budget, lines, total(line.reserved for line in lines), total(line.used for line in lines))


# -- what may still be taken ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A task that would take more than it does: ``cost`` is how much more. ``fits``: what is left lasts for it and for all
    before it."""

    reference: str
    cost: Sum
    fits: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What publishing would leave of the budget: ``missing`` is what it doesn't cover, ``foreign`` what it can't, being of
    another currency."""

    asked: Sequence[Asked]
    cost: Sum
    missing: Sum
    foreign: Sum
    rest: LazyString

    @property
    def covered(self) -> bool:
        return not (self.missing or self.foreign)


def outlook(budget: Budget, taken: Sum, costs: Iterable[tuple[str, Sum]]) -> Outlook:
    """What the (reference, cost) pairs, in their order, would do to a budget of which ``taken`` is taken already.

    Only what grows is asked about: a budget that fell short for another reason doesn't stop what costs nothing more.
    """
    asked: list[Asked] = []
    cost, missing, foreign = Sum(), Sum(), Sum()
    for reference, more in costs:
        cost += more
        missing, foreign = _short(budget, taken + cost, cost), budget.foreign(cost)
        asked.append(Asked(reference, more, not (missing or foreign)))
    return Outlook(asked, cost, missing, foreign, budget.said(budget.left(taken + cost)))


def _short(budget: Budget, after: Sum, grown: Sum) -> Sum:
    lacks = budget.lacks(after)
    return Sum(lacks.points if grown.points else 0, {c: fen for c, fen in lacks.money.items() if c in grown.money})


def check_covered(cycle: str, before: Figures, after: Figures) -> None:
    """Raises Refused, naming what is missing and the tasks in order, when what the tasks of the quarter that ``cycle`` names
    take has grown beyond its budget from ``before`` to ``after``."""
    earlier = {line.task_id: line.taken for line in before.lines}
    grown = [(line.reference, (line.taken - earlier.get(line.task_id, Sum())).growth) for line in after.lines]
    found = outlook(after.budget, before.taken, [(reference, cost) for reference, cost in grown if cost])
    if not found.covered:
        raise Refused(LazyString(_refusal, cycle, before.rest, found))


def _refusal(cycle: str, rest: LazyString, found: Outlook) -> str:
    said = [_("The budget of %(cycle)s doesn't cover this.", cycle=cycle)]
    if found.missing:
        said.append(_("Missing: %(missing)s. Left: %(rest)s.", missing=worth(found.missing), rest=rest))
    if found.foreign:
        said.append(_("It holds no money in the currency of %(sums)s.", sums=worth(found.foreign)))
    tasks = _("; ").join(f"{one.reference}: {said_of(one)}" for one in found.asked)
    said.append(
        _("Leave tasks out, change them, or ask finance for more. Asked for, in order – %(tasks)s", tasks=tasks)
    )
    return " ".join(said)


def said_of(one: Asked) -> str:
    """What a task asks for, and whether what is left lasts for it."""
    return str(worth(one.cost)) if one.fits else _("%(cost)s (not covered)", cost=worth(one.cost))


# -- setting it -----------------------------------------------------------------------------------

LONGEST_REASON = 2000


def check_reason(reason: str) -> str:
    """Why the budget is set, trimmed. Raises Refused."""
    if not (reason := reason.strip()):
        raise Refused(_l("Say why: the SIG's maintainers read it."), field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_REASON), field="reason")
    return reason


def check_budget(budget: Budget, taken: Sum) -> None:
    """A budget holds what is reserved and used of it already, and an amount has its currency. Raises Refused at the field."""
    if budget.amount is not None and not budget.currency:
        raise Refused(_l("An amount needs its currency."), field="currency")
    if budget.points is not None and budget.points < taken.points:
        raise Refused(_l("%(points)s points are reserved and used already. The budget can't be lower.", points=taken.points),
                      field="points")  # fmt: skip
    fen = taken.money.get(budget.currency, 0)
    if budget.amount is not None and budget.amount < fen:
        raise Refused(_l("%(sum)s are reserved and used already. The budget can't be lower.",
                         sum=money.written(fen, budget.currency)), field="amount")  # fmt: skip
    if foreign := budget.foreign(taken):
        said = _l("%(sums)s are reserved and used already: another currency than the budget's. Limit points alone.",
                  sums=worth(foreign))  # fmt: skip
        raise Refused(said, field="currency")
