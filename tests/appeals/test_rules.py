"""Until when one can appeal: whole days in the programme's zone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.appeals import rules
from tracker.errors import Refused

SHANGHAI = "Asia/Shanghai"
FAILED = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)


def facts(now: dt.datetime, **columns: Any) -> rules.Facts:
    values = {"failed": True, "failed_at": FAILED, "appeal_days": 7, "zone": SHANGHAI, "now": now, **columns}
    return rules.Facts(**values)


@pytest.mark.parametrize(
    ("failed_at", "last"),
    [
        (dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC), dt.date(2026, 11, 28)),
        (dt.datetime(2026, 11, 21, 15, 59, 59, tzinfo=dt.UTC), dt.date(2026, 11, 28)),
        (dt.datetime(2026, 11, 21, 16, 0, tzinfo=dt.UTC), dt.date(2026, 11, 29)),  # midnight in Beijing
    ],
)
def test_the_day_of_the_verdict_isnt_counted(failed_at: dt.datetime, last: dt.date) -> None:
    assert rules.last_day(failed_at, 7, SHANGHAI) == last


def test_the_last_day_counts_to_its_end_there(app: Any) -> None:
    end = dt.datetime(2026, 11, 28, 15, 59, 59, tzinfo=dt.UTC)  # 23:59:59 in Beijing
    assert rules.why_not(facts(end)) is None
    assert "until 28 November 2026" in str(rules.why_not(facts(end + dt.timedelta(seconds=1))))
    assert rules.why_not(facts(end + dt.timedelta(hours=8), zone="UTC")) is None


@given(
    hours=st.integers(0, 24 * 40), days=st.integers(0, 30), zone=st.sampled_from([SHANGHAI, "UTC", "America/New_York"])
)
def test_there_are_at_least_the_days_and_less_than_one_more(hours: int, days: int, zone: str) -> None:
    failed_at = FAILED + dt.timedelta(hours=hours)
    for beside, possible in ((dt.timedelta(days=days, hours=-1), True), (dt.timedelta(days=days + 1, hours=2), False)):
        answer = rules.why_not(facts(failed_at + beside, failed_at=failed_at, appeal_days=days, zone=zone))
        assert (answer is None) == possible


def test_only_what_failed_and_once(app: Any) -> None:
    assert "Only a claim that was failed" in str(rules.why_not(facts(FAILED, failed=False)))
    assert "Only a claim that was failed" in str(rules.why_not(facts(FAILED, failed_at=None)))
    assert "there is one only" in str(rules.why_not(facts(FAILED, appealed=True)))


def test_it_needs_words(app: Any) -> None:
    assert rules.check_text(" Red on main too. ") == "Red on main too."
    with pytest.raises(Refused) as caught:
        rules.check_text("  ")
    assert caught.value.field == "text"
