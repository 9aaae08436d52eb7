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
#: Days in a row that a meeting lasts, such as a summer school, and the minutes of each of them.
MOST_DAYS, A_DAY = 31, 24 * 60
#: What began longer ago than this is over, however many days it lasts and whatever clocks did meanwhile.
LONGEST_SPAN = dt.timedelta(days=MOST_DAYS + 1)
#: Days that a meeting may lie back when it is entered, and ahead.
MOST_BACK, MOST_AHEAD = 366, 731


def start_of(day: dt.date, time: dt.time, zone: str, field: str = "start") -> dt.datetime:
    """The moment in UTC at which clocks in ``zone`` show ``time`` on ``day``; of an hour that comes twice, the first.

    Raises Refused at the ``field`` when summer time skips it.
    """
    wanted = dt.datetime.combine(day, time)
    moment = wanted.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wanted:
        raise Refused(
            _l("Clocks in %(zone)s go forward on %(date)s: %(time)s doesn't exist on that day. Pick another time.",
               zone=zone, date=_day(day), time=time.strftime("%H:%M")),
            field=field,
        )  # fmt: skip
    return moment


def closing(day: dt.date, time: dt.time | None, starts_at: dt.datetime, zone: str) -> dt.datetime:
    """When a list closes on ``day``: at ``time``, or at the end of the day, then at the latest when the meeting begins."""
    if time is not None:
        return start_of(day, time, zone, field="signup_at")
    end = dt.datetime.combine(day, dt.time(23, 59), ZoneInfo(zone)).astimezone(dt.UTC)
    return min(end, starts_at) if day == starts_at.astimezone(ZoneInfo(zone)).date() else end


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


def check_days(days: int, minutes_long: int) -> None:
    """Raises Refused at the field for a number of days that can't be, or days longer than a day."""
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_l("A meeting lasts from 1 to %(most)s days in a row.", most=MOST_DAYS), field="days")
    if days > 1 and minutes_long > A_DAY:
        raise Refused(
            _l("The length is that of each day: at most %(most)s minutes where there are several days.", most=A_DAY),
            field="minutes_long",
        )


def check_ahead(starts_at: dt.datetime, now: dt.datetime, field: str = "starts_on") -> None:
    """A meeting is planned for a time to come. Raises Refused at the ``field``."""
    if starts_at <= now:
        raise Refused(
            _l("This time is past. Pick a day from today on; what took place already is entered for the record."),
            field=field,
        )


def check_sign_up(signup_until: dt.datetime | None, places: int | None, starts_at: dt.datetime) -> None:
    """People sign up before it begins; places are counted where there is a list. Raises Refused at the field."""
    if signup_until is None and places is not None:
        raise Refused(_l("Say until when people sign up, or leave the places empty."), field="signup_on")
    if signup_until is not None and signup_until > starts_at:
        raise Refused(_l("The list closes when the meeting begins at the latest."), field="signup_on")


def check_option(day: dt.date, options: Sequence[dt.date]) -> None:
    """A day is confirmed among the possible ones. Raises Refused at the field ``day``."""
    if day not in options:
        raise Refused(
            _l("%(day)s isn't one of the possible days. Choose one of them, or move the meeting instead.",
               day=_day(day)),
            field="day",
        )  # fmt: skip


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
    "minutes": _l("minutes"), "state": _l("state"), "theme": _l("theme"), "days": _l("days"), "places": _l("places"),
    "signup_until": _l("end of the sign-up"), "vice_organiser": _l("vice organiser"),
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
