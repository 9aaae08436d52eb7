"""A person's account of points: by programme and month, each figure with the events behind it, and the rule in force."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from tracker import clock
from tracker.programmes.models import Programme, Rules
from tracker.programmes.queries import find_rules
from tracker.rewards import queries
from tracker.rewards.rules import Standing, standing


@dataclass(frozen=True, slots=True)
class Month:
    """A month with its entries; ``before`` and ``total`` are the points at its start and end."""

    month: str
    before: int
    points: int
    entries: list[Any]

    @property
    def total(self) -> int:
        return self.before + self.points


@dataclass(frozen=True, slots=True)
class Statement:
    """A programme: months newest first, points in all, the rules in force today (None: there are none yet)."""

    programme: Programme
    months: list[Month]
    total: int
    rules: Rules | None
    standing: Standing


def statements(user_id: int) -> list[Statement]:
    """The account of a person, by programme."""
    entries = queries.entries_of(user_id)
    found = []
    for programme in queries.programmes_of(user_id):
        months = _months([entry for entry in entries if entry.programme_id == programme.id])
        total = months[0].total if months else 0
        rules = find_rules(programme.id, clock.today(programme.time_zone))
        found.append(Statement(programme, months, total, rules, standing(total, rules.wage if rules else {})))
    return found


def _months(entries: list[Any]) -> list[Month]:
    months: list[Month] = []
    before = 0
    for month, group in groupby(sorted(entries, key=lambda entry: entry.month), key=lambda entry: entry.month):
        rows = list(group)
        months.append(Month(month, before, sum(row.points for row in rows), rows))
        before = months[-1].total
    return months[::-1]
