"""What is fair about an agenda and how long its items take: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.text import LazyString, Text, _day, _l

#: A claim's report takes this long; all of them together are rounded up to a multiple of ROUNDED_TO.
MINUTES_A_CLAIM = 3
ROUNDED_TO = 5
#: The second fixed item, interface and standards.
STANDARDS_MINUTES = 20
SHORTEST, LONGEST = 1, 480
#: Meetings of these kinds have the two fixed items; the others consist of what was proposed.
WITH_FIXED_ITEMS = ("regular",)
#: Proposals of one person that wait for the same meeting.
MOST_WAITING = 10

#: What an agenda is for proposals: its meeting fell away, took place, hasn't opened, is open, or passed the cut-off.
OFF, OVER, AHEAD, OPEN, CLOSED = "off", "over", "ahead", "open", "closed"


# -- time boxes -----------------------------------------------------------------------------------


def minutes_for_claims(claims: int) -> int:
    """Minutes of the first fixed item with so many live claims; with none, the shortest box."""
    wanted = max(claims * MINUTES_A_CLAIM, 1)
    return -(-wanted // ROUNDED_TO) * ROUNDED_TO


@dataclass(frozen=True, slots=True)
class Box:
    """The time of an item: its minutes and, at a meeting of one day, from when to when (UTC)."""

    minutes: int
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Boxes:
    """The items' boxes in order, their sum, and by how many minutes they exceed the meeting (0: they fit)."""

    boxes: Sequence[Box]
    total: int
    over: int


def time_boxes(starts_at: dt.datetime, minutes: Sequence[int], *, minutes_long: int, days: int = 1) -> Boxes:
    """One box after the other from ``starts_at``. Which item is on which day of several, nobody said: no clock times."""
    boxes, at = [], starts_at
    for length in minutes:
        end = at + dt.timedelta(minutes=length)
        boxes.append(Box(length, at, end) if days == 1 else Box(length, None, None))
        at = end
    total = sum(minutes)
    return Boxes(boxes, total, max(total - minutes_long * days, 0))


# -- who may propose when -------------------------------------------------------------------------


def phase(state: str, *, off: Sequence[str], over: Sequence[str], opens: dt.datetime, closes: dt.datetime,
          now: dt.datetime) -> str:  # fmt: skip
    """The phase of the agenda of a meeting in ``state``; ``off`` and ``over`` are states of meetings."""
    if state in off:
        return OFF
    if state in over:
        return OVER
    if now < opens:
        return AHEAD
    return OPEN if now < closes else CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What decides whether an agenda takes a proposal: its ``phase`` and times (UTC, said in ``zone``), the day of the next
    meeting of the same kind (None: not planned yet), whom to ask, and whether the asker runs the meeting."""

    label: str
    phase: str
    opens: dt.datetime
    closes: dt.datetime
    zone: str
    ask: str
    following_on: dt.date | None = None
    organises: bool = False


def why_not(taking: Taking) -> Text | None:
    """Why no proposal is taken now, and what to do instead; None when one is.

    Whoever runs the meeting adds items until it has ended.
    """
    if taking.phase in (OFF, OVER):
        return _no_meeting(taking)
    if taking.organises or taking.phase == OPEN:
        return None
    if taking.phase == AHEAD:
        day, time = _said(taking.opens, taking.zone)
        return _l("The agenda of %(meeting)s opens on %(date)s at %(time)s (%(zone)s). Propose it then, or ask %(who)s.",
                  meeting=taking.label, date=day, time=time, zone=taking.zone, who=taking.ask)  # fmt: skip
    return closed(taking)


def closed(taking: Taking) -> Text:
    """That the cut-off has passed, and what to do instead."""
    day, time = _said(taking.closes, taking.zone)
    if taking.following_on is None:
        return _l("The agenda of %(meeting)s closed on %(date)s at %(time)s (%(zone)s), and no later meeting is planned yet."
                  " Ask %(who)s to add it.",
                  meeting=taking.label, date=day, time=time, zone=taking.zone, who=taking.ask)  # fmt: skip
    return _l("The agenda of %(meeting)s closed on %(date)s at %(time)s (%(zone)s). Propose it for the next meeting, on"
              " %(next_date)s, or ask %(who)s to add it.",
              meeting=taking.label, date=day, time=time, zone=taking.zone, who=taking.ask,
              next_date=_day(taking.following_on))  # fmt: skip


def _no_meeting(taking: Taking) -> Text:
    off = taking.phase == OFF
    if taking.following_on is not None and off:
        return _l("%(meeting)s doesn't take place. Propose it for the next meeting, on %(next_date)s.",
                  meeting=taking.label, next_date=_day(taking.following_on))  # fmt: skip
    if off:
        return _l("%(meeting)s doesn't take place, and no later meeting is planned yet. Ask %(who)s when the SIG meets next.",
                  meeting=taking.label, who=taking.ask)  # fmt: skip
    if taking.following_on is not None:
        return _l("%(meeting)s is over. Propose it for the next meeting, on %(next_date)s.",
                  meeting=taking.label, next_date=_day(taking.following_on))  # fmt: skip
    return _l("%(meeting)s is over, and no later meeting is planned yet. Ask %(who)s when the SIG meets next.",
              meeting=taking.label, who=taking.ask)  # fmt: skip


def _said(moment: dt.datetime, zone: str) -> tuple[LazyString, str]:
    """Day and time as clocks in ``zone`` show them."""
    here = moment.astimezone(ZoneInfo(zone))
    return _day(here.date()), f"{here:%H:%M}"


# -- what was proposed ----------------------------------------------------------------------------


def check_item(title: str, minutes_long: int, titles: Sequence[str]) -> None:
    """``titles``: what the person proposed for the meeting already and isn't answered. Raises Refused at the field."""
    if not title.strip():
        raise Refused(_l("Give the item a title: it is what the agenda shows."), field="title")
    if not SHORTEST <= minutes_long <= LONGEST:
        raise Refused(
            _l("An item takes from %(least)s to %(most)s minutes.", least=SHORTEST, most=LONGEST), field="minutes_long"
        )
    if _folded(title) in map(_folded, titles):
        raise Refused(_l("You proposed this for the meeting already. Edit that proposal instead."), field="title")


def check_number(waiting: int) -> None:
    """Raises Refused when so many proposals of the person wait for the meeting that another one is too many."""
    if waiting >= MOST_WAITING:
        raise Refused(
            _l("%(num)s proposals of yours wait for this meeting. Withdraw one of them, or wait for the answers.",
               num=waiting)
        )  # fmt: skip


def _folded(title: str) -> str:
    return " ".join(title.split()).casefold()


def moved(order: Sequence[int], item: int, up: bool) -> list[int]:
    """``order`` (ids) with ``item`` one place up or down. Raises Refused at the end of the list."""
    place, ids = order.index(item), list(order)
    other = place - 1 if up else place + 1
    if other < 0:
        raise Refused(_l("This item is the first already. Put another one later."))
    if other >= len(ids):
        raise Refused(_l("This item is the last already. Put another one earlier."))
    ids[place], ids[other] = ids[other], ids[place]
    return ids
