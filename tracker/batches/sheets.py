"""Payout files: written once as a layout says, and read back from their bytes. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tracker.batches.fields import FIELDS, MONEY, NUMBER, Line
from tracker.web.csv import Amount, cell, inert

#: Moments in a file are told in this zone, with its offset.
ZONE = ZoneInfo("Asia/Shanghai")


def written(layout: Mapping[str, Any], lines: Sequence[Line]) -> bytes:
    """The file of ``lines`` in ``layout`` (a snapshot: rows, encoding, columns): CSV with CRLF, amounts as decimals of two
    digits, text that no spreadsheet takes for a formula, headings included."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([inert(column["heading"]) for column in layout["columns"]])
    tokens = [column["field"] for column in layout["columns"]]
    rows = by_person(lines) if layout["rows"] == "person" else [[line] for line in lines]
    for number, own in enumerate(rows, 1):
        writer.writerow([number if token == "row" else _cell(token, own) for token in tokens])
    # A lone surrogate has no bytes in any encoding; no column should hold one.
    return buffer.getvalue().encode(layout["encoding"], "replace")


def _cell(token: str, own: Sequence[Line]) -> str | int:
    value = value_of(token, own)
    return cell(Amount(value) if FIELDS[token].kind == MONEY else value, ZONE)


def read(layout: Mapping[str, Any], data: bytes) -> list[list[str]]:
    """The rows of a frozen file, its headings first, as they were written."""
    return list(csv.reader(io.StringIO(data.decode(layout["encoding"]), newline="")))


def is_numeric(token: str) -> bool:
    """Whether the cells of a field are numbers."""
    return FIELDS[token].kind in (NUMBER, MONEY)


# -- a row for each person ------------------------------------------------------------------------


def by_person(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines of each person, in the order of their first."""
    grouped: dict[int, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.user_id, []).append(line)
    return list(grouped.values())


def value_of(token: str, own: Sequence[Line]) -> Any:
    """What a row says of a line, or of several of a person: amounts and points summed, words that differ one after the other.

    Of several months: what was in hand at the start of the first of each programme.
    """
    values = [getattr(line, token) for line in own]
    if len(values) == 1:
        return values[0]
    if token == "carried_over":
        return _sum(line.carried_over for line in _first_months(own))
    if FIELDS[token].kind == MONEY or token in ("points", "earned", "converted"):
        return _sum(values)
    different = list(dict.fromkeys(value for value in values if value not in (None, "")))
    if len(different) > 1:
        return ", ".join(
            str(cell(value, ZONE)) if isinstance(value, dt.datetime) else str(value) for value in different
        )
    return different[0] if different else ""


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _first_months(own: Sequence[Line]) -> list[Line]:
    """The first settled month of each programme."""
    first: dict[str, Line] = {}
    for line in sorted((line for line in own if line.earned is not None), key=lambda line: line.month):
        first.setdefault(line.programme, line)
    return list(first.values())
