"""What is fair about talks and places: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.meetings.models import OFF
from tracker.meetings.sittings import Sitting
from tracker.text import Text, _day, _l

#: Talks of one meeting, and places of one list, at most.
MOST_TALKS, MOST_PLACES = 100, 10_000


# -- the programme --------------------------------------------------------------------------------


def programme(days: Sequence[Sitting], lengths: Sequence[int]) -> list[Sitting | None]:
    """When each talk of ``lengths`` minutes is: one after the other, on the next day where it doesn't fit any more into
    one; None for talks that no day has time for."""
    times: list[Sitting | None] = []
    ahead = list(days)
    here = ahead[0][0] if ahead else None
    for minutes in lengths:
        length = dt.timedelta(minutes=minutes)
        while ahead and here is not None and here + length > ahead[0][1]:
            ahead.pop(0)
            here = ahead[0][0] if ahead else None
        if here is None:
            times.append(None)
        else:
            times.append((here, here + length))
            here += length
    return times


def check_talk(label: str, state: str, talks: int, name: str) -> None:
    """Raises Refused, at the field ``name`` where nobody is named, when no talk can be added or changed."""
    if state in OFF:
        raise Refused(
            _l("%(meeting)s doesn't take place: its programme stays as it is. Move the meeting first.", meeting=label)
        )
    if talks >= MOST_TALKS:
        raise Refused(_l("A programme has at most %(most)s talks. Take one off first.", most=MOST_TALKS))
    if not name.strip():
        raise Refused(_l("Say who speaks: a name, or the account."), field="name")


# -- places ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class List:
    """What says whether people can sign up: the meeting's ``label``, its ``state`` with its name, until when its list is
    open, and its end."""

    label: str
    state: str
    state_name: Text
    until: dt.datetime | None
    time_zone: str
    ends_at: dt.datetime


def why_closed(facts: List, now: dt.datetime) -> Text | None:
    """Why nobody can sign up now; None while people can."""
    if facts.state in OFF:
        return _l("%(meeting)s doesn't take place (%(state)s): nobody signs up for it. Look for another one.",
                  meeting=facts.label, state=facts.state_name)  # fmt: skip
    if facts.until is None:
        return _l("%(meeting)s has no list: come without signing up.", meeting=facts.label)
    if now >= facts.ends_at:
        return _l("%(meeting)s is over. Look for another one.", meeting=facts.label)
    if now >= facts.until:
        local = facts.until.astimezone(ZoneInfo(facts.time_zone))
        return _l("The list of %(meeting)s was closed on %(date)s at %(time)s (%(zone)s). Ask the organiser whether there is"
                  " a place still.", meeting=facts.label, date=_day(local.date()), time=local.strftime("%H:%M"),
                  zone=facts.time_zone)  # fmt: skip
    return None


def check_sign_up(facts: List, now: dt.datetime, *, listed: bool, place_no: int | None, queue_no: int) -> None:
    """Raises Refused when the list is closed, or the person (``listed``) stands on it already."""
    if (reason := why_closed(facts, now)) is not None:
        raise Refused(reason)
    if listed and place_no is not None:
        raise Refused(_l("You have place %(num)s already. Nothing is left to do.", num=place_no))
    if listed:
        raise Refused(_l("You are on the waitlist already, as number %(num)s. You are told when a place comes free.",
                         num=queue_no))  # fmt: skip


def check_cancelling(label: str, listed: bool, ends_at: dt.datetime, now: dt.datetime) -> None:
    """Raises Refused when the person isn't on the list, or it is over."""
    if not listed:
        raise Refused(_l("You aren't on the list of %(meeting)s. There is nothing to cancel.", meeting=label))
    if now >= ends_at:
        raise Refused(_l("%(meeting)s is over: its list stays as it is.", meeting=label))


def free_place(taken: Collection[int], places: int | None) -> int | None:
    """The lowest number that nobody holds; None when as many people as there are ``places`` (None: any number) have one.

    Whoever has a place keeps it when an organiser lowers the number of places.
    """
    most = MOST_PLACES if places is None else min(places, MOST_PLACES)
    if len(taken) >= most:
        return None
    return next(number for number in range(1, most + 1) if number not in taken)


def places_left(taken: int, places: int | None) -> int | None:
    """How many more people can come; None: any number."""
    return None if places is None else max(places - taken, 0)
