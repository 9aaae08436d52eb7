"""Pages of runs: how far the issuing of many certificates is, and what came of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Response, render_template, request

from tracker.certificates import queries, service
from tracker.certificates.blueprint import bp
from tracker.certificates.models import (
    ISSUED,
    KINDS,
    QUEUED,
    REFUSED,
    RUNNING,
    WAITING,
    CertificateRun,
    CertificateRunLine,
)
from tracker.certificates.rules import OBSTACLES
from tracker.certificates.workflow import CERTIFICATE_RUN
from tracker.db import MAX_ID, db
from tracker.permissions import Permission as P
from tracker.text import Text, _l
from tracker.web.actions import Answer, perform
from tracker.web.files import csv_file
from tracker.web.forms import Form
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

LINE_STATES: dict[str, Text] = {WAITING: _l("waits"), ISSUED: _l("issued"), REFUSED: _l("refused")}
COLUMNS = ("handle", "name", "title", "state", "code", "reason")


@loads(CertificateRun, P.CERTIFICATE_RUN_READ)
def _load(run_id: int) -> CertificateRun:
    return queries.get_run(run_id)


def _state() -> str:
    return state if (state := request.args.get("state", "")) in LINE_STATES else ""


@bp.get("/certificates/runs/<int:run_id>/")
@requires(P.CERTIFICATE_RUN_READ, CertificateRun)
def run(run: CertificateRun) -> str:
    """How far it is, and each line."""
    page = page_of(
        queries.run_lines(run.id, _state()), keys=(CertificateRunLine.id,), key_of=lambda row: (row.id,), ascending=True,
        parse=lambda parts: [_number(part) for part in parts],
    )  # fmt: skip
    counts = queries.run_counts(run.id)
    return render_template(
        "certificates/run.html", run=run, page=page, counts=counts, total=sum(counts.values()), state=_state(),
        states=CERTIFICATE_RUN.states, line_states=LINE_STATES, why=OBSTACLES, kinds=KINDS, live=run.state in (QUEUED, RUNNING),
    )  # fmt: skip


@bp.get("/certificates/runs/<int:run_id>.csv")
@requires(P.CERTIFICATE_RUN_READ, CertificateRun)
def run_csv(run: CertificateRun) -> Response:
    """The lines as they are shown."""
    return csv_file(COLUMNS, _lines(run.id, _state()), f"certificate-run-{run.id}")


def _lines(run_id: int, state: str) -> Iterator[Sequence[Any]]:
    query = queries.run_lines(run_id, state).order_by(CertificateRunLine.id).execution_options(yield_per=500)
    for row in db.session.execute(query):
        why = f"{OBSTACLES[row.reason]} {row.detail}".strip() if row.reason else ""
        yield row.handle, row.display_name, row.title or "", row.state, row.code or "", why


def _number(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value


@bp.post("/certificates/runs/<int:run_id>/cancel")
@requires(P.CERTIFICATE_RUN_HOLD, CertificateRun)
def cancel_run(run: CertificateRun) -> Answer:
    path = run.path
    return perform(
        lambda: service.cancel_run(actor(), run), form=Form(), back=path, to=lambda _run: path,
        done=_l("Nothing more of it is issued. What was issued stays."),
    )  # fmt: skip
