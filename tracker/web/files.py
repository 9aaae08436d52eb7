"""Files as answers: sent row by row while they are read, and kept by nobody on the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from flask import Response, stream_with_context

from tracker.web.csv import stream


def csv_file(columns: Sequence[str], rows: Iterable[Sequence[Any]], name: str, zone: str = "Asia/Shanghai") -> Response:
    """Rows as a CSV to save under ``name`` (its ending is added); moments in ``zone``.

    ``rows`` may ask the database as it is read: the request's context lasts until the last row. A query that runs before must
    be read whole, its cursor doesn't last.
    """
    response = Response(stream_with_context(stream(columns, rows, zone)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{re.sub(r"[^A-Za-z0-9._-]", "-", name)}.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
