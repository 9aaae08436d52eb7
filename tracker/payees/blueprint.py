"""The room's blueprint and what its two views share."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response

from tracker.db import MAX_ID

bp = Blueprint("payees", __name__)


def attachment(body: Any, kind: str, name: str) -> Response:
    """A file that is kept by nobody on the way and never shown in place; ``name`` may hold what anybody typed."""
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "-", name)}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def number(text: str) -> int:
    """The id in a key of a list. Raises ValueError."""
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 11 else 0
    if not 0 < value <= MAX_ID:
        raise ValueError(text)
    return value
