"""What is fair about clocks: pure functions over plain facts. The numbers are a programme's rules, but for the two that no
programme names: CHANCE and REMIND_DAYS.

Days are whole days in the programme's zone: who may report until 3 December may do so until that day ends there, and
what lapses does so from the first moment of the day after. Source: domain.md, section 4, row "lapse" and its bullets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.errors import Refused
from tracker.text import Text, _day, _l, _nl
from tracker.working_days import CHINA, WorkingDays, add_working_days

RUNNING, WARNED, SNOOZED, PAUSED, STOPPED = "running", "warned", "snoozed", "paused", "stopped"
#: A claim in these states is its holder's to move; in those somebody else must act.
TICKING = ("active", "changes_requested")
WAITS = ("applied", "design_review", "submitted")
#: Whoever was asked to step in has this many working days before a claim is closed for a late review.
CHANCE = 2
#: Days before a meeting on which a missing report is asked for.
REMIND_DAYS = 2
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the clock of a claim is read from. Moments are aware.

    ``held_up``: a hand-over waits for a maintainer; ``went_on_at``: when the last such wait ended.
    """

    state: str
    state_since: dt.datetime
    newest_note_at: dt.datetime | None = None
    warned_at: dt.datetime | None = None
    snoozed_until: dt.datetime | None = None
    held_up: bool = False
    went_on_at: dt.datetime | None = None
    zone: str = "Asia/Shanghai"
    lapse_after_days: int
    warn_before_lapse_days: int
    snooze_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """How the clock of a claim stands: RUNNING, WARNED (it lapses unless something comes), SNOOZED, PAUSED (somebody
    else must act) or STOPPED (waiting for a seat, or ended).

    While it runs: ``running_since``, the last sign of life; ``report_by``, the last day on which a report keeps the claim;
    ``warn_at`` and ``lapse_at``, the first moments at which it may be warned and may lapse.
    """

    state: str
    running_since: dt.datetime | None = None
    report_by: dt.date | None = None
    warn_at: dt.datetime | None = None
    lapse_at: dt.datetime | None = None

    @property
    def runs(self) -> bool:
        return self.lapse_at is not None

    @property
    def lapses_on(self) -> dt.date | None:
        """The day on which it lapses when nothing comes."""
        return self.report_by + _DAY if self.report_by else None

    def warning_due(self, now: dt.datetime) -> bool:
        """Whether its holder has to be warned."""
        return self.state != WARNED and self.warn_at is not None and now >= self.warn_at

    def lapse_due(self, now: dt.datetime) -> bool:
        """Whether it lapses: its holder was warned, and the last day is over."""
        return self.state == WARNED and self.lapse_at is not None and now >= self.lapse_at


def begin_of(day: dt.date, zone: str) -> dt.datetime:
    """The first moment of ``day`` in ``zone``, in UTC."""
    return dt.datetime.combine(day, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)


def end_of(day: dt.date, zone: str) -> dt.datetime:
    """The first moment after ``day`` in ``zone``, in UTC."""
    return begin_of(day + _DAY, zone)


def day_of(moment: dt.datetime, zone: str) -> dt.date:
    return moment.astimezone(ZoneInfo(zone)).date()


def clock(facts: Facts, now: dt.datetime) -> Clock:
    """The clock of a claim at ``now``.

    It starts anew at every sign of life: a step (approval, design answered, changes requested, undone lapse) or a note. It
    never ends without a warning that is at least the programme's days old and was given for this very end: an older one
    (before a note, before a snooze) doesn't count, so a job that was down for weeks warns first.
    """
    if facts.state in WAITS or (facts.held_up and facts.state in TICKING):
        return Clock(state=PAUSED)
    if facts.state not in TICKING:
        return Clock(state=STOPPED)
    since = max(moment for moment in (facts.state_since, facts.newest_note_at, facts.went_on_at) if moment is not None)
    last = day_of(since, facts.zone) + facts.lapse_after_days * _DAY
    state = RUNNING
    if facts.snoozed_until is not None and (kept := _last_day(facts.snoozed_until, facts.zone)) > last:
        state, last = SNOOZED, kept
    warning = facts.warn_before_lapse_days * _DAY
    warn_at = begin_of(last - warning, facts.zone)
    if facts.warned_at is not None and facts.warned_at >= warn_at:
        state, warned_on = WARNED, day_of(facts.warned_at, facts.zone)
    else:
        warned_on = day_of(now, facts.zone)  # at the earliest
    last = max(last, warned_on + warning)
    return Clock(state=state, running_since=since, report_by=last, warn_at=warn_at, lapse_at=end_of(last, facts.zone))


def _last_day(until: dt.datetime, zone: str) -> dt.date:
    """The last day of a stretch that ends at ``until``, the day's end as a rule."""
    return day_of(until - dt.timedelta(microseconds=1), zone)


# -- snoozing -------------------------------------------------------------------------------------


def snoozed_until(facts: Facts, now: dt.datetime) -> dt.datetime:
    """The moment up to which a snooze taken at ``now`` keeps the claim: the programme's days later than without.

    Raises Refused when there is nothing to snooze, or it was snoozed before.
    """
    found = clock(facts, now)
    if found.state == PAUSED:
        raise Refused(_l("The clock is paused while somebody else must act. There is nothing to snooze now."))
    if found.report_by is None:
        raise Refused(_l("The clock of this claim doesn't run. There is nothing to snooze."))
    if facts.snoozed_until is not None:
        raise Refused(
            _l("A claim can be snoozed once, and this one was. Write a progress note: it starts the clock anew.")
        )
    if not facts.snooze_days:
        raise Refused(_l("This programme has no snooze. Write a progress note: it starts the clock anew."))
    return end_of(found.report_by + facts.snooze_days * _DAY, facts.zone)


# -- undoing a lapse ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """What undoing a lapse looks at. ``seats_free``: those that nobody holds or, from the waitlist, is about to get;
    ``held``: references of what the person holds in the programme, of at most ``limit``."""

    lapsed_at: dt.datetime
    undo_days: int
    zone: str
    published: bool
    cycle_open: bool
    seats_free: int
    held: Sequence[str]
    limit: int
    is_mentor: bool = False


def undo_until(lapsed_at: dt.datetime, undo_days: int, zone: str) -> dt.datetime:
    """The first moment at which a lapse can't be undone any more: the end of the last day."""
    return end_of(day_of(lapsed_at, zone) + undo_days * _DAY, zone)


def why_not_undone(facts: Lapsed, now: dt.datetime) -> Text | None:
    """Why the lapse can't be undone at ``now``, and what to do instead; None when it can."""
    until = undo_until(facts.lapsed_at, facts.undo_days, facts.zone)
    if now >= until:
        return _l(
            "A lapse could be undone until %(date)s. Pick another task on the board.",
            date=_day(_last_day(until, facts.zone)),
        )
    if not facts.published or not facts.cycle_open:
        return _l("The task isn't open any more, so the lapse stays. Pick another task on the board.")
    if facts.is_mentor:
        return _l("Its claimant mentors this task now, and nobody reviews their own work. Pick another task.")
    if facts.seats_free < 1:
        return _l("The seat went to the next person, so the lapse stays. Pick another task on the board.")
    if len(facts.held) >= facts.limit:
        return _nl(
            "Its claimant holds %(num)s task by now, the most the programme allows: %(tasks)s. It has to be finished or "
            "released first.",
            "Its claimant holds %(num)s tasks by now, the most the programme allows: %(tasks)s. One has to be finished or "
            "released first.",
            len(facts.held), tasks=", ".join(facts.held),
        )  # fmt: skip
    return None


# -- waiting for an answer ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A claim that waits for an answer. ``accept_by``: the last day on which its task accepts work."""

    state: str
    state_since: dt.datetime
    answer_by: dt.datetime | None
    escalated_at: dt.datetime | None = None
    accept_by: dt.date | None = None
    zone: str = "Asia/Shanghai"

    @property
    def escalated(self) -> bool:
        """Whether this very wait was passed on."""
        return self.escalated_at is not None and self.escalated_at >= self.state_since


def escalation_due(wait: Wait, now: dt.datetime) -> bool:
    """Whether somebody else has to be asked: the answer is late, and this wait wasn't passed on yet."""
    return wait.state in WAITS and wait.answer_by is not None and now > wait.answer_by and not wait.escalated


def late_close_due(wait: Wait, now: dt.datetime, calendar: WorkingDays = CHINA) -> bool:
    """Whether the claim is closed for a late review, without a strike.

    The last day of acceptance is over, the reviewer was late by then, and who was asked to step in had ``CHANCE`` working
    days for it.
    """
    if wait.state not in ("design_review", "submitted") or wait.accept_by is None or wait.answer_by is None:
        return False
    over = end_of(wait.accept_by, wait.zone)
    if now < over or wait.answer_by >= over or not wait.escalated or wait.escalated_at is None:
        return False
    return now > add_working_days(wait.escalated_at, CHANCE, wait.zone, calendar)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be asked to answer; ``open``: how many late answers they were asked for already."""

    user_id: int
    open: int
    mentors: bool = False


def second_person(maintainers: Sequence[Candidate], admins: Sequence[Candidate]) -> int | None:
    """Who is asked: a maintainer who doesn't mentor the task (it waits for its mentors already) before one who does, and
    of those who was asked the least; without any, an administrator. None: there is nobody."""
    found = min(maintainers, key=lambda person: (person.mentors, person.open, person.user_id), default=None)
    found = found or min(admins, key=lambda person: (person.open, person.user_id), default=None)
    return found.user_id if found else None


# -- meetings -------------------------------------------------------------------------------------


def reminder_due(starts_at: dt.datetime, zone: str, now: dt.datetime) -> bool:
    """Whether holders without a report are reminded: from two days before the meeting's day until it begins."""
    return begin_of(day_of(starts_at, zone) - REMIND_DAYS * _DAY, zone) <= now < starts_at
