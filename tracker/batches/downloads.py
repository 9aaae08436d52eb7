"""Files as answers: attachments that no cache keeps."""

from __future__ import annotations

from flask import Response, request

from tracker.batches.tables import Table
from tracker.web.files import csv_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def language() -> str:
    """The language of a table's headings: ``?lang=zh``, else English."""
    return "zh" if request.args.get("lang") == "zh" else "en"


def attachment(data: bytes, name: str, content_type: str) -> Response:
    """Bytes under a file name."""
    return _kept_by_nobody(Response(data, content_type=content_type), name)


def table(found: Table, name: str) -> Response:
    """Rows as CSV."""
    return csv_file(*found, name)


def _kept_by_nobody(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
