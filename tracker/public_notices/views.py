"""Pages of public notices: the list, a notice with its objections, and opening one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, render_template, request
from sqlalchemy import Select

from tracker import clock
from tracker.calendars.queries import calendar
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import quarter_of
from tracker.db import MAX_ID, db
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.public_notices import objection_views as _objection_views  # noqa: F401  # adds its pages
from tracker.public_notices import queries, results, rules, service
from tracker.public_notices.blueprint import bp
from tracker.public_notices.forms import OpenForm
from tracker.public_notices.models import STATES, USUAL_DAYS, Objection, PublicNotice
from tracker.public_notices.shelf import Filters, parse_filters
from tracker.sigs.queries import all_sigs
from tracker.text import Text, _l
from tracker.web.actions import Answer, refused, submit
from tracker.web.csv import Amount
from tracker.web.files import csv_file
from tracker.web.paging import Page, page_of
from tracker.web.routes import actor, loads, requires

__all__ = ["bp"]

#: Rows of a notice on a page; a quarter's results are rarely more, and print as one.
SIZE = 500
LIST_COLUMNS = (
    "notice", "sig", "quarter", "results", "opened_at", "closes_at", "state", "objections", "waiting", "corrects",
)  # fmt: skip
COLUMNS = ("row", "kind", "handle", "task", "title", "month", "points", "amount", "currency")


@loads(PublicNotice, P.RESULTS_READ)
def _load(public_notice_id: int) -> PublicNotice:
    return queries.get_notice(public_notice_id)


def _id(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value


# -- the list -------------------------------------------------------------------------------------


@bp.get("/public-notices/")
@requires(P.RESULTS_READ)
def index() -> str | tuple[str, int]:
    """Every notice, newest first."""
    problem: Text | None = None
    try:
        filters = parse_filters(request.args)
        page = page_of(queries.notice_rows(filters), keys=(PublicNotice.id,), key_of=lambda row: (row.id,), parse=_ids)
    except Refused as refusal:
        problem, filters, page = refusal.message, Filters(), Page([], "", True)
    return render_template(
        "public_notices/index.html", page=page, filters=filters, problem=problem, sigs=all_sigs(), standing=_standing,
        standings=rules.STANDINGS, last_day=lambda row: rules.last_day(row.closes_at, row.time_zone),
    ), 422 if problem else 200  # fmt: skip


def _ids(parts: Sequence[str]) -> list[int]:
    return [_id(part) for part in parts]


def _standing(row: Any) -> str:
    return rules.standing(clock.now(), row.closes_at, row.waiting)


@bp.get("/public-notices.csv")
@requires(P.RESULTS_READ)
def index_csv() -> Answer:
    """The list as a file."""
    try:
        query = queries.notice_rows(parse_filters(request.args)).order_by(PublicNotice.id.desc())
    except Refused as refusal:
        return refused(refusal.message, "/public-notices/", 422)
    return _file("public-notices", LIST_COLUMNS, _list_cells(query))


def _list_cells(query: Select[Any]) -> Iterator[Sequence[Any]]:
    """Read as they are sent."""
    for r in db.session.execute(query.execution_options(yield_per=500)):
        yield (
            r.id, r.slug, r.quarter, r.results, r.opened_at, r.closes_at, _standing(r), r.objections, r.waiting, r.corrects_id,
        )  # fmt: skip


def _file(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], zone: str = "Asia/Shanghai") -> Response:
    return csv_file(columns, rows, name, zone)


# -- a notice -------------------------------------------------------------------------------------


@bp.get("/public-notices/<int:public_notice_id>/")
@requires(P.RESULTS_READ, PublicNotice)
def notice(notice: PublicNotice) -> str:
    """The rows as they were frozen, and the objections: who objected and why is for those to read who may."""
    who, waiting = actor(), queries.waiting_objections(notice.id)
    rows, more = _slice(notice.rows)
    rows = queries.shown_rows(rows)
    page = page_of(
        queries.objection_rows(notice.id), keys=(Objection.id,), key_of=lambda row: (row.id,), parse=_ids, ascending=True
    )  # fmt: skip
    return render_template(
        "public_notices/notice.html", notice=notice, cycle=notice.cycle, rows=rows, more=more, kinds=results.KINDS,
        standing=rules.standing(clock.now(), notice.closes_at, waiting), standings=rules.STANDINGS, waiting=waiting,
        by_row=queries.objections_by_row(notice.id), page=page, states=STATES, corrected_by=queries.correction_of(notice.id),
        may=lambda permission, row: allowed(who, permission, row),
    )  # fmt: skip


def _slice(rows: Sequence[Any]) -> tuple[Sequence[Any], int | None]:
    """The rows of this page, and the number after which the next one begins."""
    text = request.args.get("from", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    return rows[start : start + SIZE], start + SIZE if start + SIZE < len(rows) else None


@bp.get("/public-notices/<int:public_notice_id>.csv")
@requires(P.RESULTS_READ, PublicNotice)
def notice_csv(notice: PublicNotice) -> Answer:
    """The rows as a file."""
    rows = (
        (
            row["row"], row["of"], row["handle"], row["task"], row["title"], row["month"], row["points"],
            None if row["amount"] is None else Amount(row["amount"]), row["currency"],
        )
        for row in queries.shown_rows(notice.rows)
    )  # fmt: skip
    return _file(f"public-notice-{notice.id}", COLUMNS, rows, notice.time_zone)


# -- opening one ----------------------------------------------------------------------------------


@bp.route("/sigs/<slug>/quarters/<quarter>/public-notice", methods=["GET", "POST"])
@requires(P.RESULTS_PUBLISH, Cycle)
def open_notice(cycle: Cycle) -> Answer:
    """The results as they would be published, with the mail that goes out; ``with_amounts=1``: with the amounts of money."""
    form = OpenForm(days=USUAL_DAYS, with_amounts=request.args.get("with_amounts") == "1")
    return submit(
        form, lambda: service.open_notice(actor(), cycle, **form.values()), page=lambda: _opening(cycle, form),
        to=lambda done: done.path, done=_l("The public notice is open. The SIG's followers and who is named are told."),
    )  # fmt: skip


def _opening(cycle: Cycle, form: OpenForm) -> str:
    rows, now, zone = results.results(cycle), clock.now(), cycle.sig.time_zone
    closes_at = rules.closing(now, form.days.data or USUAL_DAYS, zone, calendar())
    shown = rows if form.with_amounts.data else results.without_amounts(rows)
    return render_template(
        "public_notices/open_notice.html", cycle=cycle, form=form, rows=shown, kinds=results.KINDS, seen=rules.fingerprint(rows),
        people=queries.people_in(rows), proposed=results.still_proposed(cycle), before=queries.newest_notice(cycle.id),
        until=rules.last_day(closes_at, zone), running=quarter_of(clock.today(cycle.programme.time_zone)) <= cycle.quarter,
    )  # fmt: skip
