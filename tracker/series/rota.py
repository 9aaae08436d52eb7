"""Whose turn it is to organise: the ordered list of a series, who comes next, and swaps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, find, lock
from tracker.errors import Missing, Refused
from tracker.events import record
from tracker.meetings.models import OFF, OVER, PLANNED, TO_CONFIRM, Meeting
from tracker.meetings.rules import LONGEST_SPAN, MOST_DAYS
from tracker.permissions import Actor, allowed, demand
from tracker.permissions import Permission as P
from tracker.series.models import RotaEntry, RotaSwap, Series
from tracker.series.workflow import SWAP
from tracker.text import _day, _l

#: A place in the rota: a person, or the name of a member organisation.
Turn = User | str
MOST_TURNS = 60


@dataclass(frozen=True, slots=True)
class Share:
    """A place in the rota with what it organised in a year and what is still ahead of it."""

    user_id: int | None
    name: str
    held: int
    ahead: int


# -- whose turn it is -----------------------------------------------------------------------------


Who = tuple[int | None, str]


def next_turn(rota: Sequence[Who], history: Sequence[Who]) -> int | None:
    """The index of whose turn it is in ``rota`` (pairs of user id and organisation), given who organised so far in the order
    of the meetings: whoever did longest ago, or never; of several, the first in the list after who did last. A swap so
    costs nobody a turn. None for an empty rota."""
    if not rota:
        return None
    last_turn = {who: index for index, who in enumerate(history)}
    last = next((who for who in reversed(history) if who in rota), None)
    begin: int = list(rota).index(last) + 1 if last is not None else 0
    in_order: list[int] = [*range(begin, len(rota)), *range(begin)]
    return min(in_order, key=lambda index: last_turn.get(rota[index], -1))


def occurrences_of(series_id: int) -> list[Meeting]:
    """The meetings of a series that took place or will, in the order of their times."""
    query = select(Meeting).where(Meeting.series_id == series_id, Meeting.state.not_in(OFF))
    return list(db.session.scalars(query.order_by(Meeting.starts_at, Meeting.id)))


def name_organisers(series: Series, new: Collection[Meeting] = ()) -> int:
    """Give each meeting ahead that has no organiser the next one in turn; returns how many were given one.

    Part of planning the series: the caller holds it, has just made the ``new`` meetings, and records the planning. For the
    others it is a change: forms that were opened before are out of date, and calendars are told.
    """
    nobody = (Meeting.series_id == series.id, Meeting.organiser_id.is_(None), Meeting.state.in_((PLANNED, TO_CONFIRM)))
    held = select(Meeting).where(*nobody).order_by(Meeting.id).with_for_update(key_share=True)
    db.session.scalars(held.execution_options(populate_existing=True)).all()
    rota = [(entry.user_id, entry.organisation) for entry in series.rota]
    history: list[Who] = []
    named = 0
    now = clock.now()
    for meeting in occurrences_of(series.id):
        has = (meeting.organiser_id, meeting.organisation if meeting.organiser_id is None else "")
        if has != (None, ""):
            history.append(has)
            continue
        if meeting.starts_at <= now or meeting.state not in (PLANNED, TO_CONFIRM):
            continue
        turn = next_turn(rota, history)
        if turn is None:
            return named
        meeting.organiser_id, meeting.organisation = rota[turn]
        if meeting not in new:
            meeting.version += 1
            meeting.changed_at = now
        history.append(rota[turn])
        named += 1
    return named


def shares(series: Series, year: int) -> list[Share]:
    """How often each place of the rota organised in ``year`` (in the series' zone), and how often it is still to."""
    zone = ZoneInfo(series.time_zone)
    held: dict[tuple[int | None, str], int] = {}
    ahead: dict[tuple[int | None, str], int] = {}
    for meeting in occurrences_of(series.id):
        if meeting.starts_at.astimezone(zone).year != year:
            continue
        counted = held if meeting.state in OVER else ahead
        who = (meeting.organiser_id, meeting.organisation if meeting.organiser_id is None else "")
        counted[who] = counted.get(who, 0) + 1
    rows = []
    for entry in series.rota:
        who = (entry.user_id, entry.organisation)
        name = entry.user.display_name if entry.user else entry.organisation
        rows.append(Share(entry.user_id, name, held.get(who, 0), ahead.get(who, 0)))
    return rows


def edit_rota(actor: Actor, series: Series, *, turns: Sequence[Turn], version: int) -> Series:
    """Set who organises in turn; meetings ahead that have nobody yet get the next in turn.

    Raises Refused when somebody stands in it twice or it was changed since ``version``, Forbidden.
    """
    series = lock(Series, series.id)
    demand(actor, P.SERIES_EDIT, series)
    if version != series.version:
        raise Refused(_l("Somebody changed the series since you opened the page. Compare, then save again."))
    keys = [turn.id if isinstance(turn, User) else turn for turn in turns]
    twice = next((turn for turn, key in zip(turns, keys, strict=True) if keys.count(key) > 1), None)
    if twice is not None:
        raise Refused(
            _l("%(name)s stands in the list twice. Everybody has one place in turn.",
               name=twice.handle if isinstance(twice, User) else twice),
            field="turns",
        )  # fmt: skip
    db.session.execute(delete(RotaEntry).where(RotaEntry.series_id == series.id))
    db.session.expire(series, ["rota"])
    for position, turn in enumerate(turns, 1):
        user_id, organisation = (turn.id, "") if isinstance(turn, User) else (None, turn)
        db.session.add(RotaEntry(series_id=series.id, position=position, user_id=user_id, organisation=organisation))
    db.session.flush()
    series.version += 1
    name_organisers(series)
    record(actor, "series.rota_edited", series, places=len(turns), version=series.version)
    return series


# -- swaps ----------------------------------------------------------------------------------------


def swappable(meeting: Meeting) -> list[Meeting]:
    """Meetings ahead of the same series that another person organises, soonest first."""
    query = select(Meeting).where(
        Meeting.series_id == meeting.series_id, Meeting.series_id.is_not(None), Meeting.id != meeting.id,
        Meeting.organiser_id.is_not(None), Meeting.organiser_id != meeting.organiser_id,
        Meeting.state.in_((PLANNED, TO_CONFIRM)), Meeting.starts_at > clock.now(),
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Meeting.starts_at).limit(30)))


def open_swap(meeting_id: int) -> RotaSwap | None:
    """The offer to swap this meeting that waits for an answer."""
    return db.session.scalar(select(RotaSwap).where(RotaSwap.meeting_id == meeting_id, RotaSwap.state == "offered"))


def swaps_for(user_id: int) -> list[RotaSwap]:
    """Offers that wait for the person's answer, oldest first."""
    query = select(RotaSwap).where(RotaSwap.user_id == user_id, RotaSwap.state == "offered").order_by(RotaSwap.id)
    query = query.options(
        joinedload(RotaSwap.meeting).joinedload(Meeting.sig),
        joinedload(RotaSwap.other),
        joinedload(RotaSwap.offered_by),
    )
    return list(db.session.scalars(query))


def _lock_two(one: int, two: int) -> dict[int, Meeting]:
    return {number: lock(Meeting, number) for number in sorted({one, two})}


def offer_swap(actor: Actor, meeting: Meeting, *, other: Meeting, message: str = "") -> RotaSwap:
    """Ask the organiser of ``other`` to swap it for ``meeting``, which the actor organises.

    Raises Refused when one of them has begun, is off, or has no other organiser; Forbidden.
    """
    held = _lock_two(meeting.id, other.id)
    meeting, other = held[meeting.id], held[other.id]
    demand(actor, P.MEETING_EDIT, meeting)
    if actor.id is None or actor.id != meeting.organiser_id:
        raise Refused(_l("Only its organiser offers a meeting for a swap. A maintainer names another one on its form."))
    if other.id not in {each.id for each in swappable(meeting)}:
        raise Refused(
            _l("Pick a meeting of the same series that is ahead and that somebody else organises."), field="other"
        )
    assert other.organiser_id is not None
    swap = RotaSwap(
        meeting=meeting, other=other, offered_by_id=actor.id, user_id=other.organiser_id, message=message.strip(),
        offered_at=clock.now(), state="offered",
    )  # fmt: skip
    db.session.add(swap)
    record(actor, "swap.offered", swap, person_id=other.organiser_id, other=other.label)
    return swap


def _answer(actor: Actor, swap: RotaSwap, action: str) -> RotaSwap:
    swap = lock(RotaSwap, swap.id)
    SWAP.advance(actor, swap, action)
    swap.answered_at = clock.now()
    return swap


def accept_swap(actor: Actor, swap: RotaSwap) -> RotaSwap:
    """Accept: the two meetings change their organisers. Raises Refused when either changed hands meanwhile, Forbidden."""
    held = _lock_two(swap.meeting_id, swap.other_id)
    one, two = held[swap.meeting_id], held[swap.other_id]
    swap = _answer(actor, swap, "accept")
    if (one.organiser_id, two.organiser_id) != (swap.offered_by_id, swap.user_id):
        raise Refused(_l("One of the meetings has another organiser by now. Decline this offer and make a new one."))
    for meeting in (one, two):
        if meeting.state not in (PLANNED, TO_CONFIRM) or meeting.starts_at <= clock.now():
            raise Refused(
                _l("The meeting of %(date)s has begun or is off: there is nothing left to swap.",
                   date=_day(meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)).date()))
            )  # fmt: skip
    one.organiser_id, two.organiser_id = two.organiser_id, one.organiser_id
    for meeting in (one, two):
        meeting.version += 1
        meeting.changed_at = clock.now()
    record(actor, "swap.accepted", swap, tell=[swap.offered_by_id])
    return swap


def decline_swap(actor: Actor, swap: RotaSwap) -> RotaSwap:
    """Say no. Raises Refused, Forbidden."""
    swap = _answer(actor, swap, "decline")
    record(actor, "swap.declined", swap, tell=[swap.offered_by_id])
    return swap


def withdraw_swap(actor: Actor, swap: RotaSwap) -> RotaSwap:
    """Take the offer back. Raises Refused, Forbidden."""
    swap = _answer(actor, swap, "withdraw")
    record(actor, "swap.withdrawn", swap, person_id=swap.user_id)
    return swap


def get_swap(swap_id: int) -> RotaSwap:
    """The swap with this id. Raises Missing."""
    if (found := find(RotaSwap, swap_id)) is None:
        raise Missing(f"swap {swap_id}")
    return found


def ahead(series_id: int, most: int = 12) -> list[Meeting]:
    """The next meetings of a series, soonest first."""
    now = clock.now()
    query = (
        select(Meeting)
        .where(Meeting.series_id == series_id, Meeting.state.not_in(OFF), Meeting.starts_at > now - LONGEST_SPAN)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(most + MOST_DAYS)  # of those that have begun some still go on
        .options(joinedload(Meeting.organiser), joinedload(Meeting.vice_organiser))
    )
    return [meeting for meeting in db.session.scalars(query) if meeting.ends_at > now][:most]


def on_meeting(meeting: Meeting, who: Actor) -> dict[str, Any]:
    """For the meeting's page: ``turns`` (the next meetings of its series with their organisers), ``offer`` (the swap that is
    offered, to whom it concerns), ``can_swap``. The template is ``series/_rota_on_meeting.html``."""
    if meeting.series_id is None:
        return {"turns": [], "offer": None, "can_swap": False}
    offer = open_swap(meeting.id)
    mine = who.id is not None and who.id == meeting.organiser_id
    to_come = meeting.state in (PLANNED, TO_CONFIRM) and meeting.starts_at > clock.now()
    return {
        "turns": ahead(meeting.series_id, 3),
        "offer": offer if offer is not None and allowed(who, P.SWAP_READ, offer) else None,
        "can_swap": mine and to_come and offer is None,
    }


__all__ = [
    "MOST_TURNS", "Share", "accept_swap", "ahead", "decline_swap", "edit_rota", "get_swap", "name_organisers", "next_turn",
    "offer_swap", "on_meeting", "open_swap", "shares", "swappable", "swaps_for", "withdraw_swap",
]  # fmt: skip
