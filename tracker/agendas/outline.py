"""The agenda as a whole: the fixed items and those on the agenda, one after the other, with their time boxes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracker.agendas import rules
from tracker.agendas.models import PROPOSAL_KINDS
from tracker.meetings.models import Meeting
from tracker.text import Text, _l

PROGRESS, STANDARDS = "progress", "standards"
#: The fixed items, in their order.
FIXED: dict[str, Text] = {PROGRESS: _l("Progress of claimed tasks"), STANDARDS: _l("Interface and standards")}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the agenda. ``kind``: PROGRESS, STANDARDS or one of PROPOSAL_KINDS, in words ``kind_name``; the id and
    the proposer are those of a proposal. Times are UTC; a meeting of several days gives none."""

    number: int
    kind: str
    kind_name: Text
    title: Text
    minutes: int
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    id: int | None = None
    proposer: str = ""
    details: str = ""
    heard: bool = False

    @property
    def fixed(self) -> bool:
        return self.id is None


@dataclass(frozen=True, slots=True)
class Outline:
    """The items with the sum of their minutes; ``over``: by how many it exceeds the meeting's length, ``length``."""

    items: Sequence[Item]
    total: int
    length: int
    over: int

    @property
    def progress(self) -> Item | None:
        """The first fixed item, where the meeting has one."""
        return next((item for item in self.items if item.kind == PROGRESS), None)

    @property
    def standards(self) -> Item | None:
        """The second fixed item, where the meeting has one."""
        return next((item for item in self.items if item.kind == STANDARDS), None)

    @property
    def proposed(self) -> list[Item]:
        """The items that were proposed and accepted."""
        return [item for item in self.items if not item.fixed]


def outline(meeting: Meeting, claims: int, accepted: Sequence[Any]) -> Outline:
    """The agenda of ``meeting`` with ``claims`` live claims; ``accepted``: rows of ``queries.accepted_items``."""
    fixed: list[tuple[str, int]] = []
    if meeting.kind in rules.WITH_FIXED_ITEMS:
        fixed = [(PROGRESS, rules.minutes_for_claims(claims)), (STANDARDS, rules.STANDARDS_MINUTES)]
    minutes = [length for _kind, length in fixed] + [row.minutes_long for row in accepted]
    timed = rules.time_boxes(meeting.starts_at, minutes, minutes_long=meeting.minutes_long, days=meeting.days)
    items = []
    for number, box in enumerate(timed.boxes, start=1):
        times = (box.minutes, box.starts_at, box.ends_at)
        if number <= len(fixed):
            kind = fixed[number - 1][0]
            items.append(Item(number, kind, FIXED[kind], FIXED[kind], *times))
            continue
        row = accepted[number - len(fixed) - 1]
        items.append(
            Item(number, row.kind, PROPOSAL_KINDS[row.kind], row.title, *times, id=row.id, proposer=row.proposer,
                 details=row.details, heard=row.state == "heard")
        )  # fmt: skip
    return Outline(items, timed.total, meeting.minutes_long * meeting.days, timed.over)
