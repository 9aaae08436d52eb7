"""Downloads: what a list shows, as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, stream_with_context

from tracker import clock
from tracker.cycles.queries import current_quarter
from tracker.errors import Refused
from tracker.exports import service, spreadsheet
from tracker.exports.headings import COLUMNS
from tracker.exports.kinds import EXPORTS, STATES_OF
from tracker.permissions import Permission as P
from tracker.programmes.queries import all_programmes
from tracker.rewards.models import REWARD_KINDS
from tracker.sigs.queries import all_sigs
from tracker.text import _l
from tracker.web.actions import refused
from tracker.web.routes import actor, can, requires

bp = Blueprint("exports", __name__)

Answer = Response | tuple[str, int]
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/exports/")
@requires(P.SITE_READ)
def index() -> str:
    """What can be exported, with its filters."""
    return render_template(
        "exports/index.html", exports={kind: export for kind, export in EXPORTS.items() if can(export.permission)},
        states=STATES_OF, kinds=REWARD_KINDS, columns=COLUMNS, sigs=all_sigs(), programmes=all_programmes(),
        quarter=current_quarter(), month=f"{clock.today('Asia/Shanghai'):%Y-%m}", workbooks=spreadsheet.is_available(),
    )  # fmt: skip


@bp.get("/exports/tasks.csv")
@requires(P.SITE_READ)
def tasks() -> Answer:
    """The board, for everybody."""
    return _file("tasks", "csv", CSV, service.export)


@bp.get("/exports/<kind>.csv")
@requires(P.EXPORT_READ)
def download(kind: str) -> Answer:
    """Rows that the reader may see."""
    return _file(kind, "csv", CSV, service.export)


@bp.get("/exports/tasks.xlsx")
@requires(P.SITE_READ)
def tasks_workbook() -> Answer:
    """The board as a workbook."""
    return _workbook("tasks")


@bp.get("/exports/<kind>.xlsx")
@requires(P.EXPORT_READ)
def workbook(kind: str) -> Answer:
    """The same as a workbook."""
    return _workbook(kind)


def _workbook(kind: str) -> Answer:
    if not spreadsheet.is_available():
        return refused(_l("This installation writes no Excel files. Take the CSV."), "/exports/", 404)
    return _file(kind, "xlsx", XLSX, spreadsheet.workbook)


def _file(kind: str, ending: str, mimetype: str, make: Callable[..., Iterator[bytes]]) -> Answer:
    if kind not in EXPORTS:
        abort(404)
    try:
        # A MultiDict: the board's filters may be given several times.
        chunks: Any = make(kind, actor(), request.args, request.args.get("lang") or "en")
    except Refused as refusal:
        return refused(refusal.message, "/exports/", 422)
    response = Response(stream_with_context(chunks), content_type=mimetype)
    name = f"{kind}-{clock.today('Asia/Shanghai'):%Y-%m-%d}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
