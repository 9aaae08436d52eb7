"""Changing the keys that payee data and other sealed columns are sealed with, and finding what no key opens.

A new key is put in front, everything is sealed with it in portions of a transaction each, then the old keys go. Killed anywhere
and run again it goes on: while the file has more than one key a rotation isn't finished, and what is sealed with the newest is
left alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection, func, inspect, select, text, tuple_
from sqlalchemy.orm import Session, undefer

from tracker import (
    migrations,  # noqa: F401  # every room's models, and with them its sealed columns
    sealing,
)
from tracker.config import SettingError, Settings
from tracker.db import db, transaction
from tracker.errors import Busy
from tracker.sealing import Broken, Column

#: What one transaction holds: rows, and characters of sealed text.
ROWS, SIZE = 100, 4_000_000
#: How long transactions that may still use an older key are waited for.
WAIT_SECONDS = 60

Key = tuple[Any, ...]


@dataclass(slots=True)
class Found:
    """What was met: sealed values, those sealed anew, and those that no key opens, as ``payee.sealed 17``."""

    values: int = 0
    resealed: int = 0
    broken: list[str] = field(default_factory=list)


# -- walking --------------------------------------------------------------------------------------


def _keys_of(column: Column) -> list[Any]:
    mapper = inspect(column.model)
    return [getattr(column.model, mapper.get_property_by_column(key).key) for key in mapper.primary_key]


def _portion(session: Session, column: Column, after: Key | None) -> list[Key]:
    """The keys of the next rows with something sealed in the column, as many as one transaction holds; at least one."""
    keys, value = _keys_of(column), getattr(column.model, column.attribute)
    query: Any = select(*keys, func.length(value)).where(value != "").order_by(*keys).limit(ROWS)
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    taken: list[Key] = []
    size = 0
    for *key, length in session.execute(query):
        size += length
        if taken and size > SIZE:
            break
        taken.append(tuple(key))
    return taken


def _rows(session: Session, column: Column, keys: Sequence[Key], *, hold: bool) -> Iterator[tuple[Key, Any]]:
    """The rows with these keys, each with its value; with ``hold`` until the transaction ends."""
    columns, value = _keys_of(column), getattr(column.model, column.attribute)
    query = select(column.model).where(tuple_(*columns).in_(keys)).order_by(*columns).options(undefer(value))
    if hold:
        query = query.with_for_update(key_share=True)
    for row in session.scalars(query.execution_options(populate_existing=True)):
        yield tuple(getattr(row, key.key) for key in columns), row


def _named(column: Column, key: Key) -> str:
    return " ".join([column.name, *map(str, key)])


# -- sealing anew ---------------------------------------------------------------------------------


Watch = Callable[[Iterator[Found]], Iterable[Found]]


def rotate(settings: Settings, *, reseal_only: bool = False, watch: Watch = iter) -> Found:
    """Seal everything with a new key, then let the old ones go; with ``reseal_only`` by the newest of the keys that there are.

    ``watch`` gets the portions as they are done. Old keys stay while something can't be opened. Raises SettingError where the
    keys come from the environment and a new one is asked for, where there are none, and beside another rotation; Busy where a
    transaction doesn't end that may use an older key.
    """
    with sealing.alone(settings):
        return _rotate(settings, reseal_only=reseal_only, watch=watch)


def _rotate(settings: Settings, *, reseal_only: bool, watch: Watch) -> Found:
    count = sealing.check_keys(settings)
    if not count:
        raise SettingError("there are no keys: nothing is sealed yet, or they are lost. `tracker doctor` says which")
    if not reseal_only and (settings.payee_keys or count < 2):
        sealing.add_key(settings)
    _wait_for_others()
    found = Found()
    for part in watch(_portions_resealed()):
        found.values += part.values
        found.resealed += part.resealed
        found.broken += part.broken
    if not reseal_only and not found.broken:
        sealing.retire_keys(settings)
    return found


def _portions_resealed() -> Iterator[Found]:
    """Every value sealed with the newest key, a portion and its transaction at a time."""
    for column in sealing.columns():
        after: Key | None = None
        while (portion := transaction(partial(_reseal, column, after))) is not None:
            part, after = portion
            yield part


def _reseal(column: Column, after: Key | None) -> tuple[Found, Key] | None:
    """The next portion, and where it ends; None at the end."""
    session = db.session()
    keys = _portion(session, column, after)
    if not keys:
        return None
    part = Found()
    for key, row in _rows(session, column, keys, hold=True):
        part.values += 1
        try:
            part.resealed += column.reseal(row)
        except Broken:
            part.broken.append(_named(column, key))
    return part, keys[-1]


def _wait_for_others() -> None:
    """Until every transaction has ended that began before the new key was there: it may have sealed with an older one.

    SQLite has one writer at a time, and sealing is writing: the first portion waits for it by itself. Raises Busy.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    deadline = time.monotonic() + WAIT_SECONDS
    since = transaction(lambda: db.session.scalar(text("SELECT clock_timestamp()")))
    older = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' AND xact_start < :since"
    )
    while transaction(lambda: db.session.scalar(older, {"since": since})):
        if time.monotonic() > deadline:
            raise Busy
        time.sleep(0.2)


# -- looking --------------------------------------------------------------------------------------


def look(connection: Connection, *, thorough: bool) -> Found:
    """What of the sealed values can't be opened: of the first portion of each column, or ``thorough`` of all. Changes nothing."""
    found = Found()
    with Session(bind=connection) as session:
        for column in sealing.columns():
            after: Key | None = None
            while keys := _portion(session, column, after):
                _look(session, column, keys, found)
                session.expunge_all()
                after = keys[-1] if thorough else None
                if not thorough:
                    break
    return found


def _look(session: Session, column: Column, keys: Sequence[Key], found: Found) -> None:
    for key, row in _rows(session, column, keys, hold=False):
        found.values += 1
        try:
            column.read(row)
        except Broken:
            found.broken.append(_named(column, key))
