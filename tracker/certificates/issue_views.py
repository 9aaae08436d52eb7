"""Pages of issuing: who of a SIG is entitled, and one certificate with its preview."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

from flask import render_template, request

from tracker.certificates import document, issuing, queries, service
from tracker.certificates.blueprint import bp
from tracker.certificates.entitlements import MOST, Entitlement, entitled, get_entitlement
from tracker.certificates.forms import IssueForm, RunForm
from tracker.certificates.models import INTERNSHIP, KINDS, CertificateLayout
from tracker.certificates.rules import NotEntitled
from tracker.cycles.quarters import is_quarter
from tracker.cycles.queries import current_quarter
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.rewards.shelf import unknown
from tracker.sigs.models import Sig
from tracker.text import Text, _l
from tracker.web.actions import Answer, refused, submit
from tracker.web.files import csv_file
from tracker.web.routes import actor, loads, requires

COLUMNS = ("kind", "handle", "name", "title", "points", "period_from", "period_to", "earned_on")


@loads(Entitlement, P.CERTIFICATE_ISSUE)
def _load(key: str) -> Entitlement:
    return get_entitlement(key)


# -- many -----------------------------------------------------------------------------------------


def _asked() -> tuple[str, str]:
    """Kind and quarter of the address, each may be empty. Raises Refused naming what is at fault."""
    kind, quarter = request.args.get("kind", ""), request.args.get("quarter", "").strip()
    if kind and kind not in KINDS:
        raise unknown("kind", kind)
    if quarter and not is_quarter(quarter):
        raise unknown("quarter", quarter)
    return kind, quarter


@bp.route("/sigs/<slug>/certificates/new", methods=["GET", "POST"])
@requires(P.CERTIFICATE_ISSUE, Sig)
def issue_many(sig: Sig) -> Answer:
    """Who is entitled and not certified yet; those that are picked are issued in the background."""
    problem: Text | None = None
    try:
        kind, quarter = _asked()
    except Refused as refusal:
        problem, kind, quarter = refusal.message, "", ""
    form = RunForm(sig)
    if not form.is_submitted():
        form.layout.data = _fitting(sig)
    page = submit(
        form, lambda: service.request_run(actor(), sig, kind=kind or INTERNSHIP, **form.values()),
        page=lambda: _many(sig, kind, quarter, form, problem), to=lambda run: run.path,
        done=_l("Issuing has begun. You may leave this page: you are told when it is done."),
    )  # fmt: skip
    return (page, 422) if problem and isinstance(page, str) else page


def _many(sig: Sig, kind: str, quarter: str, form: RunForm, problem: Text | None) -> str:
    waiting = {each: entitled(sig, each, quarter) for each in KINDS}
    kind = kind or next((each for each, found in waiting.items() if found), INTERNSHIP)
    rows = waiting[kind]
    return render_template(
        "certificates/issue_many.html", sig=sig, kind=kind, quarter=quarter, rows=rows, waiting=waiting, form=form, problem=problem, kinds=KINDS,
        most=MOST, unprintable=_unprintable(sig, rows), all=request.args.get("all") == "1" and not form.is_submitted(), now_quarter=current_quarter(sig.time_zone), me=actor().id,
    )  # fmt: skip


def _unprintable(sig: Sig, rows: Sequence[Entitlement]) -> dict[str, str]:
    try:
        return issuing.unprintable(rows, queries.layout_for(sig.community))
    except Refused:
        return {}  # without a layout nothing can be issued anyhow


def _fitting(sig: Sig) -> str:
    try:
        return queries.layout_for(sig.community).slug
    except Refused:
        return ""


@bp.get("/sigs/<slug>/certificates/new.csv")
@requires(P.CERTIFICATE_ISSUE, Sig)
def issue_many_csv(sig: Sig) -> Answer:
    """The list as it is shown."""
    try:
        kind, quarter = _asked()
        rows = entitled(sig, kind or INTERNSHIP, quarter)
    except Refused as refusal:
        return refused(refusal.message, f"/sigs/{sig.slug}/certificates/new", 422)
    return csv_file(COLUMNS, _lines(rows), f"entitled-{sig.slug}")


def _lines(rows: Sequence[Entitlement]) -> Iterator[Sequence[Any]]:
    for row in rows:
        yield (row.kind, row.handle, row.name, row.title, row.points, row.period_from, row.period_to, row.earned_on)


# -- one ------------------------------------------------------------------------------------------


@bp.route("/certificates/issue/<key>", methods=["GET", "POST"])
@requires(P.CERTIFICATE_ISSUE, Entitlement)
def issue(row: Entitlement) -> Answer:
    """Look at a certificate before it is issued, then issue it."""
    form = IssueForm(row.sig, layout=request.args.get("layout") or _fitting(row.sig))
    if request.method != "POST":
        return _one(row, form)
    if not form.validate():
        return _one(row, form), 422
    try:
        issuing.check_issue(actor(), row)
        layout = queries.layout_for(row.sig.community, form.layout.data)
        if issuing.seen(issuing.draft(row, layout)) != form.seen.data:
            raise NotEntitled("changed")
        # Set and signed before the transaction begins: others write meanwhile.
        paper = issuing.make(row, layout)
    except Refused as refusal:
        form.refusal = refusal.message
        return _one(row, form), 409
    return submit(
        form, lambda: service.issue_certificate(actor(), paper), page=lambda: _one(get_entitlement(row.key), form),
        to=lambda made: made.path, done=_l("The certificate is issued, and its holder is told."),
    )  # fmt: skip


def _one(row: Entitlement, form: IssueForm) -> str:
    """The page of one: its picture, what it says, and why not."""
    why: Text = ""
    try:
        issuing.check_issue(actor(), row)
    except Refused as refusal:
        why = refusal.message
    layout: CertificateLayout | None = None
    missing, shown, seen = "", "", ""
    try:
        layout = queries.layout_for(row.sig.community, form.layout.data or "")
        said = issuing.draft(row, layout)
        seen, missing = issuing.seen(said), issuing.missing_glyphs(said)
        if not missing and not row.obstacle and row.name:
            shown = data_address(issuing.picture(row, layout))
    except Refused as refusal:
        why = why or refusal.message
    return render_template(
        "certificates/issue.html", row=row, form=form, why=why, missing=document.named(missing), picture=shown, seen=seen, layout=layout,
        layouts=queries.layouts_for(row.sig.community), kinds=KINDS,
    )  # fmt: skip


def data_address(png: bytes) -> str:
    """A picture as an address that a page carries along."""
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"
