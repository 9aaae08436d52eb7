"""What follows elsewhere when a meeting falls away or is changed: rooms above this one register it."""

from __future__ import annotations

from collections.abc import Callable

from tracker.meetings.models import Meeting
from tracker.permissions import Actor

WhenOff = Callable[[Actor, Meeting], object]
WhenEdited = Callable[[Meeting], object]
_when_off: list[WhenOff] = []
_when_edited: list[WhenEdited] = []


def when_off(work: WhenOff) -> WhenOff:
    """Register what else is done, in the same transaction, when a meeting is cancelled or skipped."""
    _when_off.append(work)
    return work


def when_edited(work: WhenEdited) -> WhenEdited:
    """Register what else is done, in the same transaction, when a meeting is changed."""
    _when_edited.append(work)
    return work


def fell_away(actor: Actor, meeting: Meeting) -> None:
    """Do what follows when ``meeting``, which is held, was cancelled or skipped, by a person or by its series."""
    for work in _when_off:
        work(actor, meeting)


def was_edited(meeting: Meeting) -> None:
    """Do what follows when ``meeting``, which is held, was changed."""
    for work in _when_edited:
        work(meeting)
