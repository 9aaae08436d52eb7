"""An export as an Excel workbook, where the optional XlsxWriter is installed."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.util
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tracker.exports.columns import Written
from tracker.exports.headings import headings
from tracker.exports.kinds import table
from tracker.exports.service import check
from tracker.permissions import Actor
from tracker.web.csv import inert

#: What Excel holds on one sheet below the heading.
MOST_ROWS = 1_048_575
MOST_CHARACTERS = 32_767


def is_available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("xlsxwriter") is not None


def workbook(kind: str, actor: Actor, filters: Mapping[str, Any], lang: str = "en") -> Iterator[bytes]:
    """The rows of ``export`` on one sheet, amounts as numbers, text never as a formula or a link.

    Raises as ``service.export``, before the first chunk.
    """
    check(kind, actor, lang)
    found = table(kind, actor, filters)
    return _sent(lambda file: write(file, headings(kind, lang), found.columns, found.parts))


def _sent(make: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        make(file)
        file.seek(0)
        while chunk := file.read(65536):
            yield chunk


def write(
    file: IO[bytes], header: Sequence[str], columns: Sequence[Written], parts: Iterable[Sequence[Sequence[Any]]],
    tmpdir: Path | None = None,
) -> None:  # fmt: skip
    """Write a workbook of rows as ``kinds.table`` gives them; its memory doesn't grow with them.

    ``tmpdir`` takes what is written before it is packed, some ten times the size of the file.
    """
    xlsxwriter = importlib.import_module("xlsxwriter")
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": tmpdir and str(tmpdir),
    }
    book = xlsxwriter.Workbook(file, options)
    # A fixed date, so that the same rows give the same file.
    book.set_properties({"created": dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet()
    money = book.add_format({"num_format": "0.00"})
    sheet.write_row(0, 0, header)
    number = 0
    for rows in parts:
        for row in rows:
            number += 1
            for place, (holds, value) in enumerate(zip(columns, row, strict=True)):
                if value is None:
                    sheet.write_string(number, place, "")
                elif holds is Written.NUMBER:
                    sheet.write_number(number, place, value)
                elif holds is Written.MONEY:
                    sheet.write_number(number, place, float(value), money)
                else:
                    sheet.write_string(number, place, inert(str(value))[:MOST_CHARACTERS])
    book.close()
