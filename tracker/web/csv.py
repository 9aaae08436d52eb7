"""CSV as spreadsheets want it: UTF-8 with BOM, CRLF, and text that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

#: First visible characters that a spreadsheet may act on, ASCII and full width.
_ACTIVE = frozenset("=+-@|%\uff1d\uff0b\uff0d\uff20")
BOM = "\ufeff"


class Amount(int):
    """Minor units of money, written as a decimal number with two digits."""


def cell(value: Any, zone: ZoneInfo) -> str | int:
    """``value`` as a cell: numbers stay numbers, moments get the zone's offset, text is made inert."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Amount):
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
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
    visible = text.lstrip(" \t\r\n\v\f\u00a0\u3000\u200b\ufeff")
    if text and (text[0] in "\t\r\n" or (visible and (visible[0] in _ACTIVE or ord(visible[0]) < 32))):
        return f"'{text}"
    return text


def stream(header: Sequence[str], rows: Iterable[Sequence[Any]], zone: str = "Asia/Shanghai") -> Iterator[bytes]:
    """The file in chunks of some rows, the first at once."""
    where = ZoneInfo(zone)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BOM)
    writer.writerow(header)
    yield buffer.getvalue().encode()
    for number, row in enumerate(rows, 1):
        if number % 200 == 1:
            if number > 1:
                yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
        writer.writerow([cell(value, where) for value in row])
    if buffer.tell() and (tail := buffer.getvalue()) and not tail.startswith(BOM):
        yield tail.encode()
