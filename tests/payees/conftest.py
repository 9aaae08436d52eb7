"""Payee data of invented people: the numbers are the samples of GB 11643-1999 and of a card scheme."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from tests.support.cast import Cast
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.demo.payees import one_page
from tracker.events import Event
from tracker.payees import service
from tracker.payees.models import Contract, Payee, PayExclusion
from tracker.payees.queries import Recipient

DATA = {
    "legal_name": "王小明",
    "id_number": "11010519491231002X",
    "bank": "示例银行高新支行",
    "account": "6200000000000005",
}
OTHER = {"legal_name": "Otto Brandt", "id_number": "P47110815", "bank": "Example Bank", "account": "6212142222000003"}
#: What must not be found anywhere in the clear.
SECRETS = [*DATA.values(), *OTHER.values()]
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2027, 2, 28)
AGREEMENT = one_page("Agreement of an invented person")


def give(user: User, *, version: int = 0, **typed: str) -> Payee:
    return transaction(lambda: service.change_payee(user, **{**DATA, **typed}, version=version))


def recipient(user: User) -> Recipient:
    return Recipient(user)


def contract_for(cast: Cast, user: User, *, version: int = 0, **typed: Any) -> Contract:
    values = {"starts_on": FIRST, "ends_on": LAST, "agreement": AGREEMENT, **typed}
    return transaction(
        lambda: service.edit_contract(cast.fay, Recipient(user), cast.programme, **values, version=version)
    )


def exclude(cast: Cast, user: User, actor: Any = None, **typed: Any) -> PayExclusion:
    values = {"programme": cast.programme, "kind": "employee", "note": "", "since": FIRST, "until": None, **typed}
    return transaction(lambda: service.add_exclusion(actor or cast.fay, Recipient(user), **values))


def events(name: str) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.name == name).order_by(Event.id)))
