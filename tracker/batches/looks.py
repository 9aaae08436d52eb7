"""Whoever of finance opens payee data for a batch leaves a note of it with each person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert

from tracker import clock
from tracker.db import db
from tracker.payees.models import PayeeLook
from tracker.permissions import Actor


def note_looks(actor: Actor, user_ids: Sequence[int], reason: str) -> None:
    """Note that ``actor`` looked at the payee data of these persons for a batch, in one statement. ``reason``: its number, and
    the file."""
    if user_ids:
        now = clock.now()
        db.session.execute(
            insert(PayeeLook),
            [
                {"user_id": user_id, "looker_id": actor.id, "at": now, "kind": "batch", "reason": reason}
                for user_id in user_ids
            ],
        )
