"""What is asked about payees, contracts and exclusions by the rooms above."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy import select

from tracker.db import db
from tracker.payees.models import Contract, PayExclusion
from tracker.sealing import unseal


def contract_context(contract: Contract) -> str:
    """What a contract's dates are sealed for."""
    return f"contract:{contract.user_id}:{contract.programme_id}"


def contract_ends(programme_id: int, user_id: int | None = None) -> dict[int, dt.date]:
    """Person → the last day of their contract with the programme, where there is one with an end; of one person where
    ``user_id`` is given. Raises sealing.Broken."""
    query = select(Contract).where(Contract.programme_id == programme_id)
    if user_id is not None:
        query = query.where(Contract.user_id == user_id)
    found: dict[int, dt.date] = {}
    for contract in db.session.scalars(query):
        ends_on = json.loads(unseal(contract_context(contract), contract.sealed)).get("ends_on")
        if ends_on:
            found[contract.user_id] = dt.date.fromisoformat(ends_on)
    return found


def exclusions_on(programme_id: int, day: dt.date) -> dict[int, str]:
    """Person → kind of the exclusion from the programme's wages that holds on ``day`` (models.EXCLUSION_KINDS)."""
    query = select(PayExclusion).where(PayExclusion.programme_id == programme_id).order_by(PayExclusion.since)
    return {row.user_id: row.kind for row in db.session.scalars(query) if row.holds_on(day)}


def exclusions_of(user_id: int, programme_id: int) -> list[PayExclusion]:
    """The exclusions of a person from the programme's wages, oldest first."""
    query = select(PayExclusion).where(PayExclusion.user_id == user_id, PayExclusion.programme_id == programme_id)
    return list(db.session.scalars(query.order_by(PayExclusion.since)))
