"""Windows, standings and what opening and answering is judged by."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import Refused
from tracker.public_notices import rules
from tracker.working_days import CHINA, is_working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("opened", "days", "last"),
    [
        ("2026-11-27T10:00", 5, "2026-12-04"),  # a Friday
        ("2026-11-27T23:59", 3, "2026-12-02"),
        ("2026-11-28T00:00", 3, "2026-12-02"),  # a Saturday
        ("2026-09-28T10:00", 5, "2026-10-10"),  # over the holidays of October, whose Saturday the 10th is worked
    ],
)
def test_a_window_counts_working_days_in_the_zone_of_the_sig(opened: str, days: int, last: str) -> None:
    moment = dt.datetime.fromisoformat(opened).replace(tzinfo=SHANGHAI)
    closes_at = rules.closing(moment, days, "Asia/Shanghai", CHINA)
    assert rules.last_day(closes_at, "Asia/Shanghai").isoformat() == last
    assert closes_at.astimezone(SHANGHAI).time() == dt.time()


@given(
    st.integers(0, 2 * 365 * 24 * 60), st.integers(3, 30),
    st.sampled_from(["Asia/Shanghai", "Europe/Stockholm", "America/New_York", "UTC"]),
)  # fmt: skip
def test_a_window_has_as_many_working_days_after_the_day_of_opening(minutes: int, days: int, zone: str) -> None:
    opened = dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    closes_at = rules.closing(opened, days, zone, CHINA)
    first, last = opened.astimezone(ZoneInfo(zone)).date(), rules.last_day(closes_at, zone)
    inside = [first + dt.timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(map(is_working_day, inside)) == days and is_working_day(last)
    assert closes_at.astimezone(ZoneInfo(zone)).date() == last + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("seconds", "waiting", "standing"),
    [(-1, 0, "open"), (-1, 3, "open"), (0, 0, "closed"), (0, 1, "answering"), (9, 0, "closed"), (9, 2, "answering")],
)
def test_how_a_notice_stands(seconds: int, waiting: int, standing: str) -> None:
    closes_at = dt.datetime(2026, 12, 4, 16, tzinfo=dt.UTC)
    assert rules.standing(closes_at + dt.timedelta(seconds=seconds), closes_at, waiting) == standing


ROWS = [{"row": 1, "handle": "dora", "points": 20}]


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({}, "", ""), ({"days": 3}, "", ""), ({"days": 30}, "", ""), ({"corrects": True, "note": "Row 1."}, "", ""),
        ({"planning": True}, None, "isn't published yet"), ({"rows": []}, None, "nothing to give notice of"),
        ({"days": 2}, "days", "Between 3 and 30"), ({"days": 31}, "days", "Between 3 and 30"),
        ({"note": "x" * 2001}, "note", "At most"), ({"corrects": True}, "note", "what this notice corrects"),
        ({"seen": "0" * 64}, None, "changed since you opened the page"),
    ],
)  # fmt: skip
def test_what_opening_is_judged_by(changed: dict[str, Any], field: str | None, said: str) -> None:
    facts = {
        "planning": False, "days": 5, "note": "", "rows": ROWS, "seen": rules.fingerprint(ROWS), "corrects": False, **changed,
    }  # fmt: skip
    if not said:
        rules.check_opening(rules.Opening(**facts))
        return
    with pytest.raises(Refused) as caught:
        rules.check_opening(rules.Opening(**facts))
    assert said in str(caught.value.message) and caught.value.field == field


def test_a_fingerprint_knows_every_cell_and_the_order() -> None:
    other = [{**ROWS[0], "points": 21}]
    both = [*ROWS, *other]
    assert len({rules.fingerprint(rows) for rows in (ROWS, other, both, both[::-1], [])}) == 5


@pytest.mark.parametrize(
    ("verdict", "answer", "follows", "field"),
    [
        ("uphold", "Right.", "A correction.", ""), ("dismiss", "They ran.", "", ""), ("uphold", "", "A correction.", "answer"),
        ("uphold", "Right.", " ", "follows"), ("dismiss", "  ", "", "answer"), ("dismiss", "No.", "A correction.", "follows"),
        ("uphold", "x" * 5001, "y", "answer"), ("uphold", "x", "y" * 5001, "follows"),
    ],
)  # fmt: skip
def test_an_answer_has_reasons_and_says_what_follows(verdict: str, answer: str, follows: str, field: str) -> None:
    if not field:
        assert rules.check_answer(verdict, f" {answer} ", follows) == (answer, follows)
        return
    with pytest.raises(Refused) as caught:
        rules.check_answer(verdict, answer, follows)
    assert caught.value.field == field
