"""What is carried into a later quarter and on which days, as tables."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.carries.rules import OBSTACLES, new_days, obstacle


@pytest.mark.parametrize(
    ("state", "facts", "found"),
    [
        ("published", {}, ""),
        ("draft", {}, "draft"), ("ready", {}, "draft"), ("closed", {}, "closed"), ("withdrawn", {}, "withdrawn"),
        ("published", {"involved": True}, "own"),
        ("published", {"same_programme": False}, "programme"),
        ("published", {"wage_ends": True}, "wage"),
        ("closed", {"involved": True, "same_programme": False}, "closed"),
    ],
)  # fmt: skip
def test_what_stands_against_carrying_a_task(state: str, facts: dict[str, bool], found: str) -> None:
    known = {"involved": False, "same_programme": True, "wage_ends": False, **facts}
    assert obstacle(state, **known) == found
    assert not found or str(OBSTACLES[found])


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("expected", "accept", "today", "days"),
    [
        # of the old quarter: the new one's own
        ("2026-12-10", "2026-12-24", "2026-12-20", ("2027-03-10", "2027-03-24")),
        ("2026-12-10", "2026-12-24", "2027-02-01", ("2027-03-10", "2027-03-24")),
        (None, None, "2026-12-20", ("2027-03-10", "2027-03-24")),
        # in the new one already: as they are
        ("2027-01-20", "2027-02-20", "2026-12-20", ("2027-01-20", "2027-02-20")),
        ("2026-12-30", "2027-02-20", "2026-12-20", ("2027-02-20", "2027-02-20")),
        # passed, or after the quarter's end
        ("2027-01-20", "2027-02-20", "2027-02-10", ("2027-02-20", "2027-02-20")),
        ("2027-01-20", "2027-02-20", "2027-03-12", ("2027-03-24", "2027-03-24")),
        ("2027-03-20", "2027-06-20", "2026-12-20", ("2027-03-20", "2027-03-24")),
    ],
)
def test_days_that_do_not_lie_in_the_quarter_become_its_own(
    expected: str | None, accept: str | None, today: str, days: tuple[str, str]
) -> None:
    found = new_days(
        expected and on(expected), accept and on(accept), first_day=on("2027-01-01"), claims_until=on("2027-03-10"),  # type: ignore[arg-type]
        last_day=on("2027-03-24"), today=on(today),
    )  # fmt: skip
    assert found == (on(days[0]), on(days[1]))


days = st.dates(dt.date(2026, 1, 1), dt.date(2028, 1, 1))


@given(st.none() | days, st.none() | days, days)
def test_carried_days_are_ahead_in_order_and_within_the_quarter(
    expected: dt.date | None, accept: dt.date | None, today: dt.date
) -> None:
    last = on("2027-03-24")
    today = min(today, last)
    found = new_days(
        expected, accept, first_day=on("2027-01-01"), claims_until=on("2027-03-10"), last_day=last, today=today
    )
    assert max(on("2027-01-01"), today) <= found[0] <= found[1] <= last
