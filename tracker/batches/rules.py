"""What is fair about batches: which lines go in, what a layout may say. Pure functions; money is integer fen."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from tracker.batches.fields import FIELDS
from tracker.errors import Refused
from tracker.money import written
from tracker.text import LazyString, Text, _l, _nl

#: So many lines a batch holds: more freeze and are paid in a few seconds, but nobody checks them in one go.
MOST_LINES = 5000
MOST_COLUMNS = 40
LONGEST_HEADING = 60
#: Addresses of a batch's page that no layout may take.
TAKEN = ("lines", "new", "layouts")


class Payable(Protocol):
    """What goes into a batch."""

    @property
    def id(self) -> int: ...
    @property
    def user_id(self) -> int: ...
    @property
    def amount(self) -> int | None: ...


T = TypeVar("T", bound=Payable)
P = TypeVar("P", bound="Priced")


class Held(NamedTuple):
    """Why a person's lines stay out: a token for files, and words."""

    token: str
    words: Text


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """``taken`` go into the batch; ``left`` don't: their person is ``held``, or would receive nothing or less."""

    taken: list[T]
    left: list[T]
    held: Mapping[int, Held] = field(default_factory=dict)

    def why(self, line: T) -> Held:
        """Why a line is left out."""
        return self.held.get(line.user_id, NOTHING_LEFT)

    @property
    def amount(self) -> int:
        """The sum of what is taken, in fen."""
        return sum(line.amount or 0 for line in self.taken)


#: Why a line stays out.
LEFT_OUT = _l("The person's lines come to nothing or less. They go in with later ones, or are cancelled.")
NOTHING_LEFT = Held("nothing_left", LEFT_OUT)
NO_PAYER = Held("no_payer", _l("Money is taken back from this person, so that it is one payment, and everybody of finance approved"
                               " a line of it or receives it. Another member of finance is needed."))  # fmt: skip


def set_off_elsewhere(number: int) -> Held:
    """A person's lines stay out while line ``number``, which takes money back from them, can't go in."""
    return Held("set_off_elsewhere", _l(
        "Line %(number)s takes money back from this person and can't go in with this: it isn't approved, or was approved by"
        " the payer.", number=number))  # fmt: skip


def without_payer(lines: Iterable[Priced], payers: Iterable[int]) -> dict[int, Held]:
    """The people whose one payment, with what is taken back, none of ``payers`` may note: who approved a line doesn't pay it."""
    lines = list(lines)
    barred: dict[int, set[int | None]] = {line.user_id: {line.user_id} for line in lines if (line.amount or 0) < 0}
    for line in lines:
        if line.user_id in barred:
            barred[line.user_id].add(line.approved_by_id)
    payers = set(payers)
    return {person: NO_PAYER for person, ids in barred.items() if payers <= ids}


def choose(lines: Iterable[T], held: Mapping[int, Held] | None = None) -> Choice[T]:
    """Which lines of one currency go in: all of a person's, where they come to more than nothing together; else none of them,
    nor those of who is ``held``.

    Nobody owes money to a batch, and what is taken back is set off before anything is paid.
    """
    lines, held = list(lines), held or {}
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.user_id] = sums.get(line.user_id, 0) + (line.amount or 0)
    goes = {person for person, fen in sums.items() if fen > 0 and person not in held}
    return Choice(
        [line for line in lines if line.user_id in goes], [line for line in lines if line.user_id not in goes], held
    )


def choose_for(payer: int, lines: Sequence[P]) -> Choice[P]:
    """Which of these lines a batch for one payer holds: none of a person of whom the payer can't note what is taken back."""
    barred = {line.id for line in lines if payer in (line.approved_by_id, line.user_id)}
    held = {line.user_id: set_off_elsewhere(line.id) for line in lines if line.id in barred and (line.amount or 0) < 0}
    return choose([line for line in lines if line.id not in barred], held)


def check_number(count: int) -> None:
    """A batch has lines, and not too many. Raises Refused."""
    if not count:
        raise Refused(_l("There is no line to freeze. Approve some, or look with other filters."))
    if count > MOST_LINES:
        raise Refused(
            _l("At most %(most)s lines go into one batch, and these are %(count)s. Narrow them down by programme, month or SIG.",
               most=MOST_LINES, count=count)
        )  # fmt: skip


def check_lines(lines: Sequence[Priced], *, currency: str, count: int, amount: int) -> None:
    """The lines are of one currency, leave every person something, and come to what the page repeated. Raises Refused."""
    check_number(len(lines))
    if any(line.currency != currency for line in lines):
        raise Refused(_l("A batch is of one currency: freeze a batch for each."))
    if left := choose(lines).left:
        raise Refused(_l("Line %(number)s can't go in: %(why)s", number=left[0].id, why=LEFT_OUT))
    real = sum(line.amount or 0 for line in lines)
    if len(lines) != count or real != amount:
        raise Refused(
            _l("The page said %(said)s and %(amount)s; the lines are %(count)s and come to %(real)s. Look again.",
               said=_nl("%(num)s line", "%(num)s lines", count), amount=written(amount, currency),
               count=len(lines), real=written(real, currency))
        )  # fmt: skip


class Priced(Payable, Protocol):
    """A line with its currency and who approved it."""

    @property
    def currency(self) -> str: ...
    @property
    def approved_by_id(self) -> int | None: ...


# -- layouts --------------------------------------------------------------------------------------


def check_slug(slug: str) -> None:
    """Raises Refused for what can't stand in an address."""
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", slug) or slug in TAKEN:
        raise Refused(
            _l("A short name of small letters, digits and hyphens, such as finance-office; it can't be “%(slug)s”.", slug=slug),
            field="slug",
        )  # fmt: skip


def check_columns(columns: Sequence[Mapping[str, str]]) -> None:
    """Each column has a heading of its own and a field that there is, and one of them is the amount. Raises Refused."""
    if not 1 <= len(columns) <= MOST_COLUMNS:
        raise Refused(_l("A layout has 1 to %(most)s columns.", most=MOST_COLUMNS), field="columns")
    seen: set[str] = set()
    for number, column in enumerate(columns, 1):
        heading, field = column["heading"], column["field"]
        why: LazyString | None = None
        if not heading:
            why = _l("the heading is missing")
        elif len(heading) > LONGEST_HEADING:
            why = _l("the heading has more than %(longest)s characters", longest=LONGEST_HEADING)
        elif plain(heading) in seen:
            why = _l("another column has this heading")
        elif field not in FIELDS:
            why = _l("there is no field “%(field)s”", field=field[:40])
        if why is not None:
            raise Refused(_l("Column %(number)s: %(why)s.", number=number, why=why), field="columns")
        seen.add(plain(heading))
    if not any(column["field"] == "amount" for column in columns):
        raise Refused(_l("No column has the amount."), field="columns")


def plain(heading: str) -> str:
    """A heading as it is compared: full width and capitals don't count, blanks neither, nor what makes it inert."""
    return "".join(unicodedata.normalize("NFKC", heading).casefold().split()).lstrip("'")
