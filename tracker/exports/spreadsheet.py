"""An export as an Excel workbook, where the optional XlsxWriter is installed."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from tracker.exports.headings import headings
from tracker.exports.kinds import ZONE, rows
from tracker.exports.service import check
from tracker.permissions import Actor
from tracker.web.csv import Amount, cell

#: What Excel holds on one sheet.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767


def is_available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("xlsxwriter") is not None


def workbook(kind: str, actor: Actor, filters: Mapping[str, Any], lang: str = "en") -> Iterator[bytes]:
    """The rows of ``export`` on one sheet, amounts as numbers, text never as a formula or a link.

    Raises as ``service.export``, before the first chunk.
    """
    check(kind, actor, lang)
    return _written(headings(kind, lang), rows(kind, actor, filters))


def _written(header: tuple[str, ...], lines: Iterator[Any]) -> Iterator[bytes]:
    xlsxwriter = importlib.import_module("xlsxwriter")
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, options)
        # A fixed date, so that the same rows give the same file.
        book.set_properties({"created": dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
        sheet = book.add_worksheet()
        money = book.add_format({"num_format": "0.00"})
        sheet.write_row(0, 0, header)
        for number, line in zip(range(1, MOST_ROWS), lines, strict=False):
            for column, value in enumerate(line):
                if isinstance(value, Amount):
                    sheet.write_number(number, column, value / 100, money)
                elif isinstance(value, int) and not isinstance(value, bool):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, str(cell(value, ZONE))[:MOST_CHARACTERS])
        book.close()
        file.seek(0)
        while chunk := file.read(65536):
            yield chunk
