"""What is fair about appeals: pure functions over plain facts. The numbers are a programme's rules, never constants."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.text import Text, _day, _l


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What appealing is judged by; ``now`` and ``failed_at`` are aware. ``appealed``: there was an appeal on the claim."""

    failed: bool
    failed_at: dt.datetime | None
    appeal_days: int
    zone: str
    now: dt.datetime
    appealed: bool = False


def last_day(failed_at: dt.datetime, appeal_days: int, zone: str) -> dt.date:
    """The last day on which one can appeal: whole days in the programme's zone, the day of the verdict not counted.

    Source: domain.md, section 4, row "fail": for the programme's days.
    """
    return failed_at.astimezone(ZoneInfo(zone)).date() + dt.timedelta(days=appeal_days)


def why_not(facts: Facts) -> Text | None:
    """Why its claimant can't appeal now; None when they can. One appeal per claim, whatever became of it."""
    if facts.appealed:
        return _l(
            "There was an appeal on this claim already, and there is one only. The claim's page shows what became of it."
        )
    if not facts.failed or facts.failed_at is None:
        return _l("Only a claim that was failed can be appealed. The claim's page says what is possible now.")
    last = last_day(facts.failed_at, facts.appeal_days, facts.zone)
    if facts.now.astimezone(ZoneInfo(facts.zone)).date() > last:
        return _l(
            "An appeal was possible until %(date)s. If something is wrong nevertheless, write to a maintainer of the SIG.",
            date=_day(last),
        )
    return None


def check_text(text: str) -> str:
    """``text`` without blanks around it. Raises Refused at the field when nothing is left."""
    if not text.strip():
        raise Refused(_l("Say why the verdict is wrong: whoever answers reads it."), field="text")
    return text.strip()
