"""Time boxes, phases and refusals, as tables."""

from __future__ import annotations

import datetime as dt

import pytest

from tracker.agendas import rules
from tracker.errors import Refused

AT = dt.datetime(2026, 11, 27, 6, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("claims", "minutes"), [(0, 5), (1, 5), (2, 10), (3, 10), (4, 15), (5, 15), (10, 30), (30, 90), (200, 600)]
)
def test_the_first_fixed_item_takes_three_minutes_a_claim_rounded_up_to_five(claims: int, minutes: int) -> None:
    assert rules.minutes_for_claims(claims) == minutes


def test_boxes_follow_each_other_from_the_start() -> None:
    timed = rules.time_boxes(AT, [25, 20, 15], minutes_long=60)
    assert [(f"{box.starts_at:%H:%M}", f"{box.ends_at:%H:%M}", box.minutes) for box in timed.boxes] == [
        ("06:00", "06:25", 25), ("06:25", "06:45", 20), ("06:45", "07:00", 15),
    ]  # fmt: skip
    assert (timed.total, timed.over) == (60, 0)


@pytest.mark.parametrize(
    ("minutes", "minutes_long", "days", "total", "over"),
    [([], 60, 1, 0, 0), ([30, 31], 60, 1, 61, 1), ([90], 60, 1, 90, 30), ([90], 60, 2, 90, 0), ([130], 60, 2, 130, 10)],
)
def test_the_sum_is_held_against_the_length_of_all_days(
    minutes: list[int], minutes_long: int, days: int, total: int, over: int
) -> None:
    timed = rules.time_boxes(AT, minutes, minutes_long=minutes_long, days=days)
    assert (timed.total, timed.over) == (total, over)


def test_a_meeting_of_several_days_has_no_clock_times() -> None:
    [box] = rules.time_boxes(AT, [30], minutes_long=60, days=3).boxes
    assert (box.minutes, box.starts_at, box.ends_at) == (30, None, None)


@pytest.mark.parametrize(
    ("state", "now", "phase"),
    [
        ("planned", AT - HOUR, rules.AHEAD), ("planned", AT, rules.OPEN), ("to_confirm", AT, rules.OPEN),
        ("planned", AT + HOUR - dt.timedelta(seconds=1), rules.OPEN), ("planned", AT + HOUR, rules.CLOSED),
        ("held", AT, rules.OVER), ("minutes_published", AT, rules.OVER), ("cancelled", AT, rules.OFF),
        ("skipped", AT - HOUR, rules.OFF), ("postponed", AT + HOUR, rules.OFF),
    ],
)  # fmt: skip
def test_it_opens_and_closes_by_itself(state: str, now: dt.datetime, phase: str) -> None:
    off, over = ("skipped", "postponed", "cancelled"), ("held", "minutes_published")
    assert rules.phase(state, off=off, over=over, opens=AT, closes=AT + HOUR, now=now) == phase


def _taking(phase: str, following: bool = True, organises: bool = False) -> rules.Taking:
    return rules.Taking(
        label="AKG 2026-11-28", phase=phase, opens=AT, closes=AT + HOUR, zone="Asia/Shanghai", ask="Nils",
        following_on=dt.date(2026, 12, 12) if following else None,
        organises=organises,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("phase", "following", "organises", "words"),
    [
        (rules.OPEN, True, False, None),
        (rules.AHEAD, True, False, ["opens on 27 November 2026 at 14:00 (Asia/Shanghai)", "ask Nils"]),
        (rules.CLOSED, True, False,
         ["closed on 27 November 2026 at 15:00", "the next meeting, on 12 December 2026", "ask Nils"]),
        (rules.CLOSED, False, False, ["closed on 27 November 2026", "no later meeting is planned yet", "Ask Nils"]),
        (rules.OFF, True, False, ["doesn't take place", "the next meeting, on 12 December 2026"]),
        (rules.OFF, False, True, ["doesn't take place", "no later meeting", "Ask Nils"]),
        (rules.OVER, True, True, ["is over", "the next meeting, on 12 December 2026"]),
        (rules.OVER, False, False, ["is over", "no later meeting"]),
        (rules.AHEAD, True, True, None), (rules.CLOSED, False, True, None),
    ],
)  # fmt: skip
def test_a_refusal_says_since_when_and_what_to_do(
    app: object, phase: str, following: bool, organises: bool, words: list[str] | None
) -> None:
    said = rules.why_not(_taking(phase, following, organises))
    if words is None:
        assert said is None
    else:
        assert all(word in str(said) for word in words), str(said)


@pytest.mark.parametrize(
    ("title", "minutes", "field"),
    [(" \n", 15, "title"), ("A", 0, "minutes_long"), ("A", 481, "minutes_long"), ("  the  IR draft ", 15, "title")],
)
def test_what_an_item_can_not_be_is_said_at_the_field(title: str, minutes: int, field: str) -> None:
    rules.check_item("Another", 15, ["The IR draft"])
    with pytest.raises(Refused) as refused:
        rules.check_item(title, minutes, ["The IR draft"])
    assert refused.value.field == field


def test_one_person_has_ten_proposals_waiting_at_most() -> None:
    rules.check_number(9)
    with pytest.raises(Refused, match="10 proposals"):
        rules.check_number(10)


def test_items_move_by_one_place() -> None:
    assert rules.moved([1, 2, 3], 2, True) == [2, 1, 3]
    assert rules.moved([1, 2, 3], 2, False) == [1, 3, 2]
    with pytest.raises(Refused, match="first already"):
        rules.moved([1, 2, 3], 1, True)
    with pytest.raises(Refused, match="last already"):
        rules.moved([1, 2, 3], 3, False)
