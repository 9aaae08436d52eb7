"""What is done with meetings: calling, changing and cancelling them, writing and publishing their minutes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.events.history import history
from tracker.meetings import rules
from tracker.meetings.models import MEETING_KINDS, OFF, PLANNED, PUBLISHED, TO_CONFIRM, Meeting
from tracker.meetings.notes import comment, write_note
from tracker.meetings.workflow import MEETING
from tracker.permissions import Actor, Permission, allowed
from tracker.sigs.models import Sig
from tracker.sigs.rules import check_zone
from tracker.text import _l

__all__ = [
    "cancel_meeting",
    "comment",
    "create_meeting",
    "edit_meeting",
    "publish_minutes",
    "write_minutes",
    "write_note",
]


def create_meeting(
    actor: Actor, sig: Sig, *, kind: str, title: str = "", starts_at: dt.datetime, time_zone: str | None = None,
    minutes_long: int = 90, place: str = "", organiser: User | None = None, agenda: str = "",
) -> Meeting:  # fmt: skip
    """Call a meeting of ``sig`` at ``starts_at`` (aware), shown in ``time_zone`` (the SIG's by default).

    Raises Refused when the time can't be or is taken, Forbidden.
    """
    if not allowed(actor, Permission.MEETING_CREATE, sig):
        raise Forbidden(Permission.MEETING_CREATE)
    zone = time_zone or sig.time_zone
    _check(sig.id, kind, starts_at, minutes_long, zone)
    meeting = Meeting(
        sig=sig, kind=kind, title=title, starts_at=starts_at, time_zone=zone, minutes_long=minutes_long, place=place,
        organiser=organiser, agenda=agenda, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(meeting)
    record(actor, "meeting.created", meeting, starts_at=starts_at.isoformat(), version=1)
    return meeting


def edit_meeting(
    actor: Actor, meeting: Meeting, *, version: int, kind: str, title: str = "", starts_at: dt.datetime,
    time_zone: str | None = None, minutes_long: int = 90, place: str = "", organiser: User | None = None, agenda: str = "",
) -> Meeting:  # fmt: skip
    """Change a planned meeting. Raises Refused when it isn't planned any more, was changed since ``version``, or the
    time can't be; Forbidden."""
    meeting = _hold(actor, meeting, version)
    if meeting.state != PLANNED:
        raise Refused(
            _l("%(meeting)s is in the state “%(state)s”: only a planned meeting can be changed.",
               meeting=meeting.label, state=MEETING.states[meeting.state])
        )  # fmt: skip
    zone = time_zone or meeting.sig.time_zone
    _check(meeting.sig_id, kind, starts_at, minutes_long, zone, but=meeting.id)
    wanted: dict[str, Any] = {
        "kind": kind, "title": title, "starts_at": starts_at, "time_zone": zone, "minutes_long": minutes_long,
        "place": place, "organiser": organiser, "agenda": agenda,
    }  # fmt: skip
    changed = [name for name, value in wanted.items() if getattr(meeting, name) != value]
    if not changed:
        return meeting  # nothing to tell its followers
    for name in changed:
        setattr(meeting, name, wanted[name])
    meeting.version += 1
    record(actor, "meeting.edited", meeting, changed=changed, version=meeting.version, starts_at=starts_at.isoformat())
    return meeting


def cancel_meeting(actor: Actor, meeting: Meeting, *, reason: str) -> Meeting:
    """Cancel a planned meeting; ``reason`` is told to the followers. Raises Refused, Forbidden."""
    meeting = lock(Meeting, meeting.id)
    MEETING.check(actor, meeting, "cancel")
    if not reason.strip():
        raise Refused(_l("Say why the meeting is cancelled: its followers read it."), field="reason")
    MEETING.advance(actor, meeting, "cancel")
    meeting.reason = reason.strip()
    meeting.version += 1
    record(actor, "meeting.cancelled", meeting, reason=meeting.reason, changed=["state"], version=meeting.version)
    return meeting


def write_minutes(actor: Actor, meeting: Meeting, *, minutes: str, version: int) -> Meeting:
    """Save the minutes (Markdown), unpublished. Raises Refused when they are published, when it was cancelled, or
    when somebody else wrote since ``version``; Forbidden."""
    meeting = _hold(actor, meeting, version)
    _check_minutes_open(meeting)
    meeting.minutes = minutes
    meeting.version += 1
    record(actor, "meeting.minutes_written", meeting, changed=["minutes"], version=meeting.version)
    return meeting


def publish_minutes(actor: Actor, meeting: Meeting, *, version: int) -> Meeting:
    """Publish the minutes as they were saved: the meeting was held. Raises Refused, Forbidden."""
    meeting = _hold(actor, meeting, version)
    _check_minutes_open(meeting)
    rules.check_publishing(meeting.label, meeting.minutes, meeting.starts_at, clock.now())
    MEETING.advance(actor, meeting, "publish_minutes")
    meeting.minutes_published_at = clock.now()
    meeting.version += 1
    record(actor, "meeting.minutes_published", meeting, changed=["state"], version=meeting.version)
    return meeting


def _hold(actor: Actor, meeting: Meeting, version: int) -> Meeting:
    """The meeting, locked and at ``version``."""
    meeting = lock(Meeting, meeting.id)
    if not allowed(actor, Permission.MEETING_EDIT, meeting):
        raise Forbidden(Permission.MEETING_EDIT)
    if version != meeting.version:
        since = [h for h in history("meeting", meeting.id, 20) if h.facts.get("version", 0) > version]
        changes = [rules.Change(h.actor, h.facts.get("changed", ())) for h in since]
        rules.check_version(version, meeting.version, changes)
    return meeting


def _check_minutes_open(meeting: Meeting) -> None:
    published = meeting.minutes_published_at
    rules.check_minutes_open(
        meeting.label, meeting.state, published.date() if published and meeting.state == PUBLISHED else None
    )


def _check(sig_id: int, kind: str, starts_at: dt.datetime, minutes_long: int, zone: str, but: int = 0) -> None:
    check_zone(zone)
    if kind not in MEETING_KINDS:
        raise Refused(_l("There is no such kind of meeting."), field="kind")
    rules.check_time(starts_at, minutes_long, clock.now())
    taken = select(Meeting.id).where(
        Meeting.sig_id == sig_id,
        Meeting.kind == kind,
        Meeting.starts_at == starts_at,
        Meeting.id != but,
        Meeting.state.not_in((*OFF, TO_CONFIRM)),
    )
    if db.session.scalar(taken):
        raise Refused(_l("The SIG has a meeting of this kind at this time already."), field="start")
