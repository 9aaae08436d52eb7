"""What is done with meetings: calling, changing, confirming, moving and cancelling them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.events.history import history
from tracker.meetings import rules
from tracker.meetings.consequences import fell_away, was_edited
from tracker.meetings.models import PLANNED, TO_CONFIRM, Meeting
from tracker.meetings.notes import comment, write_note
from tracker.meetings.remarks import options_of
from tracker.meetings.slots import check_slot
from tracker.meetings.workflow import MEETING
from tracker.permissions import Actor, Permission, demand
from tracker.sigs.models import Sig
from tracker.text import Text, _l

__all__ = [
    "cancel_meeting",
    "comment",
    "confirm_meeting",
    "create_meeting",
    "edit_meeting",
    "move_meeting",
    "postpone_meeting",
    "write_note",
]


#: What a series governs: who changes one of these on a meeting of a series has it by hand from then on.
GOVERNED = frozenset({"kind", "title", "starts_at", "time_zone", "minutes_long", "place", "days"})


def create_meeting(
    actor: Actor, sig: Sig, *, kind: str, title: str = "", starts_at: dt.datetime, time_zone: str | None = None,
    minutes_long: int = 90, days: int = 1, theme: str = "", place: str = "", organiser: User | None = None,
    vice_organiser: User | None = None, signup_until: dt.datetime | None = None, places: int | None = None, agenda: str = "",
    for_the_record: bool = False,
) -> Meeting:  # fmt: skip
    """Call a meeting of ``sig`` at ``starts_at`` (aware), shown in ``time_zone`` (the SIG's by default).

    ``minutes_long`` is the length of each of its ``days``. ``for_the_record``: it may have taken place already, within the
    last year. Raises Refused when the time can't be, is past or is taken, Forbidden.
    """
    demand(actor, Permission.MEETING_CREATE, sig)
    zone = time_zone or sig.time_zone
    check_slot(sig.id, kind, starts_at, minutes_long, zone, days=days)
    if not for_the_record:
        rules.check_ahead(starts_at, clock.now())
    rules.check_sign_up(signup_until, places, starts_at)
    meeting = Meeting(
        sig=sig, kind=kind, title=title, starts_at=starts_at, time_zone=zone, minutes_long=minutes_long, days=days,
        theme=theme, place=place, organiser=organiser, vice_organiser=vice_organiser, signup_until=signup_until,
        places=places, agenda=agenda, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(meeting)
    record(actor, "meeting.created", meeting, starts_at=starts_at.isoformat(), version=1)
    return meeting


def edit_meeting(
    actor: Actor, meeting: Meeting, *, version: int, kind: str, title: str = "", starts_at: dt.datetime,
    time_zone: str | None = None, minutes_long: int = 90, days: int = 1, theme: str = "", place: str = "",
    organiser: User | None = None, vice_organiser: User | None = None, signup_until: dt.datetime | None = None,
    places: int | None = None, agenda: str = "",
) -> Meeting:  # fmt: skip
    """Change a meeting that is planned or whose day waits to be confirmed. Raises Refused when it is neither, was changed
    since ``version``, or the time can't be; Forbidden."""
    meeting = _hold(actor, meeting, version)
    if meeting.state not in (PLANNED, TO_CONFIRM):
        raise Refused(
            _l("%(meeting)s is in the state “%(state)s”: only a planned meeting can be changed.",
               meeting=meeting.label, state=MEETING.states[meeting.state])
        )  # fmt: skip
    zone = time_zone or meeting.sig.time_zone
    check_slot(meeting.sig_id, kind, starts_at, minutes_long, zone, days=days, but=meeting.id)
    _check_new_time(meeting, starts_at)
    rules.check_sign_up(signup_until, places, starts_at)
    wanted: dict[str, Any] = {
        "kind": kind, "title": title, "starts_at": starts_at, "time_zone": zone, "minutes_long": minutes_long, "days": days,
        "theme": theme, "place": place, "organiser": organiser, "vice_organiser": vice_organiser,
        "signup_until": signup_until, "places": places, "agenda": agenda,
    }  # fmt: skip
    changed = [name for name, value in wanted.items() if getattr(meeting, name) != value]
    if not changed:
        return meeting  # nothing to tell its followers
    _put(meeting, starts_at)
    for name in changed:
        setattr(meeting, name, wanted[name])
    meeting.signup_until = signup_until  # as typed, also where the start was changed
    meeting.by_hand = meeting.by_hand or (meeting.series_id is not None and not GOVERNED.isdisjoint(changed))
    _count(meeting)
    record(actor, "meeting.edited", meeting, changed=changed, version=meeting.version, starts_at=starts_at.isoformat())
    was_edited(meeting)
    return meeting


def confirm_meeting(actor: Actor, meeting: Meeting, *, day: dt.date) -> Meeting:
    """Confirm one of the possible days; the meeting begins at its time of day then.

    Raises Refused when ``day`` (in the meeting's zone) isn't one of them, is past or is taken; Forbidden.
    """
    meeting = lock(Meeting, meeting.id)
    MEETING.check(actor, meeting, "confirm")
    rules.check_option(day, options_of(meeting))
    zone = ZoneInfo(meeting.time_zone)
    starts_at = rules.start_of(day, meeting.starts_at.astimezone(zone).time(), meeting.time_zone)
    rules.check_ahead(starts_at, clock.now(), field="day")
    check_slot(meeting.sig_id, meeting.kind, starts_at, meeting.minutes_long, meeting.time_zone, days=meeting.days,
               but=meeting.id)  # fmt: skip
    MEETING.advance(actor, meeting, "confirm")
    _put(meeting, starts_at)
    meeting.by_hand = True
    _count(meeting)
    record(actor, "meeting.confirmed", meeting, when=_local(meeting), changed=["starts_at"], version=meeting.version)
    return meeting


def move_meeting(
    actor: Actor, meeting: Meeting, *, starts_at: dt.datetime, reason: str = "", version: int | None = None
) -> Meeting:
    """Move a meeting to ``starts_at`` (aware), also one that was to fall away; no other meeting moves with it.

    The agenda and the list of who comes open and close as long before it as they did. Raises Refused when the time is past,
    the same, can't be or is taken, and when it was changed since ``version``; Forbidden.
    """
    meeting = lock(Meeting, meeting.id) if version is None else _hold(actor, meeting, version)
    MEETING.check(actor, meeting, "move")
    rules.check_ahead(starts_at, clock.now())
    if meeting.state == PLANNED and starts_at == meeting.starts_at:
        raise Refused(_l("The meeting is at this time already. Pick another one."), field="starts_on")
    check_slot(meeting.sig_id, meeting.kind, starts_at, meeting.minutes_long, meeting.time_zone, days=meeting.days,
               but=meeting.id)  # fmt: skip
    before = _local(meeting)
    MEETING.advance(actor, meeting, "move")
    _put(meeting, starts_at)
    meeting.by_hand, meeting.reason, meeting.remarks = True, reason.strip(), []
    _count(meeting)
    record(
        actor, "meeting.moved", meeting, when=_local(meeting), before=before, reason=meeting.reason,
        changed=["starts_at"], version=meeting.version,
    )  # fmt: skip
    return meeting


def postpone_meeting(actor: Actor, meeting: Meeting, *, reason: str) -> Meeting:
    """Put a meeting off without a new day yet; ``reason`` is told to the followers. Raises Refused, Forbidden."""
    return _put_off(actor, meeting, "postpone", "meeting.postponed", reason,
                    _l("Say why the meeting is postponed: its followers read it."))  # fmt: skip


def cancel_meeting(actor: Actor, meeting: Meeting, *, reason: str) -> Meeting:
    """Cancel a meeting that is ahead; ``reason`` is told to the followers. Raises Refused, Forbidden."""
    return _put_off(actor, meeting, "cancel", "meeting.cancelled", reason,
                    _l("Say why the meeting is cancelled: its followers read it."))  # fmt: skip


def _put_off(actor: Actor, meeting: Meeting, action: str, event: str, reason: str, missing: Text) -> Meeting:
    meeting = lock(Meeting, meeting.id)
    MEETING.check(actor, meeting, action)
    if not reason.strip():
        raise Refused(missing, field="reason")
    MEETING.advance(actor, meeting, action)
    meeting.reason, meeting.by_hand = reason.strip(), True
    _count(meeting)
    if action == "cancel":
        fell_away(actor, meeting)
    record(actor, event, meeting, reason=meeting.reason, changed=["state"], version=meeting.version)
    return meeting


def _check_new_time(meeting: Meeting, starts_at: dt.datetime) -> None:
    """A meeting that is ahead stays ahead; of one that has begun the time may be corrected."""
    if starts_at == meeting.starts_at:
        return
    if meeting.state == TO_CONFIRM:
        raise Refused(_l("The day isn't confirmed yet. Confirm one, or move the meeting."), field="starts_on")
    if meeting.starts_at > clock.now():
        rules.check_ahead(starts_at, clock.now())


def _put(meeting: Meeting, starts_at: dt.datetime) -> None:
    """At ``starts_at``, with everything that is counted from there."""
    later = starts_at - meeting.starts_at
    for name in ("agenda_opens_at", "agenda_closes_at", "signup_until"):
        if (moment := getattr(meeting, name)) is not None:
            setattr(meeting, name, moment + later)
    meeting.starts_at = starts_at


def _count(meeting: Meeting) -> None:
    """A change that calendars are told of."""
    meeting.version += 1
    meeting.changed_at = clock.now()


def _local(meeting: Meeting) -> str:
    """``2026-12-04 19:00`` on the clocks of the meeting."""
    return f"{meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)):%Y-%m-%d %H:%M}"


def _hold(actor: Actor, meeting: Meeting, version: int) -> Meeting:
    """The meeting, locked and at ``version``."""
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.MEETING_EDIT, meeting)
    if version != meeting.version:
        since = [h for h in history("meeting", meeting.id, 20) if h.facts.get("version", 0) > version]
        changes = [rules.Change(h.actor, h.facts.get("changed", ())) for h in since]
        rules.check_version(version, meeting.version, changes)
    return meeting
