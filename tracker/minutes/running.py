"""A meeting as its organisers run it: the claims in their order, whose turn it is, who is here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from tracker import clock
from tracker.agendas.queries import accepted_items
from tracker.agendas.rules import WITH_FIXED_ITEMS
from tracker.claims.models import Claim
from tracker.claims.queries import find_claim
from tracker.meetings.agenda import AreaLines, Line, agenda
from tracker.meetings.models import Meeting
from tracker.minutes import queries
from tracker.minutes.models import Report
from tracker.minutes.reports import General, said_in
from tracker.minutes.rules import Said
from tracker.minutes.turns import Notes, notes_for
from tracker.permissions import Actor

#: Who typed within this time is here.
A_WHILE = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Running:
    """``fixed``: it has the two fixed items; ``claim_id`` None: the page of what isn't about a claim; ``attendance``:
    user id → whether they are here."""

    fixed: bool
    areas: Sequence[AreaLines]
    lines: Sequence[Line]
    claim_id: int | None
    reports: Mapping[int, Row[Any]]
    attendance: Mapping[int, bool]
    optional: Sequence[Row[Any]]
    decisions: Sequence[Row[Any]]
    items: Sequence[Row[Any]]

    @property
    def number(self) -> int:
        """The place of the claim, from 1; 0: none."""
        return next((n for n, line in enumerate(self.lines, 1) if line.claim_id == self.claim_id), 0)

    @property
    def line(self) -> Line | None:
        return self.lines[self.number - 1] if self.number else None

    @property
    def before(self) -> Line | None:
        """The claim before; from the general page the last one."""
        if not self.number:
            return self.lines[-1] if self.lines else None
        return self.lines[self.number - 2] if self.number > 1 else None

    @property
    def after(self) -> Line | None:
        """The claim after; None: the general page comes next."""
        return self.lines[self.number] if 0 < self.number < len(self.lines) else None

    def heard(self, line: Line) -> bool:
        report = self.reports.get(line.claim_id)
        return report is not None and report.heard_at is not None

    @property
    def heard_count(self) -> int:
        return sum(self.heard(line) for line in self.lines)


def running(meeting: Meeting, reader: Actor, claim_id: int | None, general: bool) -> Running:
    """The screen at ``claim_id``; without one at the first claim that wasn't heard. A fixed number of statements."""
    areas = agenda(meeting, reader) if meeting.kind in WITH_FIXED_ITEMS else []
    lines = [line for area in areas for line in area.rows]
    reports = queries.reports_of(meeting.id)
    if general or not lines:
        claim_id = None
    elif claim_id not in {line.claim_id for line in lines}:
        heard = {key for key, row in reports.items() if row.heard_at}
        claim_id = next((line.claim_id for line in lines if line.claim_id not in heard), None)
    return Running(
        fixed=meeting.kind in WITH_FIXED_ITEMS, areas=areas, lines=lines, claim_id=claim_id, reports=reports,
        attendance={row.user_id: row.present for row in queries.attendance_of(meeting.id)},
        optional=accepted_items(meeting.id),
        decisions=[row for row in queries.decisions_of(meeting.id) if row.claim_id == claim_id],
        items=[row for row in queries.action_items_of(meeting.id) if row.claim_id == claim_id],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Turn:
    """What the panel of a claim shows. ``said``: what the fields hold."""

    claim: Claim
    notes: Notes
    report: Report | None
    said: Said


def turn_of(meeting: Meeting, claim_id: int) -> Turn | None:
    """None where the meeting's SIG has no such claim: who runs a meeting doesn't read the notes of others."""
    claim = find_claim(claim_id)
    if claim is None or claim.sig_id != meeting.sig_id:
        return None
    report = queries.find_report(meeting.id, claim_id)
    notes = notes_for(meeting, claim_id, report.note_id if report else None)
    typed = report is not None and report.written_by_id is not None
    return Turn(claim, notes, report, said_in(report) if report and typed else notes.said)


def general_of(meeting: Meeting) -> General:
    """What the fields of the general page hold."""
    discussion = queries.find_discussion(meeting.id)
    return General(discussion.interfaces if discussion else "", meeting.guests)


def others_here(reports: Mapping[int, Row[Any]], who: Actor) -> list[Row[Any]]:
    """The newest report that each of the others typed within a while, newest first."""
    found: dict[int, Row[Any]] = {}
    since = clock.now() - A_WHILE
    for row in sorted(reports.values(), key=lambda row: row.written_at):
        if row.written_by_id not in (None, who.id) and row.written_at >= since:
            found[row.written_by_id] = row
    return list(reversed(found.values()))
