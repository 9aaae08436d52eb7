"""What can be exported, by whom, under which filters: rows in the columns of ``headings``, read as they are sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, literal, select

from tracker.accounts.models import User
from tracker.certificates import queries as certificates
from tracker.certificates import shelf as certificate_shelf
from tracker.claims import queries as claims
from tracker.claims.models import STATES
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import is_quarter
from tracker.db import db
from tracker.errors import Refused
from tracker.exports.columns import Written, written
from tracker.meetings import queries as meetings
from tracker.meetings.models import ProgressNote
from tracker.permissions import Actor
from tracker.permissions import Permission as P
from tracker.person_name import as_stored
from tracker.programmes.models import Programme
from tracker.programmes.months import is_month
from tracker.rewards import exported, shelf
from tracker.rewards.workflow import REWARD
from tracker.sigs.models import Area, Membership, Repository, Sig
from tracker.sigs.rules import is_slug
from tracker.tasks.board import matching, mentors_column, parse_filters
from tracker.tasks.models import Task
from tracker.tasks.workflow import TASK
from tracker.text import LazyString, _l

ZONE = ZoneInfo("Asia/Shanghai")
#: Rows that are read at once: the memory an export needs doesn't grow with its length.
PART = 1000
Rows = Select[*tuple[Any, ...]]
Filters = Mapping[str, Any]
Parts = Generator[Sequence[Sequence[Any]], None, None]


@dataclass(frozen=True, slots=True)
class Export:
    """One kind: its name, who may have it, the filters it knows, its query, and the places of its columns of fen."""

    name: LazyString
    about: LazyString
    permission: P
    filters: Sequence[str]
    query: Callable[[Actor, Filters], Rows]
    money: frozenset[int] = frozenset()


def _value(filters: Filters, name: str) -> str:
    return str(filters.get(name) or "").strip()


def _checked(filters: Filters, names: Sequence[str], states: Sequence[str] = ()) -> dict[str, str]:
    """The filters ``names``; raises Refused for a value that can't be one."""
    good: dict[str, Callable[[str], bool]] = {
        "sig": is_slug, "programme": is_slug, "quarter": is_quarter, "month": is_month,
        "state": lambda text: text in states, "mine": lambda text: text == "1",
    }  # fmt: skip
    read = {name: _value(filters, name) for name in names}
    for name, value in read.items():
        if value and not good[name](value):
            raise shelf.unknown(name, value)
    return read


# -- the queries ----------------------------------------------------------------------------------


def _tasks(actor: Actor, filters: Filters) -> Rows:
    """Published tasks, as on the board; everybody reads them."""
    read = _checked(filters, ("programme", "state"), tuple(TASK.states))
    query: Any = (
        matching(parse_filters(filters))
        .with_only_columns(
            Task.reference, Sig.slug, Cycle.quarter, Area.slug, Task.kind, Task.title, Task.difficulty, Task.points,
            Task.hours, Task.backends, Task.seats, Task.seats_held - Task.seats_accepted, Task.state, Task.availability,
            mentors_column(User.handle), Task.expected_on, Task.accept_by, Task.published_at,
        )
        .order_by(Task.id)
    )  # fmt: skip
    if read["programme"]:
        query = query.join(Programme, Programme.id == Cycle.programme_id).where(Programme.slug == read["programme"])
    if read["state"]:
        query = query.where(Task.state == read["state"])
    found: Rows = query
    return found


def _claims(actor: Actor, filters: Filters) -> Rows:
    read = _checked(filters, ("sig", "programme", "quarter", "state", "mine"), tuple(STATES))
    mine = bool(read.pop("mine"))
    query: Rows = claims.claims_export(actor, mine=mine, **read)
    return query


def _progress(actor: Actor, filters: Filters) -> Rows:
    """Notes of the claims that the actor may read; the state is the claim's, the month the note's."""
    read = _checked(filters, ("sig", "programme", "quarter", "month", "state", "mine"), tuple(STATES))
    mine, month = bool(read.pop("mine")), read.pop("month")
    query: Rows = meetings.progress_export(actor, mine=mine, **read)
    if month:
        first, beyond = month_bounds(month)
        query = query.where(ProgressNote.written_at >= first, ProgressNote.written_at < beyond)
    return query


def month_bounds(month: str) -> tuple[dt.datetime, dt.datetime]:
    """The first moment of a month such as ``2026-11`` and of the next, in Shanghai's time."""
    first = dt.datetime(int(month[:4]), int(month[5:]), 1, tzinfo=ZONE)
    return first, (first + dt.timedelta(days=32)).replace(day=1)


def _points(actor: Actor, filters: Filters) -> Rows:
    return exported.points_export(shelf.parse_filters(filters), actor)


def _rewards(actor: Actor, filters: Filters) -> Rows:
    return exported.rewards_export(shelf.parse_filters(filters), actor)


def _certificates(actor: Actor, filters: Filters) -> Rows:
    return certificates.export(certificate_shelf.parse_filters(filters), actor)


def _members(actor: Actor, filters: Filters) -> Rows:
    read = _checked(filters, ("sig",))
    query: Any = (
        select(
            Sig.slug, User.handle, as_stored(User.display_name), Membership.role, Repository.path, Area.slug, Membership.since,
            Membership.until, Membership.source,
        )
        .select_from(Membership)
        .join(Sig, Sig.id == Membership.sig_id)
        .join(User, User.id == Membership.user_id)
        .outerjoin(Repository, Repository.id == Membership.repository_id)
        .outerjoin(Area, Area.id == Membership.area_id)
        .order_by(Membership.id)
    )  # fmt: skip
    found: Rows = query.where(Sig.slug == read["sig"]) if read["sig"] else query
    return found


_BOARD = ("sig", "programme", "quarter", "state", "area", "kind", "difficulty", "backend", "availability", "q")

EXPORTS: dict[str, Export] = {
    "tasks": Export(_l("Tasks"), _l("Every published task, as on the board"), P.SITE_READ, _BOARD, _tasks),
    "claims": Export(
        _l("Claims"), _l("Your own, and those of the tasks that you mentor or maintain"), P.EXPORT_READ,
        ("sig", "programme", "quarter", "state", "mine"), _claims,
    ),
    "progress": Export(
        _l("Progress notes"), _l("Notes on the claims that you may read"), P.EXPORT_READ,
        ("sig", "programme", "quarter", "month", "state", "mine"), _progress,
    ),
    "points": Export(
        _l("Points"), _l("Your own, and those of the SIGs that you maintain"), P.EXPORT_READ,
        ("sig", "programme", "quarter", "month", "mine"), _points,
    ),
    "rewards": Export(
        _l("Rewards"), _l("Your own, and those of the SIGs that you maintain"), P.EXPORT_READ,
        ("sig", "programme", "quarter", "month", "state", "kind", "person", "mine"), _rewards, frozenset([12]),
    ),
    "certificates": Export(
        _l("Certificates"), _l("Your own, and those of the SIGs that you maintain"), P.EXPORT_READ,
        ("sig", "programme", "quarter", "state", "kind", "mine"), _certificates,
    ),
    "members": Export(_l("Members and roles"), _l("Roles in the SIGs, past and present"), P.EXPORT_READ, ("sig",), _members),
}  # fmt: skip

#: The states that a kind can be asked for.
STATES_OF: dict[str, Mapping[str, Any]] = {
    "tasks": {name: TASK.states[name] for name in ("published", "closed")},
    "claims": STATES,
    "progress": STATES,
    "rewards": REWARD.states,
    "certificates": certificate_shelf.STATES,
}
_ALL = {name for export in EXPORTS.values() for name in export.filters}


@dataclass(frozen=True, slots=True)
class Table:
    """An export as it is read: what each column holds, and its rows in parts, read as they are asked for.

    Whoever doesn't read all of them closes ``parts``: a transaction of the reader's is open until then.
    """

    columns: Sequence[Written]
    parts: Parts


def table(kind: str, actor: Actor, filters: Filters) -> Table:
    """The rows that ``actor`` may read, their cells as they are written; text still has to be made inert.

    Raises as ``query_of``, at once and not at the first row.
    """
    query, columns = written(query_of(kind, actor, filters), EXPORTS[kind].money)
    return Table(columns, _read(query))


def query_of(kind: str, actor: Actor, filters: Filters) -> Rows:
    """The query of an export.

    Raises KeyError for an unknown kind and Refused for a filter that it doesn't know or a value that can't be one.
    """
    export = EXPORTS[kind]
    for name in sorted(_ALL.difference(export.filters)):
        if _value(filters, name):
            raise Refused(_l("This export has no filter “%(name)s”.", name=shelf.NAMES.get(name, name)), field=name)
    return export.query(actor, filters)


def asked(kind: str, filters: Filters) -> dict[str, str | list[str]]:
    """The filters of an export that say something, to be kept: those of the board may have several values."""
    found: dict[str, str | list[str]] = {}
    for name in EXPORTS[kind].filters:
        given = filters.getlist(name) if hasattr(filters, "getlist") else filters.get(name) or ""
        values = [given] if isinstance(given, str) else list(given)
        if values := [text for value in values if (text := str(value).strip())]:
            found[name] = values[0] if len(values) == 1 or kind != "tasks" else values
    return found


def has_more_than(most: int, query: Rows) -> bool:
    """Whether the query has more rows than ``most``; counts no further than that."""
    some = query.with_only_columns(literal(1).label("one")).order_by(None).limit(most + 1).subquery()
    return (db.session.scalar(select(func.count()).select_from(some)) or 0) > most


def _read(query: Rows) -> Parts:
    # By the connection and not by the session, which would make an object of each row.
    result = db.session.connection().execute(query.execution_options(yield_per=PART))
    try:
        yield from result.partitions()
    finally:
        # Whoever read has all of it or went away: what was held was a read transaction, and no longer than that.
        result.close()
        db.session.rollback()
