"""What a settlement pays: contracts, exclusions, order, and what a page showed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tracker.errors import Refused
from tracker.programmes.wages import Account, Scheme
from tracker.settlements import rules
from tracker.settlements.rules import Figures, Person

TIERS = Scheme(kind="tiers", tiers=((20, 100000), (40, 250000), (60, 400000)))
STEPS = Scheme(kind="steps", rate=5000, step=40, cap=120)


def person(user_id: int = 1, **facts: Any) -> Person:
    account = Account(facts.pop("before", 0), facts.pop("converted", 0), facts.pop("settled", 0))
    return Person(**{"user_id": user_id, "handle": f"p{user_id}", "name": f"P{user_id}", "account": account, "earned": 0,
                     "sig_id": 7, **facts})  # fmt: skip


@pytest.mark.parametrize(
    ("ends_on", "pays"),
    [(None, 0), ("2026-11-30", 0), ("2026-11-01", 0), ("2026-10-31", 175000), ("2026-09-30", 175000)],
)
def test_the_remainder_is_paid_from_the_month_on_in_which_the_contract_ends(ends_on: str | None, pays: int) -> None:
    end = dt.date.fromisoformat(ends_on) if ends_on else None
    line = rules.settle(STEPS, "2026-10", [person(before=20, earned=15, contract_end=end)])[0]
    assert line.pays == pays and line.contract_ended == (pays > 0)


def test_the_remainder_stays_below_the_cap() -> None:
    line = rules.settle(STEPS, "2026-10", [person(before=130, contract_end=dt.date(2026, 9, 1))])[0]
    assert line.month.converted == 120 and line.month.left_over == 10


def test_a_contract_means_nothing_to_tiers() -> None:
    line = rules.settle(TIERS, "2026-10", [person(earned=35, contract_end=dt.date(2026, 9, 1))])[0]
    assert line.pays == 100000


def test_who_is_excluded_is_listed_and_not_paid() -> None:
    lines = rules.settle(TIERS, "2026-10", [person(1, earned=40), person(2, earned=25, excluded="unsigned")])
    assert [(line.person.user_id, line.month.payable, line.pays) for line in lines] == [
        (1, 250000, 250000),
        (2, 100000, 0),
    ]
    found = rules.sums(lines)
    assert (found.count, found.amount, found.excluded_count, found.excluded_amount) == (1, 250000, 1, 100000)


def test_who_has_nothing_to_settle_has_no_line() -> None:
    assert rules.settle(TIERS, "2026-10", [person(before=40, converted=40, settled=250000)]) == []


def test_who_was_paid_by_the_month_before_and_gets_nothing_is_listed_with_the_difference() -> None:
    lines = rules.settle(TIERS, "2026-10", [person(before=40, converted=40, settled=250000, last_paid=150000)])
    assert [(line.pays, line.difference) for line in lines] == [(0, -150000)]
    assert rules.sums(lines).last_amount == 150000


def test_the_difference_to_the_month_before() -> None:
    lines = rules.settle(
        TIERS, "2026-10", [person(before=20, converted=20, settled=100000, earned=20, last_paid=100000)]
    )
    assert lines[0].difference == 50000 and rules.sums(lines).last_amount == 100000


@pytest.mark.parametrize(
    ("month", "due", "good"),
    [
        ("2026-10", "2026-10", True),
        ("2026-10", None, False),
        ("2026-10", "2026-09", False),
        ("2026-10", "2026-12", False),
        ("2026-12", "2026-12", False),
        ("2027-01", "2027-01", False),
    ],
)
def test_months_are_settled_in_order_once_they_have_ended(month: str, due: str | None, good: bool) -> None:
    if good:
        rules.check_month(month, now="2026-12", due=due)
        return
    with pytest.raises(Refused):
        rules.check_month(month, now="2026-12", due=due)


def test_what_the_page_showed_is_held_against_what_is() -> None:
    lines = rules.settle(TIERS, "2026-10", [person(1, earned=20), person(2, earned=20)])
    seen = rules.fingerprint(lines)
    rules.check_shown(lines, count=2, amount=200000, seen=seen)
    others = rules.settle(TIERS, "2026-10", [person(1, earned=20), person(3, earned=20)])
    for wrong in ({"count": 1}, {"amount": 1}, {"seen": rules.fingerprint(others)}):
        with pytest.raises(Refused):
            rules.check_shown(lines, **{"count": 2, "amount": 200000, "seen": seen, **wrong})


def test_what_is_worth_a_look() -> None:
    below, ended = (
        rules.settle(TIERS, "2026-10", [person(earned=15)])[0],
        person(before=15, contract_end=dt.date(2026, 10, 1)),
    )

    def note(line: Figures, scheme: Scheme) -> str:
        month = line.month
        return str(
            rules.note_of(scheme, total=month.total, gross=month.gross, contract_ended=line.contract_ended) or ""
        )

    assert "5 points below" in note(below, TIERS)
    assert "contract has ended" in note(rules.settle(STEPS, "2026-10", [ended])[0], STEPS)
    assert note(rules.settle(TIERS, "2026-10", [person(earned=20)])[0], TIERS) == ""
