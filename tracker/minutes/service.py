"""What is done to end a meeting and with its minutes; what is noted while it runs is in the rooms beside this one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker import clock
from tracker.agendas.deferrals import carry_over
from tracker.db import db, lock
from tracker.events import record
from tracker.events.history import history
from tracker.meetings.models import PUBLISHED, Meeting
from tracker.meetings.rules import Change, check_version
from tracker.meetings.workflow import MEETING
from tracker.minutes import rules
from tracker.minutes.attendance import note_attendance
from tracker.minutes.items import (
    add_action_item,
    add_decision,
    finish_action_item,
    remove_action_item,
    remove_decision,
    reopen_action_item,
)
from tracker.minutes.models import MinutesVersion, Report
from tracker.minutes.queries import versions_of
from tracker.minutes.reports import (
    discussion_of,
    keep_note,
    note_discussion,
    note_report,
    save_discussion,
    save_draft,
)
from tracker.permissions import Actor, Permission, demand

__all__ = [
    "add_action_item",
    "add_decision",
    "correct_minutes",
    "end_meeting",
    "finish_action_item",
    "note_attendance",
    "note_discussion",
    "note_report",
    "publish_minutes",
    "remove_action_item",
    "remove_decision",
    "reopen_action_item",
    "resume_meeting",
    "save_discussion",
    "save_draft",
    "write_minutes",
]


def end_meeting(actor: Actor, meeting: Meeting) -> Meeting:
    """The meeting is over: what was typed about each claim becomes its progress note, and items of the agenda that
    weren't heard wait for the next one. Raises Refused before it has begun or when it ended already, Forbidden."""
    meeting = lock(Meeting, meeting.id)
    MEETING.check(actor, meeting, "end")
    rules.check_begun(meeting.label, meeting.starts_at, clock.now())
    MEETING.advance(actor, meeting, "end")
    notes = _close(actor, meeting)
    record(actor, "meeting.ended", meeting, changed=["state"], version=meeting.version, notes=notes)
    return meeting


def resume_meeting(actor: Actor, meeting: Meeting) -> Meeting:
    """Go on with a meeting that was ended by mistake. Raises Refused, Forbidden."""
    meeting = lock(Meeting, meeting.id)
    MEETING.advance(actor, meeting, "resume")
    meeting.held_at = None
    meeting.version += 1
    record(actor, "meeting.resumed", meeting, changed=["state"], version=meeting.version)
    return meeting


def write_minutes(
    actor: Actor, meeting: Meeting, *, minutes: str, version: int, drafted: str | None = None, language: str = "en"
) -> Meeting:
    """Save the minutes (Markdown), unpublished. ``drafted``: the draft in ``language`` that was before the writer, if
    one was. Raises Refused when they are published, when the meeting doesn't take place, or when somebody else wrote
    since ``version``; Forbidden."""
    meeting = _hold(actor, meeting, version)
    _check_writing(meeting)
    meeting.minutes = minutes
    meeting.version += 1
    if drafted:
        discussion = discussion_of(meeting)
        discussion.drafted, discussion.language = drafted, language
    record(actor, "meeting.minutes_written", meeting, changed=["minutes"], version=meeting.version)
    return meeting


def publish_minutes(actor: Actor, meeting: Meeting, *, version: int) -> Meeting:
    """Publish the minutes as they were saved, as version 1; a meeting that wasn't ended ends. Raises Refused, Forbidden."""
    meeting = _hold(actor, meeting, version)
    _check_writing(meeting)
    MEETING.check(actor, meeting, "publish_minutes")
    rules.check_publishing(meeting.label, meeting.minutes, meeting.starts_at, clock.now())
    ended = meeting.held_at is not None
    MEETING.advance(actor, meeting, "publish_minutes")
    if ended:
        meeting.version += 1
    else:
        _close(actor, meeting)
    meeting.minutes_published_at = clock.now()
    _add_version(actor, meeting, 1, meeting.minutes, "")
    record(actor, "meeting.minutes_published", meeting, changed=["state"], version=meeting.version)
    return meeting


def correct_minutes(actor: Actor, meeting: Meeting, *, text: str, reason: str, version: int) -> Meeting:
    """Replace published minutes (Markdown) by a new version; the one before stays readable, and the ``reason`` stands
    beside the new one. Raises Refused when nothing changes or somebody corrected since ``version``, Forbidden."""
    meeting = _hold(actor, meeting, version)
    rules.check_correction(meeting.label, meeting.state, meeting.minutes, text, reason)
    versions = versions_of(meeting)
    if not db.session.scalar(select(MinutesVersion.id).where(MinutesVersion.meeting_id == meeting.id).limit(1)):
        # Published before versions were kept: what stands now is the first.
        first = versions[0]
        db.session.add(
            MinutesVersion(meeting=meeting, number=1, text=first.text, reason="", published_at=first.published_at)
        )
    meeting.minutes = text
    meeting.version += 1
    number = versions[-1].number + 1
    _add_version(actor, meeting, number, text, reason.strip())
    record(actor, "meeting.minutes_corrected", meeting, changed=["minutes"], version=meeting.version,
           reason=reason.strip(), number=number)  # fmt: skip
    return meeting


def _add_version(actor: Actor, meeting: Meeting, number: int, text: str, reason: str) -> None:
    db.session.add(
        MinutesVersion(
            meeting=meeting, number=number, text=text, reason=reason, published_at=clock.now(), published_by_id=actor.id
        )
    )


def _close(actor: Actor, meeting: Meeting) -> list[int]:
    """What follows from the end of a meeting. Returns the ids of the progress notes that came of its reports."""
    meeting.held_at = clock.now()
    meeting.version += 1
    reports = db.session.scalars(select(Report).where(Report.meeting_id == meeting.id).order_by(Report.claim_id))
    notes = [note.id for report in reports.all() if (note := keep_note(report)) is not None]
    carried = [proposal.title for proposal in carry_over(actor, meeting)]
    if carried:
        discussion = discussion_of(meeting)
        discussion.carried = [*discussion.carried, *carried]
    return notes


def _hold(actor: Actor, meeting: Meeting, version: int) -> Meeting:
    """The meeting, locked and at ``version``."""
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.MEETING_EDIT, meeting)
    if version != meeting.version:
        since = [h for h in history("meeting", meeting.id, 200) if h.facts.get("version", 0) > version]
        check_version(version, meeting.version, [Change(h.actor, h.facts.get("changed", ())) for h in since])
    return meeting


def _check_writing(meeting: Meeting) -> None:
    on = None
    if meeting.state == PUBLISHED and meeting.minutes_published_at is not None:
        on = meeting.minutes_published_at.astimezone(ZoneInfo(meeting.time_zone)).date()
    rules.check_writing(meeting.label, meeting.state, on)
