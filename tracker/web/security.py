"""What every response carries, and the request's id for the log."""

from __future__ import annotations

import secrets

import structlog
from flask import Flask, g, request
from flask.wrappers import Response
from werkzeug.exceptions import BadRequest

from tracker.events import via

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def init(app: Flask) -> None:
    production = app.extensions["settings"].production

    @app.before_request
    def begin() -> None:
        g.request_id = f"req-{secrets.token_hex(4)}"
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)
        g.via = via("page")
        g.via.__enter__()
        for text in (request.path, request.query_string.decode("latin-1")):
            if "\x00" in text or "%00" in text:
                raise BadRequest("NUL")

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        if (scope := g.pop("via", None)) is not None:
            scope.__exit__(None, None, None)

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in (
            ("Content-Security-Policy", CSP),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("X-Frame-Options", "DENY"),
            ("X-Request-Id", g.get("request_id", "")),
        ):
            response.headers.setdefault(name, value)
        if production:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
