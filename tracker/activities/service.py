"""What is done with talks and places: the programme of a seminar, signing up for a meeting."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from tracker import clock
from tracker.accounts.models import User
from tracker.activities import queries, rules
from tracker.activities.models import SignUp, Speaker
from tracker.db import db, key_of, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.meetings.consequences import when_edited
from tracker.meetings.models import OFF, Meeting
from tracker.meetings.workflow import MEETING
from tracker.permissions import SYSTEM, Actor, Permission, demand
from tracker.text import _l

# -- talks ----------------------------------------------------------------------------------------


def add_speaker(
    actor: Actor, meeting: Meeting, *, topic: str, name: str = "", user: User | None = None, affiliation: str = "",
    minutes_long: int = 30, summary: str = "",
) -> Speaker:  # fmt: skip
    """Put a talk at the end of the programme. ``user`` is the speaker's account, where there is one: name and affiliation
    are taken from it where they are empty. Raises Refused, Forbidden."""
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.MEETING_EDIT, meeting)
    facts = _speaker(topic, name, user, affiliation, minutes_long, summary)
    of_meeting = select(func.count(), func.max(Speaker.position)).where(Speaker.meeting_id == meeting.id)
    talks, last = db.session.execute(of_meeting).one()
    rules.check_talk(meeting.label, meeting.state, talks, facts["name"])
    speaker = Speaker(meeting=meeting, position=(last or 0) + 1, created_at=clock.now(), **facts)
    db.session.add(speaker)
    record(actor, "speaker.added", speaker, meeting_id=meeting.id)
    return speaker


def edit_speaker(
    actor: Actor, speaker: Speaker, *, topic: str, name: str = "", user: User | None = None, affiliation: str = "",
    minutes_long: int = 30, summary: str = "",
) -> Speaker:  # fmt: skip
    """Change a talk. Raises Refused, Forbidden."""
    speaker = _hold(actor, speaker)
    facts = _speaker(topic, name, user, affiliation, minutes_long, summary)
    rules.check_talk(speaker.meeting.label, speaker.meeting.state, 0, facts["name"])
    changed = [name for name, value in facts.items() if getattr(speaker, name) != value]
    for field in changed:
        setattr(speaker, field, facts[field])
    record(actor, "speaker.edited", speaker, changed=changed)
    return speaker


def move_speaker(actor: Actor, speaker: Speaker, *, up: bool) -> Speaker:
    """Exchange a talk with the one before it (``up``) or after it. Raises Refused at the end of the list, Forbidden."""
    speaker = _hold(actor, speaker)
    query = select(Speaker).where(Speaker.meeting_id == speaker.meeting_id)
    talks = list(db.session.scalars(query.order_by(Speaker.position, Speaker.id)))
    here = talks.index(speaker)
    there = here - 1 if up else here + 1
    if not 0 <= there < len(talks):
        raise Refused(_l("This talk is the first already.") if up else _l("This talk is the last already."))
    talks[here], talks[there] = talks[there], talks[here]
    for position, talk in enumerate(talks, 1):
        talk.position = position
    record(actor, "speaker.edited", speaker, changed=["position"])
    return speaker


def remove_speaker(actor: Actor, speaker: Speaker) -> Meeting:
    """Take a talk off the programme; the diary keeps its topic and, by id, whose it was: a guest's name goes with the talk.
    Raises Forbidden, Missing when it is gone already."""
    speaker = _hold(actor, speaker)
    meeting = speaker.meeting
    record(actor, "speaker.removed", speaker, meeting_id=meeting.id, person_id=speaker.user_id)
    db.session.delete(speaker)
    return meeting


def _speaker(
    topic: str, name: str, user: User | None, affiliation: str, minutes_long: int, summary: str
) -> dict[str, Any]:
    if user is not None:
        name, affiliation = name or user.display_name or user.handle, affiliation or user.affiliation
    return {
        "topic": topic.strip(), "name": name.strip(), "user": user, "affiliation": affiliation.strip(),
        "minutes_long": minutes_long, "summary": summary,
    }  # fmt: skip


def _hold(actor: Actor, speaker: Speaker) -> Speaker:
    """The talk, with its meeting locked. Raises Missing where somebody else took it off meanwhile."""
    number = key_of(speaker)
    lock(Meeting, queries.get_speaker(number).meeting_id)
    speaker = lock(Speaker, number)
    demand(actor, Permission.MEETING_EDIT, speaker)
    return speaker


# -- places ---------------------------------------------------------------------------------------


def list_of(meeting: Meeting) -> rules.List:
    """What says whether people can sign up for the meeting."""
    return rules.List(
        meeting.label, meeting.state, MEETING.states[meeting.state], meeting.signup_until, meeting.time_zone, meeting.ends_at
    )  # fmt: skip


def sign_up(actor: User, meeting: Meeting, *, note: str = "") -> SignUp:
    """Take the lowest free place, or the last one on the waitlist when all are taken; ``note`` is for the organisers.

    Raises Refused when there is no list, it is closed, the meeting is off or over, or the person is on it; Forbidden.
    """
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.MEETING_SIGN_UP, meeting)
    mine = queries.find_sign_up(meeting.id, actor.id)
    listed = mine is not None and mine.cancelled_at is None
    rules.check_sign_up(
        list_of(meeting), clock.now(), listed=listed, place_no=mine.place_no if mine else None,
        queue_no=queries.queue_number(mine) if mine else 0,
    )  # fmt: skip
    _move_up(meeting)  # whoever waits comes first
    if mine is None:
        mine = SignUp(meeting=meeting, user_id=actor.id)
        db.session.add(mine)
    mine.note, mine.signed_up_at, mine.cancelled_at = note.strip(), clock.now(), None
    mine.place_no = rules.free_place(queries.places_taken(meeting.id), meeting.places)
    record(actor, "signup.made", mine, place_no=mine.place_no)
    return mine


def cancel_sign_up(actor: User, meeting: Meeting) -> SignUp:
    """Give the place back, or leave the waitlist; the first who waits gets a place that came free.

    Raises Refused when the person isn't on the list or the meeting is over, Forbidden.
    """
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.MEETING_SIGN_UP, meeting)
    mine = queries.find_sign_up(meeting.id, actor.id)
    listed = mine is not None and mine.cancelled_at is None
    rules.check_cancelling(meeting.label, listed, meeting.ends_at, clock.now())
    assert mine is not None  # or it was refused
    mine.place_no, mine.cancelled_at = None, clock.now()
    record(actor, "signup.cancelled", mine)
    _move_up(meeting)
    return mine


def give_up_place(mine: SignUp) -> None:
    """Take the person off the list of a meeting, as ``cancel_sign_up`` does: a part of erasing an account, which is what is
    recorded. Whoever moves up is recorded and told."""
    meeting = lock(Meeting, mine.meeting_id)
    mine.place_no, mine.cancelled_at = None, clock.now()
    db.session.flush()
    _move_up(meeting)


def fill_places(actor: Actor, meeting: Meeting) -> int:
    """Give the free places to those who wait, where that hasn't happened by itself; how many moved up.

    Raises Refused when nobody waits, or no place is free; Forbidden.
    """
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.MEETING_EDIT, meeting)
    if not (moved := _move_up(meeting)):
        raise Refused(_l("Nobody moved up: nobody waits, or no place is free. Raise the number of places first."))
    return moved


def _move_up(meeting: Meeting) -> int:
    """Free places go to those who wait, in the order in which they came, until it is over; how many."""
    if meeting.state in OFF or meeting.ends_at <= clock.now():
        return 0
    moved = 0
    taken = queries.places_taken(meeting.id)
    while (number := rules.free_place(taken, meeting.places)) is not None:
        if (first := queries.next_waiting(meeting.id)) is None:
            break
        first.place_no = number
        taken.add(number)
        record(SYSTEM, "signup.moved_up", first, place_no=number)
        moved += 1
    return moved


#: The number of places may have been raised.
when_edited(_move_up)
