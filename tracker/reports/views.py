"""Pages of internship reports: the list, the report with its versions, writing and assessing it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, redirect, render_template, request, url_for

from tracker.comparing import compared
from tracker.db import MAX_ID, db
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.programmes.models import Programme
from tracker.reports import queries, service
from tracker.reports.blueprint import bp
from tracker.reports.forms import AssessForm, EditForm, HandInForm, StartForm, TakeBackForm
from tracker.reports.models import CHANGES, STATES, Assessment, InternshipReport, ReportVersion
from tracker.reports.workflow import REPORT
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.files import csv_file
from tracker.web.forms import Form
from tracker.web.paging import page_of
from tracker.web.routes import actor, loads, requires

__all__ = ["bp"]
COLUMNS = ("report", "programme", "handle", "name", "state", "version", "since", "answer_by")
#: How a state looks.
TONES = {"draft": "off", "handed_in": "warn q2", "changes_requested": "warn q3", "accepted": "ok q4"}


@loads(InternshipReport, P.REPORT_READ)
def _load(report_id: int) -> InternshipReport:
    return queries.get_report(report_id)


def _path(report: InternshipReport) -> str:
    return report.path


# -- the list -------------------------------------------------------------------------------------


def _waiting() -> bool:
    return request.args.get("show") != "all"


@bp.get("/reports/")
@requires(P.ACCOUNT_USE)
def index() -> str:
    """One's own reports, and those of others: that wait for the reader, or all that they may read."""
    who, waiting = actor(), _waiting()
    assert who.id is not None
    own = queries.own_reports(who.id)
    written = {row.slug for row in own}
    work = queries.programmes_of_work(who.id)
    needs = queries.needs_under(who.id, work)
    reads = queries.reads_reports(who)
    page = page_of(
        queries.reports_for(who, waiting=waiting), keys=[InternshipReport.id], key_of=lambda row: [row.id],
        parse=lambda parts: [_key(part) for part in parts], ascending=waiting,
    ) if reads else None  # fmt: skip
    return render_template(
        "reports/index.html", own=own, programmes=[one for one in work if one.slug not in written and needs[one.id]], reads=reads, page=page,
        waiting=waiting, states=STATES, tones=TONES,
    )  # fmt: skip


def _key(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else -1
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value


@bp.get("/reports/reports.csv")
@requires(P.ACCOUNT_USE)
def index_csv() -> Response:
    """The list of others' reports, whole."""
    return csv_file(COLUMNS, _rows(), "reports")


def _rows() -> Iterator[Sequence[Any]]:
    waiting = _waiting()
    order = InternshipReport.id if waiting else InternshipReport.id.desc()
    query = queries.reports_for(actor(), waiting=waiting).order_by(order).execution_options(yield_per=500)
    for row in db.session.execute(query):
        yield row.id, row.slug, row.handle, row.who, row.state, row.newest, row.state_since, row.answer_by


# -- a report -------------------------------------------------------------------------------------


@bp.get("/reports/<int:report_id>/")
@requires(P.REPORT_READ, InternshipReport)
def report(report: InternshipReport) -> str:
    return _page(report)


def _page(report: InternshipReport, *, form: AssessForm | None = None) -> str:
    """The report as its reader may see it: the intern the draft, everybody else what was handed in and not taken back."""
    who = actor()
    mine = allowed(who, P.REPORT_HOLD, report)
    versions = queries.versions_of(report, standing=not mine)
    newest = versions[-1][0] if versions else None
    writing = mine and report.state in ("draft", CHANGES)
    return render_template(
        "reports/report.html", report=report, programme=report.programme, versions=versions, newest=newest, mine=mine,
        steps={step.action for step in REPORT.available(who, report)}, writing=writing, states=STATES, tones=TONES,
        changes=compared(newest.text, report.draft) if writing and newest and newest.text != report.draft else [],
        needs=queries.needs(report.user_id, report.programme), form=form or AssessForm(formdata=None),
        assessors=queries.assessor_ids(report) if mine else [],
        compared_with=_compared_with(versions, newest.number) if newest else 0,
    )  # fmt: skip


@loads(ReportVersion, P.REPORT_READ)
def _load_version(report_id: int, number: int) -> ReportVersion:
    return queries.version_of(queries.get_report(report_id), number)


@bp.get("/reports/<int:report_id>/versions/<int:number>")
@requires(P.REPORT_READ, ReportVersion)
def version(shown: ReportVersion) -> str:
    """A version, with what was changed since the one before, or since ``?since=``."""
    mine = allowed(actor(), P.REPORT_HOLD, shown.report)
    versions = {each.number: (each, said) for each, said in queries.versions_of(shown.report, standing=not mine)}
    since = request.args.get("since", type=int, default=_compared_with(versions.values(), shown.number))
    before = versions[since][0] if since in versions and since != shown.number else None
    return render_template(
        "reports/version.html", report=shown.report, programme=shown.report.programme, version=shown,
        assessment=versions[shown.number][1], versions=list(versions.values()), before=before,
        changes=compared(before.text, shown.text) if before else [],
    )  # fmt: skip


def _compared_with(versions: Iterable[tuple[ReportVersion, Assessment | None]], number: int) -> int:
    """The version whose difference to ``number`` its readers want: the last that was assessed before it, else the one before; 0
    where there is none."""
    earlier = [(each.number, said) for each, said in versions if each.number < number]
    assessed = [each for each, said in earlier if said is not None]
    return max(assessed or [each for each, _said in earlier], default=0)


# -- by the intern --------------------------------------------------------------------------------


@bp.route("/reports/new/<slug>", methods=["GET", "POST"])
@requires(P.REPORT_MAKE, Programme)
def start_report(programme: Programme) -> Answer:
    who = actor()
    assert who.id is not None
    if request.method == "GET" and (found := queries.find_report(who.id, programme.id)):
        return redirect(found.path, 303)
    form = StartForm()
    needs = queries.needs(who.id, programme)
    return submit(
        form,
        lambda: service.start_report(actor(), programme, **form.values()),
        page=lambda: render_template(
            "reports/write.html",
            form=form,
            programme=programme,
            report=None,
            needs=needs,
            back=url_for("reports.index"),
        ),
        to=_path,
        done=_l("Your draft is kept. Hand it in when it is ready."),
    )


@bp.route("/reports/<int:report_id>/edit", methods=["GET", "POST"])
@requires(P.REPORT_HOLD, InternshipReport)
def edit_report(report: InternshipReport) -> Answer:
    form = EditForm(obj=report)
    needs = queries.needs(report.user_id, report.programme)
    return submit(
        form,
        lambda: service.edit_report(actor(), report, **form.values()),
        page=lambda: render_template(
            "reports/write.html", form=form, programme=report.programme, report=report, needs=needs, back=report.path
        ),
        to=_path,
        done=_l("Your draft is kept. Hand it in when it is ready."),
    )


@bp.post("/reports/<int:report_id>/hand-in")
@requires(P.REPORT_HOLD, InternshipReport)
def hand_in_report(report: InternshipReport) -> Answer:
    form = HandInForm()
    done = _l("Handed in. Who assesses it is told, and you are told what they say.")
    return _step(report, lambda: service.hand_in_report(actor(), report, **form.values()), done, form)


@bp.post("/reports/<int:report_id>/take-back")
@requires(P.REPORT_HOLD, InternshipReport)
def take_back_report(report: InternshipReport) -> Answer:
    form = TakeBackForm()
    done = _l("Taken back. Go on writing; nobody else sees it until you hand it in again.")
    return _step(report, lambda: service.take_back_report(actor(), report, **form.values()), done, form)


def _step(report: InternshipReport, work: Any, done: Any, form: Form) -> Answer:
    return perform(work, to=_path, done=done, form=form, back=report.path)


# -- by who knows the work ------------------------------------------------------------------------


@bp.route("/reports/<int:report_id>/assess", methods=["GET", "POST"])
@requires(P.REPORT_ASSESS, InternshipReport)
def assess_report(report: InternshipReport) -> Answer:
    form = AssessForm()
    return submit(
        form,
        lambda: service.assess_report(actor(), report, **form.values()),
        page=lambda: _page(report, form=form),
        to=_path,
        done=_l("Your assessment is kept, and the intern is told."),
    )
