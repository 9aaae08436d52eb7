"""Error pages: what happened, why, and one way on. Nothing internal is shown; a 500 carries the request's id."""

from __future__ import annotations

import structlog
from flask import Flask, current_app, g, render_template, request
from flask_babel import refresh
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from tracker.db import db, is_unavailable
from tracker.errors import Busy, Forbidden, Missing, Refused
from tracker.web.actions import refused

log = structlog.get_logger()
KNOWN = {400, 403, 404, 405, 409, 410, 413, 414, 415, 422, 429, 500, 503}


def page(status: int, **facts: object) -> tuple[str, int]:
    """The page of a status; unknown ones look like the nearest.

    Never raises: where the usual frame can't be drawn (the database is away), a plainer one is.
    """
    shown = status if status in KNOWN else (400 if status < 500 else 500)
    try:
        db.session.rollback()
        if status != 503:
            return render_template(
                "errors/error.html", status=shown, request_id=g.get("request_id", ""), **facts
            ), status
    except Exception:
        log.warning("error_page_failed", status=status, exc_info=True)
    return plain_page(shown), status


def plain_page(status: int) -> str:
    """A page that asks the database nothing: neither who reads nor what their language is."""
    try:
        # Flask-Login would ask the database who this is; whoever it is now counts as a visitor.
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
        refresh()
        return render_template("errors/unavailable.html", status=status, request_id=g.get("request_id", ""))
    except Exception:
        log.exception("plain_page_failed")
        return (
            "<!doctype html><html lang=en><title>SIG Tracker</title><h1>Too busy just now</h1><p>Try again.</p></html>"
        )


def init(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | tuple[str, int]:
        if error.code is None or error.code < 400:
            return error.get_response()
        body, status = page(error.code)
        response = app.make_response((body, status))
        if error.code == 405:
            allow = getattr(error, "valid_methods", None)
            response.headers["Allow"] = ", ".join(sorted(allow or ()))
        return response

    @app.errorhandler(CSRFError)
    def csrf(error: CSRFError) -> tuple[str, int]:
        return page(400)

    @app.errorhandler(Forbidden)
    def forbidden(error: Forbidden) -> tuple[str, int]:
        return page(403)

    @app.errorhandler(Missing)
    def missing(error: Missing) -> tuple[str, int]:
        return page(404)

    @app.errorhandler(Refused)
    def refusal(error: Refused) -> tuple[str, int]:
        try:
            db.session.rollback()
            return refused(error.message, request.path, 409)
        except OperationalError:
            return page(503)

    @app.errorhandler(DBAPIError)
    def database(error: DBAPIError) -> tuple[str, int] | tuple[str, int, dict[str, str]]:
        return busy(error) if is_unavailable(error) else bug(error)

    @app.errorhandler(Busy)
    def busy(error: Exception) -> tuple[str, int, dict[str, str]]:
        log.warning("database_busy", error=str(error.__cause__ or error)[:300])
        body, status = page(503)
        return body, status, {"Retry-After": "5"}

    @app.errorhandler(Exception)
    def bug(error: Exception) -> tuple[str, int]:
        log.exception("bug", path=request.path)
        if app.testing and app.config.get("PROPAGATE_BUGS"):
            raise error
        return page(500)
