"""The bank's answer to a batch: what its rows say, held against what was frozen, every fault told with its line. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker import money
from tracker.batches.bank_files import Faulty, Problem
from tracker.batches.fields import FIELDS
from tracker.batches.rules import plain
from tracker.money import decimal
from tracker.text import Text, _l

LONGEST_REFERENCE = 100
LONGEST_REASON = 500
PAID, RETURNED = "paid", "returned"
#: What a cell of the result column may say.
RESULTS: dict[str, str] = {
    "paid": PAID, "成功": PAID, "已发放": PAID, "returned": RETURNED, "失败": RETURNED, "退回": RETURNED,
}  # fmt: skip
#: Role → headings that mean it in any file, however they are spaced and capitalised. Headings of the batch's own files are known besides.
HEADINGS: dict[str, tuple[str, ...]] = {
    "reward": ("reward", "reward id", "奖励", "奖励编号"),
    "handle": ("handle", "person", "用户名"),
    "name": ("name", "姓名", "户名", "收款人"),
    "amount": ("amount", "金额", "金额(元)"),
    "currency": ("currency", "币种"),
    "batch": ("batch", "批次", "发放批次"),
    "result": ("result", "结果", "发放结果", "支付结果"),
    "reference": ("reference", "payment reference", "payment_reference", "流水号", "交易流水号", "凭证号"),
    "reason": ("reason", "原因", "失败原因", "退回原因"),
}
_ROLES = {plain(heading): role for role, headings in HEADINGS.items() for heading in headings}
#: Fields of the frozen files that are a role in their own right.
_FROZEN_ROLES = {"amount": "amount", "currency": "currency", "batch": "batch", "payment_reference": "reference"}
#: Whatever a finance office calls a name may be any of these.
NAMES = ("display_name", "legal_name", "name")
#: Role that tells whose line a row is → the fields that it may hold.
_WHOM: dict[str, tuple[str, ...]] = {"reward": ("reward",), "handle": ("handle",), "name": NAMES}


# -- text to what it says -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """What a row says: cells by role; ``whom`` are the columns that tell whose line it is, (fields, text) each."""

    line: int
    cells: Mapping[str, str]
    whom: tuple[tuple[tuple[str, ...], str], ...]


def headings_of(rows: Sequence[tuple[int, list[str]]]) -> list[str]:
    """The headings, as ``plain`` writes them."""
    return [plain(cell) for cell in rows[0][1]]


def said(rows: Sequence[tuple[int, list[str]]], frozen: Mapping[str, Collection[str]]) -> list[Said]:
    """What each row says. ``frozen``: heading of the batch's own files → its fields. Raises Faulty."""
    headings = headings_of(rows)
    line = rows[0][0]
    roles: dict[str, int] = {}
    whom: list[tuple[int, tuple[str, ...]]] = []
    problems: list[Problem] = []
    for index, heading in enumerate(headings):
        role, fields = _role(heading, frozen.get(heading, ()))
        if fields:
            whom.append((index, fields))
        elif role and role in roles:
            problems.append(Problem(line, _l("Two columns are the same: “%(one)s” and “%(other)s”.",
                                             one=rows[0][1][roles[role]], other=rows[0][1][index])))  # fmt: skip
        elif role:
            roles[role] = index
    problems += _missing(line, roles, bool(whom), rows[0][1])
    if not problems and len(rows) == 1:
        problems.append(Problem(0, _l("The file has headings but no line.")))
    for number, cells in rows[1:]:
        if any(cells[len(headings) :]):
            problems.append(Problem(number, _l("This row has more cells than there are headings.")))
        problems += _unprintable(number, cells)
    if problems:
        raise Faulty(problems)
    return [_row(number, cells, roles, whom) for number, cells in rows[1:]]


def _role(heading: str, fields: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The role of a column, or the fields by which it tells whose line a row is."""
    telling = tuple(sorted(name for name in fields if FIELDS[name].tells_whom))
    if telling:
        return "", telling
    role = next((_FROZEN_ROLES[name] for name in fields if name in _FROZEN_ROLES), _ROLES.get(heading, ""))
    if role not in _WHOM:
        return role, ()
    # In the batch's own files this heading is of something else, such as the name of a SIG.
    return "", () if fields else _WHOM[role]


def _missing(line: int, roles: Mapping[str, int], tells_whom: bool, headings: Sequence[str]) -> list[Problem]:
    wanted = [
        (tells_whom, _l("reward (奖励), handle (用户名) or name (姓名)")), ("amount" in roles, _l("amount (金额)")),
        ("result" in roles, _l("result (结果)")),
    ]  # fmt: skip
    found = ", ".join(heading for heading in headings if heading)[:200]
    return [
        Problem(line, _l("No column is called %(wanted)s. The headings are: %(found)s", wanted=name, found=found))
        for there, name in wanted
        if not there
    ]


def _unprintable(line: int, cells: Iterable[str]) -> list[Problem]:
    if any(unicodedata.category(character) in ("Cc", "Cs") for cell in cells for character in cell):
        return [Problem(line, _l("There is a character here that can't be stored."))]
    return []


def _row(
    line: int, cells: Sequence[str], roles: Mapping[str, int], whom: Sequence[tuple[int, tuple[str, ...]]]
) -> Said:
    def at(index: int) -> str:
        return cells[index] if index < len(cells) else ""  # Excel leaves empty cells at the end away

    return Said(
        line, {role: at(index) for role, index in roles.items()},
        tuple((fields, at(index)) for index, fields in whom if at(index)),
    )  # fmt: skip


# -- what it says against what was frozen ---------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What a result is held against. ``lines``: rows with id, user_id, handle, amount, state, … of the whole batch.

    ``known``: field → value (as ``plain`` writes it) → the persons who have it. ``elsewhere``: number of a line outside the batch
    → its batch, or "". ``obstacle(step, line)``: why the reader can't pay or return a line.
    """

    number: str
    currency: str
    lines: Sequence[Any]
    known: Mapping[str, Mapping[str, Collection[int]]]
    elsewhere: Mapping[int, str]
    obstacle: Callable[[str, Any], Text | None]


@dataclass(frozen=True, slots=True)
class Match:
    """A row of the file that stands for lines of the batch: ``result`` and its ``words`` (the reference, or the reason)."""

    line: int
    lines: Sequence[Any]
    amount: int
    result: str
    words: str


@dataclass(slots=True)
class Outcome:
    """What a file says about the batch. Without problems every line that it names can be applied."""

    matches: list[Match] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    missing: list[Any] = field(default_factory=list)

    def of(self, result: str) -> list[Match]:
        return [match for match in self.matches if match.result == result]

    def count(self, result: str) -> int:
        """How many lines of the batch it says ``result`` of."""
        return sum(len(match.lines) for match in self.of(result))

    def amount(self, result: str) -> int:
        return sum(match.amount for match in self.of(result))


def held_against(rows: Sequence[Said], frozen: Frozen) -> Outcome:
    """Match every row, and say everything that is wrong with it."""
    outcome = Outcome()
    seen: dict[int, int] = {}
    by_id = {line.id: line for line in frozen.lines}
    by_person: dict[int, list[Any]] = {}
    for line in frozen.lines:
        by_person.setdefault(line.user_id, []).append(line)
    for row in rows:
        lines, problems = _whose(row, frozen, by_id, by_person)
        amount, wrong = _amount(row, frozen.currency, lines)
        result, words, unclear = _result(row)
        problems += wrong + unclear + _not_now(frozen, lines, result, words)
        for line in lines:
            if line.id in seen:
                problems.append(
                    _l(
                        "Line %(number)s of the batch stands in row %(first)s already.",
                        number=line.id,
                        first=seen[line.id],
                    )
                )
            seen.setdefault(line.id, row.line)
        outcome.problems += [Problem(row.line, text) for text in problems]
        outcome.matches.append(Match(row.line, lines, amount or 0, result, words))
    outcome.problems += _torn(by_person.values(), outcome.matches)
    outcome.missing = [line for line in frozen.lines if line.id not in seen and line.state == "in_batch"]
    return outcome


def _torn(payments: Iterable[Sequence[Any]], matches: Iterable[Match]) -> list[Problem]:
    """What a person receives and what is taken back from them is one payment: a file says the same of all of it, or nothing."""
    said = {line.id: match for match in matches for line in match.lines}
    found = []
    for lines in payments:
        told = [said[line.id] for line in lines if line.id in said]
        if not told or all(line.amount > 0 for line in lines):
            continue
        if len(told) < len(lines) or len({match.result for match in told}) > 1:
            found.append(Problem(told[0].line, _l(
                "Lines %(lines)s are one payment, since money is taken back in it: the file says the same of all of them.",
                lines=", ".join(str(line.id) for line in lines))))  # fmt: skip
    return found


def _whose(
    row: Said, frozen: Frozen, by_id: Mapping[int, Any], by_person: Mapping[int, list[Any]]
) -> tuple[list[Any], list[Text]]:
    """The lines that a row is about, or why that can't be told."""
    problems: list[Text] = []
    if (number := row.cells.get("batch", "")) and number != frozen.number:
        problems.append(_l("This is about %(other)s, not about %(number)s.", other=number[:40], number=frozen.number))
    if not row.whom:
        return [], [*problems, _l("Whose line it is isn't said.")]
    lines: list[Any] = []
    people: set[int] | None = None
    for fields, text in row.whom:
        if fields == ("reward",):
            found, why = _numbered(text, frozen, by_id)
            lines, problems = [*lines, *found], [*problems, *why]
            continue
        named = {person for name in fields for person in frozen.known.get(name, {}).get(plain(text), ())}
        people = named if people is None else people & named
    if problems:
        return [], problems
    if lines:
        strange = [line.id for line in lines if people is not None and line.user_id not in people]
        return (
            ([], [_l("Line %(number)s isn't of %(whom)s.", number=strange[0], whom=_called(row))])
            if strange
            else (lines, [])
        )
    if not people:
        return [], [_l("Nobody in this batch is called so: %(whom)s", whom=_called(row))]
    if len(people) > 1:
        return [], [_l("%(count)s people of this batch are called so: %(whom)s. A column with the handle tells them apart.",
                       count=len(people), whom=_called(row))]  # fmt: skip
    return by_person.get(next(iter(people)), []), []


def _numbered(text: str, frozen: Frozen, by_id: Mapping[int, Any]) -> tuple[list[Any], list[Text]]:
    """The lines of ``12``, or of ``12, 15`` where a row of a frozen file was a person's."""
    lines: list[Any] = []
    problems: list[Text] = []
    for part in text.split(","):
        digits = part.strip()
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
        if number in by_id:
            lines.append(by_id[number])
        elif other := frozen.elsewhere.get(number):
            problems.append(_l("Line %(number)s belongs to %(other)s.", number=number, other=other))
        else:
            problems.append(_l("Line “%(number)s” isn't in this batch.", number=digits[:40]))
    return lines, problems


def numbers_in(rows: Iterable[Said]) -> set[int]:
    """Every number of a line that the file names."""
    return {
        int(part)
        for row in rows
        for fields, text in row.whom
        if fields == ("reward",)
        for part in map(str.strip, text.split(","))
        if part.isascii() and part.isdigit() and len(part) < 10
    }


def _called(row: Said) -> str:
    names = [text for fields, text in row.whom if fields != ("reward",)]
    return ", ".join(names)[:100]


def _amount(row: Said, currency: str, lines: Sequence[Any]) -> tuple[int | None, list[Text]]:
    typed, said_currency = row.cells["amount"], row.cells.get("currency", "")
    problems: list[Text] = []
    if said_currency and said_currency.upper() != currency:
        problems.append(
            _l("The currency is “%(said)s”; the batch is in %(currency)s.", said=said_currency[:20], currency=currency)
        )
    try:
        amount = money.parse(typed)
    except ValueError:
        return None, [
            *problems,
            _l(
                "“%(typed)s” isn't an amount: digits with at most two decimals, such as 800 or 800.00.",
                typed=typed[:40],
            ),
        ]
    frozen = sum(line.amount for line in lines)
    if lines and amount != frozen:
        problems.append(
            _l("The amount is %(said)s; %(frozen)s was frozen.", said=decimal(amount), frozen=decimal(frozen))
        )
    return amount, problems


def _result(row: Said) -> tuple[str, str, list[Text]]:
    """The result, its words, and what is wrong with them."""
    typed = row.cells["result"]
    result = RESULTS.get(plain(typed), "")
    if not result:
        return (
            "",
            "",
            [_l("The result is “%(typed)s”. It is one of: %(known)s.", typed=typed[:40], known=", ".join(RESULTS))],
        )
    role, longest = ("reference", LONGEST_REFERENCE) if result == PAID else ("reason", LONGEST_REASON)
    words = row.cells.get(role, "")
    if not words:
        return result, "", [_l("A paid line needs the bank's reference.") if result == PAID
                            else _l("A returned line needs a reason: its receiver reads it.")]  # fmt: skip
    if len(words) > longest:
        return result, words, [_l("The reference or reason has more than %(longest)s characters.", longest=longest)]
    return result, words, []


def _not_now(frozen: Frozen, lines: Sequence[Any], result: str, words: str) -> list[Text]:
    """Why the reader can't take the step on a line now; a line that stands as the row says is left as it is."""
    if not result:
        return []
    step = "pay" if result == PAID else "return"
    found = []
    for line in lines:
        # Whoever noted it by hand before the file came said the same; under another reference it was paid twice.
        if line.state == result and (result == RETURNED or line.payment_reference == words):
            continue
        if (why := frozen.obstacle(step, line)) is not None:
            found.append(_l("Line %(number)s of the batch: %(why)s", number=line.id, why=why))
    return list(found)
