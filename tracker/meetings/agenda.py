"""The first item of every agenda: the SIG's claimed tasks with their newest notes, by area."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, or_, select

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import db
from tracker.meetings.models import OFF, PLANNED, TO_CONFIRM, Meeting, ProgressNote
from tracker.meetings.rules import REPORTED, counts_for
from tracker.permissions import ANYBODY, Actor, maintained_sigs
from tracker.sigs.models import Area
from tracker.tasks.models import Task, TaskMentor


@dataclass(frozen=True, slots=True)
class Line:
    """A claim on the agenda. ``reported``: its note is one for this meeting; without any note the note's fields are
    empty. ``readable``: the reader may open the claim."""

    claim_id: int
    state: str
    reference: str
    title: str
    user_id: int
    holder: str
    reported: bool
    readable: bool
    note_id: int | None
    percent: int | None
    done: str
    next: str
    blockers: str
    links: Sequence[str]
    written_at: dt.datetime | None
    mentor_comment: str
    commented_by: str


@dataclass(slots=True)
class AreaLines:
    """The lines of an area; ``name`` is empty for tasks that have none."""

    name: str
    name_zh: str
    rows: list[Line] = field(default_factory=list)


def previous_start(meeting: Meeting) -> dt.datetime | None:
    """When the SIG's meeting of the same kind before this one began; None when it is the first."""
    return db.session.scalar(
        select(Meeting.starts_at)
        .where(
            Meeting.sig_id == meeting.sig_id, Meeting.kind == meeting.kind, Meeting.state.not_in(OFF),
            Meeting.starts_at < meeting.starts_at,
        )
        .order_by(Meeting.starts_at.desc())
        .limit(1)
    )  # fmt: skip


def _counted(meeting_id: int, since: dt.datetime | None, until: dt.datetime) -> ColumnElement[bool]:
    """``rules.counts_for`` as a condition over notes, for the database to sort and to search by."""
    within = ProgressNote.written_at <= until
    if since is not None:
        within = and_(within, ProgressNote.written_at > since)
    return or_(ProgressNote.meeting_id == meeting_id, within)


def _on_the_agenda(meeting: Meeting, now: dt.datetime) -> ColumnElement[bool]:
    """Claims that are live; for a meeting that is over, those that were live then."""
    if meeting.ends_at > now:
        return Claim.state.in_(REPORTED)
    return and_(
        Claim.approved_at.is_not(None),
        Claim.approved_at <= meeting.ends_at,
        or_(Claim.state.in_(REPORTED), Claim.decided_at > meeting.starts_at),
    )


def agenda(meeting: Meeting, reader: Actor = ANYBODY) -> list[AreaLines]:
    """The areas with their claims, ordered by area and reference, in two statements however many claims there are.

    Each claim shows its newest note that counts for this meeting; without one, its newest note before the end of it.
    """
    since, until = previous_start(meeting), meeting.ends_at
    counted = _counted(meeting.id, since, until)
    newest = (
        select(ProgressNote.id)
        .where(
            ProgressNote.claim_id == Claim.id,
            or_(ProgressNote.meeting_id == meeting.id, ProgressNote.written_at <= until),
        )
        .order_by(case((counted, 0), else_=1), ProgressNote.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    mentored = exists().where(TaskMentor.task_id == Task.id, TaskMentor.user_id == reader.id) if reader.id else false()
    commenter = User.__table__.alias("commenter")
    query = (
        select(
            Claim.id, Claim.state, Claim.user_id, Task.reference, Task.title, User.display_name, User.handle,
            Area.id.label("area_id"), Area.name.label("area"), Area.name_zh.label("area_zh"), ProgressNote.id.label("note_id"),
            ProgressNote.percent, ProgressNote.done, ProgressNote.next, ProgressNote.blockers, ProgressNote.links,
            ProgressNote.written_at, ProgressNote.mentor_comment, commenter.c.display_name.label("commented_by"),
            ProgressNote.meeting_id, mentored.label("mentored"),
        )
        .select_from(Claim)
        .join(Task, Task.id == Claim.task_id)
        .join(User, User.id == Claim.user_id)
        .outerjoin(Area, Area.id == Task.area_id)
        .outerjoin(ProgressNote, ProgressNote.id == newest)
        .outerjoin(commenter, commenter.c.id == ProgressNote.commented_by_id)
        .where(Task.sig_id == meeting.sig_id, _on_the_agenda(meeting, clock.now()))
        .order_by(Area.id.is_(None), Area.id, Task.reference, Claim.id)
    )  # fmt: skip
    everything = reader.is_admin or meeting.sig_id in maintained_sigs(reader)
    areas: dict[int | None, AreaLines] = {}
    for row in db.session.execute(query):
        area = areas.setdefault(row.area_id, AreaLines(row.area or "", row.area_zh or ""))
        reported = row.note_id is not None and counts_for(
            meeting.id, since, until, note_meeting_id=row.meeting_id, written_at=row.written_at
        )
        area.rows.append(_line(row, reported, everything or row.mentored or row.user_id == reader.id))
    return list(areas.values())


def count_on_agenda(meeting: Meeting) -> int:
    """How many claims ``agenda`` lists."""
    query = select(func.count(Claim.id)).join(Task, Task.id == Claim.task_id)
    query = query.where(Task.sig_id == meeting.sig_id, _on_the_agenda(meeting, clock.now()))
    return db.session.scalar(query) or 0


def _line(row: Any, reported: bool, readable: bool) -> Line:
    return Line(
        claim_id=row.id, state=row.state, reference=row.reference, title=row.title, user_id=row.user_id,
        holder=row.display_name or row.handle, reported=reported, readable=bool(readable),
        note_id=row.note_id, percent=row.percent, done=row.done or "", next=row.next or "", blockers=row.blockers or "",
        links=row.links or [], written_at=row.written_at, mentor_comment=row.mentor_comment or "",
        commented_by=row.commented_by or "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unreported:
    """A holder who hasn't reported for the SIG's next regular meeting."""

    claim_id: int
    reference: str
    title: str
    user_id: int
    holder: str
    sig_id: int
    meeting_id: int
    starts_at: dt.datetime
    time_zone: str
    last_note_at: dt.datetime | None


def _next_and_last(sig_ids: Sequence[int]) -> tuple[dict[int, Meeting], dict[int, dt.datetime]]:
    """By SIG: the next regular meeting, and when the last one before it began."""
    meetings: dict[int, Meeting] = {}
    before: dict[int, dt.datetime] = {}
    now = clock.now()
    # Some months of meetings around now, of a handful of SIGs.
    query = (
        select(Meeting)
        .where(Meeting.sig_id.in_(list(sig_ids)), Meeting.kind == "regular", Meeting.state.not_in((*OFF, TO_CONFIRM)))
        .where(Meeting.starts_at > now - dt.timedelta(days=366))
        .order_by(Meeting.starts_at)
    )
    for meeting in db.session.scalars(query):
        if meeting.ends_at <= now or meeting.state != PLANNED:
            before[meeting.sig_id] = meeting.starts_at
        else:
            meetings.setdefault(meeting.sig_id, meeting)
    return meetings, before


def not_reported(sig_ids: Sequence[int]) -> list[Unreported]:
    """Holders without a report for the next regular meeting of their SIG: the nearest meeting first, then by reference.

    Two statements for all SIGs together.
    """
    if not sig_ids:
        return []
    meetings, before = _next_and_last(sig_ids)
    if not meetings:
        return []
    latest = (
        select(ProgressNote.written_at)
        .where(ProgressNote.claim_id == Claim.id)
        .order_by(ProgressNote.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    missing = or_(
        *(
            and_(
                Task.sig_id == sig_id,
                ~exists().where(
                    ProgressNote.claim_id == Claim.id, _counted(meeting.id, before.get(sig_id), meeting.ends_at)
                ),
            )
            for sig_id, meeting in meetings.items()
        )
    )
    rows = db.session.execute(
        select(
            Claim.id, Claim.user_id, Task.reference, Task.title, Task.sig_id, User.display_name, latest.label("last")
        )
        .select_from(Claim)
        .join(Task, Task.id == Claim.task_id)
        .join(User, User.id == Claim.user_id)
        .where(Claim.state.in_(REPORTED), missing)
        .order_by(Task.reference, Claim.id)
    )
    found = []
    for row in rows:
        meeting = meetings[row.sig_id]
        found.append(
            Unreported(row.id, row.reference, row.title, row.user_id, row.display_name, row.sig_id, meeting.id,
                       meeting.starts_at, meeting.time_zone, row.last)
        )  # fmt: skip
    return sorted(found, key=lambda row: (row.starts_at, row.reference))
