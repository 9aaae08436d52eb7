"""The ranking: who earned how many points in a quarter, by handle, open to everybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request

from tracker.cycles.quarters import is_quarter
from tracker.cycles.queries import current_quarter
from tracker.db import MAX_ID, db
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.queries import all_programmes
from tracker.rankings import queries
from tracker.text import Text, _l
from tracker.web.actions import Answer, refused
from tracker.web.files import csv_file
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, requires

bp = Blueprint("rankings", __name__)
COLUMNS = ("rank", "handle", "points")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which ranking; ``programme`` is None where there is none at all."""

    programmes: list[Programme]
    programme: Programme | None
    quarter: str

    @property
    def arguments(self) -> dict[str, str]:
        """For an address."""
        return {"programme": self.programme.slug if self.programme else "", "quarter": self.quarter}


def _asked(*, checked: bool = True) -> Asked:
    """What the address asks for: by default the first programme, now. Raises Refused naming what is at fault."""
    programmes = all_programmes()
    slug, quarter = (request.args.get(name, "").strip() if checked else "" for name in ("programme", "quarter"))
    programme = next((one for one in programmes if one.slug == slug or not slug), None)
    if slug and programme is None:
        raise Refused(_l("There is no programme “%(value)s”.", value=" ".join(slug.split())[:60]), field="programme")
    if quarter and not is_quarter(quarter):
        raise Refused(
            _l("“%(value)s” is no quarter such as 2026Q4.", value=" ".join(quarter.split())[:60]), field="quarter"
        )
    return Asked(programmes, programme, quarter or current_quarter(programme.time_zone if programme else "UTC"))


@bp.get("/rewards/ranking")
@requires(P.RESULTS_READ)
def ranking() -> str | tuple[str, int]:
    """The points of a programme and quarter; the reader's own row is marked, or shown to them alone."""
    problem: Text | None = None
    page: Page[Any] = Page([], "", True)
    try:
        asked = _asked()
        if asked.programme:
            page = _page(asked.programme, asked.quarter)
    except Refused as refusal:
        problem, asked = refusal.message, _asked(checked=False)
    facts: dict[str, Any] = {"own": None, "totals": None, "quarters": [asked.quarter]}
    if asked.programme and not problem:
        facts = _facts(asked.programme, asked.quarter)
    return render_template(
        "rankings/ranking.html", page=page, problem=problem, asked=asked, **facts
    ), 422 if problem else 200  # fmt: skip


def _page(programme: Programme, quarter: str) -> Page[Any]:
    found = queries.ranking(programme.id, quarter)
    return page_of(
        found.rows, keys=found.keys, key_of=lambda row: (row.points, row.order), parse=lambda parts: [_key(part) for part in parts]
    )  # fmt: skip


def _key(text: str) -> int:
    value = int(text) if text.isascii() and text.removeprefix("-").isdigit() else MAX_ID + 1
    if not -MAX_ID <= value <= MAX_ID:
        raise ValueError(text)
    return value


def _facts(programme: Programme, quarter: str) -> dict[str, Any]:
    me = actor().id
    quarters = {*queries.quarters_with_points(programme.id), current_quarter(programme.time_zone), quarter}
    return {
        "totals": queries.totals(programme.id, quarter),
        "own": queries.own_row(programme.id, quarter, me) if me else None,
        "quarters": sorted(quarters, reverse=True),
    }


@bp.get("/rewards/ranking.csv")
@requires(P.RESULTS_READ)
def ranking_csv() -> Answer:
    """The whole ranking as it is shown."""
    try:
        asked = _asked()
    except Refused as refusal:
        return refused(refusal.message, "/rewards/ranking", 422)
    name = "-".join(part for part in ("ranking", *asked.arguments.values()) if part)
    return csv_file(COLUMNS, _rows(asked), name)


def _rows(asked: Asked) -> Iterator[Sequence[Any]]:
    """Read as they are sent."""
    if asked.programme:
        found = queries.ranking(asked.programme.id, asked.quarter)
        query = found.rows.order_by(*(key.desc() for key in found.keys)).execution_options(yield_per=500)
        for row in db.session.execute(query):
            yield row.rank, row.handle, int(row.points)
