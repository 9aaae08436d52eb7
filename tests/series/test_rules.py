"""Rules of series: which days are planned, what is refused and warned of."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.series.test_changes import RULES
from tracker.errors import Refused
from tracker.series import rules
from tracker.working_days import CHINA

NOW = dt.datetime(2026, 11, 21, 2, tzinfo=dt.UTC)  # a Saturday, 10:00 in Beijing


def timing(**fields) -> rules.Timing:
    values = {"rule": {"last": "friday"}, "start": dt.time(19), "time_zone": "Asia/Shanghai", "minutes_long": 90,
              "holidays": "skip", "starts_on": dt.date(2026, 11, 21), **fields}  # fmt: skip
    return rules.timing(**values)


def upcoming(when: rules.Timing, now: dt.datetime = NOW, **fields) -> list[str]:
    return [one.day.isoformat() for one in rules.upcoming(when, now=now, calendar=CHINA, **fields)]


@pytest.mark.parametrize(
    ("rule", "anchor"),
    [
        ({"every_weeks": 2, "weekdays": ["monday"]}, "2026-11-23"),
        ({"every_weeks": 2, "weekdays": ["saturday", "sunday"]}, "2026-11-21"),
        ({"every_months": 3, "nth": [1], "weekday": "monday"}, "2026-12-07"),
        ({"every_months": 5}, "2026-11-21"),
        # Any day of a month, a quarter, a half year is one of the calendar's.
        ({"every_months": 1, "confirm_day": True}, "2026-11-01"),
        ({"every_months": 3, "confirm_day": True}, "2026-10-01"),
        ({"every_months": 6, "confirm_day": True}, "2026-07-01"),
        ({"every_months": 5, "confirm_day": True}, "2026-11-01"),
        ({"every_weeks": 2, "weekdays": ["monday"], "anchor": "2020-01-06"}, "2020-01-06"),
    ],
)
def test_a_rule_that_counts_gets_the_day_it_counts_from(rule, anchor):
    assert timing(rule=rule).rule.anchor == dt.date.fromisoformat(anchor)


def test_a_rule_that_doesnt_count_gets_none():
    assert timing(rule={"iso_weeks": "odd", "weekday": "friday"}).rule.anchor is None


@settings(deadline=None)
@given(RULES, st.sampled_from(["skip", "postpone", "keep"]), st.integers(0, 400))
def test_what_is_planned_stays_planned_as_time_goes_by(rule, holidays, later):
    """Extending a series later never changes a day that was planned before."""
    when = timing(rule=rule, holidays=holidays)
    now = NOW + dt.timedelta(days=later)
    before = {one.rule_day: one for one in rules.upcoming(when, now=NOW, calendar=CHINA)}
    for one in rules.upcoming(when, now=now, calendar=CHINA):
        known = before.get(one.rule_day)
        if known is not None and known.state != "to_confirm":
            assert one == known
        elif known is not None:
            assert set(one.choices) <= set(known.choices)


@settings(deadline=None)
@given(RULES, st.integers(0, 400))
def test_everything_planned_is_ahead_and_there_are_enough(rule, later):
    when = timing(rule=rule, holidays="keep")
    now = NOW + dt.timedelta(days=later)
    found = rules.upcoming(when, now=now, calendar=CHINA)
    assert all(one.starts_at > now for one in found)
    assert [one.rule_day for one in found] == sorted({one.rule_day for one in found})
    far = now + dt.timedelta(days=rules.FURTHEST + 1)
    assert all(one.starts_at <= far for one in found)
    assert len(found) >= rules.AT_LEAST or rule.get("every_months", 1) > 1 or rule.get("nth") == [5]


def test_the_last_day_ends_it():
    assert upcoming(timing(ends_on=dt.date(2026, 12, 25))) == ["2026-11-27", "2026-12-25"]
    assert upcoming(timing(ends_on=dt.date(2026, 11, 25))) == []
    assert upcoming(timing(ends_on=dt.date(2026, 12, 25)), now=dt.datetime(2027, 1, 1, tzinfo=dt.UTC)) == []


def test_a_meeting_of_today_that_has_begun_isnt_planned():
    weekly = timing(rule={"every_weeks": 1, "weekdays": ["saturday"]}, start=dt.time(9))
    assert upcoming(weekly)[0] == "2026-11-28"


@pytest.mark.parametrize("rule", [{"every_weeks": 52, "weekdays": ["monday"]}, {"every_months": 24, "confirm_day": True},
                                  {"every_months": 24, "nth": [5], "weekday": "friday"}, {"ad_hoc": True}])  # fmt: skip
def test_a_rare_rule_isnt_taken_for_one_that_never_occurs(rule):
    rules.check_occurs(timing(rule=rule), now=NOW, calendar=CHINA)


def test_a_rule_of_which_nothing_is_left_is_refused(app):
    when = timing(rule={"every_weeks": 1, "weekdays": ["friday"], "anchor": "2045-01-01"})
    with pytest.raises(Refused, match="comes to no day from 21 November 2026") as refusal:
        rules.check_occurs(when, now=NOW, calendar=CHINA)
    assert refusal.value.field == "rule"


def test_a_name_that_promises_more_than_the_days_keep_is_warned_of(app):
    when = timing(rule={"nth": [1, 3], "weekday": "friday"})
    found = rules.upcoming(when, now=NOW, calendar=CHINA)
    [said] = rules.warnings(when, found, CHINA)
    assert "It sounds like every 14 days, and isn't" in str(said) and "first 21 days from" not in str(said)[:20]
    weekly = timing(rule={"every_weeks": 2, "weekdays": ["friday"]})
    assert rules.warnings(weekly, rules.upcoming(weekly, now=NOW, calendar=CHINA), CHINA) == []


def test_what_many_dates_share_is_said_once():
    assert rules.footnotes([["a", "x"], ["x"], ["b"], ["x"], []]) == ([["a"], [], ["b"], [], []], ["x"])
    assert rules.footnotes([["x"], ["x"]]) == ([["x"], ["x"]], [])
