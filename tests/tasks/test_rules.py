from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from tracker.tasks.rules import Facts, problems

WHOLE = Facts(
    title="Loops", has_area=True, kind="internship", points=20, difficulty="L2", hours=60, mentors=1,
    expected_on=dt.date(2026, 12, 18), accept_by=dt.date(2026, 12, 24), pays_wage=True, gives_certificate=False,
    prize="", prize_amount=None, prize_currency="", empty_texts=frozenset(), today=dt.date(2026, 11, 1),
    first_day=dt.date(2026, 10, 1), last_day=dt.date(2026, 12, 24),
)  # fmt: skip


def but(**changes: Any) -> Facts:
    return dataclasses.replace(WHOLE, **changes)


def test_a_whole_task_lacks_nothing() -> None:
    assert list(problems(WHOLE)) == []
    assert list(problems(but(empty_texts=frozenset({"guidance"})))) == []


def test_an_empty_draft_lacks_every_needed_field_in_the_order_of_the_form() -> None:
    empty = but(
        title=" ", has_area=False, kind="", points=None, difficulty="", hours=None, mentors=0, expected_on=None, accept_by=None,
        empty_texts=frozenset({"background", "requirement", "environment", "criteria", "submit_to", "guidance"}),
    )  # fmt: skip
    assert list(problems(empty)) == [
        "title", "area", "kind", "points", "difficulty", "hours", "mentors", "expected_on", "accept_by", "background",
        "requirement", "environment", "criteria", "submit_to",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": 1001}, "points"),
        ({"hours": 0}, "hours"),
        ({"expected_on": dt.date(2026, 9, 30)}, "expected_on"),
        ({"expected_on": dt.date(2026, 12, 24), "accept_by": dt.date(2026, 12, 23)}, "expected_on"),
        ({"accept_by": dt.date(2026, 12, 25)}, "accept_by"),
        ({"today": dt.date(2026, 12, 25)}, "accept_by"),
        ({"pays_wage": False}, "pays_wage"),
        ({"wage_scheme": "none"}, "pays_wage"),
        ({"prize_amount": 80000, "prize_currency": "CNY"}, "prize"),
        ({"prize_amount": 80000, "prize": "A board"}, "prize_currency"),
    ],
)
def test_what_is_out_of_reason_is_named(changes: dict[str, Any], field: str) -> None:
    found = problems(but(**changes))
    assert list(found) == [field]
    assert str(found[field])


def test_an_internship_task_may_give_a_certificate_or_a_prize_instead_of_a_wage() -> None:
    assert list(problems(but(pays_wage=False, gives_certificate=True))) == []
    assert list(problems(but(pays_wage=False, prize="A board"))) == []
    assert list(problems(but(pays_wage=False, kind="community"))) == []
