"""Pages that show several rooms at once, and the small ones that belong to none."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from tracker.permissions import Permission as P
from tracker.web.i18n import LANGUAGE_COOKIE, LOCALES
from tracker.web.routes import own_path, requires

bp = Blueprint("pages", __name__)


@bp.get("/language/<code>")
@requires(P.SITE_READ)
def choose_language(code: str) -> Response:
    """Keep the reader's choice of language in a cookie and go back."""
    response = make_response(redirect(own_path(request.args.get("next")) or "/", 302))
    if code in LOCALES:
        response.set_cookie(LANGUAGE_COOKIE, code, max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


@bp.get("/help/")
@requires(P.SITE_READ)
def help() -> str:
    return render_template("pages/help.html")
