"""What goes into a batch, and what a layout may say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.batches import rules
from tracker.batches.fields import FIELDS, Line
from tracker.batches.rules import choose
from tracker.errors import Refused


def lines(*pairs: tuple[int, int], currency: str = "CNY") -> list[Any]:
    """(person, fen) of lines that are numbered from 1."""
    return [
        SimpleNamespace(id=number, user_id=person, amount=fen, currency=currency)
        for number, (person, fen) in enumerate(pairs, 1)
    ]


@pytest.mark.parametrize(
    ("given_lines", "left"),
    [
        ([(1, 100), (2, 200)], []),
        ([(1, 100), (1, -40)], []),
        ([(1, 100), (1, -100)], [1, 2]),  # nobody is paid nothing, and what was taken back isn't paid
        ([(1, -40), (1, 100)], []),  # the order doesn't matter
        ([(1, -40)], [1]),
        ([(1, -40), (2, 100)], [1]),  # nobody pays for another
        ([(1, 100), (1, -60), (1, -60)], [1, 2, 3]),
        ([(1, 100), (1, -200), (2, 7)], [1, 2]),
        ([(1, 100), (1, -60), (2, 50), (2, -60)], [3, 4]),
    ],
)
def test_a_person_s_lines_go_in_together_while_they_come_to_something(
    given_lines: list[tuple[int, int]], left: list[int]
) -> None:
    found = choose(lines(*given_lines))
    assert [line.id for line in found.left] == left
    assert [line.id for line in found.taken] == [n for n in range(1, len(given_lines) + 1) if n not in left]


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-500, 500).filter(bool)), max_size=30))
def test_whoever_is_in_a_batch_receives_something(pairs: list[tuple[int, int]]) -> None:
    found = choose(lines(*pairs))
    sums: dict[int, int] = {}
    for line in found.taken:
        sums[line.user_id] = sums.get(line.user_id, 0) + line.amount
    assert all(fen > 0 for fen in sums.values()) and found.amount == sum(sums.values())
    for person in {line.user_id for line in found.left}:
        assert sum(line.amount for line in found.left if line.user_id == person) <= 0 and person not in sums
    assert len(found.taken) + len(found.left) == len(pairs)


def test_what_is_frozen_is_what_the_page_said() -> None:
    two = lines((1, 100), (2, 250))
    rules.check_lines(two, currency="CNY", count=2, amount=350)
    for said in ({"count": 3, "amount": 350}, {"count": 2, "amount": 351}):
        with pytest.raises(Refused, match=r"the lines are 2 and come to CNY\xa03\.50"):
            rules.check_lines(two, currency="CNY", **said)
    with pytest.raises(Refused, match="one currency"):
        rules.check_lines(two, currency="USD", count=2, amount=350)
    with pytest.raises(Refused, match="Line 1 can't go in"):
        rules.check_lines(lines((1, 100), (1, -100)), currency="CNY", count=2, amount=0)


def test_a_batch_has_lines_and_not_too_many() -> None:
    rules.check_number(1)
    rules.check_number(rules.MOST_LINES)
    with pytest.raises(Refused, match="no line to freeze"):
        rules.check_number(0)
    with pytest.raises(Refused, match="At most 5000 lines go into one batch, and these are 5001"):
        rules.check_number(rules.MOST_LINES + 1)


@pytest.mark.parametrize("slug", ["", "A", "-a", "a-", "a_b", "lines", "a" * 41, "a.b", "名"])
def test_a_short_name_fits_an_address(slug: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.check_slug(slug)
    assert refused.value.field == "slug"


def columns(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"heading": heading, "field": field} for heading, field in pairs]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        (columns(), "1 to 40 columns"),
        (columns(*((f"h{n}", "amount") for n in range(41))), "1 to 40 columns"),
        (columns(("", "amount")), "Column 1: the heading is missing"),
        (columns(("Sum", "amount"), ("x" * 61, "handle")), "Column 2: the heading has more than 60"),
        (columns(("Sum", "amount"), ("ＳＵＭ", "handle")), "Column 2: another column has this heading"),
        (columns(("Sum", "amount"), ("Who", "nobody")), "Column 2: there is no field “nobody”"),
        (columns(("Who", "handle")), "No column has the amount"),
    ],
)
def test_a_layout_says_what_is_wrong_with_it(typed: list[dict[str, str]], why: str) -> None:
    with pytest.raises(Refused, match=why) as refused:
        rules.check_columns(typed)
    assert refused.value.field == "columns"


def test_every_field_is_something_of_a_line() -> None:
    assert set(FIELDS) == {name for name in dir(Line) if not name.startswith("_")} - {"user_id"}
