"""Whether the ledger is whole: its accounts are what their keys say, its transfers what the diary's events name.

Its memory doesn't grow with the ledger. Whether the transfers are those that events name is told by two sums; only where
these differ does the database look for the one that is wrong.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select, true

from tracker.db import db
from tracker.events import Event
from tracker.ledger.booking import End, digest
from tracker.ledger.models import LedgerAccount, Transfer

_KEY = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Broken:
    """What is wrong with the row ``id``, whose ``key`` says what it is.

    ``account``: it isn't the account that its key says · ``changed``: the transfer isn't what was booked · ``unknown``: no
    event names the transfer · ``gone``: ``id`` is of an event that names a transfer which isn't there.
    """

    what: str
    id: int
    key: str = ""


def first_broken() -> Broken | None:
    """The first thing that is wrong: among accounts, else transfers, else what events name; None when all is whole."""
    matched = _fingerprint(select(Transfer.digest)) == _fingerprint(select(_named().c.digest))
    transfers = (_changed(), None if matched else _unknown())
    first = min((found for found in transfers if found is not None), key=lambda found: found.id, default=None)
    return _account() or first or (None if matched else _gone())


def _fingerprint(digests: Select[Any]) -> tuple[int, int]:
    """How many digests there are, and a sum that is the same for the same digests in any order.

    Of a keyed hash with a key of this run: nobody can choose digests beforehand whose sum is that of others.
    """
    count = total = 0
    for (digest_,) in _streamed(digests):
        count += 1
        total += int.from_bytes(hashlib.blake2b(digest_.encode(), key=_KEY, digest_size=32).digest())
    return count, total % 2**256


def _account() -> Broken | None:
    for row in _all_of(LedgerAccount):
        if End(row.kind, row.programme_id, row.user_id, row.unit).key != row.key:
            return Broken("account", row.id, row.key)
    return None


def _changed() -> Broken | None:
    for row in _all_of(Transfer):
        if row.digest != digest(row._asdict()):
            return Broken("changed", row.id, row.key)
    return None


def _all_of(model: type[LedgerAccount] | type[Transfer]) -> Iterable[Row[Any]]:
    """Every row, by id."""
    return _streamed(select(*model.__table__.columns).order_by(model.id))


def _streamed(query: Select[Any]) -> Iterable[Row[Any]]:
    """A thousand rows at a time."""
    return db.session.connection().execute(query.execution_options(yield_per=1000))


def _unknown() -> Broken | None:
    named = _named()
    strays = select(Transfer.digest).except_(select(named.c.digest))
    query = select(Transfer.id, Transfer.key).where(Transfer.digest.in_(strays)).order_by(Transfer.id).limit(1)
    row = db.session.execute(query).one_or_none()
    return row and Broken("unknown", row.id, row.key)


def _gone() -> Broken | None:
    named = _named()
    missing = select(named.c.digest).except_(select(Transfer.digest))
    query = select(named.c.event_id).where(named.c.digest.in_(missing)).order_by(named.c.event_id).limit(1)
    event_id = db.session.scalar(query)
    return None if event_id is None else Broken("gone", event_id)


def _named() -> Any:
    """The digests that events name, each with its event."""
    if db.session.get_bind().dialect.name == "postgresql":
        each = func.jsonb_array_elements_text(Event.facts["booked"])
    else:
        each = func.json_each(Event.facts, "$.booked")
    booked = each.table_valued("value", name="booked")
    query: Select[Any] = select(Event.id.label("event_id"), booked.c.value.label("digest")).join_from(
        Event, booked, true()
    )
    return query.cte("named")
