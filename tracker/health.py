"""Whether the process lives and whether it can work, for whoever watches over it. Nobody is asked who they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from flask import Blueprint

from tracker import triggers
from tracker.db import db
from tracker.permissions import Permission as P

bp = Blueprint("health", __name__)
log = structlog.get_logger()

Text = tuple[str, int, dict[str, str]]
_PLAIN = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


def _open_to_all(view: Callable[[], Text]) -> Callable[[], Text]:
    """Declares the permission without loading a session: that would need the database."""
    guarded: Any = view
    guarded.permission = P.SITE_READ
    return view


@bp.get("/healthz")
@_open_to_all
def healthz() -> Text:
    """The process answers."""
    return "ok\n", 200, _PLAIN


@bp.get("/readyz")
@_open_to_all
def readyz() -> Text:
    """The database answers and has the schema that this release needs."""
    try:
        with db.engine.connect() as connection:
            wrong = triggers.differences(connection)
    except Exception as error:
        log.warning("not_ready", error=str(error)[:300])
        return "the database doesn't answer\n", 503, {**_PLAIN, "Retry-After": "5"}
    if wrong:
        log.warning("not_ready", differences=wrong)
        return "the schema isn't current: run tracker init\n", 503, {**_PLAIN, "Retry-After": "60"}
    return "ok\n", 200, _PLAIN
