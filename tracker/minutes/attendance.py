"""Who was at a meeting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, union

from tracker import clock
from tracker.accounts.models import User
from tracker.agendas.models import ON_AGENDA, Proposal
from tracker.claims.models import Claim
from tracker.db import db
from tracker.errors import Refused
from tracker.events import record
from tracker.meetings.models import Meeting
from tracker.meetings.rules import REPORTED
from tracker.minutes.models import Attendance
from tracker.minutes.reports import held_for_notes
from tracker.permissions import Actor
from tracker.sigs.models import Membership
from tracker.tasks.models import Task, TaskMentor
from tracker.text import _l


def note_attendance(actor: Actor, meeting: Meeting, *, present: Mapping[int, bool]) -> Meeting:
    """Note who was there (user id → whether); who isn't named stays as noted, or not noted.

    Raises Refused when somebody has no account or no notes are taken any more, Forbidden.
    """
    meeting = held_for_notes(actor, meeting)
    known = set(db.session.scalars(select(User.id).where(User.id.in_(list(present)))))
    if known != set(present):
        raise Refused(_l("Somebody on this list has no account any more. Reload the page."))
    rows = {
        row.user_id: row
        for row in db.session.scalars(
            select(Attendance).where(Attendance.meeting_id == meeting.id).execution_options(populate_existing=True)
        )
    }
    changed = []
    for user_id, was_there in sorted(present.items()):
        row = rows.get(user_id)
        if row is not None and row.present == was_there:
            continue
        if row is None:
            row = Attendance(meeting=meeting, user_id=user_id)
            db.session.add(row)
        row.present, row.noted_at, row.noted_by_id = was_there, clock.now(), actor.id
        changed.append(user_id)
    record(actor, "meeting.attendance_noted", meeting, people=changed)
    return meeting


@dataclass(frozen=True, slots=True)
class Expected:
    """A person who is expected at a meeting, or was there. ``present`` None: nobody said."""

    user_id: int
    name: str
    handle: str
    present: bool | None


def expected_at(meeting: Meeting) -> list[Expected]:
    """Holders and mentors of the claims, maintainers, organisers, who proposed an item of the agenda, and whoever was
    noted besides; by name, in one statement."""
    seated = select(Claim.user_id.label("user_id")).join(Task, Task.id == Claim.task_id)
    live = (Task.sig_id == meeting.sig_id, Claim.state.in_(REPORTED))
    day = meeting.starts_at.date()
    people = union(
        seated.where(*live),
        select(TaskMentor.user_id).join(Task, Task.id == TaskMentor.task_id).join(Claim, Claim.task_id == Task.id).where(*live),
        select(Membership.user_id).where(
            Membership.sig_id == meeting.sig_id, Membership.role == "maintainer", Membership.since <= day,
            (Membership.until.is_(None)) | (Membership.until > day),
        ),
        select(User.id).where(User.id.in_(list(meeting.organiser_ids))),
        select(Proposal.user_id).where(Proposal.meeting_id == meeting.id, Proposal.state.in_(ON_AGENDA)),
        select(Attendance.user_id).where(Attendance.meeting_id == meeting.id),
    ).subquery()  # fmt: skip
    query = (
        select(User.id, User.display_name, User.handle, Attendance.present)
        .join(people, people.c.user_id == User.id)
        .outerjoin(Attendance, (Attendance.user_id == User.id) & (Attendance.meeting_id == meeting.id))
        .order_by(User.display_name, User.id)
    )
    return [
        Expected(row.id, row.display_name or row.handle, row.handle, row.present) for row in db.session.execute(query)
    ]
