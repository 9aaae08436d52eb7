"""CSV as spreadsheets want it: UTF-8 with BOM, CRLF, and text that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tracker.money import decimal

#: First visible characters that a spreadsheet may act on; full width and small forms are folded to these first.
_ACTIVE = frozenset("=+-@|%")
BOM = "\ufeff"
#: Rows of a chunk: the memory an export needs doesn't grow with its length.
CHUNK = 200


class Amount(int):
    """Minor units of money, written as a decimal number with two digits."""


def cell(value: Any, zone: ZoneInfo) -> str | int:
    """``value`` as a cell: numbers stay numbers, moments get the zone's offset, text is made inert."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Amount):
        return decimal(value)
    if isinstance(value, int):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set)):
        value = ", ".join(str(item) for item in value)
    return inert(str(value))


def inert(text: str) -> str:
    """``text`` with an apostrophe in front where its first visible character could start a formula."""
    for character in text:
        kind = unicodedata.category(character)
        if kind == "Cc":
            return f"'{text}"
        if kind.startswith("Z") or kind == "Cf":
            continue  # blanks and marks that nobody sees
        return f"'{text}" if unicodedata.normalize("NFKC", character)[0] in _ACTIVE else text
    return text


def stream(header: Sequence[str], rows: Iterable[Sequence[Any]], zone: str = "Asia/Shanghai") -> Iterator[bytes]:
    """The file in chunks of some rows, the heading at once."""
    where = ZoneInfo(zone)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BOM)
    writer.writerow(header)
    yield _taken(buffer)
    waiting = 0
    for row in rows:
        writer.writerow([cell(value, where) for value in row])
        waiting += 1
        if waiting == CHUNK:
            yield _taken(buffer)
            waiting = 0
    if waiting:
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    """What the buffer holds, and empty it."""
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    # A lone surrogate can't be written as UTF-8; no column should hold one.
    return text.encode("utf-8", "replace")
