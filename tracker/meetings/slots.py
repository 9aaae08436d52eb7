"""The time of a meeting: whether it can be, whether it is free, and what else takes place then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from tracker import clock
from tracker.db import db
from tracker.errors import Refused
from tracker.meetings import rules
from tracker.meetings.models import MEETING_KINDS, OFF, TO_CONFIRM, Meeting
from tracker.sigs.rules import check_zone
from tracker.text import _l

#: As many meetings of a SIG are looked at for a warning.
_MOST = 500


def check_slot(
    sig_id: int, kind: str, starts_at: dt.datetime, minutes_long: int, zone: str, *, days: int = 1, but: int = 0
) -> None:
    """Raises Refused at the field when the time can't be, or when the SIG has another meeting of this kind (but the one
    with the id ``but``) at this minute."""
    check_zone(zone)
    if kind not in MEETING_KINDS:
        raise Refused(_l("There is no such kind of meeting."), field="kind")
    rules.check_time(starts_at, minutes_long, clock.now())
    rules.check_days(days, minutes_long)
    taken = select(Meeting.id).where(
        Meeting.sig_id == sig_id,
        Meeting.kind == kind,
        Meeting.starts_at == starts_at,
        Meeting.id != but,
        Meeting.state.not_in((*OFF, TO_CONFIRM)),
    )
    if db.session.scalar(taken):
        raise Refused(_l("The SIG has a meeting of this kind at this time already. Pick another time."), field="start")


@dataclass(frozen=True, slots=True)
class Overlap:
    """A meeting that takes place at the same time. ``organiser``: the name of who would have to be at both, or empty."""

    starts_at: dt.datetime
    meeting: Meeting
    organiser: str


def overlapping(
    slots: Sequence[tuple[dt.datetime, dt.datetime]], *, sig_id: int, organiser_ids: Iterable[int] = (),
    but: Collection[int] = (), but_series: int = 0,
) -> list[Overlap]:  # fmt: skip
    """Meetings of the SIG, or that one of ``organiser_ids`` organises, during one of ``slots`` (start and end).

    Meetings in ``but`` and those of the series ``but_series`` aren't looked at. One statement.
    """
    if not slots:
        return []
    people = set(organiser_ids)
    first, last = min(start for start, _end in slots), max(end for _start, end in slots)
    theirs = or_(Meeting.organiser_id.in_(people), Meeting.vice_organiser_id.in_(people))
    query = (
        select(Meeting)
        .where(
            or_(Meeting.sig_id == sig_id, theirs) if people else Meeting.sig_id == sig_id,
            Meeting.state.not_in(OFF),
            Meeting.starts_at > first - rules.LONGEST_SPAN,
            Meeting.starts_at < last,
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(_MOST)
    )
    found = []
    for meeting in db.session.scalars(query):
        if meeting.id in but or (but_series and meeting.series_id == but_series):
            continue
        if any(meeting.starts_at < end and start < meeting.ends_at for start, end in slots):
            both = [user for user in (meeting.organiser, meeting.vice_organiser) if user and user.id in people]
            found.append(Overlap(meeting.starts_at, meeting, both[0].display_name if both else ""))
    return found


def overlaps_of(meeting: Meeting) -> list[Overlap]:
    """What else takes place during ``meeting``, of its SIG or of its organisers."""
    return overlapping(
        [(meeting.starts_at, meeting.ends_at)], sig_id=meeting.sig_id, organiser_ids=meeting.organiser_ids,
        but={meeting.id},
    )  # fmt: skip
