"""Pages of series: those of a SIG, one with its dates, setting up, changing and ending; those of the rota are in rota_views."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from flask import flash, render_template, request

from tracker import clock
from tracker.errors import Refused
from tracker.meetings.day_views import overlap_in_words, path_of
from tracker.meetings.models import MEETING_KINDS
from tracker.meetings.slots import Overlap
from tracker.meetings.workflow import MEETING
from tracker.permissions import Permission as P
from tracker.schedule.rules import describe, parse_rule
from tracker.series import queries, rota_views, rules, service
from tracker.series.blueprint import bp
from tracker.series.forms import PARTS, EndSeriesForm, OccurrenceForm, SeriesEditForm, SeriesForm, filled, fresh
from tracker.series.models import ACTIVE, POLICIES, Series
from tracker.series.preview import Preview, preview
from tracker.series.workflow import SERIES
from tracker.sigs.models import Sig
from tracker.sigs.queries import find_sig
from tracker.text import Text, _l
from tracker.web.actions import Answer, submit
from tracker.web.routes import actor, can, loads, requires

__all__ = ["bp", "rota_views"]

#: As many of the meetings that take place at the same time are named.
_NAMED = 3


@loads(Series, P.SERIES_READ)
def _load(series_id: int) -> Series:
    return queries.get_series(series_id)


@bp.get("/sigs/<slug>/series/")
@requires(P.SERIES_READ, Sig)
def index(sig: Sig) -> str:
    found = queries.series_of(sig.id)
    active = [series for series in found if series.state == ACTIVE]
    return render_template(
        "series/index.html", sig=sig, active=active, ended=[series for series in found if series.state != ACTIVE],
        ahead=queries.meetings_ahead([series.id for series in active]), kinds=MEETING_KINDS, words=_words(found),
        states=MEETING.states,
    )  # fmt: skip


def _words(found: Sequence[Series]) -> dict[int, Text]:
    return {series.id: describe(parse_rule(series.rule)) for series in found}


@bp.get("/series/<int:series_id>/")
@requires(P.SERIES_READ, Series)
def show(series: Series) -> str:
    return _page(series, EndSeriesForm(formdata=None))


def _page(series: Series, form: EndSeriesForm) -> str:
    ahead = queries.meetings_ahead([series.id])[series.id]
    past = queries.meetings_past(series.id)
    overlaps = queries.overlaps(series, ahead) if can(P.SERIES_EDIT, series) else []
    said = queries.remarks_on(series, ahead)
    kept, footnotes = rules.footnotes([said[meeting.id] for meeting in ahead])
    remarks = dict(zip((meeting.id for meeting in ahead), kept, strict=True)) | queries.remarks_on(series, past)
    return render_template(
        "series/series.html", series=series, form=form, kinds=MEETING_KINDS, policies=POLICIES, states=MEETING.states,
        words=_words([series])[series.id], ahead=ahead, past=past, series_states=SERIES.states, remarks=remarks,
        footnotes=footnotes, overlaps=_in_words(overlaps),
    )  # fmt: skip


def _in_words(overlaps: Sequence[Overlap]) -> list[str]:
    """One line for each meeting series, or meeting, that takes place at the same time."""
    lines = []
    ordered = sorted(
        overlaps, key=lambda one: (one.meeting.series_id or -one.meeting.id, one.organiser == "", one.starts_at)
    )
    for _series, same in groupby(ordered, key=lambda one: one.meeting.series_id or -one.meeting.id):
        first = next(same)
        lines.append(overlap_in_words(first.meeting, first.organiser))
    return lines[:_NAMED]


# -- setting up and changing ----------------------------------------------------------------------


@bp.route("/sigs/<slug>/series/new", methods=["GET", "POST"])
@requires(P.SERIES_EDIT, Sig)
def new_series(sig: Sig) -> Answer:
    form = SeriesForm(data=fresh(sig.time_zone, clock.today(sig.time_zone)))
    if request.form.get("preview"):
        return _form_page(form, sig)
    return submit(
        form,
        lambda: service.create_series(actor(), sig, **form.values()),
        page=lambda: _form_page(form, sig),
        to=_path_of,
        done=_l("The series is set up and its next meetings are planned. Say who organises in turn."),
    )


@bp.route("/series/<int:series_id>/edit", methods=["GET", "POST"])
@requires(P.SERIES_EDIT, Series)
def edit_series(series: Series) -> Answer:
    form = SeriesEditForm(data=filled(series))
    if request.form.get("preview"):
        return _form_page(form, series.sig, series)
    return submit(
        form,
        lambda: service.edit_series(actor(), series, **form.values()),
        page=lambda: _form_page(form, series.sig, series),
        to=_path_of,
        done=_l("Saved. Meetings that nobody touched follow the series; followers of the SIG are told."),
    )


def _path_of(series: Series) -> str:
    """The page of a series, after a warning about what else takes place at its times."""
    ahead = queries.meetings_ahead([series.id])[series.id]
    for line in _in_words(queries.overlaps(series, ahead)):
        flash(line, "warn")
    return series.path


def _form_page(form: SeriesForm, sig: Sig, series: Series | None = None) -> str:
    found, problems = _preview(form, sig, series)
    name = "series/edit_series.html" if series else "series/new_series.html"
    version = series.version if series and form.refusal else form.version.data if "version" in form else None
    return render_template(
        name, sig=sig, series=series, form=form, parts=PARTS, preview=found, problems=problems, version=version,
        kinds=MEETING_KINDS, **_for_preview(found),
    )  # fmt: skip


@bp.get("/series/preview")
@requires(P.ACCOUNT_USE)
def show_preview() -> str:
    """A fragment with the next dates of what is being typed; nothing is saved."""
    form = SeriesForm(formdata=request.args, meta={"csrf": False})
    number = request.args.get("series", "")
    series = queries.find_series(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    found, problems = _preview(form, find_sig(request.args.get("sig", "")), series)
    return render_template("series/_preview.html", preview=found, problems=problems, **_for_preview(found))


def _preview(form: SeriesForm, sig: Sig | None, series: Series | None) -> tuple[Preview | None, list[str]]:
    """The preview of the form as it stands, or what is missing or refused."""
    if (form.is_submitted() or form.meta.csrf is False) and not _is_complete(form):
        return None, [f"{field.label.text}: {field.errors[0]}" for field in form.wrong if field.name != "csrf_token"]
    try:
        return preview(form.values(), sig=sig, series=series), []
    except Refused as refusal:
        field = form[refusal.field] if refusal.field and refusal.field in form else None
        return None, [f"{field.label.text}: {refusal}" if field is not None else str(refusal)]


def _is_complete(form: SeriesForm) -> bool:
    return not form.wrong if any(field.errors for field in form) else form.validate()


def _for_preview(found: Preview | None) -> dict[str, Any]:
    return {"states": MEETING.states, "overlaps": _in_words(found.overlaps) if found else []}


# -- ending and adding ----------------------------------------------------------------------------


@bp.post("/series/<int:series_id>/end")
@requires(P.SERIES_EDIT, Series)
def end_series(series: Series) -> Answer:
    form = EndSeriesForm()
    return submit(
        form,
        lambda: service.end_series(actor(), series, **form.values()),
        page=lambda: _page(series, form),
        to=lambda series: series.path,
        done=_l("The series has ended; its meetings ahead that nobody touched are cancelled."),
    )


@bp.route("/series/<int:series_id>/add", methods=["GET", "POST"])
@requires(P.SERIES_EDIT, Series)
def add_occurrence(series: Series) -> Answer:
    form = OccurrenceForm(series, data={"start": queries.typed(series)["start"], "minutes_long": series.minutes_long})
    return submit(
        form,
        lambda: service.add_occurrence(actor(), series, **form.values()),
        page=lambda: render_template("series/add_occurrence.html", series=series, form=form, kinds=MEETING_KINDS),
        to=path_of,
        done=_l("The meeting stands in the calendar."),
    )
