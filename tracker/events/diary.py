"""Writing the diary: ``record`` notes an event, and the commit seals all that were noted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, and_, column, insert, select, table, text, true
from sqlalchemy.orm import Session

from tracker import clock
from tracker.db import before_commit, db
from tracker.events.actions import ACTIONS
from tracker.events.kinds import kind_of, state_for
from tracker.events.models import Event, Notice, NoticeChoice
from tracker.permissions import Actor

#: Key of PostgreSQL's advisory lock that lets one transaction at a time append to the chain.
_CHAIN_LOCK = 0x7461736B
_FIRST = "0" * 64
#: The columns of an event that are written.
_SAID = ("at", "actor_id", "via", "name", "subject_type", "subject_id", "sig_id", "facts", "previous", "hash")

_via: ContextVar[str] = ContextVar("via", default="command")


class Recorded(Protocol):
    """What an event can be about. ``label`` is its name to people, ``path`` its page (empty: none)."""

    __tablename__: str
    id: Any

    @property
    def label(self) -> str: ...
    @property
    def path(self) -> str: ...


Audience = Callable[[Any], Iterable[int]]
AUDIENCES: dict[str, Audience] = {}
#: Audiences that are the same people whatever it is about: asked for once in a transaction, not once an event.
_FIXED: set[str] = set()


def audience(name: str, *, fixed: bool = False) -> Callable[[Audience], Audience]:
    """Register who ``name`` is in the ACTIONS table: a function from an event's subject to user ids.

    ``fixed``: the same people whatever the subject, and no step that tells them changes who they are.
    """

    def register(find: Audience) -> Audience:
        AUDIENCES[name] = find
        if fixed:
            _FIXED.add(name)
        return find

    return register


@contextmanager
def via(how: str) -> Iterator[None]:
    """Note every event inside as having come in by page, api, command or job."""
    token = _via.set(how)
    try:
        yield
    finally:
        _via.reset(token)


def record(actor: Actor, name: str, subject: Recorded, *, tell: Sequence[int] = (), **facts: Any) -> None:
    """Note that ``actor`` did ``name`` to ``subject``.

    ``facts`` are JSON values that the action's sentence or its readers need: people by id (``holder_id``, ``person_id``
    read as ``holder`` and ``person``), reasons of the tracker's own by ``reason_code``, those about a person by the key of the row
    that has them (see events.people: the diary is never erased). Everybody of the action's audiences, and the user ids in ``tell``, gets a notice in the same transaction.

    Raises KeyError for an action that ACTIONS doesn't have.
    """
    session = db.session
    session.flush()
    told = told_of(actor, name, subject, facts, tell)
    event = Event(
        at=clock.now(),
        actor_id=actor.id,
        via=_via.get(),
        name=name,
        subject_type=subject.__tablename__,
        subject_id=subject.id,
        sig_id=getattr(subject, "sig_id", None),
        facts=facts_of(subject, facts),
    )
    session.info.setdefault("diary", []).append((event, told))


def told_of(actor: Actor, name: str, subject: Recorded, facts: dict[str, Any], tell: Sequence[int] = ()) -> list[int]:
    """Ids of everybody who is told when ``actor`` does ``name`` to ``subject``, as ``record`` tells them.

    Raises KeyError for an action that ACTIONS doesn't have.
    """
    action = ACTIONS[name]
    told: set[int] = set(tell)
    for group in action.told:
        told.update(_members(group, subject if group != "person" else facts))
    if not action.self_too and actor.id is not None:
        told.discard(actor.id)
    return sorted(told)


def _members(group: str, subject: Any) -> Iterable[int]:
    known: dict[str, Iterable[int]] | None = db.session.info.get("audiences")  # there only inside a transaction
    if known is None or group not in _FIXED:
        return AUDIENCES[group](subject)
    if group not in known:
        known[group] = AUDIENCES[group](subject)
    return known[group]


def facts_of(subject: Recorded, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the diary keeps of an event: ``facts``, the subject's label and its page."""
    # People are kept by id alone: see events.people.
    about = {"thing_id": subject.id} if subject.__tablename__ == "user_account" else {"thing": subject.label}
    if role := getattr(subject, "label_role", ""):
        about["thing_role"] = role  # a word that each reader reads in their language, see sentences
    if month := getattr(subject, "label_month", ""):
        about["thing_month"] = month  # likewise
    return {**facts, **about, "path": subject.path}


@audience("person")
def _person(facts: dict[str, Any]) -> Iterable[int]:
    return [facts["person_id"]]


def digest(event: Event | Row[Any]) -> str:
    """SHA-256 over the hash before and everything the event (or a row of all its columns) says, as canonical JSON."""
    said = [event.previous, event.at.isoformat(), event.actor_id, event.via, event.name, event.subject_type,
            event.subject_id, event.sig_id, event.facts]  # fmt: skip
    canonical = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@before_commit
def _seal(session: Session) -> None:
    """Append what was noted to the chain, as late as possible: the chain is one lane for all writers."""
    noted: list[tuple[Event, list[int]]] = session.info.pop("diary", [])
    if not noted:
        return
    session.flush()
    choices = _readers(session, noted)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    newest = session.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).one_or_none()
    last_id, last = newest or (0, _FIRST)
    for event, _told in noted:
        event.previous = last
        last = event.hash = digest(event)
    # One after the other in one go; nobody else appends meanwhile, so the new rows are these, in this order.
    session.execute(insert(Event), [{name: getattr(event, name) for name in _SAID} for event, _told in noted])
    ids = session.scalars(select(Event.id).where(Event.id > last_id).order_by(Event.id))
    notices = [
        notice
        for event_id, (event, told) in zip(ids, noted, strict=True)
        for notice in _notices(event_id, event, told, choices)
    ]
    if notices:
        session.execute(insert(Notice), notices)


def _notices(
    event_id: int, event: Event, told: Iterable[int], choices: Mapping[int, Mapping[str, str]]
) -> Iterator[dict[str, Any]]:
    inbox = ACTIONS[event.name].inbox
    for user_id in (reader for reader in told if reader in choices):
        mail = state_for(event.name, choices[user_id], inbox=inbox)
        yield {"event_id": event_id, "user_id": user_id, "created_at": event.at, "next_try_at": event.at, "mail": mail}


#: By name: people are a room above this one.
_user = table("user_account", column("id"), column("erased_at"))


def _readers(session: Session, noted: Sequence[tuple[Event, list[int]]]) -> dict[int, dict[str, str]]:
    """Who is told, erased accounts aside, and what they chose about the kinds that are told: user id → kind → choice, in one
    statement."""
    people = {user_id for _event, told in noted for user_id in told}
    if not people:
        return {}
    kinds = {kind_of(event.name) for event, told in noted if told}
    rows = session.execute(
        select(_user.c.id, NoticeChoice.kind, NoticeChoice.mail)
        .outerjoin(NoticeChoice, and_(NoticeChoice.user_id == _user.c.id, NoticeChoice.kind.in_(kinds)))
        .where(among(_user.c.id, people), _user.c.erased_at.is_(None))
    )
    found: dict[int, dict[str, str]] = {}
    for user_id, kind, mail in rows:
        chosen = found.setdefault(user_id, {})
        if kind is not None:
            chosen[kind] = mail
    return found


#: More parameters than this no statement gets: a group may have any number of followers.
_MOST_IDS = 5000


def among(column: Any, ids: set[int]) -> ColumnElement[bool]:
    """``column`` is one of ``ids``; of very many no condition at all, for statements whose caller looks up by id anyway."""
    return column.in_(ids) if len(ids) <= _MOST_IDS else true()


def first_broken(session: Session) -> int | None:
    """The id of the first event whose hash doesn't fit the one before; None when the chain is whole."""
    last = _FIRST
    rows = session.connection().execute(
        select(*Event.__table__.columns).order_by(Event.id).execution_options(yield_per=1000)
    )
    for event in rows:
        if event.previous != last or digest(event) != event.hash:
            return int(event.id)
        last = event.hash
    return None
