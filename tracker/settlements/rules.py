"""What a settlement pays whom: pure functions over plain facts. Points and fen."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.errors import Refused
from tracker.programmes.months import last_day
from tracker.programmes.wages import Account, Month, Scheme, compute_month
from tracker.text import LazyString, _l, _nl


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is known of a person when a month is settled.

    ``excluded``: why they aren't paid now, as in models.EXCLUSIONS; empty for who is. ``contract_end``: the last day of their
    contract. ``last_paid``: what the month before paid them, in fen. ``sig_id``: where they earned points last.
    """

    user_id: int
    handle: str
    name: str
    account: Account
    earned: int
    sig_id: int
    excluded: str = ""
    contract_end: dt.date | None = None
    last_paid: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """A person's line of a settlement."""

    person: Person
    month: Month
    contract_ended: bool

    @property
    def pays(self) -> int:
        """Fen that become a wage line."""
        return 0 if self.person.excluded else self.month.payable

    @property
    def difference(self) -> int:
        """Against what the month before paid, in fen."""
        return self.pays - self.person.last_paid

    @property
    def moves(self) -> bool:
        """Whether there is anything to say: points, money, money that is held back, or less than the month before."""
        month = self.month
        return bool(month.earned or month.payable or month.held or month.left_over or self.person.last_paid)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the lines of a settlement come to."""

    count: int
    amount: int
    last_amount: int
    excluded_count: int
    excluded_amount: int


def settle(scheme: Scheme, month: str, people: Iterable[Person]) -> list[Figures]:
    """The lines of ``month`` by name; a contract that ends in or before it pays the remainder of steps out."""
    lines = []
    for person in people:
        ended = person.contract_end is not None and person.contract_end <= last_day(month)
        figures = Figures(person, compute_month(scheme, person.account, person.earned, contract_ended=ended), ended)
        if figures.moves:
            lines.append(figures)
    return sorted(lines, key=lambda line: (line.person.name.casefold(), line.person.user_id))


def follow(
    account: Account, months: Iterable[tuple[str, Scheme]], earned: Mapping[str, int], *, contract_end: dt.date | None = None,
    unpaid: Container[str] = (),
) -> Iterator[tuple[str, Month, Account]]:  # fmt: skip
    """A person's months one after the other, as if each were settled and paid: (month, figures, what is brought on from it).

    ``account`` is what they bring into the first; ``earned`` points by month; months in ``unpaid`` don't pay, and what they
    would have paid stays open, as in a settlement.
    """
    for month, scheme in months:
        ended = contract_end is not None and contract_end <= last_day(month)
        figures = compute_month(scheme, account, earned.get(month, 0), contract_ended=ended)
        account = Account(figures.total, account.converted, account.settled) if month in unpaid else figures.after
        yield month, figures, account


def sums(lines: Sequence[Figures]) -> Sums:
    """Lines that pay and their sum, what the month before paid the same people, and what excluded people would get."""
    out = [line for line in lines if line.person.excluded and line.month.payable]
    return Sums(
        count=sum(line.pays > 0 for line in lines),
        amount=sum(line.pays for line in lines),
        last_amount=sum(line.person.last_paid for line in lines),
        excluded_count=len(out),
        excluded_amount=sum(line.month.payable for line in out),
    )


def fingerprint(lines: Sequence[Figures]) -> str:
    """Says what a preview showed, so that committing another is refused."""
    return seen_as((line.person.user_id, line.month.total, line.month.payable, line.person.excluded) for line in lines)


def seen_as(lines: Iterable[tuple[int, int, int, str]]) -> str:
    """The fingerprint of lines: (user_id, points in all, payable, why excluded) of each, in order."""
    said = ";".join(",".join(map(str, line)) for line in lines)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def check_month(month: str, *, now: str, due: str | None) -> None:
    """A month is settled once it has ended, and in order. ``now`` is the present month, ``due`` the one whose turn it is.
    Raises Refused."""
    if month >= now:
        raise Refused(
            _l("%(month)s hasn't ended yet. It can be settled from the first day of the next month on.", month=month)
        )
    if due is None:
        raise Refused(_l("There are no points that a wage is paid for yet."))
    if month > due:
        raise Refused(_l("Months are settled in order: %(due)s comes first.", due=due))
    if month < due:
        raise Refused(
            _l("It is the turn of %(due)s: the months before are settled, have no points or pay no wage.", due=due)
        )


def check_shown(lines: Sequence[Figures], *, count: int, amount: int, seen: str) -> None:
    """Raises Refused when the settlement isn't any more what the page showed."""
    now = sums(lines)
    if (now.count, now.amount) != (count, amount):
        raise Refused(
            _l("The settlement changed since you opened the page: it showed %(old)s lines, now there are %(new)s. Look at it again.",
               old=count, new=now.count)
            if now.count != count
            else _l("The sum changed since you opened the page. Look at it again.")
        )  # fmt: skip
    if fingerprint(lines) != seen:
        raise Refused(_l("The lines changed since you opened the page, though not their sum. Look at them again."))


def note_of(scheme: Scheme, *, total: int, gross: int, contract_ended: bool) -> LazyString | None:
    """What is worth a look about a line of ``total`` points that come to ``gross`` fen, in words."""
    if contract_ended and scheme.kind == "steps":
        return _l("The contract has ended: the remainder is paid out, up to the monthly cap.")
    following = scheme.next_tier(total)
    if scheme.kind == "tiers" and not gross and following:
        return _nl("%(num)s point below the first tier", "%(num)s points below the first tier", following[0] - total)
    return None
