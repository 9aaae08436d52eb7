"""Times of talks, and numbers of places."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.activities.rules import List, check_sign_up, free_place, places_left, programme, why_closed
from tracker.errors import Refused

NINE = dt.datetime(2026, 8, 3, 9, tzinfo=dt.UTC)


def day(number: int = 0, minutes: int = 120) -> tuple[dt.datetime, dt.datetime]:
    start = NINE + dt.timedelta(days=number)
    return start, start + dt.timedelta(minutes=minutes)


def clock_times(found: list) -> list[str]:
    return [f"{time[0]:%d %H:%M}" if time else "–" for time in found]


def test_talks_follow_each_other():
    assert clock_times(programme([day()], [30, 45, 45])) == ["03 09:00", "03 09:30", "03 10:15"]


def test_a_talk_that_doesnt_fit_begins_the_next_day():
    assert clock_times(programme([day(0), day(1)], [60, 90, 30, 60])) == ["03 09:00", "04 09:00", "04 10:30", "–"]


def test_what_no_day_has_time_for_has_none():
    assert clock_times(programme([day()], [90, 60, 10])) == ["03 09:00", "–", "–"]
    assert clock_times(programme([day()], [200])) == ["–"]
    assert programme([], [30]) == [None]


@given(st.lists(st.integers(1, 480), max_size=30), st.integers(1, 5), st.integers(5, 600))
def test_talks_never_overlap_and_stay_within_a_day(lengths, days, minutes):
    sittings = [day(n, minutes) for n in range(days)]
    times = programme(sittings, lengths)
    assert len(times) == len(lengths)
    known = [time for time in times if time]
    for (start, end), length in zip(known, lengths, strict=False):
        assert end - start == dt.timedelta(minutes=length)
        assert any(first <= start and end <= last for first, last in sittings)
    assert all(one[1] <= other[0] for one, other in zip(known, known[1:], strict=False))
    assert None not in times[: len(known)]


@pytest.mark.parametrize(
    ("taken", "places", "wanted"),
    [(set(), 2, 1), ({1}, 2, 2), ({2}, 2, 1), ({1, 2}, 2, None), ({1, 3}, None, 2), ({1, 2, 3}, 2, None), ({3}, 1, None),
     ({2, 3}, 3, 1), (set(range(1, 10_001)), None, None)],
)  # fmt: skip
def test_the_lowest_free_place_is_given(taken, places, wanted):
    assert free_place(taken, places) == wanted


def test_places_left():
    assert [places_left(0, None), places_left(3, 5), places_left(6, 5)] == [None, 2, 0]


def facts(**changed) -> List:
    values = {"label": "The seminar", "state": "planned", "state_name": "planned", "until": NINE, "time_zone": "Asia/Shanghai",
              "ends_at": NINE + dt.timedelta(hours=3), **changed}  # fmt: skip
    return List(**values)


@pytest.mark.parametrize(
    ("changed", "hours", "words"),
    [
        ({"state": "cancelled", "state_name": "cancelled"}, -1, "doesn't take place (cancelled)"),
        ({"state": "postponed", "state_name": "postponed"}, -1, "doesn't take place (postponed)"),
        ({"until": None}, -1, "has no list: come without signing up"),
        ({}, 0, "closed on 3 August 2026 at 17:00 (Asia/Shanghai). Ask the organiser"),
        ({}, 3, "is over"),
    ],
)  # fmt: skip
def test_it_says_why_a_list_is_closed(app, changed, hours, words):
    assert words in str(why_closed(facts(**changed), NINE + dt.timedelta(hours=hours)))


def test_a_list_is_open_until_its_minute(app):
    assert why_closed(facts(), NINE - dt.timedelta(seconds=1)) is None
    assert why_closed(facts(state="to_confirm"), NINE - dt.timedelta(seconds=1)) is None


def test_twice_is_refused_with_what_one_has(app):
    before = NINE - dt.timedelta(hours=1)
    with pytest.raises(Refused, match="place 4 already"):
        check_sign_up(facts(), before, listed=True, place_no=4, queue_no=0)
    with pytest.raises(Refused, match="waitlist already, as number 2"):
        check_sign_up(facts(), before, listed=True, place_no=None, queue_no=2)
