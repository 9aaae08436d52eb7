"""Meetings and public holidays: skipped, postponed, kept, confirmed.

The days are those of the State Council's notice 国办发明电〔2025〕7号 of 4 November 2025: Spring Festival 15 to 23
February 2026 with 14 and 28 February worked, National Day 1 to 7 October with 20 September and 10 October worked.
"""

from __future__ import annotations

import datetime as dt

import pytest

from tests.schedule.asking import days_of, line, lines, note, weekly
from tracker.schedule.rules import parse_rule
from tracker.working_days import ExtraDay, WorkingDays

D = dt.date
FRIDAYS = weekly("fri", anchor="2026-01-02")


def test_meetings_on_holidays_are_skipped_with_the_holidays_name() -> None:
    found = days_of(FRIDAYS, "2026-02-13", "2026-02-27")
    assert [line(one) for one in found] == ["2026-02-13 planned", "2026-02-20 skipped", "2026-02-27 planned"]
    assert str(found[1].holiday).startswith("Chinese New Year (Spring Festival)")
    assert note(found[1]) == str(found[1].holiday)
    assert found[0].holiday == ""


@pytest.mark.parametrize(
    ("days", "first", "last", "expected"),
    [
        # Spring Festival: the next working day after the 23rd is Tuesday the 24th.
        ("mon", "2026-02-09", "2026-03-02", ["2026-02-09 planned", "2026-02-23 skipped", "2026-02-24 postponed", "2026-03-02 planned"]),
        ("fri", "2026-02-13", "2026-02-27", ["2026-02-13 planned", "2026-02-24 postponed", "2026-02-27 planned"]),
        # Tuesday the 24th is the series' own day: nothing can be put off to it.
        ("tue", "2026-02-10", "2026-02-24", ["2026-02-10 planned", "2026-02-17 skipped", "2026-02-24 planned"]),
        # A worked Saturday takes no meeting from the holidays before it: Thursday 8 October comes first.
        ("thu", "2026-09-24", "2026-10-15", ["2026-09-24 planned", "2026-10-01 skipped", "2026-10-08 planned", "2026-10-15 planned"]),
        ("wed", "2026-09-30", "2026-10-14", ["2026-09-30 planned", "2026-10-08 postponed", "2026-10-14 planned"]),
        ("fri", "2026-09-25", "2026-10-09", ["2026-09-28 postponed", "2026-10-08 postponed", "2026-10-09 planned"]),
        # New Year: Friday the 2nd is off, Sunday the 4th is worked.
        ("fri", "2026-01-01", "2026-01-10", ["2026-01-04 postponed", "2026-01-09 planned"]),
        # A weekend rule: only the holidays are in its way, and the weekend days that are worked aren't.
        ("sat", "2026-02-07", "2026-02-28", ["2026-02-07 planned", "2026-02-14 planned", "2026-02-24 postponed", "2026-02-28 planned"]),
        ("sun", "2026-09-20", "2026-10-11", ["2026-09-20 planned", "2026-09-28 postponed", "2026-10-08 postponed", "2026-10-11 planned"]),
    ],
)  # fmt: skip
def test_meetings_on_holidays_are_postponed_to_the_next_working_day(
    days: str, first: str, last: str, expected: list[str]
) -> None:
    anchor = "2026-01-02" if days == "fri" else "2026-02-02"
    assert lines(weekly(days, anchor=anchor), first, last, policy="postpone") == expected


def test_a_postponed_meeting_says_from_when_and_why() -> None:
    [one] = days_of(FRIDAYS, "2026-02-24", "2026-02-24", policy="postpone")
    assert one.rule_day == D(2026, 2, 20)
    assert note(one).startswith("postponed from 2026-02-20: Chinese New Year (Spring Festival)")
    assert one.starts_at == dt.datetime(2026, 2, 24, 6, tzinfo=dt.UTC)


def test_what_cannot_be_put_off_says_what_is_in_the_way() -> None:
    [one] = days_of(weekly("tue", anchor="2026-02-03"), "2026-02-17", "2026-02-17", policy="postpone")
    assert "the next working day, 2026-02-24, has a meeting of this series already" in note(one)


def test_of_two_meetings_put_off_to_the_same_day_the_second_is_skipped() -> None:
    rule = weekly("thu fri", anchor="2026-09-28", every=2)
    assert lines(rule, "2026-10-01", "2026-10-09", policy="postpone") == ["2026-10-02 skipped", "2026-10-08 postponed"]


def test_kept_meetings_name_the_holiday_they_are_on() -> None:
    [one] = days_of(FRIDAYS, "2026-02-20", "2026-02-20", policy="keep")
    assert one.state == "planned"
    assert note(one).startswith("on a holiday: Chinese New Year (Spring Festival)")


def test_a_plain_weekend_is_in_nobodys_way_and_a_worked_one_is_noted() -> None:
    found = days_of(weekly("sat", anchor="2026-02-07"), "2026-02-07", "2026-02-14")
    assert [line(one) for one in found] == ["2026-02-07 planned", "2026-02-14 planned"]
    assert [note(one) for one in found] == ["", "a weekend day that is worked"]


def test_the_weekend_of_a_holiday_belongs_to_it() -> None:
    """The notice counts 25 to 27 September as the Mid-Autumn holidays: the Saturday is off as well."""
    assert lines(weekly("sat", anchor="2026-09-19"), "2026-09-19", "2026-10-10") == [
        "2026-09-19 planned", "2026-09-26 skipped", "2026-10-03 skipped", "2026-10-10 planned",
    ]  # fmt: skip


def test_days_that_were_added_count() -> None:
    calendar = WorkingDays(
        [ExtraDay(D(2026, 11, 27), False, "Move", "搬迁"), ExtraDay(D(2026, 11, 28), True, "Make-up day", "补班")]
    )
    rule = weekly("fri", anchor="2026-11-20")
    skipped, planned = days_of(rule, "2026-11-27", "2026-12-04", calendar=calendar)
    assert (line(skipped), note(skipped), line(planned)) == ("2026-11-27 skipped", "Move", "2026-12-04 planned")
    assert lines(rule, "2026-11-27", "2026-12-03", calendar=calendar, policy="postpone") == ["2026-11-28 postponed"]


def test_a_holiday_that_was_declared_a_working_day_is_no_holiday() -> None:
    calendar = WorkingDays([ExtraDay(D(2027, 1, 1), True, "Release", "发布")])
    assert lines(weekly("fri", anchor="2027-01-01"), "2027-01-01", "2027-01-01", calendar=calendar) == [
        "2027-01-01 planned"
    ]


def test_after_a_month_without_working_days_nothing_is_put_off() -> None:
    closed = [ExtraDay(D(2026, 7, 1) + dt.timedelta(days=n), False, "Summer", "暑假") for n in range(40)]
    rule = weekly("wed", every=8, anchor="2026-07-01")
    found = days_of(rule, "2026-07-01", "2026-08-31", policy="postpone", calendar=WorkingDays(closed))
    assert [line(one) for one in found] == ["2026-07-01 skipped", "2026-08-26 planned"]
    assert note(found[0]) == "Summer; no working day within 31 days"


# -- a person confirms the day --------------------------------------------------------------------

WEEKENDS = weekly("sat sun", 2, "2026-11-07", confirm_day=True)


def test_the_first_possible_day_is_shown_and_the_others_are_in_the_note() -> None:
    found = days_of(WEEKENDS, "2026-11-01", "2026-11-30")
    assert [line(one) for one in found] == ["2026-11-07 to_confirm", "2026-11-21 to_confirm"]
    assert found[0].choices == (D(2026, 11, 7), D(2026, 11, 8))
    assert note(found[0]) == "or 2026-11-08"


def test_holidays_are_no_choice() -> None:
    closed = WorkingDays([ExtraDay(D(2026, 11, 7), False, "Fair", "博览会")])
    [one] = days_of(WEEKENDS, "2026-11-07", "2026-11-08", calendar=closed)
    assert (line(one), one.rule_day, one.choices) == ("2026-11-08 to_confirm", D(2026, 11, 7), (D(2026, 11, 8),))
    assert note(one) == "not 2026-11-07: Fair"
    [kept] = days_of(WEEKENDS, "2026-11-07", "2026-11-08", calendar=closed, policy="keep")
    assert (line(kept), len(kept.choices)) == ("2026-11-07 to_confirm", 2)


def test_a_turn_without_choices_is_skipped_or_postponed() -> None:
    rule = weekly("sat sun", 2, "2026-10-03", confirm_day=True)
    [skipped] = days_of(rule, "2026-10-03", "2026-10-10")
    assert (line(skipped), skipped.choices) == ("2026-10-03 skipped", ())
    [postponed] = days_of(rule, "2026-10-03", "2026-10-10", policy="postpone")
    assert (line(postponed), postponed.choices) == ("2026-10-08 postponed", ())


def test_any_day_of_the_month_begins_with_the_anchors_day() -> None:
    rule = parse_rule({"every_months": 3, "confirm_day": True, "anchor": "2026-10-01"})
    october, january = days_of(rule, "2026-10-01", "2027-03-31")
    assert (line(october), line(january)) == ("2026-10-08 to_confirm", "2027-01-04 to_confirm")
    assert (october.choices[0], october.choices[-1]) == (D(2026, 10, 8), D(2026, 12, 31))
    assert note(october) == "any day until 2026-12-31 but holidays"
    assert note(january).startswith("any day until 2027-03-31 but holidays; provisional")
    plain = parse_rule({"every_months": 1, "confirm_day": True, "anchor": "2026-11-01"})
    assert [note(one) for one in days_of(plain, "2026-11-01", "2026-11-30")] == ["any day until 2026-11-30"]


def test_a_single_day_to_confirm_has_one_choice() -> None:
    rule = parse_rule({"nth": [1], "weekday": "friday", "confirm_day": True})
    [one] = days_of(rule, "2026-11-01", "2026-11-30")
    assert (line(one), one.choices, note(one)) == ("2026-11-06 to_confirm", (D(2026, 11, 6),), "")
