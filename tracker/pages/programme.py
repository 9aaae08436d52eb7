"""The rules of a programme, rendered from the live rules, with the changes that are proposed."""

from __future__ import annotations

from flask import render_template

from tracker import clock
from tracker.pages.views import bp
from tracker.permissions import Permission as P
from tracker.programmes import queries
from tracker.programmes.models import Programme
from tracker.rule_changes.on_programme import on_programme
from tracker.web.routes import actor, requires


@bp.get("/rules/<slug>/")
@requires(P.SITE_READ, Programme)
def programme(programme: Programme) -> str:
    today = clock.today(programme.time_zone)
    sets = queries.rules_of(programme.id)
    now = next((item for item in sets if item.valid_from <= today), None)
    return render_template(
        "pages/programme.html", programme=programme, now=now,
        coming=[item for item in reversed(sets) if item.valid_from > today],
        past=[item for item in sets if now is not None and item.valid_from < now.valid_from],
        signed_on=queries.signed_at(actor().id, programme), changes=on_programme(programme, actor()),
    )  # fmt: skip
