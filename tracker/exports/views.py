"""Downloads: what a list shows, as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Response,
    abort,
    redirect,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)

from tracker import clock
from tracker.certificates.models import KINDS as CERTIFICATE_KINDS
from tracker.cycles.queries import current_quarter
from tracker.db import MAX_ID, transaction
from tracker.errors import Refused
from tracker.exports import files, queries, service, spreadsheet
from tracker.exports.headings import COLUMNS
from tracker.exports.kinds import EXPORTS, STATES_OF, has_more_than, query_of
from tracker.exports.models import ERRORS, LIVE, QUEUED, ExportJob
from tracker.exports.workflow import EXPORT_JOB
from tracker.permissions import Permission as P
from tracker.programmes.queries import all_programmes
from tracker.rewards import shelf
from tracker.rewards.models import REWARD_KINDS
from tracker.sigs.queries import all_sigs
from tracker.tasks import board
from tracker.tasks.models import AVAILABILITIES, KINDS
from tracker.text import Text, _l
from tracker.web.actions import Answer, perform, refused
from tracker.web.forms import Form
from tracker.web.paging import page_of
from tracker.web.routes import actor, can, loads, requires

bp = Blueprint("exports", __name__)

#: What the filter “kind” of an export takes; of the board's it is the tasks' kinds.
KINDS_OF = {"rewards": REWARD_KINDS, "certificates": CERTIFICATE_KINDS}
CSV = "text/csv; charset=utf-8"
#: A workbook of more rows is made in the background.
SMALL = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/exports/")
@requires(P.SITE_READ)
def index() -> str:
    """What can be exported, with its filters."""
    return render_template(
        "exports/index.html", exports={kind: export for kind, export in EXPORTS.items() if can(export.permission)},
        states=STATES_OF, kinds=KINDS_OF, columns=COLUMNS, sigs=all_sigs(), programmes=all_programmes(),
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
    """At once where it is small, else as a job that makes it in the background."""
    if not spreadsheet.is_available():
        return refused(_l("This installation writes no Excel files. Take the CSV."), "/exports/", 404)
    if kind not in EXPORTS:
        abort(404)
    lang = request.args.get("lang") or "en"
    try:
        if not has_more_than(SMALL, query_of(kind, actor(), request.args)):
            return _file(kind, "xlsx", XLSX, spreadsheet.workbook)
        if actor().id is None:
            return redirect(url_for("accounts.login", next=request.full_path))
        made = transaction(lambda: service.request_workbook(actor(), kind=kind, filters=request.args, lang=lang))
    except Refused as refusal:
        return refused(refusal.message, "/exports/", 422 if refusal.field else 409)
    return redirect(made.path, 303)


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


# -- workbooks in the background ------------------------------------------------------------------


@loads(ExportJob, P.EXPORT_HOLD)
def _load(job_id: int) -> ExportJob:
    return queries.get_job(job_id)


@bp.get("/exports/jobs/")
@requires(P.EXPORT_READ)
def jobs() -> str:
    """The files that one asked for."""
    page = page_of(
        queries.jobs_of(actor().id), keys=(ExportJob.id,), key_of=lambda row: (row[0].id,),
        parse=lambda parts: [_id(part) for part in parts],
    )  # fmt: skip
    return render_template(
        "exports/jobs.html", page=page, exports=EXPORTS, states=EXPORT_JOB.states, filters_of=_filters, now=clock.now()
    )


@bp.get("/exports/jobs/<int:job_id>/")
@requires(P.EXPORT_HOLD, ExportJob)
def job(job: ExportJob) -> str:
    """How far a file is, and the file."""
    return render_template(
        "exports/job.html", job=job, export=EXPORTS[job.kind], states=EXPORT_JOB.states, errors=ERRORS, live=job.state in LIVE,
        before=queries.before(job) if job.state == QUEUED else 0, filters=_filters(job), now=clock.now(),
        again=f"/exports/{job.kind}.xlsx?{urlencode({**job.filters, 'lang': job.lang}, doseq=True)}",
    )  # fmt: skip


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < (value := int(text)) <= MAX_ID):
        raise ValueError(text)
    return value


def _filters(job: ExportJob) -> list[tuple[Text, str]]:
    """The filters of a job as they read."""
    names = {**board.NAMES, **shelf.NAMES}
    words: dict[str, Mapping[str, Any]] = {
        "state": STATES_OF.get(job.kind, {}), "kind": KINDS_OF.get(job.kind, KINDS),
        "availability": AVAILABILITIES, "mine": {"1": _l("yes")},
    }  # fmt: skip
    found: list[tuple[Text, str]] = []
    for name, value in job.filters.items():
        values = [value] if isinstance(value, str) else value
        found.append((names[name], ", ".join(str(words.get(name, {}).get(one, one)) for one in values)))
    return found


@bp.post("/exports/jobs/<int:job_id>/cancel")
@requires(P.EXPORT_HOLD, ExportJob)
def cancel_job(job: ExportJob) -> Answer:
    return perform(
        lambda: service.cancel_export(actor(), job), form=Form(), back=job.path, to=lambda job: "/exports/jobs/",
        done=_l("The file won't be made."),
    )  # fmt: skip


@bp.get("/exports/jobs/<int:job_id>/file")
@requires(P.EXPORT_HOLD, ExportJob)
def download_job(job: ExportJob) -> Answer:
    """The file, to whom it was made for, while they may read what is in it."""
    path = files.path_of(job.id, job.attempts)
    try:
        service.check_download(actor(), job)
    except Refused as refusal:
        return refused(refusal.message, job.path, 409)
    if not path.is_file():
        return refused(_l("The file isn't on this machine any more. Have it made anew."), job.path, 410)
    response = send_file(path, XLSX, as_attachment=True, download_name=job.file_name, etag=False, conditional=False)
    response.headers["Cache-Control"] = "private, no-store"
    return response
