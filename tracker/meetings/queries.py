"""What is asked about meetings and progress notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, and_, func, not_, select
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.claims.queries import visible_to
from tracker.cycles.models import Cycle
from tracker.db import db, find
from tracker.errors import Missing
from tracker.events.diary import AUDIENCES, audience
from tracker.meetings.agenda import agenda, not_reported, previous_start
from tracker.meetings.models import CANCELLED, OFF, PLANNED, Meeting, ProgressNote
from tracker.meetings.rules import LONGEST_SPAN
from tracker.permissions import Actor
from tracker.programmes.models import Programme
from tracker.sigs.models import Sig
from tracker.tasks.models import Task

#: Quarters are cut in this zone unless a SIG says otherwise.
QUARTERS_ZONE = ZoneInfo("Asia/Shanghai")

__all__ = [
    "agenda", "days", "find_meeting", "get_meeting", "get_note", "listed", "counts", "newest_note", "newest_notes", "next_meeting",
    "not_reported", "notes_of", "previous_start", "progress_export", "to_report_at",
]  # fmt: skip


def find_meeting(meeting_id: int | None) -> Meeting | None:
    """The meeting with this id."""
    return find(Meeting, meeting_id or 0)


def get_meeting(meeting_id: int) -> Meeting:
    """Raises Missing."""
    if (meeting := find_meeting(meeting_id)) is None:
        raise Missing(f"meeting {meeting_id}")
    return meeting


def get_note(note_id: int) -> ProgressNote:
    """Raises Missing."""
    if (note := find(ProgressNote, note_id)) is None:
        raise Missing(f"progress note {note_id}")
    return note


# -- meetings -------------------------------------------------------------------------------------


_MEETING: tuple[Any, ...] = (
    Meeting.id, Meeting.kind, Meeting.state, Meeting.title, Meeting.starts_at, Meeting.time_zone, Meeting.minutes_long,
    Meeting.place, Meeting.minutes_published_at, Sig.slug, Sig.name, Sig.name_zh, Meeting.days, Meeting.series_id,
    Meeting.series_on, Meeting.options, Meeting.by_hand, Meeting.remarks,
)  # fmt: skip


def listed(*, past: bool, sig: str = "", kind: str = "") -> Select[Any]:
    """Meetings that begin from now on, or (``past``) began before; filters by slug and token.

    Columns: id, kind, state, title, starts_at, time_zone, minutes_long, place, minutes_published_at, slug, name, name_zh,
    and what ``remarks`` reads. What a series took off by itself when it was changed or ended stands on its page alone.
    """
    taken_off = and_(Meeting.state == CANCELLED, Meeting.series_id.is_not(None), Meeting.by_hand.is_(False))
    query = select(*_MEETING).join(Sig, Sig.id == Meeting.sig_id).where(not_(taken_off))
    now = clock.now()
    query = query.where(Meeting.starts_at < now if past else Meeting.starts_at >= now)
    if sig:
        query = query.where(Sig.slug == sig)
    return query.where(Meeting.kind == kind) if kind else query


def counts(*, sig: str = "", kind: str = "") -> tuple[int, int]:
    """How many meetings are ahead and how many past, under the same filters."""
    ahead = select(func.count()).select_from(listed(past=False, sig=sig, kind=kind).subquery()).scalar_subquery()
    past = select(func.count()).select_from(listed(past=True, sig=sig, kind=kind).subquery()).scalar_subquery()
    row = db.session.execute(select(ahead, past)).one()
    return row[0], row[1]


def days(first: dt.date, last: dt.date, sig_ids: Collection[int] | None = None) -> list[dt.date]:
    """Days (Beijing's, as the quarter's) between the two on which a meeting that isn't cancelled begins."""
    begin = dt.datetime.combine(first, dt.time(), QUARTERS_ZONE)
    end = dt.datetime.combine(last, dt.time(), QUARTERS_ZONE) + dt.timedelta(days=1)
    query = select(Meeting.starts_at).where(
        Meeting.starts_at >= begin, Meeting.starts_at < end, Meeting.state.not_in(OFF)
    )
    if sig_ids is not None:
        query = query.where(Meeting.sig_id.in_(sig_ids))
    return [moment.astimezone(QUARTERS_ZONE).date() for moment in db.session.scalars(query)]


def next_meeting(sig_id: int, kind: str = "") -> Meeting | None:
    """The SIG's planned meeting that ends next, running ones included; of a ``kind``, where one is named."""
    now = clock.now()
    query = (
        select(Meeting)
        .where(Meeting.sig_id == sig_id, Meeting.state == PLANNED, Meeting.starts_at > now - LONGEST_SPAN)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(50)
    )
    if kind:
        query = query.where(Meeting.kind == kind)
    return next((meeting for meeting in db.session.scalars(query) if meeting.ends_at > now), None)


def to_report_at(sig_id: int) -> list[Meeting]:
    """Meetings that a note may name: not cancelled, from 30 days ago to 60 days ahead, soonest first."""
    now = clock.now()
    query = (
        select(Meeting)
        .where(
            Meeting.sig_id == sig_id, Meeting.state.not_in(OFF),
            Meeting.starts_at.between(now - dt.timedelta(days=30), now + dt.timedelta(days=60)),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(60)
    )  # fmt: skip
    return list(db.session.scalars(query))


@audience("organisers")
def _organisers(subject: Any) -> Iterable[int]:
    """The organisers of a meeting, or of a proposal's; its SIG's maintainers while nobody is named."""
    return subject.organiser_ids or AUDIENCES["maintainers"](subject)


# -- notes ----------------------------------------------------------------------------------------


def notes_of(claim_id: int, limit: int = 200) -> list[Row[Any]]:
    """The notes of a claim, newest first: id, percent, done, next, blockers, links, written_at, mentor_comment,
    commented_by, commented_at, meeting_id, starts_at and time_zone of the meeting."""
    commenter = aliased(User)
    query = (
        select(
            ProgressNote.id, ProgressNote.percent, ProgressNote.done, ProgressNote.next, ProgressNote.blockers,
            ProgressNote.links, ProgressNote.written_at, ProgressNote.mentor_comment, ProgressNote.commented_at,
            commenter.display_name.label("commented_by"), ProgressNote.meeting_id, Meeting.starts_at, Meeting.time_zone,
        )
        .outerjoin(commenter, commenter.id == ProgressNote.commented_by_id)
        .outerjoin(Meeting, Meeting.id == ProgressNote.meeting_id)
        .where(ProgressNote.claim_id == claim_id)
        .order_by(ProgressNote.id.desc())
        .limit(limit)
    )  # fmt: skip
    return list(db.session.execute(query))


def newest_note(claim_id: int) -> ProgressNote | None:
    """The last note of a claim."""
    query = select(ProgressNote).where(ProgressNote.claim_id == claim_id).order_by(ProgressNote.id.desc()).limit(1)
    return db.session.scalar(query)


def newest_notes(claim_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Claim id → the columns of its newest note, in one statement."""
    if not claim_ids:
        return {}
    newest = (
        select(func.max(ProgressNote.id))
        .where(ProgressNote.claim_id.in_(list(claim_ids)))
        .group_by(ProgressNote.claim_id)
    )
    query = select(ProgressNote.__table__).where(ProgressNote.id.in_(newest))
    return {row.claim_id: row for row in db.session.execute(query)}


_EXPORTED: tuple[Any, ...] = (
    ProgressNote.id.label("note"), ProgressNote.claim_id.label("claim"), Task.reference.label("task"),
    Sig.slug.label("sig"), User.handle, ProgressNote.meeting_id.label("meeting"), ProgressNote.percent,
    ProgressNote.done, ProgressNote.next, ProgressNote.blockers, ProgressNote.links, ProgressNote.written_at,
    ProgressNote.mentor_comment,
)  # fmt: skip


def progress_export(
    actor: Actor, *, sig: str = "", programme: str = "", quarter: str = "", state: str = "", mine: bool = False
) -> Select[Any]:
    """The rows of the progress export that ``actor`` may read, in the order of their ids; ``state`` is the claim's."""
    query = (
        select(*_EXPORTED)
        .select_from(ProgressNote)
        .join(Claim, Claim.id == ProgressNote.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Cycle, Cycle.id == Task.cycle_id)
        .join(Sig, Sig.id == Task.sig_id)
        .join(Programme, Programme.id == Claim.programme_id)
        .join(User, User.id == Claim.user_id)
        .where(visible_to(actor))
        .order_by(ProgressNote.id)
    )
    for value, column in ((sig, Sig.slug), (programme, Programme.slug), (quarter, Cycle.quarter), (state, Claim.state)):
        if value:
            query = query.where(column == value)
    return query.where(Claim.user_id == actor.id) if mine else query
