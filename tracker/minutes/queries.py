"""What is asked about what meetings noted: reports, attendance, decisions, action items, minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, case, or_, select

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import db, find
from tracker.errors import Missing
from tracker.meetings.models import HELD, PLANNED, PUBLISHED, Meeting
from tracker.meetings.queries import QUARTERS_ZONE
from tracker.minutes.models import ActionItem, Attendance, Decision, Discussion, MinutesVersion, Report
from tracker.permissions import Actor
from tracker.sigs.models import Sig
from tracker.tasks.models import Task
from tracker.text import Text, _l, _long_day

#: What a person is called: the name, or the handle of who gave none.
_name: Any = case((User.display_name != "", User.display_name), else_=User.handle).label("name")


def get_action_item(item_id: int) -> ActionItem:
    """Raises Missing."""
    if (item := find(ActionItem, item_id)) is None:
        raise Missing(f"action item {item_id}")
    return item


# -- of one meeting -------------------------------------------------------------------------------


def reports_of(meeting_id: int) -> dict[int, Row[Any]]:
    """Claim id → percent, done, next, blockers, heard_at, written_at, version, name and written_by_id of who wrote last
    (None: nobody typed), note_id, reference of the task."""
    query = (
        select(
            Report.claim_id, Report.percent, Report.done, Report.next, Report.blockers, Report.heard_at,
            Report.written_at, Report.written_by_id, Report.version, Report.note_id, Task.reference, _name,
        )
        .join(Claim, Claim.id == Report.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .outerjoin(User, User.id == Report.written_by_id)
        .where(Report.meeting_id == meeting_id)
    )  # fmt: skip
    rows: Sequence[Any] = db.session.execute(query).all()
    return {row.claim_id: row for row in rows}


def reports_of_ended_claims(meeting_id: int, but: Sequence[int]) -> list[Row[Any]]:
    """Reports on claims that are no longer on the agenda: claim_id, reference, title, name of the holder."""
    query = (
        select(Report.claim_id, Task.reference, Task.title, Claim.user_id, _name)
        .join(Claim, Claim.id == Report.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(User, User.id == Claim.user_id)
        .where(Report.meeting_id == meeting_id, Report.claim_id.not_in(list(but)))
        .order_by(Task.reference, Claim.id)
    )
    return list(db.session.execute(query))


def find_report(meeting_id: int, claim_id: int) -> Report | None:
    """Read anew, also what the session has."""
    query = select(Report).where(Report.meeting_id == meeting_id, Report.claim_id == claim_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_discussion(meeting_id: int) -> Discussion | None:
    """Read anew, also what the session has."""
    query = select(Discussion).where(Discussion.meeting_id == meeting_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def attendance_of(meeting_id: int) -> list[Row[Any]]:
    """user_id, handle, name, present; by name. Who isn't here nobody said anything about."""
    query = (
        select(Attendance.user_id, User.handle, _name, Attendance.present)
        .join(User, User.id == Attendance.user_id)
        .where(Attendance.meeting_id == meeting_id)
        .order_by(_name, User.id)
    )
    return list(db.session.execute(query))


def decisions_of(meeting_id: int) -> list[Row[Any]]:
    """id, text, claim_id, reference (None: of no claim); in the order they were noted."""
    query = (
        select(Decision.id, Decision.text, Decision.claim_id, Task.reference)
        .outerjoin(Claim, Claim.id == Decision.claim_id)
        .outerjoin(Task, Task.id == Claim.task_id)
        .where(Decision.meeting_id == meeting_id)
        .order_by(Decision.id)
    )
    return list(db.session.execute(query))


def _items() -> Select[Any]:
    return (
        select(
            ActionItem.id, ActionItem.text, ActionItem.claim_id, ActionItem.user_id, ActionItem.due_on,
            ActionItem.done_at, ActionItem.created_at, ActionItem.meeting_id, User.handle, _name, Task.reference,
            Meeting.starts_at, Meeting.time_zone, Meeting.sig_id, Sig.name.label("sig_name"), Sig.name_zh.label("sig_name_zh"),
        )
        .join(Meeting, Meeting.id == ActionItem.meeting_id)
        .join(Sig, Sig.id == Meeting.sig_id)
        .outerjoin(User, User.id == ActionItem.user_id)
        .outerjoin(Claim, Claim.id == ActionItem.claim_id)
        .outerjoin(Task, Task.id == Claim.task_id)
        .order_by(ActionItem.id)
    )  # fmt: skip


def action_items_of(meeting_id: int) -> list[Row[Any]]:
    """id, text, claim_id, reference, user_id, handle and name of the owner, due_on, done_at, meeting_id, starts_at …"""
    return list(db.session.execute(_items().where(ActionItem.meeting_id == meeting_id)))


def open_action_items(sig_id: int, before: Meeting | None = None, limit: int = 50) -> list[Row[Any]]:
    """The SIG's action items that aren't done, of all its meetings or of those ``before`` one; due soonest first."""
    query = _items().where(Meeting.sig_id == sig_id, ActionItem.done_at.is_(None))
    if before is not None:
        query = query.where(Meeting.id != before.id, Meeting.starts_at <= before.starts_at)
    query = query.order_by(None).order_by(ActionItem.due_on.is_(None), ActionItem.due_on, ActionItem.id)
    return list(db.session.execute(query.limit(limit)))


def my_action_items(user_id: int, *, done: bool = False) -> Select[Any]:
    """What a person is to do after meetings (or, ``done``, did), newest first when paged by ActionItem.id."""
    query = _items().order_by(None).where(ActionItem.user_id == user_id)
    return query.where(ActionItem.done_at.is_not(None) if done else ActionItem.done_at.is_(None))


def of_claim(claim_id: int) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """The decisions (id, text, meeting_id, starts_at, time_zone) and the action items on a claim, newest first."""
    decisions = (
        select(Decision.id, Decision.text, Decision.meeting_id, Meeting.starts_at, Meeting.time_zone)
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(Decision.claim_id == claim_id)
        .order_by(Decision.id.desc())
        .limit(50)
    )
    items = _items().where(ActionItem.claim_id == claim_id).order_by(None).order_by(ActionItem.id.desc()).limit(50)
    return list(db.session.execute(decisions)), list(db.session.execute(items))


# -- minutes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """Minutes as they were published under a number. ``by`` is empty where nobody knows any more."""

    number: int
    text: str
    reason: str
    published_at: dt.datetime
    by: str


def versions_of(meeting: Meeting) -> list[Version]:
    """The published versions, number 1 first; none before the minutes are published.

    Minutes that were published before versions were kept read as version 1.
    """
    if meeting.state != PUBLISHED or meeting.minutes_published_at is None:
        return []
    query = (
        select(MinutesVersion.number, MinutesVersion.text, MinutesVersion.reason, MinutesVersion.published_at, _name)
        .outerjoin(User, User.id == MinutesVersion.published_by_id)
        .where(MinutesVersion.meeting_id == meeting.id)
        .order_by(MinutesVersion.number)
    )
    found = [
        Version(row.number, row.text, row.reason, row.published_at, row.name or "") for row in db.session.execute(query)
    ]
    return found or [Version(1, meeting.minutes, "", meeting.minutes_published_at, "")]


# -- what waits -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person: ``text`` under ``of``, on the page ``path``."""

    text: Text
    of: Text
    path: str
    since: dt.datetime
    due: dt.datetime | None


def waiting_for(who: Actor) -> list[Waiting]:
    """Open action items of ``who``, and meetings that ``who`` organises which are over without published minutes."""
    if who.id is None:
        return []
    items = db.session.execute(my_action_items(who.id).order_by(ActionItem.id).limit(100))
    found = [Waiting(row.text, row.sig_name, "/action-items/", row.created_at, _end_of(row.due_on)) for row in items]
    now = clock.now()
    query = (
        select(Meeting)
        .where(
            or_(Meeting.organiser_id == who.id, Meeting.vice_organiser_id == who.id),
            or_(Meeting.state == HELD, Meeting.state == PLANNED),
            Meeting.starts_at <= now,
        )
        .order_by(Meeting.starts_at)
        .limit(50)
    )
    for meeting in db.session.scalars(query):
        if meeting.state == HELD or meeting.ends_at <= now:
            found.append(
                Waiting(_l("Publish the minutes"), _named(meeting), f"{meeting.path}minutes", meeting.held_at or meeting.ends_at, None)
            )  # fmt: skip
    return found


def _named(meeting: Meeting) -> Text:
    if meeting.title:
        return meeting.title
    day = meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)).date()
    return _l("%(meeting)s, %(day)s", meeting=meeting.sig.name, day=_long_day(day))


def _end_of(day: dt.date | None) -> dt.datetime | None:
    """The end of a day in Beijing."""
    if day is None:
        return None
    return dt.datetime.combine(day, dt.time(23, 59), QUARTERS_ZONE)
