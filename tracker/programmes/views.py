"""The rules of the programmes, rendered from the live rules."""

from __future__ import annotations

from flask import Blueprint

from tracker.permissions import Permission as P
from tracker.web.routes import requires

bp = Blueprint("programmes", __name__)


@bp.get("/rules/")
@requires(P.SITE_READ)
def index() -> str:
    return ""
