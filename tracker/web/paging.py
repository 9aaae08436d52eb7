"""Lists read page by page by key: the cost of a page doesn't grow with its place in the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Row, Select, tuple_

from tracker.db import db
from tracker.errors import Refused
from tracker.text import _l

R = TypeVar("R", bound=Any)
SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows of one page; ``next`` is the address of the following one, empty on the last."""

    rows: Sequence[R]
    next: str
    first: bool


def page_of(
    query: Select[Any],
    *,
    keys: Sequence[Any],
    key_of: Callable[[Row[Any]], Sequence[Any]],
    parse: Callable[[Sequence[str]], Sequence[Any]],
    size: int = SIZE,
    ascending: bool = False,
) -> Page[Row[Any]]:
    """One page of ``query``, newest first by ``keys`` (descending, or ``ascending``), from ``?after=`` on.

    Raises Refused when ``after`` can't be read.
    """
    after = request.args.get("after", "")
    if after:
        try:
            values = parse(after.split("~"))
            if len(values) != len(keys):
                raise ValueError(after)
        except (ValueError, OverflowError) as error:
            raise Refused(_l("This page of the list doesn't exist."), field="after") from error
        here, there = (tuple_(*keys), tuple_(*values)) if len(keys) > 1 else (keys[0], values[0])
        query = query.where(here > there if ascending else here < there)
    order = keys if ascending else [key.desc() for key in keys]
    rows = db.session.execute(query.order_by(*order).limit(size + 1)).all()
    more = ""
    if len(rows) > size:
        rows = rows[:size]
        token = "~".join(str(part) for part in key_of(rows[-1]))
        more = "?" + _continued(token)
    return Page(rows, more, not after)


def part_of(rows: Sequence[R], *, key_of: Callable[[R], int], size: int = SIZE) -> Page[R]:
    """One page of rows that are all at hand, in the order of their rising keys, from ``?after=`` on; as ``page_of``.

    What can't be read as a key begins at the first.
    """
    after = request.args.get("after", "")
    last = int(after) if after.isascii() and after.isdigit() and len(after) < 12 else 0
    rest = [row for row in rows if key_of(row) > last]
    more = "?" + _continued(str(key_of(rest[size - 1]))) if len(rest) > size else ""
    return Page(rest[:size], more, not last)


def _continued(token: str) -> str:
    """The present address's arguments, going on after ``token``."""
    return urlencode([*((k, v) for k, v in request.args.items(multi=True) if k != "after"), ("after", token)])
