"""Wages over random histories: what must hold of each, and a second computation that knows nothing of the first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.programmes.tables import MINDSPORE, OPENEULER, steps, tiers
from tracker.programmes.months import last_day, months_from
from tracker.programmes.wages import Account, Month, Scheme
from tracker.settlements.rules import follow

MONTHS = months_from("2025-01", "2026-06")


@st.composite
def tables(draw: st.DrawFn) -> Scheme:
    """Tiers that rise."""
    points = sorted(draw(st.sets(st.integers(1, 150), min_size=1, max_size=7)))
    amounts = sorted(draw(st.sets(st.integers(1, 900_000), min_size=len(points), max_size=len(points))))
    return Scheme(kind="tiers", tiers=tuple(zip(points, amounts, strict=True)))


@st.composite
def staircases(draw: st.DrawFn) -> Scheme:
    step = draw(st.integers(1, 50))
    return Scheme(kind="steps", rate=draw(st.integers(1, 20_000)), step=step, cap=step * draw(st.integers(1, 5)))


SCHEMES = st.one_of(tables(), staircases(), st.sampled_from([tiers(MINDSPORE), tiers(OPENEULER), steps(), Scheme()]))
FORWARD = st.lists(st.integers(0, 90), min_size=1, max_size=len(MONTHS))
ANY = st.lists(st.integers(-60, 90), min_size=1, max_size=len(MONTHS))
DAYS = st.none() | st.dates(dt.date(2024, 12, 1), dt.date(2026, 8, 1))


def figures(plan: Sequence[Scheme], earned: Sequence[int], contract_end: dt.date | None = None) -> list[Month]:
    months = list(zip(MONTHS, plan, strict=False))
    points = dict(zip(MONTHS, earned, strict=False))
    return [found for _month, found, _account in follow(Account(), months, points, contract_end=contract_end)]


@given(st.lists(SCHEMES, min_size=len(MONTHS), max_size=len(MONTHS)), ANY, DAYS)
def test_nothing_is_ever_taken_back(plan: list[Scheme], earned: list[int], contract_end: dt.date | None) -> None:
    for month in figures(plan[: len(earned)], earned, contract_end):
        assert month.payable >= 0 and month.held >= 0 and month.converted >= 0


@given(tables(), FORWARD)
def test_tiers_come_to_the_tier_that_was_reached(scheme: Scheme, earned: list[int]) -> None:
    assert sum(m.payable for m in figures([scheme] * len(earned), earned)) == scheme.tier(sum(earned))[1]


@given(tables(), ANY)
def test_tiers_come_to_the_highest_tier_that_a_month_ended_on(scheme: Scheme, earned: list[int]) -> None:
    ends = [sum(earned[: n + 1]) for n in range(len(earned))]
    assert sum(m.payable for m in figures([scheme] * len(earned), earned)) == max(scheme.tier(end)[1] for end in ends)


@given(staircases(), FORWARD, DAYS)
def test_steps_pay_for_no_more_points_than_there_are(
    scheme: Scheme, earned: list[int], contract_end: dt.date | None
) -> None:
    found = figures([scheme] * len(earned), earned, contract_end)
    total = 0
    for month in found:
        total += month.converted
        assert total <= month.total and month.converted <= scheme.cap
        assert month.payable == month.converted * scheme.rate
        assert month.left_over >= 0


@given(tables(), st.lists(st.integers(0, 90), min_size=1, max_size=len(MONTHS) - 1), st.integers(0, len(MONTHS)))
def test_an_empty_month_between_two_pays_nothing_by_tiers(scheme: Scheme, earned: list[int], where: int) -> None:
    where = min(where, len(earned))
    longer = [*earned[:where], 0, *earned[where:]]
    short = [m.payable for m in figures([scheme] * len(earned), earned)]
    long = [m.payable for m in figures([scheme] * len(longer), longer)]
    assert long[where] == 0 and [*long[:where], *long[where + 1 :]] == short


# -- the second computation ---------------------------------------------------------------------------


def by_the_book(plan: Sequence[Scheme], earned: Sequence[int], contract_end: dt.date | None) -> list[tuple[int, int]]:
    """(points paid for, fen) of each month, from the sentences of docs/domain.md and the decision record on wages.

    Tiers: the tier of all points so far, less what was settled; a month that pays uses up the points of its tier. Steps: whole
    steps of what is in hand, one after the other, up to the cap; from the month in which the contract ends on single points too.
    """
    all_points = in_hand = settled = 0
    lines = []
    for month, scheme, points in zip(MONTHS, plan, earned, strict=False):
        all_points += points
        in_hand += points
        used = fen = 0
        if scheme.kind == "tiers":
            reached = [tier for tier in scheme.tiers if tier[0] <= all_points]
            needed, amount = reached[-1] if reached else (0, 0)
            fen = amount - settled if amount > settled else 0
            already = all_points - in_hand
            used = needed - already if fen and needed > already else 0
        elif scheme.kind == "steps":
            ended = contract_end is not None and last_day(month) >= contract_end
            stride = 1 if ended else scheme.step
            while used + stride <= min(in_hand, scheme.cap):
                used += stride
            fen = used * scheme.rate
        in_hand -= used
        settled += fen
        lines.append((used, fen))
    return lines


@given(st.lists(SCHEMES, min_size=len(MONTHS), max_size=len(MONTHS)), ANY, DAYS)
def test_both_computations_agree(plan: list[Scheme], earned: list[int], contract_end: dt.date | None) -> None:
    plan = plan[: len(earned)]
    assert [(m.converted, m.payable) for m in figures(plan, earned, contract_end)] == by_the_book(
        plan, earned, contract_end
    )


@given(st.lists(SCHEMES, min_size=3, max_size=3), st.lists(st.integers(1, 6), min_size=3, max_size=3), ANY, DAYS)
def test_both_agree_where_a_set_of_rules_lasts_some_months(
    schemes: list[Scheme], lengths: list[int], earned: list[int], contract_end: dt.date | None
) -> None:
    plan = [scheme for scheme, length in zip(schemes, lengths, strict=True) for _ in range(length)]
    earned = earned[: len(plan)]
    plan = plan[: len(earned)]
    assert [(m.converted, m.payable) for m in figures(plan, earned, contract_end)] == by_the_book(
        plan, earned, contract_end
    )
