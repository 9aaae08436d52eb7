"""The calendar of China: what is off, why, and what an administrator lays over it."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask_babel import force_locale

from tracker.working_days import CHINA, ExtraDay, WorkingDays, add_working_days, holidays_of, make_up_days_of

D = dt.date


def _days(year: int, *stretches: tuple[tuple[int, int], tuple[int, int]]) -> set[dt.date]:
    found = set()
    for first, last in stretches:
        day = D(year, *first)
        while day <= D(year, *last):
            found.add(day)
            day += dt.timedelta(days=1)
    return found


#: State Council notice 国办发明电〔2025〕7号 of 4 November 2025 on the holidays of 2026.
OFF_2026 = _days(
    2026,
    ((1, 1), (1, 3)),  # New Year's Day
    ((2, 15), (2, 23)),  # Spring Festival
    ((4, 4), (4, 6)),  # Tomb-Sweeping Day
    ((5, 1), (5, 5)),  # Labour Day
    ((6, 19), (6, 21)),  # Dragon Boat Festival
    ((9, 25), (9, 27)),  # Mid-Autumn Festival
    ((10, 1), (10, 7)),  # National Day
)
WORKED_2026 = {D(2026, 1, 4), D(2026, 2, 14), D(2026, 2, 28), D(2026, 5, 9), D(2026, 9, 20), D(2026, 10, 10)}


def test_the_calendar_of_2026_is_that_of_the_state_councils_notice() -> None:
    year = _days(2026, ((1, 1), (12, 31)))
    assert {day for day in year if CHINA.is_holiday(day)} == OFF_2026
    assert {day for day in year if CHINA.is_make_up_day(day)} == WORKED_2026
    assert set(make_up_days_of(2026)) == WORKED_2026
    assert {day for day, _name in holidays_of(2026)} <= OFF_2026


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (D(2026, 1, 1), "New Year's Day"),
        (D(2026, 1, 2), "New Year's Day: day off, 4 January 2026 is worked instead"),
        (D(2026, 1, 3), "New Year's Day holidays"),
        (D(2026, 2, 20), "Chinese New Year (Spring Festival): day off, 14 February 2026 is worked instead"),
        (D(2026, 2, 23), "Chinese New Year (Spring Festival): day off, 28 February 2026 is worked instead"),
        (D(2026, 10, 7), "National Day: day off, 10 October 2026 is worked instead"),
        (D(2026, 11, 21), "weekend"),
        (D(2026, 11, 20), ""),
        (D(2026, 10, 10), ""),
    ],
)
def test_a_day_off_says_why(day: dt.date, name: str) -> None:
    assert str(CHINA.name_of(day)) == name


def test_a_day_off_says_why_in_chinese(app: Flask) -> None:
    extra = WorkingDays(
        [ExtraDay(D(2026, 12, 24), False, "Move", "搬迁"), ExtraDay(D(2026, 12, 25), False, "Move", "")]
    )
    with app.test_request_context("/"), force_locale("zh_Hans_CN"):
        assert str(CHINA.name_of(D(2026, 2, 17))) == "春节"
        assert str(extra.name_of(D(2026, 12, 24))) == "搬迁"
        assert str(extra.name_of(D(2026, 12, 25))) == "Move"


def test_a_year_is_provisional_until_its_make_up_days_are_known() -> None:
    assert [CHINA.is_provisional(year) for year in (2001, 2025, 2026, 2027, 2099)] == [False, False, False, True, True]
    added = WorkingDays([ExtraDay(D(2027, 2, 20), True, "Make-up day", "补班")])
    assert added.is_provisional(2027)


def test_added_days_lie_over_the_calendar() -> None:
    calendar = WorkingDays(
        [
            ExtraDay(D(2026, 11, 23), False, "Move", "搬迁"),  # a Monday
            ExtraDay(D(2026, 10, 5), True, "Release", "发布"),  # in the National Day holidays
            ExtraDay(D(2026, 11, 28), True, "Make-up day", "补班"),  # a Saturday
            ExtraDay(D(2026, 12, 5), False, "Fair", "博览会"),  # a Saturday as well
        ]
    )
    assert not calendar.is_working_day(D(2026, 11, 23))
    assert calendar.is_holiday(D(2026, 11, 23))
    assert str(calendar.name_of(D(2026, 11, 23))) == "Move"
    assert not calendar.is_holiday(D(2026, 11, 22)), "a weekend beside an added day stays a plain one"
    assert calendar.is_working_day(D(2026, 10, 5))
    assert not calendar.is_holiday(D(2026, 10, 5))
    assert calendar.is_holiday(D(2026, 10, 4))
    assert calendar.is_make_up_day(D(2026, 11, 28))
    assert calendar.is_holiday(D(2026, 12, 5))
    assert calendar.next_working_day(D(2026, 11, 20)) == D(2026, 11, 24)


def test_terms_count_added_days() -> None:
    moment = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)  # a Friday
    closed = WorkingDays([ExtraDay(D(2026, 11, 23), False, "Move", "搬迁")])
    assert add_working_days(moment, 1, "Asia/Shanghai").isoformat() == "2026-11-23T15:59:59+00:00"
    assert add_working_days(moment, 1, "Asia/Shanghai", closed).isoformat() == "2026-11-24T15:59:59+00:00"
