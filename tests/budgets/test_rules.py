"""What tasks take of a budget, as tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.budgets.rules import (
    Budget,
    Held,
    Line,
    Seat,
    Sum,
    check_budget,
    check_covered,
    check_reason,
    figures_of,
    outlook,
    reserved_and_used,
    total,
)
from tracker.errors import Refused
from tracker.programmes.wages import Scheme

MINDSPORE = Scheme(
    kind="tiers", tiers=((20, 100000), (40, 250000), (60, 400000), (80, 600000), (100, 800000))
)  # 50, 62.50, 66.66…, 75, 80 CNY a point
FALLING = Scheme(kind="tiers", tiers=((3, 1000), (10, 2000)))  # 333.33… fen a point, then 200
R2CN = Scheme(kind="steps", rate=5000, step=40, cap=120)


@pytest.mark.parametrize(
    ("scheme", "points", "fen"),
    [
        (MINDSPORE, 1, 8000), (MINDSPORE, 20, 160000), (MINDSPORE, 100, 800000), (MINDSPORE, 0, 0),
        (FALLING, 3, 1000), (FALLING, 1, 334), (FALLING, 2, 667), (FALLING, 10, 3334),
        (R2CN, 1, 5000), (R2CN, 40, 200000), (R2CN, 121, 605000),
        (Scheme(), 100, 0),
    ],
)  # fmt: skip
def test_a_wage_reserves_the_highest_rate_per_point_rounded_up(scheme: Scheme, points: int, fen: int) -> None:
    assert scheme.most_for(points) == fen


def cny(points: int, fen: int = 0) -> Sum:
    return Sum(points, {"CNY": fen} if fen else {})


@pytest.mark.parametrize(
    ("seat", "accepted", "used"),
    [
        (Seat(points=20), 20, Sum(20)),
        (Seat(points=20), 7, Sum(7)),
        (Seat(points=20, wage=160000, wage_currency="CNY"), 20, cny(20, 160000)),
        (Seat(points=20, wage=160000, wage_currency="CNY"), 10, cny(10, 80000)),
        (Seat(points=3, wage=1000, wage_currency="CNY"), 1, cny(1, 334)),
        (Seat(points=3, wage=1000, wage_currency="CNY"), 2, cny(2, 667)),
        # the prize is given whole, whatever part of the points was accepted
        (Seat(points=20, prize=50000, prize_currency="CNY"), 1, cny(1, 50000)),
        (Seat(points=20, prize=50000, prize_currency="CNY", wage=160000, wage_currency="CNY"), 5, cny(5, 90000)),
        (Seat(points=20, prize=50000, prize_currency="USD", wage=160000, wage_currency="CNY"), 20,
         Sum(20, {"USD": 50000, "CNY": 160000})),
    ],
)  # fmt: skip
def test_an_accepted_seat_uses_its_points_its_prize_and_their_share_of_the_wage(
    seat: Seat, accepted: int, used: Sum
) -> None:
    assert seat.used(accepted) == used


TASK = Seat(points=20, prize=1000, prize_currency="CNY", wage=160000, wage_currency="CNY")
OLD = Seat(points=30, wage=240000, wage_currency="CNY")


@pytest.mark.parametrize(
    ("held", "running", "reserved", "used"),
    [
        ([], True, cny(40, 322000), Sum()),
        ([Held(TASK, 10)], True, cny(20, 161000), cny(10, 81000)),
        ([Held(TASK, 20), Held(TASK, 20)], True, Sum(), cny(40, 322000)),
        # who was approved under other terms keeps them
        ([Held(OLD)], True, cny(50, 401000), Sum()),
        ([Held(OLD, 15)], True, cny(20, 161000), cny(15, 120000)),
        # withdrawn, closed, or its quarter closed: what isn't accepted is free
        ([], False, Sum(), Sum()),
        ([Held(OLD, 15), Held(TASK)], False, Sum(), cny(15, 120000)),
    ],
)  # fmt: skip
def test_what_a_task_of_two_seats_reserves_and_uses(held: list[Held], running: bool, reserved: Sum, used: Sum) -> None:
    assert reserved_and_used(TASK, 2, held, running=running) == (reserved, used)


points = st.integers(1, 1000)
seats = st.builds(
    lambda p, prize, wage: Seat(points=p, prize=prize, prize_currency="CNY", wage=wage, wage_currency="CNY"),
    points, st.integers(0, 10**10), st.integers(0, 10**10),
)  # fmt: skip


@given(seats, st.data())
def test_accepting_never_takes_more_than_was_reserved(seat: Seat, data: st.DataObject) -> None:
    accepted = data.draw(st.integers(1, seat.points))
    freed = seat.most - seat.used(accepted)
    assert freed.points >= 0 and all(fen >= 0 for fen in freed.money.values())
    assert seat.used(seat.points) == seat.most


sums = st.builds(Sum, st.integers(0, 10**6), st.dictionaries(st.sampled_from(("CNY", "USD")), st.integers(1, 10**12)))


@given(sums, sums, st.integers(0, 100))
def test_sums_add_up(a: Sum, b: Sum, times: int) -> None:
    assert a + b == b + a and (a + b) - b == a and total([a] * times) == a * times
    assert not (a - a)


# -- what publishing may still take ----------------------------------------------------------------

BOTH = Budget(100, 1000000, "CNY")


@pytest.mark.parametrize(
    ("budget", "taken", "costs", "fits", "missing", "foreign"),
    [
        (BOTH, Sum(), [cny(60, 500000), cny(40, 500000)], [True, True], Sum(), Sum()),
        (BOTH, Sum(), [cny(60, 500000), cny(41, 500000)], [True, False], Sum(1), Sum()),
        (BOTH, cny(50, 1), [cny(50, 500000), cny(0, 500000)], [True, False], cny(0, 1), Sum()),
        (BOTH, cny(90, 900000), [cny(20, 200000), cny(5, 300000)], [False, False], cny(15, 400000), Sum()),
        (BOTH, Sum(), [Sum(10, {"USD": 500}), cny(10)], [False, False], Sum(), Sum(0, {"USD": 500})),
        (Budget(100), Sum(99), [Sum(1, {"USD": 500, "CNY": 10**10})], [True], Sum(), Sum()),
        (Budget(None, 1000, "CNY"), Sum(10**6), [Sum(10**6), cny(1, 1001)], [True, False], cny(0, 1), Sum()),
        (Budget(0, 0, "CNY"), Sum(), [cny(1, 1)], [False], cny(1, 1), Sum()),
        (Budget(), Sum(5), [Sum(10**6, {"USD": 10**12})], [True], Sum(), Sum()),
        # more was promised than there is: what costs no more of that is let through
        (BOTH, cny(120, 500000), [cny(0, 500000)], [True], Sum(), Sum()),
        (BOTH, cny(120, 500000), [cny(1)], [False], Sum(21), Sum()),
        (BOTH, Sum(0, {"USD": 500}), [cny(1)], [True], Sum(), Sum()),
    ],
)  # fmt: skip
def test_how_far_a_budget_lasts(
    budget: Budget, taken: Sum, costs: list[Sum], fits: list[bool], missing: Sum, foreign: Sum
) -> None:
    found = outlook(budget, taken, [(f"T{number}", cost) for number, cost in enumerate(costs)])
    assert [one.fits for one in found.asked] == fits
    assert (found.missing, found.foreign) == (missing, foreign)
    assert found.covered == (not missing and not foreign)


def line(number: int, reserved: Sum, used: Sum = Sum()) -> Line:
    return Line(task_id=number, reference=f"AKG-2026Q4-{number:03d}", title="Loops", state="published", seats=1, accepted=0,
                reserved=reserved, used=used)  # fmt: skip


@pytest.fixture
def words(app: Any) -> Any:
    """Refusals are read in English."""
    return app


def test_the_refusal_names_what_is_missing_and_the_tasks_in_order(words: Any) -> None:
    before = figures_of(BOTH, [line(1, cny(30, 300000)), line(2, cny(10, 100000))])
    grown = [line(1, cny(30, 300000)), line(2, cny(20, 150000)), line(3, cny(40, 100000)), line(4, cny(30, 900000))]
    with pytest.raises(Refused) as refusal:
        check_covered("AKG 2026Q4", before, figures_of(BOTH, grown))
    said = str(refusal.value).replace("\u00a0", " ")
    assert "The budget of AKG 2026Q4 doesn't cover this." in said
    assert "Missing: 20 points, CNY 4,500.00. Left: 60 points, CNY 6,000.00." in said
    assert said.endswith(
        "AKG-2026Q4-002: 10 points, CNY 500.00; AKG-2026Q4-003: 40 points, CNY 1,000.00; "
        "AKG-2026Q4-004: 30 points, CNY 9,000.00 (not covered)"
    )


def test_accepting_part_of_a_seat_is_covered_by_a_budget_that_is_all_promised() -> None:
    tight = Budget(20, 161000, "CNY")
    reserved, used = reserved_and_used(TASK, 1, [Held(TASK, 13)], running=True)
    before = figures_of(tight, [line(1, TASK.most)])
    check_covered("AKG 2026Q4", before, figures_of(tight, [line(1, reserved, used)]))


@pytest.mark.parametrize(
    ("budget", "taken", "field"),
    [
        (Budget(39, None, ""), cny(40, 100), "points"),
        (Budget(None, 99, "CNY"), cny(40, 100), "amount"),
        (Budget(40, 100, "USD"), cny(40, 100), "currency"),
        (Budget(40, 100, ""), cny(40, 100), "currency"),
    ],
)
def test_a_budget_holds_what_is_promised_of_it(words: Any, budget: Budget, taken: Sum, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_budget(budget, taken)
    assert refusal.value.field == field
    check_budget(Budget(40, 100, "CNY"), taken)
    check_budget(Budget(), taken)
    check_budget(Budget(0, 0, "CNY"), Sum())


def test_a_budget_is_set_for_a_reason(words: Any) -> None:
    assert check_reason("  The board agreed. ") == "The board agreed."
    for reason in ("  ", "x" * 2001):
        with pytest.raises(Refused):
            check_reason(reason)
