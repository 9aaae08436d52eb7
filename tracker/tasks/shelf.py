"""The board as its page shows it: rows, counts and the links between filters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import literal
from werkzeug.datastructures import MultiDict

from tracker.cycles.models import OPEN
from tracker.cycles.quarters import bounds
from tracker.cycles.queries import current_quarter
from tracker.db import MAX_ID, UTC
from tracker.errors import Refused
from tracker.tasks import board
from tracker.tasks.board import BoardFilters, Facets
from tracker.tasks.models import AVAILABILITIES, BACKENDS, DIFFICULTIES, KINDS, Task
from tracker.text import Text, _l
from tracker.web.filters import local
from tracker.web.paging import Page, page_of

#: Filters of which several values can be chosen by links; of the others one.
_MULTIPLE = ("sig",)
_KEYS: Sequence[Any] = (Task.published_at, Task.id)


@dataclass(frozen=True, slots=True)
class Link:
    """A filter's value: its name, how many tasks it would show, its address, whether it is chosen."""

    name: Text
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the page shows. ``problem`` says which filter can't be read; nothing is listed then."""

    filters: BoardFilters
    page: Page[Any]
    total: int = 0
    problem: Text | None = None
    quarters: Sequence[str] = ()
    #: SIGs, first publication, last day to claim and to have work accepted, of the cycles shown.
    sigs: int = 0
    published_at: dt.datetime | None = None
    claims_until: dt.date | None = None
    accept_by: dt.date | None = None
    #: The quarter whose weeks are drawn, and the SIGs (ids) whose meetings stand on them: the chosen ones, else all shown.
    frame: str = ""
    sig_ids: Sequence[int] = ()
    tabs: Sequence[Link] = ()
    groups: Sequence[tuple[Text, Sequence[Link]]] = ()
    chosen: Sequence[Text] = ()
    hidden: Sequence[tuple[str, str]] = field(default=())
    export: str = ""
    #: The first page with the same filters.
    first: str = "/tasks/"


def read(args: MultiDict[str, str]) -> Shelf:
    """The board that an address asks for, in four statements."""
    filters = BoardFilters(availability=("open",))
    try:
        filters = board.parse_filters(args, quarter="open", availability="open")
        cycles = board.scope()
        board.check(filters, sigs={row.slug for row in cycles}, areas=board.area_slugs() if filters.area else set())
        counts = board.facets(filters)
        page = page_of(
            board.board_rows(filters), keys=_KEYS,
            key_of=lambda row: (row.published_at.isoformat(), row.id), parse=_key,
        )  # fmt: skip
    except Refused as refused:
        return Shelf(filters, Page((), "", True), problem=refused.message)
    return _shelf(filters, page, cycles, counts)


def _key(parts: Sequence[str]) -> Sequence[Any]:
    at, number = parts
    moment, key = dt.datetime.fromisoformat(at).astimezone(dt.UTC), int(number)
    if not 0 < key <= MAX_ID:
        raise ValueError(number)
    return literal(moment, UTC()), key


def _shelf(filters: BoardFilters, page: Page[Any], cycles: Sequence[Any], counts: Facets) -> Shelf:
    shown = [row for row in cycles if row.quarter and _in_scope(row, filters)]
    quarters = sorted({row.quarter for row in shown}, reverse=True)
    arguments = filters.arguments()
    return Shelf(
        filters=filters, page=page, total=counts.total, quarters=quarters,
        sigs=len({row.slug for row in shown}),
        published_at=min((row.published_at for row in shown if row.published_at), default=None),
        claims_until=max((row.claims_until for row in shown), default=None),
        accept_by=max((row.accept_by for row in shown), default=None),
        frame=_frame(quarters), sig_ids=sorted({row.sig_id for row in shown}), tabs=_tabs(filters, counts), groups=_groups(filters, cycles, counts),
        chosen=_chosen(filters, cycles, counts),
        hidden=[pair for pair in arguments if pair[0] != "q"], export=f"/exports/tasks.csv?{urlencode(arguments)}",
        first=address(filters),
    )  # fmt: skip


def _in_scope(row: Any, filters: BoardFilters) -> bool:
    if filters.sig and row.slug not in filters.sig:
        return False
    wanted = filters.quarter
    return "all" in wanted or row.quarter in wanted or ("open" in wanted and row.state == OPEN)


def _frame(quarters: Sequence[str]) -> str:
    """The quarter whose weeks are drawn: the present one if it is shown, else the newest."""
    now = current_quarter()
    newest = quarters[0] if quarters else now
    return now if now in quarters or bounds(newest)[0].year < 2000 else newest


def address(filters: BoardFilters) -> str:
    """The board with these filters."""
    default = BoardFilters(availability=("open",))
    pairs = [
        (name, value)
        for name, value in filters.arguments()
        if name == "q" or (value,) != getattr(default, name) or len(getattr(filters, name)) > 1
    ]
    return f"/tasks/?{urlencode(pairs)}" if pairs else "/tasks/"


def _link(filters: BoardFilters, kind: str, value: str, name: Text, count: int) -> Link:
    chosen: tuple[str, ...] = getattr(filters, kind)
    current = value in chosen
    if kind in _MULTIPLE:
        after = tuple(item for item in chosen if item != value) if current else (*chosen, value)
    else:
        after = () if current else (value,)
    return Link(name, count, address(filters.with_values(kind, after)), current)


def _tabs(filters: BoardFilters, counts: Facets) -> list[Link]:
    number = counts.counts["availability"]
    tabs = [
        Link(
            name,
            number.get(token, 0),
            address(filters.with_values("availability", (token,))),
            filters.availability == (token,),
        )
        for token, name in AVAILABILITIES.items()
    ]
    everything = Link(
        _l("All"), sum(number.values()), address(filters.without("availability")), not filters.availability
    )
    return [*tabs, everything]


def _groups(filters: BoardFilters, cycles: Sequence[Any], counts: Facets) -> list[tuple[Text, list[Link]]]:
    found: list[tuple[Text, list[Link]]] = []
    for kind, values in _values(filters, cycles, counts).items():
        links = [
            _link(filters, kind, value, name, counts.counts[kind].get(value, 0))
            for value, name in values.items()
            if counts.counts[kind].get(value, 0) or value in getattr(filters, kind)
        ]
        if links:
            found.append((board.NAMES[kind], links))
    if quarters := sorted({row.quarter for row in cycles if row.quarter}, reverse=True):
        found.append((board.NAMES["quarter"], [_quarter(filters, quarter) for quarter in quarters[:8]]))
    return found


def _quarter(filters: BoardFilters, quarter: str) -> Link:
    current = filters.quarter == (quarter,)
    after = ("open",) if current else (quarter,)
    return Link(quarter, -1, address(filters.with_values("quarter", after)), current)


def _values(filters: BoardFilters, cycles: Sequence[Any], counts: Facets) -> dict[str, dict[str, Text]]:
    """The values of each filter with their names, in the order of the page."""
    areas = {slug: _area(*counts.areas.get(slug, (slug, ""))) for slug in (*counts.counts["area"], *filters.area)}
    return {
        "sig": {row.slug: local(row) for row in sorted(cycles, key=lambda row: row.name)},
        "area": dict(sorted(areas.items(), key=lambda item: -counts.counts["area"].get(item[0], 0))),
        "kind": dict(KINDS),
        "difficulty": {level: level for level in DIFFICULTIES},
        "backend": {name: name for name in BACKENDS},
    }


def _area(name: str, name_zh: str) -> str:
    return local(_Named(name, name_zh))


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    name_zh: str


def _chosen(filters: BoardFilters, cycles: Sequence[Any], counts: Facets) -> list[Text]:
    """The names of what is chosen, for the filters' summary on a phone."""
    values = _values(filters, cycles, counts)
    return [values[kind].get(value, value) for kind in values for value in getattr(filters, kind)]
