"""Two sets of rules over the same points: what each pays in which month and to whom. Pure; computed as settlements are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tracker.programmes.wages import Account, Month, Scheme
from tracker.settlements.rules import follow

#: Months with the scheme of each, in order.
Plan = Sequence[tuple[str, Scheme]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A person's points. ``account``: what they bring into the first month; ``earned``: points by month; ``unpaid``: month → why
    it isn't paid (settlements.models.EXCLUSIONS), and the points of such months stay open."""

    user_id: int
    handle: str
    name: str
    account: Account
    earned: Mapping[str, int]
    unpaid: Mapping[str, str] = field(default_factory=dict)
    contract_end: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a person's months come to, in fen, by the old rules and by the new. ``excluded``: why the last month isn't paid.

    ``open``: whether something is open by the old rules: a wage of these months, also one that isn't paid now, or points in hand.
    """

    user_id: int
    handle: str
    name: str
    points: int
    old: int
    new: int
    excluded: str
    open: bool

    @property
    def difference(self) -> int:
        return self.new - self.old


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody's outcomes, the largest difference first, and the sums of each month: (month, old, new) in fen."""

    outcomes: list[Outcome]
    months: list[tuple[str, int, int]]

    @property
    def old(self) -> int:
        return sum(old for _month, old, _new in self.months)

    @property
    def new(self) -> int:
        return sum(new for _month, _old, new in self.months)

    def group(self, name: str) -> list[Outcome]:
        """The outcomes of ``winners``, ``losers`` or ``unchanged``; of anything else all of them."""
        keep = {
            "winners": lambda one: one.difference > 0,
            "losers": lambda one: one.difference < 0,
            "unchanged": lambda one: one.difference == 0,
        }.get(name)
        return self.outcomes if keep is None else [one for one in self.outcomes if keep(one)]


def compare(courses: Iterable[Course], before: Plan, old: Plan, new: Plan) -> Comparison:
    """What the months of ``old`` and ``new`` (the same months) pay; ``before`` are the months that lead up to them."""
    sums = {month: [0, 0] for month, _scheme in old}
    outcomes = []
    for course in courses:
        account = course.account
        for step in _follow(course, account, before):
            account = step[2]
        paid = [0, 0]
        ways = [list(_follow(course, account, plan)) for plan in (old, new)]
        for which, way in enumerate(ways):
            for month, figures, _after in way:
                if figures.payable and month not in course.unpaid:
                    sums[month][which] += figures.payable
                    paid[which] += figures.payable
        outcomes.append(
            Outcome(
                user_id=course.user_id, handle=course.handle, name=course.name, old=paid[0], new=paid[1],
                points=sum(course.earned.get(month, 0) for month in sums),
                excluded=course.unpaid.get(old[-1][0], "") if old else "",
                open=_leaves_open(old, [figures for _month, figures, _after in ways[0]]),
            )
        )  # fmt: skip
    outcomes.sort(key=lambda one: (-abs(one.difference), one.name.casefold(), one.user_id))
    return Comparison(outcomes, [(month, was, is_now) for month, (was, is_now) in sums.items()])


def _leaves_open(plan: Plan, months: Sequence[Month]) -> bool:
    in_hand = bool(plan) and plan[-1][1].kind == "steps" and months[-1].left_over > 0
    return in_hand or any(month.payable for month in months)


def _follow(course: Course, account: Account, plan: Plan) -> Iterator[tuple[str, Month, Account]]:
    return follow(account, plan, course.earned, contract_end=course.contract_end, unpaid=course.unpaid)
