"""The rules of the programmes, rendered from the live rules."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from tracker import clock
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


@bp.get("/rules/<slug>/")
@requires(P.SITE_READ, Programme)
def rules(programme: Programme) -> str:
    today = clock.today(programme.time_zone)
    sets = queries.rules_of(programme.id)
    now = next((item for item in sets if item.valid_from <= today), None)
    facts: dict[str, Any] = {
        "now": now,
        "coming": [item for item in reversed(sets) if item.valid_from > today],
        "past": [item for item in sets if now is not None and item.valid_from < now.valid_from],
        "signed_on": queries.signed_at(actor().id, programme),
    }
    return render_template("programmes/rules.html", programme=programme, **facts)


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
