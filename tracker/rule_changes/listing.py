"""Who gains and who loses, page by page and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from tracker.rule_changes.simulation import Comparison, Outcome
from tracker.text import LazyString, _l
from tracker.web.csv import Amount
from tracker.web.files import csv_file

#: Rows of a page.
SIZE = 25
GROUPS: dict[str, LazyString] = {
    "": _l("All"), "winners": _l("Gain"), "losers": _l("Lose"), "unchanged": _l("Unchanged"),
}  # fmt: skip
COLUMNS = ("handle", "display_name", "points", "old", "new", "difference", "currency", "excluded")


@dataclass(frozen=True, slots=True)
class Listing:
    """A comparison as the page shows it: one of GROUPS, from a row on. ``path`` is the page's, ``query`` what it asks for."""

    comparison: Comparison
    currency: str
    path: str
    query: Sequence[tuple[str, str]]
    group: str
    start: int

    @property
    def rows(self) -> list[Outcome]:
        return self.comparison.group(self.group)[self.start : self.start + SIZE]

    def count(self, group: str) -> int:
        """How many people are in a group."""
        return len(self.comparison.group(group))

    def to(self, group: str, start: int = 0) -> str:
        """The address of another group or page of this list."""
        more = [("who", group)] * bool(group) + [("from", str(start))] * bool(start)
        query = urlencode([*self.query, *more])
        return f"{self.path}?{query}#people" if query else f"{self.path}#people"

    @property
    def next(self) -> str:
        """The address of the following page; empty on the last."""
        following = self.start + SIZE
        return self.to(self.group, following) if following < self.count(self.group) else ""

    @property
    def csv(self) -> str:
        """The address of the file with the rows of this group."""
        query = urlencode([*self.query, *[("who", self.group)] * bool(self.group)])
        path = self.path.rstrip("/") + ".csv"
        return f"{path}?{query}" if query else path


def listing(comparison: Comparison, currency: str, path: str, query: Sequence[tuple[str, str]] = ()) -> Listing:
    """The list as ``?who=`` and ``?from=`` of the request ask for it."""
    group, start = request.args.get("who", ""), request.args.get("from", "")
    return Listing(
        comparison, currency, path, query, group if group in GROUPS else "",
        int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 0,
    )  # fmt: skip


def people_file(found: Listing, name: str, zone: str) -> Response:
    """The rows of the list's group, all pages of it, as CSV."""
    return file(COLUMNS, _cells(found), name, zone)


def _cells(found: Listing) -> Iterator[Sequence[Any]]:
    for one in found.comparison.group(found.group):
        yield (one.handle, one.name, one.points, Amount(one.old), Amount(one.new), Amount(one.difference), found.currency,
               one.excluded)  # fmt: skip


def file(columns: Sequence[str], rows: Iterator[Sequence[Any]], name: str, zone: str) -> Response:
    """A CSV to save."""
    return csv_file(columns, rows, name, zone)
