"""Pages of layouts: those in use, one with its preview, adding, editing and retiring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import render_template, request

from tracker.batches import queries, rules, service
from tracker.batches.blueprint import bp
from tracker.batches.fields import FIELDS, sealed_in
from tracker.batches.forms import LayoutEditForm, LayoutForm, RetireLayoutForm
from tracker.batches.models import ENCODINGS, ROWS, Layout
from tracker.batches.samples import LINES
from tracker.batches.sheets import is_numeric, read, written
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.forms import Form
from tracker.web.routes import actor, loads, requires


@loads(Layout, P.BATCH_READ)
def _load(layout: str) -> Layout:
    return queries.get_layout(layout)


def sample(layout: Mapping[str, Any]) -> dict[str, Any]:
    """Invented lines in a layout, as its file would have them."""
    heading, *rows = read(layout, written(layout, LINES))
    return {"heading": heading, "rows": rows, "numeric": [is_numeric(column["field"]) for column in layout["columns"]]}


@bp.get("/rewards/batches/layouts/")
@requires(P.BATCH_READ)
def layouts() -> str:
    """Every layout, those in use first."""
    return render_template(
        "batches/layouts.html", layouts=queries.newest_layouts(), rows=ROWS, encodings=ENCODINGS, sealed_in=sealed_in
    )


@bp.get("/rewards/batches/layouts/<layout>/")
@requires(P.BATCH_READ, Layout)
def layout(layout: Layout) -> str:
    """A layout with a preview, and its versions."""
    return render_template(
        "batches/layout.html", layout=layout, versions=queries.versions_of(layout.slug), sample=sample(layout.snapshot),
        rows=ROWS, encodings=ENCODINGS, fields=FIELDS, sealed=sealed_in(layout.columns),
    )  # fmt: skip


@bp.route("/rewards/batches/layouts/new", methods=["GET", "POST"])
@requires(P.LAYOUT_EDIT)
def new_layout() -> Answer:
    form = LayoutForm()
    return _edited(form, lambda: service.add_layout(actor(), **_typed(form)), None)


@bp.route("/rewards/batches/layouts/<layout>/edit", methods=["GET", "POST"])
@requires(P.LAYOUT_EDIT, Layout)
def edit_layout(layout: Layout) -> Answer:
    form = LayoutEditForm(obj=layout)
    return _edited(form, lambda: service.edit_layout(actor(), layout, **_typed(form)), layout)


def _typed(form: Form) -> dict[str, Any]:
    return {name: value for name, value in form.values().items() if name != "preview"}


def _edited(form: Any, work: Callable[[], Layout], layout: Layout | None) -> Answer:
    """The page of a layout that is typed: with what it would look like where that was asked for, else saved."""

    def page(shown: Any = None) -> str:
        return render_template("batches/edit_layout.html", form=form, layout=layout, fields=FIELDS, sample=shown)

    if request.method == "POST" and form.preview.data and form.validate():
        try:
            rules.check_columns(form.columns.data)
        except Refused as refusal:
            form.columns.errors = [*form.columns.errors, str(refusal.message)]
            return page(), 422
        return page(sample({**form.values(), "encoding": form.encoding.data}))
    done = _l("Saved. Batches that are frozen from now on have it; files that are frozen don't change.")
    return submit(form, work, page=page, to=lambda made: made.path, done=done)


@bp.post("/rewards/batches/layouts/<layout>/retire")
@requires(P.LAYOUT_EDIT, Layout)
def retire_layout(layout: Layout) -> Answer:
    form, path = RetireLayoutForm(), layout.path
    return perform(
        lambda: service.retire_layout(actor(), layout, **form.values()), form=form, back=path, to=lambda layout: path,
        done=_l("The layout is retired: no further batch is frozen in it."),
    )  # fmt: skip
