"""What mail a step would send, before it is taken: to how many, in which languages, and how it reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import and_, column, func, select, table
from sqlalchemy import types as sa_types

from tracker.db import UTC, db
from tracker.events.actions import ACTIONS
from tracker.events.diary import Recorded, among, facts_of, told_of
from tracker.events.kinds import ACCOUNT, CHOICES, kind_of, state_for
from tracker.events.mails import absolute, said
from tracker.events.models import NoticeChoice
from tracker.events.people import named
from tracker.permissions import Actor
from tracker.person_name import PersonName

#: What isn't known yet: the reader's name, a reason that is still to be typed, the link that is each reader's own.
LATER = "…"

# By name: people are a room above this one.
_person = table(
    "user_account", column("id", sa_types.Integer), column("handle", sa_types.String),
    column("display_name", PersonName), column("language", sa_types.String), column("email_verified_at", UTC),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """``count`` mails leave at once, of which ``by_language`` (en, zh); ``daily`` more people read it in their digest.

    ``subject`` and ``text`` are in the present language; what isn't known yet is LATER.
    """

    count: int = 0
    daily: int = 0
    by_language: Mapping[str, int] = field(default_factory=dict)
    subject: str = ""
    text: str = ""

    @property
    def several(self) -> bool:
        """Whether more than one person gets mail of it."""
        return self.count + self.daily > 1


def preview(
    name: str, *subjects: Recorded, actor: Actor, facts: Mapping[str, Any] | None = None, tell: Sequence[int] = ()
) -> Preview:
    """What mail ``actor`` doing ``name`` to the subject would send (to each, where there are several). Writes nothing.

    ``facts`` and ``tell`` are those that ``record`` will get; facts that its sentence needs and that aren't known yet read
    as LATER. Who gets it is told by the same functions as in ``record``, how it reads by the same as in the outbox. Two
    statements and those of the audiences. Raises KeyError for an action that ACTIONS doesn't have.
    """
    if not subjects:
        return Preview()
    known = dict(facts or {})
    told = [told_of(actor, name, subject, known, tell) for subject in subjects]
    people = _people({user_id for ids in told for user_id in ids}, kind_of(name), actor)
    states: Counter[str] = Counter()
    languages: Counter[str] = Counter()
    for row in (people[user_id] for ids in told for user_id in ids if user_id in people):
        state = state_for(name, {kind_of(name): row.mail} if row.mail else {}, inbox=ACTIONS[name].inbox)
        if row.confirmed:
            states[state] += 1
            languages[row.language or "en"] += state == CHOICES["at_once"]
    who = people[actor.id].name if actor.id in people else ""
    subject, text = _read(name, _shared(subjects, known), who)
    return Preview(
        states[CHOICES["at_once"]], states[CHOICES["daily"]], {k: n for k, n in sorted(languages.items()) if n}, subject, text
    )  # fmt: skip


def _people(ids: set[int], kind: str, actor: Actor) -> dict[int, Any]:
    """Of everybody who is told, and of the actor: name, language, whether the address is confirmed, their choice."""
    wanted = ids | ({actor.id} if actor.id is not None else set())
    if not wanted:
        return {}
    query = (
        select(
            _person.c.id, func.coalesce(func.nullif(_person.c.display_name, ""), _person.c.handle).label("name"),
            _person.c.language, _person.c.email_verified_at.is_not(None).label("confirmed"), NoticeChoice.mail,
        )
        .outerjoin(NoticeChoice, and_(NoticeChoice.user_id == _person.c.id, NoticeChoice.kind == kind))
        .where(among(_person.c.id, wanted))
    )  # fmt: skip
    return {row.id: row for row in db.session.execute(query)}


def _shared(subjects: Sequence[Recorded], known: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as ``record`` will keep them; what differs from subject to subject is LATER. A ``thing`` or ``path`` given
    is the label or page that the subject will have afterwards."""
    each = [{**facts_of(subject, known), **{fact: known[fact] for fact in ("thing", "path") if fact in known}}
            for subject in subjects]  # fmt: skip
    return {
        fact: value if all(other.get(fact) == value for other in each) else LATER for fact, value in each[0].items()
    }


def _read(name: str, facts: dict[str, Any], actor: str) -> tuple[str, str]:
    wanted = re.findall(r"%\((\w+)\)s", str(ACTIONS[name].sentence))
    shown = named([facts])[0]
    shown |= {fact: LATER for fact in wanted if fact != "actor" and fact not in shown}
    settings = current_app.extensions["settings"]
    stop = "" if kind_of(name) == ACCOUNT else absolute(settings, f"/unsubscribe/{LATER}")
    return said(name, shown, actor, LATER, settings, None, stop)
