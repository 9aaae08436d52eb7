"""What a column of a layout can hold: one token each, with its name, its kind, and whether it is opened payee data. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tracker.text import LazyString, _l

TEXT, NUMBER, MONEY = "text", "number", "money"


@dataclass(frozen=True, slots=True)
class Field:
    """``sealed``: it shows payee data, so each download is a look at the persons in it. ``tells_whom``: a bank's answer that
    has the column says by it whose line it is."""

    name: LazyString
    kind: str = TEXT
    sealed: bool = False
    tells_whom: bool = False


FIELDS: dict[str, Field] = {
    "row": Field(_l("Number of the row"), NUMBER),
    "reward": Field(_l("Number of the line"), NUMBER, tells_whom=True),
    "batch": Field(_l("Number of the batch")),
    "name": Field(_l("Legal name, or the display name where none was given"), sealed=True, tells_whom=True),
    "legal_name": Field(_l("Legal name"), sealed=True, tells_whom=True),
    "id_number": Field(_l("ID number"), sealed=True, tells_whom=True),
    "bank": Field(_l("Bank"), sealed=True),
    "account": Field(_l("Account number"), sealed=True, tells_whom=True),
    "handle": Field(_l("Handle"), tells_whom=True),
    "display_name": Field(_l("Display name"), tells_whom=True),
    "github": Field(_l("GitHub handle"), tells_whom=True),
    "gitee": Field(_l("Gitee handle"), tells_whom=True),
    "gitcode": Field(_l("GitCode handle"), tells_whom=True),
    "sig": Field(_l("SIG, short name")),
    "sig_name": Field(_l("SIG, name")),
    "sig_name_zh": Field(_l("SIG, Chinese name")),
    "programme": Field(_l("Programme, short name")),
    "programme_name": Field(_l("Programme, name")),
    "programme_name_zh": Field(_l("Programme, Chinese name")),
    "quarter": Field(_l("Quarter")),
    "month": Field(_l("Month")),
    "kind": Field(_l("Kind")),
    "description": Field(_l("What it is for")),
    "task": Field(_l("Task, reference")),
    "task_title": Field(_l("Task, title")),
    "points": Field(_l("Points of the line"), NUMBER),
    "carried_over": Field(_l("Points carried over from the month before, of a wage"), NUMBER),
    "earned": Field(_l("Points of the month, of a wage"), NUMBER),
    "converted": Field(_l("Points converted in the month, of a wage"), NUMBER),
    "amount": Field(_l("Amount"), MONEY),
    "currency": Field(_l("Currency")),
    "state": Field(_l("State")),
    "proposed_by": Field(_l("Proposed by")),
    "proposed_at": Field(_l("Proposed on")),
    "approved_by": Field(_l("Approved by")),
    "approved_at": Field(_l("Approved on")),
    "paid_by": Field(_l("Paid by")),
    "paid_at": Field(_l("Paid on")),
    "payment_reference": Field(_l("Payment reference")),
    "empty": Field(_l("Empty, for the finance office to fill in")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it is frozen: an attribute for each token. ``amount`` in fen; ``user_id`` is whose it is."""

    user_id: int
    reward: int
    batch: str
    handle: str
    display_name: str
    sig: str
    programme: str
    month: str
    quarter: str
    kind: str
    description: str
    amount: int
    currency: str
    row: int = 0
    legal_name: str = ""
    id_number: str = ""
    bank: str = ""
    account: str = ""
    github: str = ""
    gitee: str = ""
    gitcode: str = ""
    sig_name: str = ""
    sig_name_zh: str = ""
    programme_name: str = ""
    programme_name_zh: str = ""
    task: str = ""
    task_title: str = ""
    points: int | None = None
    carried_over: int | None = None
    earned: int | None = None
    converted: int | None = None
    state: str = ""
    proposed_by: str = ""
    proposed_at: dt.datetime | None = None
    approved_by: str = ""
    approved_at: dt.datetime | None = None
    paid_by: str = ""
    paid_at: dt.datetime | None = None
    payment_reference: str = ""
    empty: str = ""

    @property
    def name(self) -> str:
        """What the finance office knows the person by."""
        return self.legal_name or self.display_name or self.handle


def sealed_in(columns: list[dict[str, str]]) -> bool:
    """Whether any of a layout's columns shows payee data."""
    return any(FIELDS[column["field"]].sealed for column in columns)
