"""Rules of meetings and reports."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import Refused
from tracker.meetings import rules

NOW = dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)


def test_a_local_time_is_read_in_its_zone():
    found = rules.start_of(dt.date(2026, 11, 21), dt.time(19), "Asia/Shanghai")
    assert found == dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)


def test_an_hour_that_summer_time_skips_is_refused(app):
    with pytest.raises(Refused) as refusal:
        rules.start_of(dt.date(2026, 3, 29), dt.time(2, 30), "Europe/Berlin")
    assert refusal.value.field == "start"
    assert "02:30 doesn't exist" in str(refusal.value) and "29 March 2026" in str(refusal.value)


def test_of_an_hour_that_comes_twice_it_takes_the_first():
    found = rules.start_of(dt.date(2026, 10, 25), dt.time(2, 30), "Europe/Berlin")
    assert found == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)), st.integers(0, 1439))
def test_every_time_of_a_zone_without_summer_time_exists(day, minute):
    time = dt.time(minute // 60, minute % 60)
    found = rules.start_of(day, time, "Asia/Shanghai")
    assert found == dt.datetime.combine(day, time, dt.UTC) - dt.timedelta(hours=8)


@pytest.mark.parametrize(
    ("days", "minutes", "field"),
    [(-367, 90, "starts_on"), (732, 90, "starts_on"), (1, 4, "minutes_long"), (1, 10_081, "minutes_long")],
)
def test_impossible_times_are_refused(days, minutes, field):
    with pytest.raises(Refused) as refusal:
        rules.check_time(NOW + dt.timedelta(days=days), minutes, NOW)
    assert refusal.value.field == field


@pytest.mark.parametrize("days", [-365, 0, 730])
def test_possible_times_are_not(days):
    rules.check_time(NOW + dt.timedelta(days=days), 5, NOW)


@pytest.mark.parametrize("state", rules.REPORTED)
def test_live_held_claims_are_reported_on(state):
    rules.check_report(state, state, "AKG-2026Q4-001", 0, "Read the paper.")


@pytest.mark.parametrize(
    ("state", "why"),
    [("applied", "isn't answered yet"), ("waiting", "on the waitlist"), ("accepted", "in the state “accepted”"),
     ("released", "in the state “released”")],
)  # fmt: skip
def test_other_claims_are_refused_naming_the_state(app, state, why):
    with pytest.raises(Refused, match=why):
        rules.check_report(state, state, "AKG-2026Q4-001", 10, "Much.")


@pytest.mark.parametrize(
    ("percent", "done", "field"), [(-1, "x", "percent"), (101, "x", "percent"), (1, " \n", "done")]
)
def test_a_report_without_shape_is_refused_at_the_field(percent, done, field):
    with pytest.raises(Refused) as refusal:
        rules.check_report("active", "active", "AKG-2026Q4-001", percent, done)
    assert refusal.value.field == field


def counts(meeting, written_days, since_days=-14):
    since = None if since_days is None else NOW + dt.timedelta(days=since_days)
    written = NOW + dt.timedelta(days=written_days)
    return rules.counts_for(1, since, NOW, note_meeting_id=meeting, written_at=written)


def test_a_note_counts_when_it_names_the_meeting_or_fell_between_two():
    assert counts(1, -100) and counts(1, 3)
    assert counts(None, -13) and counts(2, -13)
    assert counts(None, -100, since_days=None)
    assert not counts(None, -14) and not counts(None, 1)


def test_a_stale_version_says_who_changed_what(app):
    rules.check_version(3, 3, [])
    with pytest.raises(Refused, match="Mona, Max changed this since you opened the page: place, start"):
        rules.check_version(1, 3, [rules.Change("Mona", ["place"]), rules.Change("Max", ["starts_at", "place"])])
    with pytest.raises(Refused, match="was changed since"):
        rules.check_version(1, 2, [])
