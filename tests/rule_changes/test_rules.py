"""What differs between two sets, tiers as they are typed, and what is worth knowing about a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tracker import money
from tracker.errors import Refused
from tracker.rule_changes.rules import check_months, differences, notes, read_tiers, tiers_as_typed, typed

MINDSPORE: dict[str, Any] = {
    "live_claims_per_person": 2, "undo_days": 3, "design_document_within_days": None, "wage_scheme": "tiers", "wage_currency": "CNY",
    "wage": {"tiers": [[20, 100000], [40, 250000]]}, "certificate": {"points": 60, "within_months": 6, "report": True},
}  # fmt: skip


def said(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    return [(str(one.name), one.kind, one.old, one.new) for one in differences(old, new)]


def test_equal_sets_do_not_differ(app: Flask) -> None:
    assert (
        said(
            MINDSPORE,
            {**MINDSPORE, "excellent_intern": {}, "certificate": {**MINDSPORE["certificate"], "mentor_comment": False}},
        )
        == []
    )


def test_numbers_and_ticks_that_differ_are_named_in_the_order_of_the_form(app: Flask) -> None:
    new = {**MINDSPORE, "undo_days": 0, "live_claims_per_person": 3, "design_document_within_days": 14,
           "certificate": {"points": 60, "within_months": 12, "mentor_comment": True}}  # fmt: skip
    assert said(MINDSPORE, new) == [
        ("Live claims per person", "number", 2, 3), ("Days for a design document", "number", None, 14),
        ("Days in which a lapse can be undone", "number", 3, 0), ("Months in which they are reached", "number", 6, 12),
        ("A mentor's comment is needed", "tick", None, True), ("A report is needed", "tick", True, None),
    ]  # fmt: skip


def test_tables_differ_tier_by_tier(app: Flask) -> None:
    new = {**MINDSPORE, "wage": {"tiers": [[10, 50000], [20, 100000], [45, 275000]]}}
    assert said(MINDSPORE, new) == [
        ("Tier of 10 points", "money", None, 50000), ("Tier of 40 points", "money", 250000, None),
        ("Tier of 45 points", "money", None, 275000),
    ]  # fmt: skip


def test_another_scheme_is_all_other_numbers(app: Flask) -> None:
    new = {**MINDSPORE, "wage_scheme": "steps", "wage": {"rate": 5000, "step": 40, "cap": 120}}
    assert said(MINDSPORE, new) == [
        ("Wage scheme", "scheme", "tiers", "steps"), ("Tier of 20 points", "money", 100000, None),
        ("Tier of 40 points", "money", 250000, None), ("Worth of a point", "money", None, 5000),
        ("Points of a step", "number", None, 40), ("Points a month at most", "number", None, 120),
    ]  # fmt: skip
    gone = said(MINDSPORE, {**MINDSPORE, "wage_scheme": "none", "wage": {}})
    assert ("Currency", "text", "CNY", None) in gone
    assert said({}, {"wage_scheme": "none", "undo_days": 0})[0] == (
        "Days in which a lapse can be undone",
        "number",
        None,
        0,
    )


# -- tiers as they are typed --------------------------------------------------------------------------


def test_tiers_are_read_line_by_line() -> None:
    assert read_tiers(" 20  1000 \r\n\n40\t2,500.5\n60 4000.00") == ([[20, 100000], [40, 250050], [60, 400000]], [])
    assert read_tiers("") == ([], [])


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("20", ["Line 1: points and an amount are asked for, such as 40 2500."]),
        ("20 1000 CNY", ["Line 1: points and an amount are asked for, such as 40 2500."]),
        ("2.5 1000", ["Line 1: “2.5” is no whole number of points."]),
        ("２０ 1000", ["Line 1: “２０” is no whole number of points."]),
        ("-20 1000", ["Line 1: “-20” is no whole number of points."]),
        ("0 1000", ["Line 1: points from 1 to 100000 and an amount are asked for."]),
        ("20 1e3", ["Line 1: “1e3” is no amount such as 2500 or 2500.00."]),
        ("20 NaN", ["Line 1: “NaN” is no amount such as 2500 or 2500.00."]),
        ("20 Infinity", ["Line 1: “Infinity” is no amount such as 2500 or 2500.00."]),
        ("20 0.005", ["Line 1: “0.005” is no amount such as 2500 or 2500.00."]),
        ("20 0", ["Line 1: the amount is out of range, 0.01 to 100000000."]),
        ("20 -5", ["Line 1: the amount is out of range, 0.01 to 100000000."]),
        ("20 1000\n\n20 2000", ["Line 3: 20 points don't rise above the tier before, 20."]),
        ("40 2500\n20 3000", ["Line 2: 20 points don't rise above the tier before, 40."]),
        ("20 1000\n40 1000.00", ["Line 2: 1000.00 doesn't rise above the tier before, 1000.00."]),
        ("20 1000\n40 900\n60 950", ["Line 2: 900.00 doesn't rise above the tier before, 1000.00."]),
        ("x\n20 1000\n10 y\n15 500", ["Line 1: points and an amount are asked for, such as 40 2500.",
                                      "Line 3: “y” is no amount such as 2500 or 2500.00.",
                                      "Line 4: 15 points don't rise above the tier before, 20."]),
    ],
)  # fmt: skip
def test_every_line_at_fault_is_named(app: Flask, text: str, wrong: list[str]) -> None:
    assert [str(one) for one in read_tiers(text)[1]] == wrong


def test_there_are_so_many_tiers_at_most(app: Flask) -> None:
    lines = "\n".join(f"{number} {number}" for number in range(1, 52))
    assert [str(one) for one in read_tiers(lines)[1]] == ["At most 50 tiers."]


@given(st.sets(st.integers(1, 100_000), min_size=1, max_size=20), st.data())
def test_tiers_are_shown_as_they_are_read(points: set[int], data: st.DataObject) -> None:
    amounts = data.draw(st.sets(st.integers(1, money.MOST), min_size=len(points), max_size=len(points)))
    tiers = [[p, fen] for p, fen in zip(sorted(points), sorted(amounts), strict=True)]
    assert read_tiers(tiers_as_typed(tiers)) == (tiers, [])


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_named(text: str) -> None:
    tiers, wrong = read_tiers(text)
    assert wrong or all(a[0] < b[0] and a[1] < b[1] for a, b in zip(tiers, tiers[1:], strict=False))


# -- days and months ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "words"),
    [("2026-12-01", []), ("2026-12-15", ["from 1 December 2026 on"]), ("2026-11-01", ["has passed"]),
     ("2026-11-20", ["from 1 November 2026 on", "has passed"])],
)  # fmt: skip
def test_what_is_worth_knowing_about_a_day(app: Flask, day: str, words: list[str]) -> None:
    found = [str(note) for note in notes(dt.date.fromisoformat(day), dt.date(2026, 11, 20))]
    assert len(found) == len(words) and all(part in note for part, note in zip(words, found, strict=True))


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [("2026-01", "2026-11", None), ("2026-11", "2026-11", None), ("2023-12", "2026-11", None), ("2023-11", "2026-11", "first"),
     ("2026-12", "2026-11", "first"), ("2026-01", "2026-12", "last")],
)  # fmt: skip
def test_the_months_of_what_if(app: Flask, first: str, last: str, field: str | None) -> None:
    if field is None:
        check_months(first, last, now="2026-11", most=36)
        return
    with pytest.raises(Refused) as caught:
        check_months(first, last, now="2026-11", most=36)
    assert caught.value.field == field


def test_a_set_is_typed_number_by_number() -> None:
    assert typed(MINDSPORE)["tiers"] == [[20, 100000], [40, 250000]] and typed(MINDSPORE)["certificate_months"] == 6
    assert typed(MINDSPORE)["rate"] is None and set(typed({}).values()) == {None}
