"""What the database itself refuses about rules and their changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from tests.rule_changes.conftest import DECEMBER, HIGHER, approve, changed, do, propose, refused, settle
from tests.support.cast import Cast
from tracker.db import db
from tracker.errors import Refused
from tracker.permissions import SYSTEM
from tracker.programmes.service import add_rules
from tracker.rule_changes import service
from tracker.rule_changes.models import RuleChange
from tracker.settlements.models import Settlement


def lets(statement: str, **values: Any) -> bool:
    """Whether the database takes it; undone in any case."""
    nested = db.session.begin_nested()
    try:
        db.session.execute(text(statement), values)
    except DatabaseError:
        return False
    finally:
        if nested.is_active:
            nested.rollback()
    return True


_APPROVE = (
    "UPDATE rule_change SET state = 'approved', decided_by_id = :who, decided_at = proposed_at, rules_id = :rules"
    " WHERE id = :id"
)
_END = "UPDATE rule_change SET state = :state, decided_by_id = :who, decided_at = proposed_at, decision = :why WHERE id = :id"


def test_nobody_approves_their_own(cast: Cast) -> None:
    change, rules = propose(cast), cast.make_rules(valid_from=dt.date(2027, 6, 1))
    db.session.commit()
    about = {"id": change.id, "rules": rules.id}
    assert lets(_APPROVE, who=cast.fay.id, **about)
    assert not lets(_APPROVE, who=cast.mona.id, **about)
    assert not lets(_APPROVE, who=None, **about)
    assert not lets(_APPROVE, who=cast.fay.id, id=change.id, rules=None)


@pytest.mark.parametrize(("state", "other"), [("declined", True), ("withdrawn", False)])
def test_who_ends_it_and_why(cast: Cast, state: str, other: bool) -> None:
    change = propose(cast)
    assert lets(_END, state=state, who=cast.fay.id, why="No.", id=change.id) == other
    assert lets(_END, state=state, who=cast.mona.id, why="No.", id=change.id) != other
    for who in (cast.fay.id, cast.mona.id):
        assert not lets(_END, state=state, who=who, why="", id=change.id)
    assert not lets(_END, state=state, who=None, why="No.", id=change.id)


@pytest.mark.parametrize(
    "column", ["valid_from = '2027-02-01'", "reason = 'Another'", "numbers = '{}'", "proposed_by_id = proposed_by_id + 1",
               "base_id = NULL", "proposed_at = '2020-01-01'"],
)  # fmt: skip
def test_what_was_proposed_stays(cast: Cast, column: str) -> None:
    change = propose(cast)
    assert not lets(f"UPDATE rule_change SET {column} WHERE id = :id", id=change.id)


def test_what_was_decided_stays(cast: Cast) -> None:
    change = approve(cast.fay, propose(cast))
    for column in (
        "decided_by_id = :other",
        "decision = 'Because'",
        "rules_id = NULL",
        "state = 'proposed'",
        "state = 'declined'",
    ):
        values = {"other": cast.finn.id} if ":other" in column else {}
        assert not lets(f"UPDATE rule_change SET {column} WHERE id = :id", id=change.id, **values)
    assert not lets("DELETE FROM rule_change WHERE id = :id", id=change.id)


def test_one_open_proposal_of_a_day(cast: Cast) -> None:
    change = propose(cast)
    again = (
        "INSERT INTO rule_change (programme_id, valid_from, numbers, reason, state, proposed_by_id, proposed_at, decision, version)"
        " SELECT programme_id, :day, numbers, reason, :state, proposed_by_id, proposed_at, '', 1 FROM rule_change WHERE id = :id"
    )
    assert not lets(again, day=DECEMBER, state="proposed", id=change.id)
    assert lets(again, day=dt.date(2027, 1, 1), state="proposed", id=change.id)
    assert not lets(again, day=dt.date(2027, 1, 1), state="approved", id=change.id)


def test_rules_and_settlements_keep_to_the_currency_that_was_settled_in(ledger: Cast) -> None:
    settle(ledger, "2026-09")
    numbers = changed(ledger.rules, wage_currency="USD", wage=HIGHER)
    said, _field = refused(do, add_rules, SYSTEM, ledger.programme, valid_from=DECEMBER, **numbers)
    assert "settled in another currency" in said
    none = {**numbers, "wage_scheme": "none", "wage": {}}
    assert do(add_rules, SYSTEM, ledger.programme, valid_from=DECEMBER, **none).wage_currency == "USD"
    done = db.session.query(Settlement).one()

    def other() -> None:
        columns = {
            "rules_id": done.rules_id,
            "currency": "USD",
            "count": 0,
            "amount": 0,
            "committed_by_id": ledger.mona.id,
        }
        db.session.add(
            Settlement(programme_id=ledger.programme.id, month="2026-10", committed_at=done.committed_at, **columns)
        )

    assert "another currency" in refused(do, other)[0]


def test_a_month_on_its_day_or_later_that_is_settled_refuses_rules(ledger: Cast) -> None:
    """Also where a service would not have looked: the last word is the database's."""
    settle(ledger, "2026-09")
    with pytest.raises(Refused, match="Rules begin after the last settled month"):
        do(add_rules, SYSTEM, ledger.programme, valid_from=dt.date(2026, 9, 30), **changed(ledger.rules, undo_days=5))


def test_a_version_is_counted(cast: Cast) -> None:
    change = propose(cast)
    do(service.withdraw_rule_change, cast.mona, change, version=1, reason="No.")
    assert db.session.get_one(RuleChange, change.id).version == 2
