"""What is fair about public notices and objections: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.public_notices.models import LEAST_DAYS, MOST_DAYS
from tracker.text import LazyString, Text, _day, _l
from tracker.working_days import WorkingDays, add_working_days

LONGEST_NOTE, LONGEST_TEXT = 2000, 5000

OPEN, ANSWERING, CLOSED = "open", "answering", "closed"
#: How a notice stands, computed from its window and its objections.
STANDINGS: dict[str, LazyString] = {
    OPEN: _l("open for objections"),
    ANSWERING: _l("objections wait for an answer"),
    CLOSED: _l("closed"),
}


def closing(opened_at: dt.datetime, days: int, zone: str, calendar: WorkingDays) -> dt.datetime:
    """The first moment after the window: midnight in ``zone`` after its ``days``-th working day; the day of opening doesn't
    count."""
    return add_working_days(opened_at, days, zone, calendar) + dt.timedelta(seconds=1)


def last_day(closes_at: dt.datetime, zone: str) -> dt.date:
    """The last day of a window, in its zone."""
    return (closes_at - dt.timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()


def standing(now: dt.datetime, closes_at: dt.datetime, waiting: int) -> str:
    """How a notice stands with ``waiting`` objections that nobody answered: a token of STANDINGS."""
    return OPEN if now < closes_at else ANSWERING if waiting else CLOSED


def fingerprint(rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 over the rows: what a page showed, and what the diary seals."""
    said = json.dumps(list(rows), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opening a notice is judged by. ``planning``: the quarter isn't published; ``corrects``: there was a notice."""

    planning: bool
    days: int
    note: str
    rows: Sequence[Mapping[str, Any]]
    seen: str
    corrects: bool


def check_opening(facts: Opening) -> None:
    """Raises Refused, at a field of the form where one is at fault."""
    if facts.planning:
        raise Refused(_l("This quarter isn't published yet: it has no results."))
    if not facts.rows:
        raise Refused(_l("Nothing was accepted or awarded in this quarter yet: there is nothing to give notice of."))
    if not LEAST_DAYS <= facts.days <= MOST_DAYS:
        raise Refused(_l("Between %(least)s and %(most)s.", least=LEAST_DAYS, most=MOST_DAYS), field="days")
    if len(facts.note) > LONGEST_NOTE:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_NOTE), field="note")
    if facts.corrects and not facts.note:
        raise Refused(_l("Say what this notice corrects: everybody reads it."), field="note")
    if fingerprint(facts.rows) != facts.seen:
        raise Refused(_l("The results changed since you opened the page. Look at them again, then publish."))


def why_no_objection(now: dt.datetime, closes_at: dt.datetime, last_day: dt.date) -> Text | None:
    """Why nobody can object any more; None while they can."""
    if now < closes_at:
        return None
    return _l(
        "Objections were taken until the end of %(day)s. If something is wrong nevertheless, write to a maintainer of the"
        " SIG: they can publish a correction.",
        day=_day(last_day),
    )


def check_answer(verdict: str, answer: str, follows: str) -> tuple[str, str]:
    """Reasons, and what follows from an objection that is upheld (``verdict`` uphold, else dismiss). Raises Refused at a field."""
    answer = check_text(answer, "answer", _l("Give your reasons: everybody reads them."))
    if verdict == "uphold":
        return answer, check_text(
            follows, "follows", _l("Say what follows: a correction, another notice, or nothing more.")
        )
    if follows.strip():
        raise Refused(_l("Nothing follows from an objection that is dismissed."), field="follows")
    return answer, ""


def check_text(text: str, field: str, why: Text) -> str:
    """``text`` without blanks around it. Raises Refused at the field when nothing is left, or too much."""
    text = text.strip()
    if not text:
        raise Refused(why, field=field)
    if len(text) > LONGEST_TEXT:
        raise Refused(_l("At most %(longest)s characters.", longest=LONGEST_TEXT), field=field)
    return text
