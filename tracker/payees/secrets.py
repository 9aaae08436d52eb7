"""Payee data in the clear, for as long as a step needs it: sealed on the way in, opened on the way out.

None of it is ever logged, noted in the diary or mailed. Whoever shows it to a person of finance notes the look (``payees.looks``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import select

from tracker.db import db
from tracker.payees import rules
from tracker.payees.models import AGREEMENT, DATES, PAYEE, Contract, Payee
from tracker.sealing import Broken, seal


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PayeeData:
    """What a bank needs to pay a person."""

    legal_name: str
    id_number: str
    bank: str
    account: str

    def __repr__(self) -> str:
        return "PayeeData(…)"  # what is printed by accident says nothing

    @property
    def masked(self) -> Masked:
        return Masked(
            legal_name=rules.mask_words(self.legal_name), id_number=rules.mask_number(self.id_number),
            bank=rules.mask_words(self.bank), account=rules.mask_number(self.account),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """As lists show it (``王**``, ``****1234``): enough to know one's own."""

    legal_name: str
    id_number: str
    bank: str
    account: str


@dataclass(frozen=True, slots=True, repr=False)
class Dates:
    """First and last day of a contract; no last day: open."""

    starts_on: dt.date
    ends_on: dt.date | None

    def __repr__(self) -> str:
        return "Dates(…)"


# -- payees ---------------------------------------------------------------------------------------


def sealed(user_id: int, data: PayeeData) -> str:
    """The data as the person's row keeps it."""
    return seal(PAYEE.context(Payee(user_id=user_id)), json.dumps(asdict(data), ensure_ascii=False).encode())


def opened(payee: Payee) -> PayeeData:
    """The data of a row. Raises sealing.Broken."""
    return PayeeData(**json.loads(PAYEE.read(payee)))


def masked(payee: Payee | None) -> Masked | None:
    """The data of a row, masked; None where there is none or it can't be opened."""
    try:
        return opened(payee).masked if payee is not None else None
    except Broken:
        return None


def payee_data_of(user_ids: Collection[int]) -> dict[int, PayeeData]:
    """Person → data, of those who gave any, in one statement. Raises sealing.Broken."""
    query = select(Payee).where(Payee.user_id.in_(user_ids)) if len(user_ids) <= 5000 else select(Payee)
    return {payee.user_id: opened(payee) for payee in db.session.scalars(query) if payee.user_id in user_ids}


# -- contracts ------------------------------------------------------------------------------------


def put_dates(contract: Contract, dates: Dates) -> None:
    """Seal the dates into their row."""
    said = {"starts_on": dates.starts_on.isoformat(), "ends_on": dates.ends_on.isoformat() if dates.ends_on else ""}
    DATES.put(contract, json.dumps(said).encode())


def dates_of(contract: Contract) -> Dates:
    """The dates of a contract. Raises sealing.Broken."""
    said = json.loads(DATES.read(contract))
    ends_on = said.get("ends_on")
    return Dates(dt.date.fromisoformat(said["starts_on"]), dt.date.fromisoformat(ends_on) if ends_on else None)


def agreement_of(contract: Contract) -> bytes:
    """The signed agreement of a contract that has one. Raises sealing.Broken."""
    return AGREEMENT.read(contract)
