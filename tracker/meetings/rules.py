"""What is fair about meetings and reports: pure functions over plain facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.text import Text, _day, _l

#: A claim in these states is reported on at meetings: approved, and not ended.
REPORTED = ("active", "design_review", "submitted", "changes_requested")
SHORTEST, LONGEST = 5, 10_080
#: Days that a meeting may lie back when it is entered, and ahead.
MOST_BACK, MOST_AHEAD = 366, 731


def start_of(day: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """The moment in UTC at which clocks in ``zone`` show ``time`` on ``day``; of an hour that comes twice, the first.

    Raises Refused at the field ``start`` when summer time skips it.
    """
    wanted = dt.datetime.combine(day, time)
    moment = wanted.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wanted:
        raise Refused(
            _l("Clocks in %(zone)s go forward on %(date)s: %(time)s doesn't exist on that day. Pick another time.",
               zone=zone, date=_day(day), time=time.strftime("%H:%M")),
            field="start",
        )  # fmt: skip
    return moment


def check_time(starts_at: dt.datetime, minutes_long: int, now: dt.datetime) -> None:
    """Raises Refused at the field when the day is out of reach or the length out of range."""
    if starts_at < now - dt.timedelta(days=MOST_BACK):
        raise Refused(_l("This day is more than a year back. Enter meetings of the last year only."), field="starts_on")
    if starts_at > now + dt.timedelta(days=MOST_AHEAD):
        raise Refused(_l("This day is more than two years ahead. Enter it when it is nearer."), field="starts_on")
    if not SHORTEST <= minutes_long <= LONGEST:
        raise Refused(
            _l("A meeting lasts from %(least)s to %(most)s minutes (a week).", least=SHORTEST, most=LONGEST),
            field="minutes_long",
        )


def check_report(state: str, state_name: Text, reference: str, percent: int, done: str) -> None:
    """Raises Refused naming the state when the claim isn't worked on, or at the field that is missing."""
    if state not in REPORTED:
        reasons = {
            "applied": _l("Your application for %(task)s isn't answered yet: there is nothing to report until it is approved.",
                          task=reference),
            "waiting": _l("You are on the waitlist of %(task)s: there is nothing to report until a seat is yours.",
                          task=reference),
        }  # fmt: skip
        ended = _l("The claim on %(task)s is in the state “%(state)s”: progress is reported on live claims only.",
                   task=reference, state=state_name)  # fmt: skip
        raise Refused(reasons.get(state, ended))
    if not 0 <= percent <= 100:
        raise Refused(_l("Between %(least)s and %(most)s.", least=0, most=100), field="percent")
    if not done.strip():
        raise Refused(_l("Say what was done since the last note, be it “nothing yet” and why."), field="done")


def counts_for(
    meeting_id: int,
    since: dt.datetime | None,
    until: dt.datetime,
    *,
    note_meeting_id: int | None,
    written_at: dt.datetime,
) -> bool:
    """Whether a note is a report for a meeting: it names it, or was written since the SIG's meeting before
    (``since``, its start) and before this one's end (``until``)."""
    if note_meeting_id == meeting_id:
        return True
    return written_at <= until and (since is None or written_at > since)


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed which fields and when, since a version."""

    who: str
    fields: Sequence[str]


FIELDS: dict[str, Text] = {
    "kind": _l("kind"), "title": _l("title"), "starts_at": _l("start"), "time_zone": _l("time zone"),
    "minutes_long": _l("length"), "place": _l("place"), "organiser": _l("organiser"), "agenda": _l("agenda"),
    "minutes": _l("minutes"), "state": _l("state"),
}  # fmt: skip


def check_version(seen: int, current: int, changes: Sequence[Change]) -> None:
    """Raises Refused saying who changed what since version ``seen``."""
    if seen == current:
        return
    names = list(dict.fromkeys(str(FIELDS.get(name, name)) for change in changes for name in change.fields))
    who = list(dict.fromkeys(change.who for change in changes))
    if not who:
        raise Refused(
            _l("This was changed since you opened the page. What you typed is kept: compare, then save again.")
        )
    raise Refused(
        _l("%(who)s changed this since you opened the page: %(fields)s. What you typed is kept: compare, then save again.",
           who=", ".join(who), fields=", ".join(names) or "–")
    )  # fmt: skip


def check_minutes_open(label: str, state: str, published_on: dt.date | None) -> None:
    """Minutes are written while the meeting is planned. Raises Refused when they are published or it was cancelled."""
    if state == "cancelled":
        raise Refused(_l("%(meeting)s was cancelled: it has no minutes.", meeting=label))
    if published_on is not None:
        raise Refused(
            _l("The minutes of %(meeting)s are published since %(date)s and don't change any more."
               " Write a correction in the minutes of the next meeting.", meeting=label, date=_day(published_on))
        )  # fmt: skip


def check_publishing(label: str, minutes: str, starts_at: dt.datetime, now: dt.datetime) -> None:
    """Raises Refused when the meeting hasn't begun or nothing was written."""
    if now < starts_at:
        raise Refused(_l("%(meeting)s hasn't begun yet: minutes are published afterwards.", meeting=label))
    if not minutes.strip():
        raise Refused(_l("There are no minutes yet. Write and save them first."), field="minutes")
