"""The clock of a claim as a table: what happened, and when it is warned and lapses, to the second."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tracker.clocks.rules import (
    PAUSED,
    RUNNING,
    SNOOZED,
    STOPPED,
    WARNED,
    Candidate,
    Facts,
    Lapsed,
    Wait,
    clock,
    escalation_due,
    late_close_due,
    reminder_due,
    second_person,
    snoozed_until,
    undo_until,
    why_not_undone,
)
from tracker.errors import Refused
from tracker.working_days import ExtraDay, WorkingDays

SHANGHAI, BERLIN, UTC = "Asia/Shanghai", "Europe/Berlin", "UTC"


def at(text: str, zone: str = SHANGHAI) -> dt.datetime:
    """``11-01 09:30`` of 2026 as clocks in ``zone`` show it."""
    day, _, time = text.partition(" ")
    return dt.datetime.fromisoformat(f"2026-{day}T{time or '00:00'}").replace(tzinfo=ZoneInfo(zone))


def facts(zone: str = SHANGHAI, **told: Any) -> Facts:
    """14 days, a warning 4 days before, a snooze of 7; active since 1 November 10:00 unless told otherwise."""
    numbers = {"lapse_after_days": 14, "warn_before_lapse_days": 4, "snooze_days": 7}
    moments = {
        name: at(value, zone) if isinstance(value, str) and name != "state" else value for name, value in told.items()
    }
    return Facts(**{"state": "active", "state_since": at("11-01 10:00", zone), "zone": zone, **numbers, **moments})


# What happened, the moment that is asked, and: the state, the last day for a report, whether it is warned, whether it lapses.
TABLE: list[tuple[str, dict[str, Any], str, str, str | None, str]] = [
    # a plain stretch: approved on the 1st, so a report is needed by the 15th, and the warning comes on the 11th
    ("just approved", {}, "11-01 10:00", RUNNING, "11-15", ""),
    ("a second before the warning", {}, "11-10 23:59:59", RUNNING, "11-15", ""),
    ("the warning's first second", {}, "11-11 00:00:00", RUNNING, "11-15", "warn"),
    ("warned", {"warned_at": "11-11 02:00"}, "11-11 02:00", WARNED, "11-15", ""),
    ("the last day", {"warned_at": "11-11 02:00"}, "11-15 12:00", WARNED, "11-15", ""),
    ("a second before the end", {"warned_at": "11-11 02:00"}, "11-15 23:59:59", WARNED, "11-15", ""),
    ("the end", {"warned_at": "11-11 02:00"}, "11-16 00:00:00", WARNED, "11-15", "lapse"),
    ("long after", {"warned_at": "11-11 02:00"}, "12-24 02:00", WARNED, "11-15", "lapse"),
    ("approved a second before midnight", {"state_since": "11-01 23:59:59"}, "11-11 00:00", RUNNING, "11-15", "warn"),
    ("approved at midnight", {"state_since": "11-02 00:00:00"}, "11-11 00:00", RUNNING, "11-16", ""),
    ("changes requested", {"state": "changes_requested"}, "11-11 00:00", RUNNING, "11-15", "warn"),
    # notes and steps begin it anew
    ("a note", {"newest_note_at": "11-05 09:00"}, "11-11 02:00", RUNNING, "11-19", ""),
    ("a note: its own warning", {"newest_note_at": "11-05 09:00"}, "11-15 00:00", RUNNING, "11-19", "warn"),
    ("a note of before the design was answered", {"newest_note_at": "10-20 09:00"}, "11-11 00:00", RUNNING, "11-15", "warn"),
    ("a note after the warning", {"warned_at": "11-11 02:00", "newest_note_at": "11-12 09:00"}, "11-16 02:00",
     RUNNING, "11-26", ""),
    ("a note after the warning, silent again", {"warned_at": "11-11 02:00", "newest_note_at": "11-12 09:00"},
     "11-22 02:00", RUNNING, "11-26", "warn"),
    ("the old warning doesn't make it lapse", {"warned_at": "11-11 02:00", "newest_note_at": "11-12 09:00"}, "11-27 02:00",
     RUNNING, "12-01", "warn"),
    ("a note in the last second", {"warned_at": "11-11 02:00", "newest_note_at": "11-15 23:59:59"}, "11-16 02:00",
     RUNNING, "11-29", ""),
    ("a note at the very moment of the warning", {"warned_at": "11-11 02:00", "newest_note_at": "11-11 02:00"},
     "11-16 02:00", RUNNING, "11-25", ""),
    ("the design was answered after the warning", {"warned_at": "11-11 02:00", "state_since": "11-14 09:00"},
     "11-20 02:00", RUNNING, "11-28", ""),
    # pauses: somebody else must act
    ("applied", {"state": "applied"}, "12-24 02:00", PAUSED, None, ""),
    ("the design is being read", {"state": "design_review"}, "12-24 02:00", PAUSED, None, ""),
    ("handed in", {"state": "submitted", "warned_at": "11-11 02:00"}, "12-24 02:00", PAUSED, None, ""),
    ("a hand-over waits for a maintainer", {"held_up": True, "warned_at": "11-11 02:00"}, "12-24 02:00", PAUSED, None, ""),
    ("the hand-over was refused", {"went_on_at": "11-20 09:00", "warned_at": "11-11 02:00"}, "11-21 02:00",
     RUNNING, "12-04", ""),
    ("handed in, back after a month", {"state": "changes_requested", "state_since": "12-10 17:00", "warned_at": "11-11 02:00",
                                       "newest_note_at": "11-08 09:00"}, "12-11 02:00", RUNNING, "12-24", ""),
    # no clock
    ("on the waitlist", {"state": "waiting"}, "12-24 02:00", STOPPED, None, ""),
    ("accepted", {"state": "accepted"}, "12-24 02:00", STOPPED, None, ""),
    ("lapsed", {"state": "lapsed", "warned_at": "11-11 02:00"}, "12-24 02:00", STOPPED, None, ""),
    ("released", {"state": "released"}, "12-24 02:00", STOPPED, None, ""),
    ("an ended claim isn't held up", {"state": "closed", "held_up": True}, "12-24 02:00", STOPPED, None, ""),
    # the job didn't run
    ("nobody warned for weeks", {}, "12-01 02:00", RUNNING, "12-05", "warn"),
    ("warned late", {"warned_at": "12-01 02:00"}, "12-05 23:59:59", WARNED, "12-05", ""),
    ("warned late, the end", {"warned_at": "12-01 02:00"}, "12-06 00:00", WARNED, "12-05", "lapse"),
    ("warned a day late", {"warned_at": "11-12 02:00"}, "11-16 02:00", WARNED, "11-16", ""),
    ("warned late in the evening", {"warned_at": "11-11 23:59:59"}, "11-16 00:00", WARNED, "11-15", "lapse"),
    ("warned on the last day", {"warned_at": "11-15 02:00"}, "11-16 00:00", WARNED, "11-19", ""),
    ("a warning of an earlier stretch", {"warned_at": "10-20 02:00"}, "11-20 02:00", RUNNING, "11-24", "warn"),
    # snoozed for 7 days: until the 22nd instead of the 15th
    ("snoozed before the warning", {"snoozed_until": "11-23 00:00"}, "11-11 02:00", SNOOZED, "11-22", ""),
    ("snoozed, its own warning", {"snoozed_until": "11-23 00:00"}, "11-18 00:00", SNOOZED, "11-22", "warn"),
    ("snoozed after the warning", {"snoozed_until": "11-23 00:00", "warned_at": "11-11 02:00"}, "11-16 02:00",
     SNOOZED, "11-22", ""),
    ("snoozed, and not warned again", {"snoozed_until": "11-23 00:00", "warned_at": "11-11 02:00"}, "11-23 02:00",
     SNOOZED, "11-27", "warn"),
    ("snoozed and warned again", {"snoozed_until": "11-23 00:00", "warned_at": "11-18 02:00"}, "11-22 23:59:59",
     WARNED, "11-22", ""),
    ("snoozed, the end", {"snoozed_until": "11-23 00:00", "warned_at": "11-18 02:00"}, "11-23 00:00",
     WARNED, "11-22", "lapse"),
    ("a note goes further than the snooze", {"snoozed_until": "11-23 00:00", "newest_note_at": "11-12 09:00"}, "11-12 10:00",
     RUNNING, "11-26", ""),
    ("a snooze goes further than a note", {"snoozed_until": "11-23 00:00", "newest_note_at": "11-05 09:00"}, "11-12 10:00",
     SNOOZED, "11-22", ""),
    ("a snooze of an earlier stretch", {"snoozed_until": "10-20 00:00"}, "11-11 00:00", RUNNING, "11-15", "warn"),
    ("a snooze that ends in the middle of a day counts to its end", {"snoozed_until": "11-22 15:00"}, "11-16 00:00",
     SNOOZED, "11-22", ""),
    # other numbers
    ("a warning on the day itself", {"warn_before_lapse_days": 0}, "11-14 23:59:59", RUNNING, "11-15", ""),
    ("a warning on the day itself, due", {"warn_before_lapse_days": 0}, "11-15 00:00", RUNNING, "11-15", "warn"),
    ("one day only", {"lapse_after_days": 1, "warn_before_lapse_days": 0, "warned_at": "11-02 02:00"}, "11-03 00:00",
     WARNED, "11-02", "lapse"),
]  # fmt: skip


def due(told: Facts, now: dt.datetime) -> str:
    found = clock(told, now)
    assert not (found.warning_due(now) and found.lapse_due(now))
    return "warn" if found.warning_due(now) else "lapse" if found.lapse_due(now) else ""


@pytest.mark.parametrize(
    ("told", "now", "state", "last", "then"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_clock(told: dict[str, Any], now: str, state: str, last: str | None, then: str) -> None:
    found = clock(facts(**told), at(now))
    assert found.state == state
    assert found.report_by == (at(last).date() if last else None)
    assert found.runs == (last is not None)
    assert due(facts(**told), at(now)) == then


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        # 1 November 10:00 is the same day everywhere here; the days end at other moments.
        (SHANGHAI, "11-15 15:59:59", ""), (SHANGHAI, "11-15 16:00:00", "lapse"),
        (UTC, "11-15 23:59:59", ""), (UTC, "11-16 00:00:00", "lapse"),
        (BERLIN, "11-15 22:59:59", ""), (BERLIN, "11-15 23:00:00", "lapse"),
        ("America/New_York", "11-16 04:59:59", ""), ("America/New_York", "11-16 05:00:00", "lapse"),
    ],
)  # fmt: skip
def test_days_are_those_of_the_programme(zone: str, now: str, then: str) -> None:
    """``now`` in UTC."""
    told = facts(zone, state_since="11-01 10:00", warned_at="11-11 02:00")
    assert due(told, at(now, UTC)) == then


@pytest.mark.parametrize(("zone", "since"), [(SHANGHAI, "10-31 16:30"), (BERLIN, "10-31 23:30")])
def test_a_step_counts_on_the_day_it_has_in_the_programmes_zone(zone: str, since: str) -> None:
    told = facts(zone, state_since=at(since, UTC))
    assert clock(told, at("11-02", zone)).report_by == dt.date(2026, 11, 15)


def test_a_day_of_23_hours_is_a_day() -> None:
    told = facts(BERLIN, state_since="03-20 10:00", warned_at="03-30 02:00")
    assert clock(told, at("03-31", BERLIN)).report_by == dt.date(2026, 4, 3)
    assert due(told, at("04-03 21:59:59", UTC)) == "" and due(told, at("04-03 22:00:00", UTC)) == "lapse"


def test_it_never_lapses_sooner_than_the_programmes_days_after_a_warning() -> None:
    """Whenever the warning came, and whenever the job looks."""
    for hours in range(0, 40 * 24, 7):
        warned_at = at("11-02") + dt.timedelta(hours=hours)
        told = facts(warned_at=warned_at)
        for later in range(0, 4 * 24, 5):
            assert due(told, warned_at + dt.timedelta(hours=later)) != "lapse"


# -- snoozing -------------------------------------------------------------------------------------


def test_a_snooze_adds_the_programmes_days() -> None:
    assert snoozed_until(facts(), at("11-03")) == at("11-23")
    assert snoozed_until(facts(warned_at="11-11 02:00"), at("11-15 23:59:59")) == at("11-23")
    assert snoozed_until(facts(), at("12-01")) == at("12-13"), "late: from the day on which it could lapse"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"state": "submitted"}, "paused"), ({"state": "applied"}, "paused"), ({"state": "lapsed"}, "doesn't run"),
        ({"snoozed_until": "10-20"}, "once"), ({"snooze_days": 0}, "has no snooze"),
    ],
)  # fmt: skip
def test_a_snooze_is_refused(told: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused) as caught:
        snoozed_until(facts(**told), at("11-11"))
    assert said in str(caught.value.message)


# -- undoing --------------------------------------------------------------------------------------

LAPSED = Lapsed(lapsed_at=at("11-16 02:00"), undo_days=3, zone=SHANGHAI, published=True, cycle_open=True, seats_free=1,
                held=(), limit=2)  # fmt: skip


def test_a_lapse_can_be_undone_until_the_third_day_ends() -> None:
    assert undo_until(LAPSED.lapsed_at, 3, SHANGHAI) == at("11-20")
    assert why_not_undone(LAPSED, at("11-19 23:59:59")) is None
    assert "until 19 November" in str(why_not_undone(LAPSED, at("11-20 00:00:00")))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"seats_free": 0}, "next person"), ({"published": False}, "isn't open"), ({"cycle_open": False}, "isn't open"),
        ({"held": ("AKG-1", "AKG-2")}, "holds 2 tasks"), ({"is_mentor": True}, "mentors this task"),
        ({"held": ("AKG-1",)}, ""),
    ],
)  # fmt: skip
def test_what_stands_against_undoing(told: dict[str, Any], said: str) -> None:
    changed = Lapsed(**{name: told.get(name, getattr(LAPSED, name)) for name in Lapsed.__slots__})
    reason = why_not_undone(changed, at("11-17"))
    assert said in str(reason) if said else reason is None


# -- late answers ---------------------------------------------------------------------------------


def wait(**told: Any) -> Wait:
    """Handed in on Monday 2 November, to be reviewed by Monday the 9th."""
    values = {"state": "submitted", "state_since": at("11-02 09:00"), "answer_by": at("11-09 23:59:59"), **told}
    return Wait(**values)


@pytest.mark.parametrize(
    ("told", "now", "is_due"),
    [
        ({}, "11-09 23:59:59", False), ({}, "11-10 00:00", True), ({"state": "applied"}, "11-10", True),
        ({"state": "design_review"}, "11-10", True), ({"state": "active"}, "11-10", False),
        ({"answer_by": None}, "11-10", False), ({"escalated_at": at("11-10 02:00")}, "11-20", False),
        ({"escalated_at": at("10-20 02:00")}, "11-10", True),
    ],
)  # fmt: skip
def test_when_somebody_else_is_asked(told: dict[str, Any], now: str, is_due: bool) -> None:
    assert escalation_due(wait(**told), at(now)) is is_due


CLOSE = {"accept_by": dt.date(2026, 11, 12), "escalated_at": at("11-10 02:00")}


@pytest.mark.parametrize(
    ("told", "now", "is_due"),
    [
        ({}, "11-12 23:59:59", False),  # the last day isn't over
        ({}, "11-13 00:00:00", True),  # passed on on Tuesday: Wednesday and Thursday were the chance
        ({"escalated_at": at("11-12 02:00")}, "11-16 23:59:59", False),  # Friday and Monday
        ({"escalated_at": at("11-12 02:00")}, "11-17 00:00", True),
        ({"escalated_at": None}, "12-24", False), ({"escalated_at": at("10-20")}, "12-24", False),
        ({"accept_by": None}, "12-24", False), ({"state": "applied"}, "12-24", False),
        ({"state": "changes_requested"}, "12-24", False), ({"state": "design_review"}, "11-13", True),
        # the reviewer had still time when the last day ended: they may accept it afterwards
        ({"accept_by": dt.date(2026, 11, 9)}, "11-16", True), ({"accept_by": dt.date(2026, 11, 8)}, "12-24", False),
    ],
)  # fmt: skip
def test_when_a_claim_is_closed_for_a_late_review(told: dict[str, Any], now: str, is_due: bool) -> None:
    assert late_close_due(wait(**{**CLOSE, **told}), at(now)) is is_due


def test_the_chance_is_two_days_that_people_work() -> None:
    closed = WorkingDays([ExtraDay(dt.date(2026, 11, 11), False, "Moving house", "")])
    assert late_close_due(wait(**CLOSE), at("11-13"))
    assert not late_close_due(wait(**CLOSE), at("11-13"), closed)


def test_who_is_asked() -> None:
    mentor, busy, free = Candidate(1, 0, mentors=True), Candidate(2, 3), Candidate(3, 1)
    admin = Candidate(9, 0)
    assert second_person([mentor, busy, free], [admin]) == 3
    assert second_person([mentor, busy], [admin]) == 2
    assert second_person([mentor], [admin]) == 1, "a maintainer who mentors it before an administrator"
    assert second_person([], [Candidate(8, 2), admin]) == 9
    assert second_person([], []) is None
    assert second_person([Candidate(5, 1), Candidate(4, 1)], []) == 4


@pytest.mark.parametrize(
    ("now", "is_due"),
    [("11-17 23:59:59", False), ("11-18 00:00:00", True), ("11-20 18:59:59", True), ("11-20 19:00:00", False)],
)
def test_a_report_is_asked_for_from_two_days_before_until_the_meeting_begins(now: str, is_due: bool) -> None:
    assert reminder_due(at("11-20 19:00"), SHANGHAI, at(now)) is is_due
