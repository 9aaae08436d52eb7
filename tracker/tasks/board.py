"""The public board: its filters, rows and counts. Everything is read as rows, never as entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, String, and_, func, literal, or_, select, true, type_coerce, union_all
from sqlalchemy import cast as sql_cast

from tracker.accounts.models import User
from tracker.cycles.models import CLOSED as CYCLE_CLOSED
from tracker.cycles.models import OPEN, Cycle
from tracker.cycles.quarters import is_quarter
from tracker.db import db
from tracker.errors import Refused
from tracker.sigs.models import Area, Sig
from tracker.sigs.rules import is_slug
from tracker.tasks import search
from tracker.tasks.models import AVAILABILITIES, BACKENDS, CLOSED, DIFFICULTIES, KINDS, PUBLISHED, Task, TaskMentor
from tracker.text import LazyString, _l

#: Filters by their names in the address, as people read them.
NAMES: dict[str, LazyString] = {
    "sig": _l("SIG"),
    "quarter": _l("Quarter"),
    "area": _l("Area"),
    "kind": _l("Kind"),
    "difficulty": _l("Level"),
    "backend": _l("Hardware"),
    "availability": _l("Availability"),
    "q": _l("Search"),
}
_KNOWN: dict[str, tuple[str, ...]] = {
    "kind": tuple(KINDS),
    "difficulty": DIFFICULTIES,
    "backend": BACKENDS,
    "availability": (*AVAILABILITIES, "all"),
}
LONGEST_QUERY = 200
MOST_VALUES = 30


@dataclass(frozen=True, slots=True)
class BoardFilters:
    """What the address asks for. An empty tuple asks for everything, but for ``quarter``: ``open`` is every open
    cycle, ``all`` every quarter."""

    sig: tuple[str, ...] = ()
    quarter: tuple[str, ...] = ("open",)
    area: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    difficulty: tuple[str, ...] = ()
    backend: tuple[str, ...] = ()
    availability: tuple[str, ...] = ()
    q: str = ""

    def without(self, name: str) -> BoardFilters:
        """The same without one filter."""
        return self.with_values(name, ())

    def with_values(self, name: str, values: tuple[str, ...]) -> BoardFilters:
        """The same with other values of one filter."""
        changed: dict[str, Any] = {name: values}
        return replace(self, **changed)

    def arguments(self) -> list[tuple[str, str]]:
        """As pairs for an address, so that it says exactly what is shown."""
        pairs = [(name, value) for name in NAMES if name != "q" for value in getattr(self, name)]
        if not self.availability:
            pairs.append(("availability", "all"))
        return [*pairs, *([("q", self.q)] if self.q else [])]


def parse_filters(args: Mapping[str, Any], *, quarter: str = "all", availability: str = "all") -> BoardFilters:
    """Read filters from an address or a command; unknown names are left alone.

    ``quarter`` and ``availability`` say what holds where they aren't given. Raises Refused with the filter at fault.
    """
    read: dict[str, tuple[str, ...]] = {name: _values(args, name) for name in NAMES}
    for name, known in _KNOWN.items():
        for value in read[name]:
            if value not in known:
                raise _unknown(name, value)
    for name in ("sig", "area"):
        for value in read[name]:
            if not is_slug(value):
                raise _unknown(name, value)
    for value in read["quarter"]:
        if value not in ("open", "all") and not is_quarter(value):
            raise _unknown("quarter", value)
    query = " ".join(read.pop("q"))
    if len(query) > LONGEST_QUERY:
        raise Refused(_l("Search for at most %(longest)s characters.", longest=LONGEST_QUERY), field="q")
    read["quarter"] = read["quarter"] or (quarter,)
    read["availability"] = read["availability"] or (availability,)
    if "all" in read["availability"]:
        read["availability"] = ()
    return BoardFilters(**read, q=query)


def _values(args: Any, name: str) -> tuple[str, ...]:
    if hasattr(args, "getlist"):
        given = args.getlist(name)
    else:
        value = args.get(name) or ()
        given = [value] if isinstance(value, str) else list(value)
    kept = tuple(dict.fromkeys(text for text in (str(item).strip() for item in given) if text))
    if len(kept) > MOST_VALUES:
        raise Refused(_l("Too many values of one filter."), field=name)
    return kept


def _unknown(name: str, value: str) -> Refused:
    return Refused(
        _l("%(filter)s: there is no “%(value)s”.", filter=NAMES[name], value=" ".join(value.split())[:60]), field=name
    )


def _conditions(filters: BoardFilters) -> list[Any]:
    """Conditions over Task, Cycle, Sig and Area."""
    found: list[Any] = [Task.state.in_((PUBLISHED, CLOSED))]
    if "all" not in filters.quarter:
        named = [quarter for quarter in filters.quarter if quarter != "open"]
        either: list[Any] = [Cycle.quarter.in_(named)] if named else []
        if "open" in filters.quarter:
            either.append(Cycle.state == OPEN)
        found.append(or_(*either))
    if filters.sig:
        found.append(Sig.slug.in_(filters.sig))
    if filters.area:
        found.append(Area.slug.in_(filters.area))
    for name in ("kind", "difficulty", "availability"):
        if values := getattr(filters, name):
            found.append(getattr(Task, name).in_(values))
    if filters.backend:
        found.append(or_(*(_has_backend(Task.backends, name) for name in filters.backend)))
    if filters.q:
        found.append(search.matches(filters.q))
    return found


def _has_backend(column: Any, name: str) -> Any:
    return sql_cast(column, String).like(f'%"{name}"%')


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.select_from(Task)
        .join(Cycle, Cycle.id == Task.cycle_id)
        .join(Sig, Sig.id == Task.sig_id)
        .outerjoin(Area, Area.id == Task.area_id)
    )


def matching(filters: BoardFilters) -> Select[Any]:
    """Published tasks that the filters ask for, to be given columns (``.with_only_columns``) of Task, Cycle, Sig, Area."""
    return _joined(select(Task.id)).where(and_(true(), *_conditions(filters)))


def mentors_column(name: Any) -> Any:
    """The mentors of a task in one column, joined by commas."""
    inner = (
        select(name.label("name"))
        .join(TaskMentor, TaskMentor.user_id == User.id)
        .where(TaskMentor.task_id == Task.id)
        .order_by(name, User.id)
        .correlate(Task)
        .subquery()
    )
    joined = select(func.aggregate_strings(inner.c.name, ", ")).correlate(Task).scalar_subquery()
    return type_coerce(joined, name.type)


def board_rows(filters: BoardFilters) -> Select[Any]:
    """What the board shows of each task; to be paged by published_at and id."""
    query: Any = matching(filters).with_only_columns(
        Task.id, Task.reference, Task.title, Task.kind, Task.difficulty, Task.points, Task.backends, Task.seats,
        Task.seats_held, Task.waiting_count, Task.availability, Task.expected_on, Task.prize, Task.pays_wage,
        Task.gives_certificate, Task.published_at, Sig.name.label("sig"), Sig.name_zh.label("sig_zh"),
        Area.name.label("area"), Area.name_zh.label("area_zh"), Cycle.quarter, Cycle.claims_until,
        Cycle.state.label("cycle_state"), mentors_column(User.display_name).label("mentors"),
    )  # fmt: skip
    rows: Select[Any] = query
    return rows


@dataclass(frozen=True, slots=True)
class Facets:
    """Counts by filter and value: each under all the other filters. ``total`` is of the rows themselves."""

    counts: dict[str, dict[str, int]]
    areas: dict[str, tuple[str, str]]
    total: int


def facets(filters: BoardFilters) -> Facets:
    """Every count of the board in one statement."""
    base_filters = BoardFilters(quarter=filters.quarter, q=filters.q)
    base = (
        matching(base_filters)
        .with_only_columns(
            Sig.slug.label("sig"), Area.slug.label("area"), Area.name.label("area_name"), Area.name_zh.label("area_zh"),
            Task.kind.label("kind"), Task.difficulty.label("difficulty"), Task.availability.label("availability"),
            sql_cast(Task.backends, String).label("backends"),
        )
        .cte("base")
    )  # fmt: skip
    parts: list[Any] = []
    for name in ("sig", "area", "kind", "difficulty", "availability"):
        named = (func.max(base.c.area_name), func.max(base.c.area_zh)) if name == "area" else (literal(""), literal(""))
        column = base.c[name]
        parts.append(
            select(literal(name), column, *named, func.count())
            .where(column.is_not(None), *_narrowed(base.c, filters, but=name))
            .group_by(column)
        )
    for backend in BACKENDS:
        parts.append(
            select(literal("backend"), literal(backend), literal(""), literal(""), func.count())
            .select_from(base)
            .where(base.c.backends.like(f'%"{backend}"%'), *_narrowed(base.c, filters, but="backend"))
        )
    parts.append(
        select(literal("total"), literal(""), literal(""), literal(""), func.count())
        .select_from(base)
        .where(true(), *_narrowed(base.c, filters, but=""))
    )
    counts: dict[str, dict[str, int]] = {name: {} for name in (*NAMES, "total")}
    areas: dict[str, tuple[str, str]] = {}
    for name, value, label, label_zh, number in db.session.execute(union_all(*parts)):
        counts[name][value] = number
        if name == "area":
            areas[value] = (label, label_zh)
    return Facets(counts, areas, counts.pop("total")[""])


def _narrowed(columns: Any, filters: BoardFilters, *, but: str) -> list[Any]:
    found: list[Any] = []
    for name in ("sig", "area", "kind", "difficulty", "availability"):
        if name != but and (values := getattr(filters, name)):
            found.append(columns[name].in_(values))
    if but != "backend" and filters.backend:
        found.append(or_(*(columns.backends.like(f'%"{name}"%') for name in filters.backend)))
    return found


def scope() -> list[Any]:
    """Every SIG with its published cycles (or none), newest first: sig_id, slug, name, name_zh, quarter, state, claims_until,
    accept_by, published_at."""
    query = (
        select(
            Sig.id.label("sig_id"), Sig.slug, Sig.name, Sig.name_zh, Cycle.quarter, Cycle.state, Cycle.claims_until, Cycle.accept_by,
            Cycle.published_at,
        )
        .outerjoin(Cycle, and_(Cycle.sig_id == Sig.id, Cycle.state.in_((OPEN, CYCLE_CLOSED))))
        .order_by(Cycle.quarter.desc(), Sig.name)
    )  # fmt: skip
    return list(db.session.execute(query).all())


def area_slugs() -> set[str]:
    """Slugs of every area."""
    return set(db.session.scalars(select(Area.slug).distinct()))


def check(filters: BoardFilters, *, sigs: set[str], areas: set[str]) -> None:
    """Raises Refused for a SIG or an area that doesn't exist."""
    for name, known in (("sig", sigs), ("area", areas)):
        for value in getattr(filters, name):
            if value not in known:
                raise _unknown(name, value)
