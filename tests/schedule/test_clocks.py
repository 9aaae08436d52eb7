"""Clock times in several zones, summer time and holidays: what each comes to in UTC."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.schedule.asking import days_of, lines, note, weekly
from tracker.errors import Refused
from tracker.schedule.occurrences import impossible_starts
from tracker.schedule.rules import WEEKDAYS, parse_rule

SHANGHAI, BERLIN, NEW_YORK, LORD_HOWE = "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
#: zone, day there, wanted start, what it is in UTC (day-month hour:minute), state, a part of the note.
TABLE = [
    # Shanghai: one offset all year.
    (SHANGHAI, "2026-11-06", "14:00", "06-11 06:00", "planned", ""),
    (SHANGHAI, "2026-03-29", "02:30", "28-03 18:30", "planned", ""),
    (SHANGHAI, "2026-07-15", "00:00", "14-07 16:00", "planned", ""),
    (SHANGHAI, "2026-12-31", "23:59", "31-12 15:59", "planned", "ends on 2027-01-01"),
    (SHANGHAI, "2027-01-01", "14:00", "01-01 06:00", "skipped", "New Year's Day; provisional"),
    (SHANGHAI, "2026-10-01", "16:30", "01-10 08:30", "skipped", "National Day"),
    (SHANGHAI, "2026-10-04", "19:00", "04-10 11:00", "skipped", "National Day holidays"),
    (SHANGHAI, "2026-02-14", "19:00", "14-02 11:00", "planned", "a weekend day that is worked"),
    # Berlin: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    (BERLIN, "2026-03-28", "10:00", "28-03 09:00", "planned", ""),
    (BERLIN, "2026-03-29", "10:00", "29-03 08:00", "planned", ""),
    (BERLIN, "2026-03-29", "01:59", "29-03 00:59", "planned", ""),
    (BERLIN, "2026-03-29", "02:00", "29-03 01:00", "planned", "the clocks skip 02:00 on this day: it begins at 03:00"),
    (BERLIN, "2026-03-29", "02:30", "29-03 01:00", "planned", "it begins at 03:00"),
    (BERLIN, "2026-03-29", "02:59", "29-03 01:00", "planned", "it begins at 03:00"),
    (BERLIN, "2026-03-29", "03:00", "29-03 01:00", "planned", ""),
    (BERLIN, "2026-10-24", "10:00", "24-10 08:00", "planned", ""),
    (BERLIN, "2026-10-25", "10:00", "25-10 09:00", "planned", ""),
    (BERLIN, "2026-10-25", "01:59", "24-10 23:59", "planned", ""),
    (BERLIN, "2026-10-25", "02:00", "25-10 00:00", "planned", "twice on this day: the first is meant"),
    (BERLIN, "2026-10-25", "02:30", "25-10 00:30", "planned", "the clocks show 02:30 twice"),
    (BERLIN, "2026-10-25", "03:00", "25-10 02:00", "planned", ""),
    (BERLIN, "2026-10-02", "10:00", "02-10 08:00", "skipped", "National Day"),
    (BERLIN, "2027-01-01", "00:30", "31-12 23:30", "skipped", "New Year's Day"),
    # New York: summer time from 8 March 07:00 UTC to 1 November 06:00 UTC.
    (NEW_YORK, "2026-03-07", "10:00", "07-03 15:00", "planned", ""),
    (NEW_YORK, "2026-03-08", "10:00", "08-03 14:00", "planned", ""),
    (NEW_YORK, "2026-03-08", "02:15", "08-03 07:00", "planned", "the clocks skip 02:15 on this day: it begins at 03:00"),
    (NEW_YORK, "2026-10-31", "10:00", "31-10 14:00", "planned", ""),
    (NEW_YORK, "2026-11-01", "10:00", "01-11 15:00", "planned", ""),
    (NEW_YORK, "2026-11-01", "01:30", "01-11 05:30", "planned", "twice"),
    (NEW_YORK, "2026-11-01", "02:00", "01-11 07:00", "planned", ""),
    (NEW_YORK, "2026-12-31", "20:00", "01-01 01:00", "planned", ""),
    (NEW_YORK, "2026-02-17", "20:00", "18-02 01:00", "skipped", "Chinese New Year (Spring Festival)"),
    # Lord Howe: half an hour, from 4 October 15:30 UTC the day before to 5 April 15:00 UTC the day before.
    (LORD_HOWE, "2026-10-03", "10:00", "02-10 23:30", "skipped", "National Day"),
    (LORD_HOWE, "2027-04-03", "10:00", "02-04 23:00", "skipped", "Tomb-Sweeping Day"),
    (LORD_HOWE, "2026-10-11", "10:00", "10-10 23:00", "planned", ""),
    (LORD_HOWE, "2025-10-12", "10:00", "11-10 23:00", "planned", ""),
    (LORD_HOWE, "2024-04-14", "10:00", "13-04 23:30", "planned", ""),
    (LORD_HOWE, "2023-10-01", "02:10", "30-09 15:30", "skipped", "the clocks skip 02:10 on this day: it begins at 02:30"),
    (LORD_HOWE, "2013-04-07", "01:45", "06-04 14:45", "planned", "twice"),
    (LORD_HOWE, "2013-04-07", "02:00", "06-04 15:30", "planned", "a weekend day that is worked"),
    # A skipped midnight, a skipped evening and a skipped day.
    ("America/Sao_Paulo", "2018-11-04", "00:30", "04-11 03:00", "planned", "it begins at 01:00"),
    ("Africa/Cairo", "2026-04-24", "00:00", "23-04 22:00", "planned", "it begins at 01:00"),
    ("America/Nuuk", "2025-03-29", "23:30", "30-03 01:00", "skipped", "America/Nuuk skip the rest of this day"),
    ("Pacific/Apia", "2011-12-29", "10:00", "29-12 20:00", "planned", ""),
    ("Pacific/Apia", "2011-12-30", "10:00", "30-12 10:00", "skipped", "Pacific/Apia skip the rest of this day"),
    ("Pacific/Apia", "2011-12-31", "10:00", "30-12 20:00", "planned", "a weekend day that is worked"),
    # Quarter hours.
    ("Asia/Kathmandu", "2026-11-20", "10:00", "20-11 04:15", "planned", ""),
    ("Asia/Kolkata", "2026-11-20", "05:00", "19-11 23:30", "planned", ""),
    ("UTC", "2026-11-20", "05:00", "20-11 05:00", "planned", ""),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "start", "utc", "state", "says"), TABLE)
def test_a_start_is_a_time_on_the_clocks_of_the_zone(
    zone: str, day: str, start: str, utc: str, state: str, says: str
) -> None:
    rule = weekly(WEEKDAYS[dt.date.fromisoformat(day).weekday()][:3], anchor=day)
    [one] = days_of(rule, day, day, start=start, zone=zone, minutes=90)
    assert (f"{one.starts_at:%d-%m %H:%M}", one.state) == (utc, state)
    assert one.starts_at.tzinfo is dt.UTC
    assert one.ends_at - one.starts_at == dt.timedelta(minutes=90)
    assert says in note(one) if says else note(one) == ""


def test_a_series_keeps_its_clock_time_through_summer_time() -> None:
    found = days_of(weekly("sun", anchor="2026-03-22"), "2026-03-22", "2026-04-12", zone=BERLIN, start="10:00")
    assert [f"{one.starts_at:%d %H:%M}" for one in found] == ["22 09:00", "29 08:00", "05 08:00", "12 08:00"]


def test_a_form_can_ask_on_which_days_the_time_does_not_exist() -> None:
    sundays = weekly("sun", anchor="2026-01-04")
    year = {"first": dt.date(2026, 1, 1), "last": dt.date(2027, 12, 31)}
    assert impossible_starts(sundays, start=dt.time(2, 30), zone=BERLIN, **year) == [
        dt.date(2026, 3, 29),
        dt.date(2027, 3, 28),
    ]
    assert impossible_starts(sundays, start=dt.time(10), zone=BERLIN, **year) == []
    assert impossible_starts(sundays, start=dt.time(2, 30), zone=SHANGHAI, **year) == []


# -- which days -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "first", "last", "days"),
    [
        ({"every_weeks": 2, "weekdays": ["saturday"], "anchor": "2026-11-07"}, "2026-11-01", "2026-12-06", "11-07 11-21 12-05"),
        ({"every_weeks": 2, "weekdays": ["saturday"]}, "2026-11-08", "2026-12-12", "11-14 11-28 12-12"),
        ({"every_weeks": 2, "weekdays": ["saturday"], "anchor": "2026-11-04"}, "2026-11-01", "2026-11-30", "11-07 11-21"),
        ({"every_weeks": 2, "weekdays": ["monday", "saturday"], "anchor": "2026-11-07"}, "2026-11-01", "2026-11-30", "11-07 11-16 11-21 11-30"),
        ({"iso_weeks": "odd", "weekday": "friday"}, "2026-11-01", "2026-12-31", "11-06 11-20 12-04 12-18"),
        ({"iso_weeks": "even", "weekday": "friday"}, "2026-12-10", "2027-01-20", "12-11 12-25 01-15"),
        ({"iso_weeks": "even", "weekday": "friday", "anchor": "2026-12-12"}, "2026-12-01", "2026-12-31", "12-25"),
        ({"nth": [5], "weekday": "monday"}, "2026-11-01", "2027-03-31", "11-30 03-29"),
        ({"nth": [1, 3], "weekday": "friday"}, "2026-11-01", "2026-12-31", "11-06 11-20 12-04 12-18"),
        ({"last": "friday"}, "2026-11-01", "2027-01-31", "11-27 12-25 01-29"),
        ({"every_months": 2, "nth": [2], "weekday": "tuesday"}, "2026-11-21", "2027-04-30", "12-08 02-09 04-13"),
        ({"every_months": 2, "nth": [2], "weekday": "tuesday", "anchor": "2026-11-01"}, "2026-11-21", "2027-04-30", "01-12 03-09"),
        ({"every_months": 3, "last": "friday", "anchor": "2026-11-01"}, "2026-11-01", "2027-06-30", "11-27 02-26 05-28"),
        ({"every_months": 1, "anchor": "2026-01-31"}, "2026-02-01", "2026-06-30", "02-28 03-31 04-30 05-31 06-30"),
        ({"every_months": 3}, "2026-11-21", "2027-06-30", "11-21 02-21 05-21"),
        ({"ad_hoc": True}, "2026-11-01", "2027-06-30", ""),
    ],
)  # fmt: skip
def test_a_rule_names_its_days(rule: dict[str, object], first: str, last: str, days: str) -> None:
    assert [f"{one.day:%m-%d}" for one in days_of(parse_rule(rule), first, last, policy="keep")] == days.split()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"zone": "Asia/Peking"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"zone": "/etc/passwd"}, "zone"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"start": "14:00+08:00"}, "start"),
    ],
)
def test_it_refuses_what_no_meeting_has(options: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        days_of(weekly("fri"), "2026-11-01", "2026-11-30", **options)  # type: ignore[arg-type]
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("first", "last", "field", "says"),
    [
        ("2026-11-02", "2026-11-01", "last", "Exchange them"),
        ("2026-11-01", "2031-11-02", "last", "five years"),
        ("2000-12-31", "2001-01-31", "first", "2001 to 2099"),
        ("2099-12-01", "2100-01-01", "last", "2001 to 2099"),
    ],
)
def test_it_refuses_stretches_nobody_plans(first: str, last: str, field: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        days_of(weekly("fri"), first, last)
    assert refusal.value.field == field


def test_five_years_at_once_are_possible_also_at_the_ends_of_the_calendar() -> None:
    every_day = weekly("mon tue wed thu fri sat sun")
    assert len(lines(every_day, "2024-01-01", "2028-12-31", policy="keep")) == 1827
    assert len(lines(every_day, "2001-01-01", "2001-01-07", policy="postpone")) == 7
    assert lines(every_day, "2099-12-31", "2099-12-31") == ["2099-12-31 planned"]
    assert lines(parse_rule({"every_months": 24, "confirm_day": True}), "2099-12-31", "2099-12-31") == [
        "2099-12-31 to_confirm"
    ]
