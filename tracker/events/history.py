"""What happened to a thing, as its page tells it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, select, table

from tracker.db import db
from tracker.events.models import Event
from tracker.events.people import named
from tracker.events.sentences import WAYS, sentence, the_tracker
from tracker.person_name import PersonName
from tracker.text import Text

#: By name: people are a room above this one.
_people = table("user_account", column("id"), column("handle"), column("display_name", PersonName))


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a history. ``reason`` is free text or empty, ``via`` says how it came in."""

    at: dt.datetime
    actor: str
    sentence: str
    reason: str
    via: Text
    name: str
    facts: dict[str, Any]


def history(subject_type: str, subject_id: int, limit: int = 100) -> list[Happened]:
    """The newest ``limit`` events of a thing (``subject_type`` is its table's name), newest first, in two statements."""
    query = (
        select(Event.at, Event.via, Event.name, Event.facts, _people.c.display_name, _people.c.handle)
        .outerjoin(_people, _people.c.id == Event.actor_id)
        .where(Event.subject_type == subject_type, Event.subject_id == subject_id)
        .order_by(Event.id.desc())
        .limit(limit)
    )
    found = db.session.execute(query).all()
    rows: list[Happened] = []
    for row, facts in zip(found, named([row.facts for row in found]), strict=True):
        who = row.display_name or row.handle or the_tracker()
        rows.append(
            Happened(
                row.at, who, sentence(row.name, facts, who), str(facts["reason"]),
                WAYS.get(row.via, row.via), row.name, facts,
            )
        )  # fmt: skip
    return rows
