"""What months pay, to the fen: the programmes' own tables and examples."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import pytest

from tests.programmes.tables import MINDSPORE, OPENEULER, steps, tiers
from tracker.programmes.months import months_before, months_from, next_month
from tracker.programmes.rules import in_force
from tracker.programmes.wages import Account, Month, Scheme, compute_month
from tracker.settlements.rules import follow


def months(*given: tuple[Scheme, int], contract_end: dt.date | None = None, unpaid: Sequence[str] = ()) -> list[Month]:
    """The months from March 2025 on, each with its scheme and points."""
    names = months_from("2025-03", months_before("2025-03", 1 - len(given)))
    earned = {name: points for name, (_scheme, points) in zip(names, given, strict=True)}
    plan = [(name, scheme) for name, (scheme, _points) in zip(names, given, strict=True)]
    return [
        figures
        for _month, figures, _account in follow(Account(), plan, earned, contract_end=contract_end, unpaid=unpaid)
    ]


def paid(*given: tuple[Scheme, int], **more: dt.date) -> list[int]:
    """In CNY; every amount of these tables is a whole one."""
    found = [figures.payable for figures in months(*given, **more)]  # type: ignore[arg-type]
    assert all(fen % 100 == 0 for fen in found)
    return [fen // 100 for fen in found]


# -- steps ------------------------------------------------------------------------------------------


def test_r2cns_own_example_comes_out_to_the_fen() -> None:
    """March 15 points → 0; April 45 → 60 in hand, 40 paid, 20 carried; May 65 → 85 in hand, 80 paid, 5 carried."""
    figures = months((steps(), 15), (steps(), 45), (steps(), 65))
    said = [(m.carried_over, m.converted, m.left_over, m.payable) for m in figures]
    assert said == [(0, 0, 15, 0), (15, 40, 20, 200000), (20, 80, 5, 400000)]


@pytest.mark.parametrize(
    ("points", "converted"),
    [(0, 0), (39, 0), (40, 40), (41, 40), (79, 40), (80, 80), (81, 80), (119, 80), (120, 120), (121, 120), (500, 120)],
)
def test_whole_steps_are_paid_up_to_the_cap(points: int, converted: int) -> None:
    (month,) = months((steps(), points))
    assert (month.converted, month.payable, month.left_over) == (converted, converted * 5000, points - converted)


def test_what_is_above_the_cap_is_paid_in_the_next_months() -> None:
    assert paid((steps(), 250), (steps(), 0), (steps(), 0), (steps(), 0)) == [6000, 6000, 0, 0]
    assert months((steps(), 250), (steps(), 0), (steps(), 30))[-1].converted == 40


@pytest.mark.parametrize(
    ("end", "amounts"),
    [
        (None, [6000, 2000, 0, 0]),
        (dt.date(2025, 3, 1), [6000, 2750, 0, 0]),
        (dt.date(2025, 4, 30), [6000, 2750, 0, 0]),
        (dt.date(2025, 5, 1), [6000, 2000, 750, 0]),
        (dt.date(2025, 6, 30), [6000, 2000, 0, 750]),
        (dt.date(2025, 7, 1), [6000, 2000, 0, 0]),
    ],
)
def test_from_the_month_in_which_the_contract_ends_the_remainder_is_paid(
    end: dt.date | None, amounts: list[int]
) -> None:
    """175 points: 120 in March, 55 in hand afterwards."""
    given = ((steps(), 175), (steps(), 0), (steps(), 0), (steps(), 0))
    assert paid(*given, **({"contract_end": end} if end else {})) == amounts


def test_the_remainder_of_a_contract_is_paid_up_to_the_cap_each_month() -> None:
    assert paid((steps(), 300), (steps(), 0), (steps(), 0), contract_end=dt.date(2025, 3, 31)) == [6000, 6000, 3000]


def test_a_correction_that_makes_steps_negative_is_made_up_for_first() -> None:
    """40 paid, 30 taken back: 30 points are worked off before the next step."""
    figures = months((steps(), 40), (steps(), -30), (steps(), 69), (steps(), 1))
    assert [m.payable for m in figures] == [200000, 0, 0, 200000]
    assert [m.left_over for m in figures] == [0, -30, 39, 0]


# -- tiers ------------------------------------------------------------------------------------------


def around(table: dict[int, int]) -> list[tuple[int, int]]:
    """(points, CNY) one below, at and one above every tier."""
    below = [0, *table.values()]
    return [
        pair
        for (points, amount), before in zip(table.items(), below, strict=False)
        for pair in ((points - 1, before), (points, amount), (points + 1, amount))
    ]


@pytest.mark.parametrize(("points", "amount"), around(MINDSPORE))
def test_mindspores_table_at_every_boundary(points: int, amount: int) -> None:
    assert paid((tiers(MINDSPORE), points)) == [amount]


@pytest.mark.parametrize(("points", "amount"), around(OPENEULER))
def test_openeulers_table_at_every_boundary(points: int, amount: int) -> None:
    assert paid((tiers(OPENEULER), points)) == [amount]


@pytest.mark.parametrize("table", [MINDSPORE, OPENEULER])
def test_each_tier_pays_what_the_one_before_did_not(table: dict[int, int]) -> None:
    """Point by point, month by month, to above the last tier."""
    scheme = tiers(table)
    amounts = paid(*((scheme, 1) for _ in range(110)))
    rises = {points: amount - before for (points, amount), (_p, before) in
             zip(table.items(), [(0, 0), *table.items()], strict=False)}  # fmt: skip
    assert {number: amount for number, amount in enumerate(amounts, 1) if amount} == rises
    assert sum(amounts) == max(table.values())


def test_a_correction_below_a_tier_is_held_and_never_taken_back() -> None:
    scheme = tiers(MINDSPORE)
    figures = months((scheme, 45), (scheme, -10), (scheme, 5), (scheme, 20))
    assert [m.payable for m in figures] == [250000, 0, 0, 150000]
    assert [m.held for m in figures] == [0, 150000, 0, 0]
    assert [m.total for m in figures] == [45, 35, 40, 60]


def test_a_correction_may_leave_nothing_at_all() -> None:
    scheme = tiers(MINDSPORE)
    assert [m.payable for m in months((scheme, 20), (scheme, -20), (scheme, 40))] == [100000, 0, 150000]


# -- from one set of rules to the next ----------------------------------------------------------------


def test_a_table_that_rises_pays_the_difference_at_once() -> None:
    """30 points: 1000 by MindSpore's table, 1500 by openEuler's."""
    assert paid((tiers(MINDSPORE), 30), (tiers(OPENEULER), 0), (tiers(OPENEULER), 15)) == [1000, 500, 1250]


def test_a_table_that_falls_takes_nothing_back_and_pays_less_afterwards() -> None:
    figures = months((tiers(OPENEULER), 30), (tiers(MINDSPORE), 5), (tiers(MINDSPORE), 5), (tiers(MINDSPORE), 20))
    assert [m.payable for m in figures] == [150000, 0, 100000, 150000]
    assert [m.held for m in figures] == [0, 50000, 0, 0]


def test_from_tiers_to_steps_the_points_above_the_tier_are_in_hand() -> None:
    """55 points were paid as 40: 15 are left for the steps."""
    figures = months((tiers(MINDSPORE), 55), (steps(), 24), (steps(), 1))
    assert [(m.carried_over, m.converted, m.payable) for m in figures] == [
        (0, 40, 250000), (15, 0, 0), (39, 40, 200000),
    ]  # fmt: skip


def test_from_steps_to_tiers_all_points_count_and_what_was_settled_is_taken_off() -> None:
    """85 points: 80 were paid, 4000; the tier of 80 comes to 6000."""
    assert paid((steps(), 85), (tiers(MINDSPORE), 0), (tiers(MINDSPORE), 15)) == [4000, 2000, 2000]
    generous = steps(rate=100)
    assert paid((generous, 85), (tiers(MINDSPORE), 0), (tiers(MINDSPORE), 14), (tiers(MINDSPORE), 1)) == [8000, 0, 0, 0]


def test_a_month_of_tiers_that_pays_nothing_uses_no_points_up() -> None:
    """They come to less than what was settled, so steps that follow pay for them."""
    figures = months((steps(rate=100), 80), (tiers(MINDSPORE), 25), (steps(), 15))
    assert [(m.carried_over, m.converted, m.payable) for m in figures] == [(0, 80, 800000), (0, 0, 0), (25, 40, 200000)]


def test_points_of_months_without_a_wage_are_in_hand_when_one_begins() -> None:
    assert paid((Scheme(), 45), (tiers(MINDSPORE), 0)) == [0, 2500]
    assert paid((Scheme(), 45), (steps(), 0)) == [0, 2000]
    assert paid((tiers(MINDSPORE), 45), (Scheme(), 15), (tiers(MINDSPORE), 0)) == [2500, 0, 1500]


def test_a_month_that_is_not_paid_stays_open() -> None:
    figures = months((tiers(MINDSPORE), 45), (tiers(MINDSPORE), 0), unpaid=["2025-03"])
    assert [m.payable for m in figures] == [250000, 250000]
    figures = months((steps(), 45), (steps(), 0), unpaid=["2025-03"])
    assert [m.converted for m in figures] == [40, 40]


# -- months and the rules of their last day -----------------------------------------------------------


class Set:
    def __init__(self, day: str) -> None:
        self.valid_from = dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("month", "day"),
    [("2024-12", None), ("2025-01", "2025-01-31"), ("2025-02", "2025-01-31"), ("2026-02", "2025-01-31"),
     ("2026-03", "2026-03-15"), ("2027-01", "2026-03-15")],
)  # fmt: skip
def test_the_rules_of_the_last_day_hold_for_the_whole_month(month: str, day: str | None) -> None:
    found = in_force([Set("2026-03-15"), Set("2025-01-31")], month)
    assert (found and found.valid_from.isoformat()) == day


def test_months_before() -> None:
    for month, count in itertools.product(("2026-01", "2026-12", "2024-02"), range(40)):
        early = months_before(month, count)
        for _ in range(count):
            early = next_month(early)
        assert early == month


def test_a_month_says_what_follows_from_it() -> None:
    month = compute_month(tiers(MINDSPORE), Account(30, 20, 100000), 15)
    assert month.after == Account(45, 40, 250000)
