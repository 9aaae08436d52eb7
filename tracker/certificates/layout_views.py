"""Pages of layouts: those in use, one with its picture, adding, editing and retiring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request

from tracker.certificates import document, issuing, queries, service
from tracker.certificates.blueprint import bp
from tracker.certificates.forms import DESIGN_NAMES, LayoutEditForm, LayoutForm, RetireLayoutForm
from tracker.certificates.issue_views import data_address
from tracker.certificates.models import CertificateLayout
from tracker.errors import Refused
from tracker.permissions import Permission as P
from tracker.text import _, _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.forms import Form
from tracker.web.routes import actor, loads, requires

_WORDS = ("issuer", "issuer_zh", "signatory", "signatory_zh", "accent", "second", "design")


@loads(CertificateLayout, P.CERTIFICATE_LAYOUT_READ)
def _load(layout: str) -> CertificateLayout:
    return queries.get_layout(layout)


@bp.get("/certificates/layouts/")
@requires(P.CERTIFICATE_LAYOUT_READ)
def layouts() -> str:
    """Every layout, those in use first."""
    return render_template("certificates/layouts.html", layouts=queries.newest_layouts(), designs=DESIGN_NAMES)


@bp.get("/certificates/layouts/<layout>/")
@requires(P.CERTIFICATE_LAYOUT_READ, CertificateLayout)
def layout(layout: CertificateLayout) -> str:
    """A layout on an invented certificate, and its versions."""
    return render_template(
        "certificates/layout.html", layout=layout, versions=queries.versions_of(layout.slug), designs=DESIGN_NAMES,
        picture=data_address(issuing.sample(issuing.drawn(layout))),
    )  # fmt: skip


@bp.route("/certificates/layouts/new", methods=["GET", "POST"])
@requires(P.CERTIFICATE_LAYOUT_EDIT)
def new_layout() -> Answer:
    form = LayoutForm(accent="#1f3a5f", second="#b3402e", design="classic")
    return _edited(form, lambda: service.add_layout(actor(), **_typed(form)), None)


@bp.route("/certificates/layouts/<layout>/edit", methods=["GET", "POST"])
@requires(P.CERTIFICATE_LAYOUT_EDIT, CertificateLayout)
def edit_layout(layout: CertificateLayout) -> Answer:
    form = LayoutEditForm(obj=layout)
    return _edited(form, lambda: service.edit_layout(actor(), layout, **_typed(form)), layout)


def _typed(form: Form) -> dict[str, Any]:
    return {name: value for name, value in form.values().items() if name != "preview"}


def _edited(form: Any, work: Callable[[], CertificateLayout], layout: CertificateLayout | None) -> Answer:
    """The page of a layout that is typed: with what it would look like where that was asked for, else saved."""

    def page(picture: str = "") -> str:
        return render_template("certificates/edit_layout.html", form=form, layout=layout, picture=picture)

    if request.method == "POST" and form.preview.data and form.validate():
        try:
            return page(_preview(form, layout))
        except Refused as refusal:
            form.logo.errors = [*form.logo.errors, str(refusal.message)]
        except ValueError:
            form.accent.errors = [*form.accent.errors, _("A colour such as #1f3a5f is asked for here.")]
        return page(), 422
    done = _l("Saved. Certificates that are issued from now on have it; those that were issued don't change.")
    return submit(form, work, page=page, to=lambda made: made.path, done=done)


def _preview(form: Any, layout: CertificateLayout | None) -> str:
    """Raises Refused for a logo that is no good and characters that no font has, ValueError for a colour."""
    kept = layout.logo if layout and not form.without_logo.data else b""
    logo = document.new_logo(form.logo.data) if form.logo.data else kept
    typed = {name: form[name].data.strip() for name in _WORDS}
    typed |= {name: typed[name].lower() for name in ("accent", "second")}
    return data_address(issuing.sample(document.Layout(key="preview", logo=logo, **typed)))


@bp.post("/certificates/layouts/<layout>/retire")
@requires(P.CERTIFICATE_LAYOUT_EDIT, CertificateLayout)
def retire_layout(layout: CertificateLayout) -> Answer:
    form, path = RetireLayoutForm(), layout.path
    return perform(
        lambda: service.retire_layout(actor(), layout, **form.values()), form=form, back=path, to=lambda _layout: path,
        done=_l("The layout is retired: nothing more is issued in it."),
    )  # fmt: skip
