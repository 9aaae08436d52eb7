"""Who has earned a certificate: both sides of every bound."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.certificates.rules import (
    OBSTACLES,
    Entry,
    Needs,
    best,
    fitting,
    internship,
    last_day,
    needs_of,
    served_until,
    service_obstacle,
    task_obstacle,
)

START = dt.date(2026, 4, 6)
MINDSPORE = Needs(points=60, within_months=6, mentor_comment=True, report=True)
R2CN = Needs(points=120, within_months=12)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "months", "last"),
    [
        ("2026-04-06", 6, "2026-10-06"), ("2026-01-01", 12, "2027-01-01"), ("2026-08-31", 6, "2027-02-28"),
        ("2027-08-31", 6, "2028-02-29"), ("2028-02-29", 12, "2029-02-28"), ("2026-12-31", 2, "2027-02-28"),
        ("2026-11-30", 1, "2026-12-30"), ("2026-12-01", 1, "2027-01-01"), ("2026-04-06", 0, "2026-04-06"),
    ],
)  # fmt: skip
def test_the_last_day_is_the_corresponding_one_of_the_last_month(start: str, months: int, last: str) -> None:
    assert last_day(day(start), months) == day(last)


def held(entries: list[tuple[str, int]], needs: Needs = MINDSPORE, today: str = "2026-09-01", **facts: Any) -> Any:
    said = {"comments": [day("2026-04-20")], "report": day("2026-04-20"), **facts}
    return internship(START, needs, [Entry(day(on), points) for on, points in entries], day(today), **said)


@pytest.mark.parametrize(
    ("entries", "points", "met"),
    [
        ([("2026-05-01", 59)], 59, False), ([("2026-05-01", 60)], 60, True), ([("2026-05-01", 61)], 61, True),
        ([("2026-04-05", 60)], 0, False), ([("2026-04-06", 60)], 60, True),  # the day it began
        ([("2026-10-06", 60)], 60, True), ([("2026-10-07", 60)], 0, False),  # the last day and the next
        ([("2026-05-01", 40), ("2026-10-06", 20)], 60, True), ([("2026-05-01", 40), ("2026-10-07", 20)], 40, False),
        ([("2026-05-01", 70), ("2026-06-01", -10)], 60, True), ([("2026-05-01", 70), ("2026-06-01", -11)], 59, False),
        ([("2026-05-01", 60), ("2027-01-01", -1)], 59, False),  # taken back after the time was over
        ([("2026-04-01", -5), ("2026-05-01", 60)], 60, True),  # of what isn't counted anyhow
    ],
)  # fmt: skip
def test_points_count_from_the_first_to_the_last_day(entries: list[tuple[str, int]], points: int, met: bool) -> None:
    one = held(entries)
    assert (one.points, not one.missing) == (points, met)
    assert (one.reached_on is not None) == met


@pytest.mark.parametrize(
    ("entries", "last", "met"),
    [
        ([("2027-04-06", 120)], "2027-04-06", True), ([("2027-04-07", 120)], "2027-04-06", False),
        ([("2026-06-01", 119)], "2027-04-06", False), ([("2026-06-01", 80), ("2027-03-01", 40)], "2027-04-06", True),
    ],
)  # fmt: skip
def test_r2cn_asks_for_120_points_in_12_months_and_nothing_else(
    entries: list[tuple[str, int]], last: str, met: bool
) -> None:
    one = held(entries, R2CN, comments=[], report=None)
    assert (one.last, not one.missing) == (day(last), met)
    assert [check.token for check in one.checks] == ["points"]


@pytest.mark.parametrize(
    ("comments", "report", "missing"),
    [(1, True, []), (0, True, ["comment"]), (1, False, ["report"]), (0, False, ["comment", "report"]), (7, True, [])],
)
def test_a_comment_and_a_report_are_asked_for_where_the_rule_says_so(
    comments: int, report: bool, missing: list[str]
) -> None:
    one = held([("2026-05-01", 60)], comments=[START] * comments, report=START if report else None)
    assert [check.token for check in one.missing] == missing
    assert one.obstacle == (missing[0] if missing else "")


@pytest.mark.parametrize(
    ("comments", "report", "needs", "earned"),
    [
        (["2026-04-20"], "2026-04-20", MINDSPORE, "2026-05-01"), (["2026-04-20"], "2026-07-01", MINDSPORE, "2026-07-01"),
        (["2026-08-01", "2026-06-01"], "2026-04-20", MINDSPORE, "2026-06-01"), (["2026-06-01"], "", MINDSPORE, None),
        ([], "2026-06-01", MINDSPORE, None), (["2026-06-01"], "2026-06-01", R2CN, None),
        (["2026-06-01"], "2026-06-01", Needs(points=60, within_months=6), "2026-05-01"),
    ],
)  # fmt: skip
def test_it_is_earned_on_the_day_of_the_last_that_is_asked_for(
    comments: list[str], report: str, needs: Needs, earned: str | None
) -> None:
    said = {"comments": [day(one) for one in comments], "report": day(report) if report else None}
    assert held([("2026-05-01", 60)], needs, **said).earned_on == (earned and day(earned))


@pytest.mark.parametrize(("today", "over", "obstacle"), [("2026-10-06", False, "points"), ("2026-10-07", True, "late")])
def test_the_time_is_over_the_day_after_the_last(today: str, over: bool, obstacle: str) -> None:
    one = held([("2026-05-01", 59)], today=today)
    assert (one.over, one.obstacle) == (over, obstacle)
    assert held([("2026-05-01", 60)], today=today).obstacle == ""  # what was earned in time stays earned


@pytest.mark.parametrize(
    ("entries", "reached", "until"),
    [
        ([("2026-05-01", 60), ("2026-06-01", 10)], "2026-05-01", "2026-06-01"),
        ([("2026-05-01", 60), ("2026-06-01", -1), ("2026-07-01", 1)], "2026-07-01", "2026-07-01"),
        ([("2026-06-01", 40), ("2026-05-01", 20)], "2026-06-01", "2026-06-01"),
    ],
)
def test_it_is_reached_on_the_day_from_which_on_the_points_stay(
    entries: list[tuple[str, int]], reached: str, until: str
) -> None:
    one = held(entries)
    assert (one.reached_on, one.until) == (day(reached), day(until))


_entries = st.lists(
    st.builds(Entry, st.dates(day("2026-03-01"), day("2027-03-01")), st.integers(-30, 40).filter(bool)), max_size=12
)


@given(_entries, st.randoms())
def test_the_order_of_entries_changes_nothing(entries: list[Entry], random: Any) -> None:
    shuffled = sorted(entries, key=lambda _entry: random.random())
    one, other = (
        internship(START, MINDSPORE, given, day("2026-12-01"), comments=[START], report=START)
        for given in (entries, shuffled)
    )
    assert (one.points, one.missing == []) == (other.points, other.missing == [])


@given(_entries)
def test_it_is_reached_exactly_when_the_points_are_there(entries: list[Entry]) -> None:
    one = internship(START, MINDSPORE, entries, day("2026-12-01"), comments=[START], report=START)
    assert (one.reached_on is not None) == (one.points >= 60) == (not one.missing)


def test_the_first_count_that_has_everything_holds_else_the_one_that_lacks_least() -> None:
    def since(start: str, points: int, today: str = "2026-09-01") -> Any:
        entries = [Entry(day("2026-08-20"), points)] if points else []
        return internship(day(start), MINDSPORE, entries, day(today), comments=[], report=None)

    enough, short = held([("2026-05-01", 60)]), held([("2026-05-01", 59)])
    newest = since("2026-08-01", 0)
    assert best([short, enough, newest]) is enough
    assert best([short, newest]) is short
    assert best([newest, last := since("2026-08-02", 0)]) is last
    assert best([late := since("2026-01-01", 0), newest]) is newest
    assert best([late, later := since("2026-02-01", 0)]) is later
    # Late is who lacks points: a report may still be accepted.
    assert best([reached := since("2026-03-01", 60, "2026-12-01"), since("2026-11-01", 0, "2026-12-01")]) is reached
    assert best([]) is None


def test_a_rule_that_gives_none_asks_for_nothing() -> None:
    assert needs_of({}) is None
    assert needs_of({"points": 120, "within_months": 12}) == R2CN


@pytest.mark.parametrize(
    ("state", "gives", "accepted_by", "token"),
    [
        ("accepted", True, 2, ""), ("accepted", False, 2, "not_certified"), ("accepted", True, 1, "self_accepted"),
        ("accepted", True, None, "self_accepted"), ("failed", True, 2, "failed"), ("withdrawn", True, 1, "withdrawn"),
        ("active", True, None, "not_accepted"), ("closed", True, 2, "not_accepted"), ("released", True, 1, "not_accepted"),
    ],
)  # fmt: skip
def test_only_a_task_that_somebody_else_accepted_is_certified(
    state: str, gives: bool, accepted_by: int | None, token: str
) -> None:
    assert task_obstacle(state, gives=gives, holder=1, accepted_by=accepted_by, points=20) == token
    assert not token or token in OBSTACLES


@pytest.mark.parametrize(("points", "token"), [(None, ""), (1, ""), (0, "taken_back"), (-1, "taken_back")])
def test_a_task_whose_points_were_taken_back_is_not_certified(points: int | None, token: str) -> None:
    assert task_obstacle("accepted", gives=True, holder=1, accepted_by=2, points=points) == token
    assert not token or token in OBSTACLES


@pytest.mark.parametrize(
    ("role", "since", "until", "token"),
    [
        ("maintainer", "2026-09-01", None, ""), ("contributor", "2026-09-01", None, ""), ("committer", "2026-01-01", None, ""),
        ("member", "2026-01-01", None, "role"), ("maintainer", "2026-09-02", None, "not_served"),
        ("maintainer", "2026-01-01", "2026-01-01", "not_served"), ("maintainer", "2026-01-01", "2026-01-02", ""),
        ("maintainer", "2026-01-01", "2027-01-01", ""),
    ],
)  # fmt: skip
def test_a_role_is_certified_from_its_first_day_on(role: str, since: str, until: str | None, token: str) -> None:
    assert service_obstacle(role, day(since), day(until) if until else None, day("2026-09-01")) == token


@pytest.mark.parametrize(
    ("until", "last"), [(None, None), ("2026-09-01", "2026-08-31"), ("2026-09-02", None), ("2026-03-01", "2026-02-28")]
)
def test_a_role_that_ended_was_held_to_the_day_before(until: str | None, last: str | None) -> None:
    assert served_until(day(until) if until else None, day("2026-09-01")) == (day(last) if last else None)


@pytest.mark.parametrize(
    ("community", "slug"),
    [("MindSpore", "mindspore"), ("mindspore", "mindspore"), ("CANN", "general"), ("", "general")],
)
def test_a_community_has_its_own_layout_or_the_general_one(community: str, slug: str) -> None:
    assert fitting({"mindspore": "MindSpore", "general": ""}, community) == slug
    assert fitting({"mindspore": "MindSpore"}, "CANN") == ""
