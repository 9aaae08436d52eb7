"""Payee data in the clear, for as long as a step needs it: sealed on the way in, opened on the way out."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import select

from tracker.db import db
from tracker.payees.models import Payee
from tracker.sealing import seal, unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeData:
    """What a bank needs to pay a person. None of it is ever logged, noted in the diary or mailed."""

    legal_name: str
    id_number: str
    bank: str
    account: str


def context(user_id: int) -> str:
    """What a person's payee data is sealed for."""
    return f"payee:{user_id}"


def sealed(user_id: int, data: PayeeData) -> str:
    """The data as the row keeps it."""
    return seal(context(user_id), json.dumps(asdict(data), ensure_ascii=False).encode())


def opened(payee: Payee) -> PayeeData:
    """The data of a row. Raises sealing.Broken. Whoever shows it to a person of finance notes the look."""
    return PayeeData(**json.loads(unseal(context(payee.user_id), payee.sealed)))


def payee_data_of(user_ids: Collection[int]) -> dict[int, PayeeData]:
    """Person → data, of those who gave any, in one statement. Raises sealing.Broken."""
    query = select(Payee).where(Payee.user_id.in_(user_ids)) if len(user_ids) <= 5000 else select(Payee)
    return {payee.user_id: opened(payee) for payee in db.session.scalars(query) if payee.user_id in user_ids}
