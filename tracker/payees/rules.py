"""What payee data may look like, how it is masked, and what holds its removal up. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.text import LazyString, Text, _day, _l, _nl

ZONE = ZoneInfo("Asia/Shanghai")
#: A reason for looking at somebody's data.
LEAST_REASON, MOST_REASON = 5, 300


class Wrong(ValueError):
    """It can't be that; ``message`` says why, and nothing of what was typed."""

    def __init__(self, message: Text) -> None:
        super().__init__()
        self.message = message


# -- shapes ---------------------------------------------------------------------------------------

#: Marks inside names: · of transcribed ones, hyphens, apostrophes, dots, commas.
_IN_NAMES = frozenset(" ·・.,'’-‐")
#: GB 11643-1999: weights of the first 17 digits, and the check characters of their sum modulo 11.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", re.ASCII)


def legal_name(typed: str) -> str:
    """A name as it stands in an identity document: letters of any script and the marks between them. Raises Wrong."""
    name = " ".join(typed.split())
    letters = sum(unicodedata.category(c)[0] == "L" for c in name)
    if letters < 2 or not all(unicodedata.category(c)[0] in "LM" or c in _IN_NAMES for c in name):
        raise Wrong(_l("A name of at least two letters, as it stands in the identity document."))
    return name


def compact(typed: str) -> str:
    """A number without the blanks and hyphens that people group it by; full width folded, letters capital."""
    return re.sub(r"[\s\-‐–—]", "", unicodedata.normalize("NFKC", typed)).upper()


def id_number(typed: str, today: dt.date) -> str:
    """A Chinese resident ID (18 characters, with its check character), or a passport or travel permit. Raises Wrong."""
    number = compact(typed)
    if re.fullmatch(r"[0-9]{17}[0-9X]", number, re.ASCII):
        if not _is_day(number[6:14], today) or _check_of(number) != number[17]:
            raise Wrong(_l("This resident ID isn't right: its day of birth or its last character doesn't fit."))
        return number
    if not re.fullmatch(r"[A-Z0-9]{5,12}", number, re.ASCII) or sum(map(str.isdigit, number)) < 4:
        raise Wrong(_l("A resident ID has 18 characters, a passport or travel permit 5 to 12 letters and digits."))
    return number


def _check_of(number: str) -> str:
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True)) % 11]


def _is_day(digits: str, today: dt.date) -> bool:
    try:
        born = dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return dt.date(1900, 1, 1) <= born <= today


def bank(typed: str) -> str:
    """The name of a bank, with its branch or code where the bank needs it. Raises Wrong."""
    name = " ".join(typed.split())
    if sum(unicodedata.category(c)[0] == "L" for c in name) < 2:
        raise Wrong(_l("The name of the bank, with its branch where the bank asks for it."))
    return name


def account(typed: str) -> str:
    """An account or card of 8 to 30 digits, or an IBAN with its check digits. Raises Wrong."""
    number = compact(typed)
    if _IBAN.fullmatch(number):
        if int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 != 1:
            raise Wrong(_l("The check digits of this IBAN don't fit."))
        return number
    if not re.fullmatch(r"[0-9]{8,30}", number, re.ASCII):
        raise Wrong(_l("An account of 8 to 30 digits, or an IBAN."))
    return number


def doubtful(number: str) -> bool:
    """Whether an account is as long as a bank card (16 to 19 digits) without a card's check digit (Luhn): worth a second look.

    No more than that: accounts of passbooks are as long and have none.
    """
    if not 16 <= len(number) <= 19 or not number.isdigit():
        return False
    doubled = (int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 != 0


# -- masks ----------------------------------------------------------------------------------------


def mask_words(words: str) -> str:
    """``王**`` of 王小明, ``D**`` of Dora: the first character, and nothing of how many follow."""
    return f"{words[:1]}**"


def mask_number(number: str) -> str:
    """``****1234``: the last four characters; of a short number two, so that most of it stays covered."""
    return f"****{number[-4:] if len(number) >= 12 else number[-2:]}"


def gives_away(text: str, *, secret: Iterable[str]) -> bool:
    """Whether ``text``, which will be kept in the clear, has one of the secrets in it, however it is grouped.

    A Latin name of three letters may well be part of another word.
    """
    said = compact(text)
    return any(value in said for value in map(compact, secret) if len(value) > 3 or (value and not value.isascii()))


def check_reason(typed: str, *, secret: Iterable[str] = ()) -> str:
    """Why somebody looks or takes something back, on one line. Raises Refused for one that says too little, or too much."""
    reason = " ".join(typed.split())
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        raise Refused(
            _l("Say why in %(least)s to %(most)s characters: the person reads it.", least=LEAST_REASON, most=MOST_REASON),
            field="reason",
        )  # fmt: skip
    if gives_away(reason, secret=secret):
        raise Refused(
            _l("Leave the name, the ID number and the account out of the reason: it is kept as it is."), field="reason"
        )
    return reason


# -- exclusions -----------------------------------------------------------------------------------


def overlap(
    since: dt.date, until: dt.date | None, others: Sequence[tuple[dt.date, dt.date | None]]
) -> tuple[dt.date, dt.date | None] | None:
    """The first of the other spans that shares a day with this one; no last day: for good."""
    for begins, ends in others:
        if (until is None or begins <= until) and (ends is None or ends >= since):
            return begins, ends
    return None


# -- removal --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What payments still need a person's data for: lines of money still to come, and the last payment."""

    on_the_way: int
    last_paid_at: dt.datetime | None


def holds_removal_up(needed: Needed, *, now: dt.datetime, retention_days: int) -> list[LazyString]:
    """Why the data can't go yet, a sentence each with days in Beijing's time; none: it goes with the next nightly job."""
    found = []
    if needed.on_the_way:
        found.append(
            _nl("%(num)s payment to you is on the way.", "%(num)s payments to you are on the way.", needed.on_the_way)
        )
    if needed.last_paid_at is not None:
        until = needed.last_paid_at + dt.timedelta(days=retention_days)
        if until > now:
            found.append(
                _l(
                    "You were last paid on %(day)s; the data of a payment is kept for %(days)s days, until %(until)s.",
                    day=_day(needed.last_paid_at.astimezone(ZONE).date()), days=retention_days,
                    until=_day(until.astimezone(ZONE).date()),
                )
            )  # fmt: skip
    return found
