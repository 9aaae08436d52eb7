"""What is asked about talks, sign-ups and events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, func, select

from tracker import clock
from tracker.accounts.models import User
from tracker.activities.models import SignUp, Speaker
from tracker.activities.rules import places_left
from tracker.db import db, find
from tracker.errors import Missing
from tracker.events.diary import audience
from tracker.meetings.feeds import also_theirs
from tracker.meetings.models import MEETING_KINDS, OFF, TO_CONFIRM, Meeting
from tracker.meetings.rules import LONGEST_SPAN
from tracker.meetings.sittings import sittings
from tracker.sigs.models import Sig
from tracker.text import Text

#: Stands on a list, with a place or waiting for one.
_LISTED = SignUp.cancelled_at.is_(None)
_WAITS = and_(_LISTED, SignUp.place_no.is_(None))


@audience("signed_up")
def _signed_up(subject: Any) -> Iterable[int]:
    """The person of a sign-up; everybody on the list of a meeting."""
    if isinstance(subject, SignUp):
        return [subject.user_id]
    return db.session.scalars(select(SignUp.user_id).where(SignUp.meeting_id == subject.id, _LISTED)).all()


@also_theirs
def _signed_up_for(user_id: int) -> Select[int]:
    return select(SignUp.meeting_id).where(SignUp.user_id == user_id, _LISTED)


# -- talks ----------------------------------------------------------------------------------------

_TALK: tuple[Any, ...] = (
    Speaker.id, Speaker.name, Speaker.affiliation, Speaker.topic, Speaker.summary, Speaker.minutes_long,
)  # fmt: skip


def get_speaker(speaker_id: int) -> Speaker:
    """Raises Missing."""
    if (speaker := find(Speaker, speaker_id)) is None:
        raise Missing(f"speaker {speaker_id}")
    return speaker


def speakers_of(meeting_id: int) -> Sequence[Row[Any]]:
    """The talks of a meeting in their order: id, name, affiliation, topic, summary, minutes_long."""
    query = select(*_TALK).where(Speaker.meeting_id == meeting_id).order_by(Speaker.position, Speaker.id)
    return db.session.execute(query).all()


# -- sign-ups -------------------------------------------------------------------------------------


def find_sign_up(meeting_id: int, user_id: int | None) -> SignUp | None:
    """The person's row on the list of the meeting, be it cancelled."""
    return db.session.scalar(select(SignUp).where(SignUp.meeting_id == meeting_id, SignUp.user_id == (user_id or 0)))


def queue_number(sign_up: SignUp) -> int:
    """Where a person who waits stands: 1 is next; 0 for who doesn't wait."""
    if sign_up.cancelled_at is not None or sign_up.place_no is not None:
        return 0
    before = (SignUp.signed_up_at < sign_up.signed_up_at) | (
        (SignUp.signed_up_at == sign_up.signed_up_at) & (SignUp.id <= sign_up.id)
    )
    query = select(func.count()).select_from(SignUp).where(SignUp.meeting_id == sign_up.meeting_id, _WAITS, before)
    return db.session.scalar(query) or 0


def places_taken(meeting_id: int) -> set[int]:
    """The numbers of the places that somebody has."""
    query = select(SignUp.place_no).where(SignUp.meeting_id == meeting_id, SignUp.place_no.is_not(None))
    return {number for number in db.session.scalars(query) if number is not None}


def next_waiting(meeting_id: int) -> SignUp | None:
    """Who gets the next place: the first in line whose account isn't suspended."""
    return db.session.scalar(
        select(SignUp)
        .join(User, User.id == SignUp.user_id)
        .where(SignUp.meeting_id == meeting_id, _WAITS, User.suspended_at.is_(None))
        .order_by(SignUp.signed_up_at, SignUp.id)
        .limit(1)
    )


def taken_and_waiting(meeting_id: int) -> tuple[int, int]:
    """How many have a place, and how many wait for one."""
    row = db.session.execute(
        select(func.count(SignUp.place_no), func.count()).where(SignUp.meeting_id == meeting_id, _LISTED)
    ).one()
    return row[0], row[1] - row[0]


_LINE: tuple[Any, ...] = (
    SignUp.id, SignUp.place_no, SignUp.note, SignUp.signed_up_at, User.display_name, User.handle, User.affiliation,
)  # fmt: skip


def signed_up(meeting_id: int, *, waiting: bool) -> Select[Any]:
    """Who has a place, or (``waiting``) waits: id, place_no, note, signed_up_at, display_name, handle, affiliation."""
    query = select(*_LINE).join(User, User.id == SignUp.user_id).where(SignUp.meeting_id == meeting_id)
    return query.where(_WAITS) if waiting else query.where(SignUp.place_no.is_not(None))


# -- events ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """A seminar, campus activity or summer school. ``name`` and ``name_zh`` are the SIG's; ``places_left`` is None where
    any number may come."""

    id: int
    kind: str
    state: str
    title: str
    theme: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: str
    days: int
    minutes_long: int
    place: str
    slug: str
    name: str
    name_zh: str
    places_left: int | None
    signup_until: dt.datetime | None
    minutes_published_at: dt.datetime | None

    @property
    def path(self) -> str:
        return f"/meetings/{self.id}/"

    @property
    def kind_name(self) -> Text:
        return MEETING_KINDS[self.kind]


_TAKEN = (
    select(func.count())
    .where(SignUp.meeting_id == Meeting.id, SignUp.place_no.is_not(None))
    .correlate(Meeting)
    .scalar_subquery()
)
_EVENT: tuple[Any, ...] = (
    Meeting.id, Meeting.kind, Meeting.state, Meeting.title, Meeting.theme, Meeting.starts_at, Meeting.time_zone,
    Meeting.days, Meeting.minutes_long, Meeting.place, Sig.slug, Sig.name, Sig.name_zh, Meeting.places,
    Meeting.signup_until, Meeting.minutes_published_at, _TAKEN.label("taken"),
)  # fmt: skip


def events_ahead(sig_id: int | None = None, most: int = 5) -> list[Event]:
    """Events that haven't ended, soonest first, of one SIG or of all; in one statement."""
    now = clock.now()
    # What began within a month may still go on: a few more rows are read than asked for.
    query = _events(sig_id).where(Meeting.starts_at > now - LONGEST_SPAN).order_by(Meeting.starts_at, Meeting.id)
    found = (_event(row) for row in db.session.execute(query.limit(most + 200)))
    return [event for event in found if event.ends_at > now][:most]


def events_past(sig_id: int | None = None, most: int = 5) -> list[Event]:
    """Events that took place, newest first, of one SIG or of all; in one statement."""
    now = clock.now()
    query = _events(sig_id).where(Meeting.starts_at < now, Meeting.state != TO_CONFIRM)
    query = query.order_by(Meeting.starts_at.desc(), Meeting.id.desc()).limit(most + 50)
    return [event for row in db.session.execute(query) if (event := _event(row)).ends_at <= now][:most]


def _events(sig_id: int | None) -> Select[Any]:
    query = select(*_EVENT).join(Sig, Sig.id == Meeting.sig_id)
    query = query.where(Meeting.kind != "regular", Meeting.state.not_in(OFF))
    return query if sig_id is None else query.where(Meeting.sig_id == sig_id)


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id, kind=row.kind, state=row.state, title=row.title, theme=row.theme, starts_at=row.starts_at,
        ends_at=sittings(row)[-1][1], time_zone=row.time_zone, days=row.days, minutes_long=row.minutes_long, place=row.place,
        slug=row.slug, name=row.name, name_zh=row.name_zh, places_left=places_left(row.taken, row.places),
        signup_until=row.signup_until, minutes_published_at=row.minutes_published_at,
    )  # fmt: skip
