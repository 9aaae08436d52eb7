"""Who the facts of events speak of: the diary keeps ids, names are looked up where they are shown.

So a person who takes another name is called by it everywhere, and one who is erased is gone from old events too,
while the chain stays whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, func, select, table
from sqlalchemy import types as sa_types

from tracker.db import db
from tracker.events.sentences import reason_of
from tracker.person_name import PersonName

#: By name: people are a room above this one.
_person = table(
    "user_account", column("id", sa_types.Integer), column("handle", sa_types.String),
    column("display_name", PersonName),
)  # fmt: skip
#: Facts that are people: ``holder_id`` is kept, ``holder`` is shown.
_PEOPLE = ("holder", "person", "thing")
#: Reasons that somebody wrote about a person stay in their row, and go with its words: the fact that is its key, and the two columns.
_promotion = table("promotion", column("id", sa_types.Integer), column("reason", sa_types.Text))
_ending = table("role_ending", column("membership_id", sa_types.Integer), column("reason", sa_types.Text))
_REASON_IN = {
    "reason_of_promotion": (_promotion.c.id, _promotion.c.reason),
    "reason_of_role": (_ending.c.membership_id, _ending.c.reason),
}
#: Fields of a task whose change is kept as lists of user ids.
_FIELDS_OF_PEOPLE = ("mentors",)


@dataclass(frozen=True, slots=True)
class Told:
    """An event as its readers need it: ``facts`` with names, ``who`` did it (empty: the tracker itself)."""

    at: dt.datetime
    name: str
    facts: dict[str, Any]
    who: str


def told(rows: Iterable[Any]) -> list[Told]:
    """Rows with ``at``, ``name``, ``facts``, ``who`` (a name or None), with the names of their people: one statement."""
    rows = list(rows)
    return [
        Told(row.at, row.name, facts, row.who or "")
        for row, facts in zip(rows, named([row.facts for row in rows]), strict=True)
    ]


def named(events: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The facts of each event with the names of its people and the words of its reason; at most one statement, and one for
    each kind of row that keeps its reason by itself.

    Who has no display name is called by their handle.
    """
    wanted = {number for facts in events for number in _ids(facts)}
    names: dict[int, str] = {}
    if wanted:
        name = func.coalesce(func.nullif(_person.c.display_name, ""), _person.c.handle)
        found = db.session.execute(select(_person.c.id, name).where(_person.c.id.in_(wanted)))
        names = {row[0]: row[1] for row in found}
    return [_named(facts, names) for facts in _with_reasons(events)]


def _with_reasons(events: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The facts of each event with the reason that stands in its row, where it is kept there."""
    for fact, (key, reason) in _REASON_IN.items():
        if ids := {facts[fact] for facts in events if fact in facts}:
            rows = db.session.execute(select(key, reason).where(key.in_(ids)))
            words = {row[0]: row[1] for row in rows}
            events = [{**facts, "reason": words.get(facts[fact], "")} if fact in facts else facts for facts in events]
    return events


def _ids(facts: Mapping[str, Any]) -> Iterable[int]:
    for role in _PEOPLE:
        if isinstance(number := facts.get(f"{role}_id"), int):
            yield number
    for field, *values in facts.get("changes", ()):
        if field in _FIELDS_OF_PEOPLE:
            for value in values:
                if isinstance(value, list):
                    yield from value


def _named(facts: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, Any]:
    shown = dict(facts)
    for role in _PEOPLE:
        if (name := names.get(facts.get(f"{role}_id", 0))) is not None:
            shown[role] = name
    if "changes" in facts:
        shown["changes"] = [
            [field, *(_listed(value, names) for value in values)] if field in _FIELDS_OF_PEOPLE else [field, *values]
            for field, *values in facts["changes"]
        ]
    shown["reason"] = reason_of(facts)
    return shown


def _listed(value: Any, names: Mapping[int, str]) -> Any:
    return ", ".join(sorted(names[n] for n in value if n in names)) if isinstance(value, list) else value
