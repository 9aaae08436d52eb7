"""The meetings that a series comes to: added, moved, skipped and taken off, where nobody touched them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker import clock
from tracker.calendars.queries import calendar
from tracker.db import db
from tracker.meetings.consequences import fell_away
from tracker.meetings.models import CANCELLED, OFF, PLANNED, SKIPPED, TO_CONFIRM, Meeting
from tracker.meetings.remarks import HOLIDAY, SERIES_CHANGED, TAKEN, UNCONFIRMED, options_of
from tracker.meetings.workflow import MEETING
from tracker.permissions import Actor
from tracker.schedule.occurrences import Occurrence
from tracker.series import rota, rules
from tracker.series.models import Series
from tracker.series.queries import timing_of

#: The step that takes a meeting of a series to a state, but for skipping, which is told.
_STEPS = {PLANNED: "plan", TO_CONFIRM: "ask", SKIPPED: "skip", CANCELLED: "drop"}

#: What follows from the first of the days to choose from.
_COUNTED = {"options", "starts_at", "agenda_opens_at", "agenda_closes_at"}
#: A turn that is still ahead began less than that long ago: any day of two years, the longest.
_BACK = dt.timedelta(days=800)


@dataclass(slots=True)
class Done:
    """What planning a series came to."""

    added: list[Meeting] = field(default_factory=list)
    moved: list[Meeting] = field(default_factory=list)
    #: With the code of the reason.
    skipped: list[tuple[Meeting, str]] = field(default_factory=list)
    changed: list[Meeting] = field(default_factory=list)
    dropped: list[Meeting] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.added) + len(self.moved) + len(self.skipped) + len(self.changed) + len(self.dropped)


def plan(actor: Actor, series: Series) -> Done:
    """Make the meetings ahead those of the rule; the caller holds the series and records what was done.

    A meeting is known by the day of its rule and kept where that day is still one. What was held, has begun, or was
    confirmed, moved, changed or cancelled by somebody stays as it is. A meeting that somebody entered at the very time is
    taken into the series. What fell away passes its agenda items on to those that take place.
    """
    return _Planning(actor, series).run()


def take_off(actor: Actor, series: Series, reason: str) -> Done:
    """Cancel the meetings ahead that nobody touched: the series has ended."""
    planning = _Planning(actor, series)
    for meeting in planning.untouched.values():
        planning.drop(meeting, reason=reason)
    planning.pass_on()
    return planning.done


class _Planning:
    def __init__(self, actor: Actor, series: Series) -> None:
        self.actor, self.series = actor, series
        self.now = clock.now()
        self.timing = timing_of(series)
        self.done = Done()
        rows = db.session.scalars(
            select(Meeting)
            .where(Meeting.series_id == series.id, Meeting.series_on > self.timing.today(self.now) - _BACK)
            .order_by(Meeting.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        self.by_day = {row.series_on: row for row in rows if row.series_on}
        self.untouched = {day: row for day, row in self.by_day.items() if self._is_untouched(row)}

    def run(self) -> Done:
        # Without a hole up to the last that is planned already, be it further ahead than the rule asks for now.
        planned = (day for day, row in self.untouched.items() if row.state != CANCELLED)
        found = rules.upcoming(self.timing, now=self.now, calendar=calendar(), until=max(planned, default=None))
        wanted = {one.rule_day: one for one in found}
        for day, meeting in self.untouched.items():
            if day not in wanted and meeting.state != CANCELLED:
                self._fell_away(meeting)
        db.session.flush()
        self.taken = self._taken(found)
        # Backwards where they move to later times: a meeting never stands where another one still is.
        for one in sorted(wanted.values(), key=lambda one: one.day, reverse=self._later(wanted)):
            self._fit(one)
        db.session.flush()
        rota.name_organisers(self.series, new=self.done.added)
        self.pass_on()
        return self.done

    def _is_untouched(self, row: Meeting) -> bool:
        """Whether the series may still place it: ahead, and not somebody's doing."""
        if row.by_hand:
            return False
        if row.state == CANCELLED:
            return SERIES_CHANGED in row.remarks and row.starts_at > self.now
        if row.state == TO_CONFIRM:
            return True
        return row.state in (PLANNED, SKIPPED) and row.starts_at > self.now

    def _later(self, wanted: dict[dt.date, Occurrence]) -> bool:
        return any(one.starts_at > row.starts_at for day, one in wanted.items() if (row := self.untouched.get(day)))

    def _taken(self, found: list[Occurrence]) -> dict[dt.datetime, Meeting]:
        """Meetings of the SIG and kind that hold the minute of an occurrence."""
        query = select(Meeting).where(
            Meeting.sig_id == self.series.sig_id, Meeting.kind == self.series.kind,
            Meeting.starts_at.in_([one.starts_at for one in found]), Meeting.state.not_in((*OFF, TO_CONFIRM)),
        )  # fmt: skip
        return {row.starts_at: row for row in db.session.scalars(query)}

    def _fell_away(self, meeting: Meeting) -> None:
        """Its day is no longer one of the rule's, or all of its possible days have passed."""
        days = options_of(meeting)
        if meeting.state == TO_CONFIRM and days and self.timing.at(days[-1]) <= self.now:
            self._set(meeting, SKIPPED, {"remarks": [UNCONFIRMED]})
            self.done.skipped.append((meeting, UNCONFIRMED))
        else:
            self.drop(meeting, remarks=[SERIES_CHANGED])

    def drop(self, meeting: Meeting, **columns: Any) -> None:
        if meeting.state == CANCELLED:
            return
        self._set(meeting, CANCELLED, columns)
        self.done.dropped.append(meeting)

    def pass_on(self) -> None:
        """What hangs on the meetings that fell away goes on, once the others stand where they will be."""
        for meeting in (*self.done.dropped, *(meeting for meeting, _code in self.done.skipped)):
            fell_away(self.actor, meeting)

    def _fit(self, one: Occurrence) -> None:
        meeting = self.by_day.get(one.rule_day)
        if meeting is not None and one.rule_day not in self.untouched:
            return
        state = {"postponed": PLANNED}.get(one.state, one.state)
        other = self.taken.get(one.starts_at) if state == PLANNED else None
        if other is not None and other is not meeting and other.starts_at == one.starts_at:
            if meeting is None and other.series_id is None:
                other.series_id, other.series_on, other.by_hand = self.series.id, one.rule_day, True
                self.done.changed.append(other)
                return
            state = SKIPPED
        columns = self._columns(one, state, taken=state == SKIPPED and one.state != SKIPPED)
        if meeting is None:
            meeting = Meeting(
                series_id=self.series.id, series_on=one.rule_day, state=state, created_at=self.now,
                sig_id=self.series.sig_id, **columns,
            )  # fmt: skip
            db.session.add(meeting)
            self.done.added.append(meeting)
        else:
            self._change(meeting, state, columns)

    def _columns(self, one: Occurrence, state: str, taken: bool) -> dict[str, Any]:
        series = self.series
        return {
            "kind": series.kind, "title": series.title, "starts_at": one.starts_at, "time_zone": series.time_zone,
            "minutes_long": series.minutes_long, "place": series.place,
            "options": [day.isoformat() for day in one.choices] if state == TO_CONFIRM else [],
            "remarks": [TAKEN] if taken else [],
            "agenda_opens_at": one.starts_at - dt.timedelta(days=series.agenda_opens_days),
            "agenda_closes_at": one.starts_at - dt.timedelta(hours=series.agenda_closes_hours),
        }  # fmt: skip

    def _change(self, meeting: Meeting, state: str, columns: dict[str, Any]) -> None:
        if meeting.state == CANCELLED and state == SKIPPED:
            return
        before, was = meeting.starts_at, meeting.state
        differ = {name for name, value in columns.items() if getattr(meeting, name) != value}
        if was == state and not differ:
            return
        quietly = was == state and self._has_fewer_days(meeting, columns, differ)
        self._set(meeting, state, columns)
        if quietly:
            return
        if was != state and state == SKIPPED:
            self.done.skipped.append((meeting, (meeting.remarks or [HOLIDAY])[0]))
        elif meeting.starts_at != before and state == PLANNED or was != state:
            self.done.moved.append(meeting)
        else:
            self.done.changed.append(meeting)

    def _has_fewer_days(self, meeting: Meeting, columns: dict[str, Any], differ: set[str]) -> bool:
        """Whether some of the days to choose from have passed, and nothing else: nobody needs to be told."""
        zone, days = ZoneInfo(meeting.time_zone), columns["options"]
        same_time = meeting.starts_at.astimezone(zone).time() == columns["starts_at"].astimezone(zone).time()
        return bool(days) and differ <= _COUNTED and same_time and days == meeting.options[-len(days) :]

    def _set(self, meeting: Meeting, state: str, columns: dict[str, Any]) -> None:
        if meeting.state != state:
            MEETING.advance(self.actor, meeting, _STEPS[state])
        for name, value in columns.items():
            setattr(meeting, name, value)
        meeting.version += 1
        meeting.changed_at = self.now
        db.session.flush()
