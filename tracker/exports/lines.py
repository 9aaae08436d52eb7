"""Rows as lines of CSV, a part at a time and column by column: the same bytes as ``web.csv`` writes cell by cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from tracker.web.csv import BOM, inert

#: What makes a cell stand in quotes.
_QUOTED = re.compile('[,"\r\n]')


def stream(header: Sequence[str], parts: Iterable[Sequence[Sequence[Any]]], text: Collection[int]) -> Iterator[bytes]:
    """The file in parts, the heading at once.

    Columns at the places ``text`` hold text or None and are made inert; the others what is written as it is.
    """
    yield _encoded(BOM + lines([header], range(len(header))))
    for rows in parts:
        yield _encoded(lines(rows, text))


def lines(rows: Sequence[Sequence[Any]], text: Collection[int]) -> str:
    """``rows`` (at least one) as lines with their ends."""
    columns = [
        _text_cells(column) if place in text else ["" if value is None else str(value) for value in column]
        for place, column in enumerate(zip(*rows, strict=True))
    ]
    return "\r\n".join(map(",".join, zip(*columns, strict=True))) + "\r\n"


def _text_cells(column: Sequence[str]) -> Sequence[str]:
    """The cells of a column of text or None. Each is looked at by itself only where some cell of the column asks for it."""
    known = set(column)
    if None in known:
        column = [value or "" for value in column]
        known.discard(None)
    known.discard("")
    if any(map(_asks_for_a_look, {value[0] for value in known})):
        column = [inert(value) for value in column]
    if _QUOTED.search("".join(known)):
        column = [_quoted(value) for value in column]
    return column


@lru_cache(maxsize=4096)
def _asks_for_a_look(character: str) -> bool:
    """Whether text that begins with ``character`` may have to be made inert: it does act, or it is a blank or isn't seen."""
    kind = unicodedata.category(character)
    return kind.startswith("Z") or kind == "Cf" or inert(character) != character


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _QUOTED.search(value) else value


def _encoded(text: str) -> bytes:
    # A lone surrogate can't be written as UTF-8; no column should hold one.
    return text.encode("utf-8", "replace")
