"""Payout files: written once as a layout says, and read back from their bytes. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
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
    for number, line in enumerate(by_person(lines) if layout["rows"] == "person" else lines, 1):
        writer.writerow([number if token == "row" else _cell(token, line) for token in tokens])
    # A lone surrogate has no bytes in any encoding; no column should hold one.
    return buffer.getvalue().encode(layout["encoding"], "replace")


def _cell(token: str, line: Line) -> str | int:
    value = getattr(line, token)
    return cell(Amount(value) if FIELDS[token].kind == MONEY else value, ZONE)


def read(layout: Mapping[str, Any], data: bytes) -> list[list[str]]:
    """The rows of a frozen file, its headings first, as they were written."""
    return list(csv.reader(io.StringIO(data.decode(layout["encoding"]), newline="")))


def is_numeric(token: str) -> bool:
    """Whether the cells of a field are numbers."""
    return FIELDS[token].kind in (NUMBER, MONEY)


# -- a row for each person ------------------------------------------------------------------------


def by_person(lines: Iterable[Line]) -> list[Line]:
    """One line for each person, in the order of their first: amounts summed, words that differ one after the other."""
    grouped: dict[int, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.user_id, []).append(line)
    return [_merged(own) if len(own) > 1 else own[0] for own in grouped.values()]


def _merged(own: Sequence[Line]) -> Line:
    values = {field.name: _joined([getattr(line, field.name) for line in own]) for field in fields(Line)}
    values |= {
        "user_id": own[0].user_id, "row": 0, "amount": sum(line.amount for line in own),
        "points": _sum(line.points for line in own), **_figures(own),
    }  # fmt: skip
    return Line(**values)


def _joined(values: Iterable[Any]) -> Any:
    different = list(dict.fromkeys(value for value in values if value not in (None, "")))
    if len(different) > 1:
        return ", ".join(
            str(cell(value, ZONE)) if isinstance(value, dt.datetime) else str(value) for value in different
        )
    return different[0] if different else ""


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _figures(own: Sequence[Line]) -> dict[str, int | None]:
    """Of several months: what was in hand at the start of the first of each programme, and what all of them brought and paid."""
    first: dict[str, Line] = {}
    for line in sorted((line for line in own if line.earned is not None), key=lambda line: line.month):
        first.setdefault(line.programme, line)
    return {
        "carried_over": _sum(line.carried_over for line in first.values()),
        "earned": _sum(line.earned for line in own),
        "converted": _sum(line.converted for line in own),
    }
