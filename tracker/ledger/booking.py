"""Booking: the only way into the ledger. Each step of a service books what follows from it, in its own transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite

from tracker import clock
from tracker.db import db
from tracker.ledger.models import POINTS, TRANSFER_KINDS, LedgerAccount, Transfer
from tracker.permissions import Actor
from tracker.programmes.models import Programme
from tracker.programmes.months import month_of

Row = dict[str, Any]

#: What a transfer says: the columns that its digest is made of.
SAID = (
    "key", "kind", "debit_id", "credit_id", "unit", "amount", "at", "month", "programme_id", "sig_id", "user_id", "task_id",
    "claim_id", "reward_id", "by_id", "reason", "for_wage", "reverses_id",
)  # fmt: skip
#: More parameters than this no statement gets.
_MOST_KEYS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is to be booked: ``amount`` in ``unit`` (points, or fen of a currency), negative with both ends swapped.

    ``kind`` as in TRANSFER_KINDS; ``key`` says what it is, and nothing is booked twice under one.
    """

    key: str
    kind: str
    amount: int
    unit: str = POINTS
    programme: Programme
    sig_id: int
    user_id: int
    task_id: int | None = None
    claim_id: int | None = None
    reward_id: int | None = None
    reason: str = ""
    for_wage: bool = False


def book(actor: Actor, postings: Sequence[Posting], *, at: dt.datetime | None = None) -> list[str]:
    """Book transfers dated now, or ``at`` the moment that their step noted, and give their digests, in the order of ``postings``: facts (``booked``) of the event that is
    recorded with them, so that the diary's chain seals them.

    What is booked already, and what somebody books for themselves, the database refuses.
    """
    accounts = _accounts(end for posting in postings for end in _ends(posting))
    now = at or clock.now()
    rows: list[Row] = []
    for posting in postings:
        debit, credit = (accounts[key] for key in _keys(posting))
        rows.append(
            {
                "key": posting.key, "kind": posting.kind, "debit_id": debit, "credit_id": credit, "unit": posting.unit,
                "amount": abs(posting.amount), "at": now, "month": month_of(now, posting.programme.time_zone),
                "programme_id": posting.programme.id, "sig_id": posting.sig_id, "user_id": posting.user_id,
                "task_id": posting.task_id, "claim_id": posting.claim_id, "reward_id": posting.reward_id,
                "by_id": actor.id, "reason": posting.reason, "for_wage": posting.for_wage, "reverses_id": None,
            }
        )  # fmt: skip
    return _written(rows)


def reverse(actor: Actor, transfers: Iterable[Transfer], reason: str) -> list[str]:
    """Take transfers back: each by its own with both ends swapped, once. Gives the digests as ``book`` does."""
    return reverse_all(actor, [(transfer, reason) for transfer in transfers])


def reverse_all(actor: Actor, transfers: Iterable[tuple[Transfer, str]]) -> list[str]:
    """As ``reverse``, each with a reason of its own."""
    now = clock.now()
    rows: list[Row] = []
    for given, reason in transfers:
        row = {column: getattr(given, column) for column in SAID}
        rows.append(
            {
                **row, "key": f"{given.key}:back", "debit_id": given.credit_id, "credit_id": given.debit_id, "at": now,
                "month": month_of(now, given.debit.programme.time_zone), "by_id": actor.id, "reason": reason,
                "reverses_id": given.id,
            }
        )  # fmt: skip
    return _written(rows)


def _written(rows: list[Row]) -> list[str]:
    """Insert the transfers, sealed, and give their digests."""
    for row in rows:
        row["digest"] = digest(row)
    if rows:
        db.session.execute(insert(Transfer), rows)
    return [row["digest"] for row in rows]


def digest(row: Mapping[str, Any]) -> str:
    """SHA-256 over everything that a transfer says (SAID), as canonical JSON."""
    said = [row[column].astimezone(dt.UTC).isoformat() if column == "at" else row[column] for column in SAID]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


# -- accounts -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class End:
    """An account that a transfer ends at."""

    kind: str
    programme_id: int
    user_id: int | None
    unit: str

    @property
    def key(self) -> str:
        """``payable:3:17:CNY``."""
        return f"{self.kind}:{self.programme_id}:{self.user_id or ''}:{self.unit}"


def _ends(posting: Posting) -> tuple[End, End]:
    debit, credit = (
        End(kind, posting.programme.id, posting.user_id if kind in ("earned", "payable") else None, posting.unit)
        for kind in TRANSFER_KINDS[posting.kind]
    )
    return (credit, debit) if posting.amount < 0 else (debit, credit)


def _keys(posting: Posting) -> tuple[str, str]:
    debit, credit = _ends(posting)
    return debit.key, credit.key


def _accounts(ends: Iterable[End]) -> dict[str, int]:
    """Key → id; accounts that don't exist yet are made, once however many writers need them."""
    wanted = {end.key: end for end in ends}
    found = _known(list(wanted))
    if missing := [end for key, end in sorted(wanted.items()) if key not in found]:
        insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
        rows = [
            {"key": end.key, "kind": end.kind, "programme_id": end.programme_id, "user_id": end.user_id, "unit": end.unit}
            for end in missing
        ]  # fmt: skip
        for start in range(0, len(rows), _MOST_KEYS):
            part = rows[start : start + _MOST_KEYS]
            db.session.execute(insert(LedgerAccount).values(part).on_conflict_do_nothing())
        found |= _known([end.key for end in missing])
    return found


def _known(keys: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), _MOST_KEYS):
        part = keys[start : start + _MOST_KEYS]
        query = select(LedgerAccount.key, LedgerAccount.id).where(LedgerAccount.key.in_(part))
        found.update((row.key, row.id) for row in db.session.execute(query))
    return found
