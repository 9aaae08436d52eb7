"""The list of programmes, and signing their agreement; a programme's own page is in ``pages``."""

from __future__ import annotations

from flask import Blueprint, render_template

from tracker.permissions import Permission as P
from tracker.programmes import queries, service
from tracker.programmes.forms import AgreeForm
from tracker.programmes.models import Programme
from tracker.text import _l
from tracker.web.actions import Answer, perform
from tracker.web.routes import actor, loads, requires

bp = Blueprint("programmes", __name__)


@loads(Programme, P.SITE_READ)
def _programme(slug: str) -> Programme:
    return queries.get_programme(slug)


@bp.get("/rules/")
@requires(P.SITE_READ)
def index() -> str:
    return render_template("programmes/index.html", programmes=queries.programmes_with_sigs())


@bp.post("/rules/<slug>/agreement")
@requires(P.ACCOUNT_USE, Programme)
def sign(programme: Programme) -> Answer:
    return perform(
        lambda: service.sign_agreement(actor(), programme),
        form=AgreeForm(),
        to=lambda _agreement: programme.path,
        done=_l("You have signed the agreement."),
        back=programme.path,
    )
