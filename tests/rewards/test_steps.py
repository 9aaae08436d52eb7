"""Editing what is proposed, what the bank sends back, paying it anew, and approving many at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from tests.rewards.lines import accepted, approve, bare_line, cancel, correction, paid_anew, pay, propose, returned
from tests.support.cast import Cast
from tests.support.statements import statements
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event
from tracker.ledger.models import Transfer
from tracker.ledger.queries import balances, points_total
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards import service
from tracker.rewards.models import Reward
from tracker.rewards.queries import money_of


def give_back(actor: Any, line: Reward, reason: str = "Account closed", version: int | None = None) -> Reward:
    seen = version or line.version
    return transaction(lambda: service.return_reward(actor, line, reason=reason, version=seen))


def reissue(actor: Any, line: Reward) -> Reward:
    seen = line.version
    return transaction(lambda: service.reissue_reward(actor, line, version=seen))


def edit(actor: Any, line: Reward, **typed: Any) -> Reward:
    values = {"description": line.description, "amount": line.amount, "currency": line.currency, "points": line.points,
              "version": line.version, **typed}  # fmt: skip
    return transaction(lambda: service.edit_reward(actor, line, **values))


def approve_all(actor: Any, lines: list[Reward], sums: dict[str, int]) -> list[Reward]:
    seen = {line.id: line.version for line in lines}
    return transaction(lambda: service.approve_rewards(actor, lines=seen, sums=sums))


def balance(kind: str) -> list[int]:
    return [int(row.balance) for row in balances(kind)]


# -- editing --------------------------------------------------------------------------------------


def test_the_proposer_edits_what_nobody_approved(cast: Cast) -> None:
    line = edit(cast.mona, propose(cast), amount=70000, description="A longer talk")
    assert (line.amount, line.description, line.version, line.state) == (70000, "A longer talk", 2, "proposed")
    assert approve(cast.max, line).approved_amount == 70000


def test_an_approval_of_what_was_edited_meanwhile_is_refused(cast: Cast) -> None:
    line = propose(cast)
    edit(cast.mona, line, amount=9_900_000)
    with pytest.raises(Refused) as refused:
        approve(cast.max, line, version=1)
    assert "Mona changed a proposed reward" in str(refused.value)


def test_nobody_else_edits_and_nothing_after_approval(cast: Cast) -> None:
    line = propose(cast)
    for other in (cast.max, cast.fay, cast.nils, cast.dora, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            edit(other, line, amount=1)
    for wrong in ({"amount": -5}, {"amount": 0}, {"currency": "XXX"}, {"points": 5}, {"description": " "}):
        with pytest.raises(Refused):
            edit(cast.mona, line, **wrong)
    with pytest.raises(Refused):
        edit(cast.mona, line, version=7)
    approve(cast.max, line)
    with pytest.raises(Refused):
        edit(cast.mona, line, amount=1)


# -- the bank sends it back -----------------------------------------------------------------------


def test_what_came_back_takes_its_bookings_back_and_is_paid_anew(cast: Cast) -> None:
    line = give_back(cast.finn, pay(cast.fay, approve(cast.max, propose(cast))))
    assert (line.state, line.reason, line.returned_by_id) == ("returned", "Account closed", cast.finn.id)
    assert balance("payable") == [0] and balance("bank") == [0] and balance("rewards") == [0]
    again = reissue(cast.mona, line)
    assert (again.state, again.amount, again.reissues_id, again.user_id) == ("proposed", 50000, line.id, cast.dora.id)
    pay(cast.fay, approve(cast.max, again))
    assert balance("payable") == [0] and balance("bank") == [50000] and balance("rewards") == [-50000]


def test_it_is_paid_anew_once_unless_that_was_cancelled(cast: Cast) -> None:
    line = give_back(cast.fay, pay(cast.fay, approve(cast.max, propose(cast))))
    again = reissue(cast.fay, line)
    with pytest.raises(Refused) as refused:
        reissue(cast.mona, line)
    assert str(again.id) in str(refused.value)
    cancel(cast.max, again)
    assert reissue(cast.mona, line).id != again.id


def test_a_prize_that_came_back_is_paid_anew_as_well(cast: Cast) -> None:
    terms = {**cast.task.terms, "prize": "A board", "prize_amount": 80000, "prize_currency": "CNY"}
    claim = cast.make_claim(state="submitted", terms=terms)
    transaction(lambda: service.accept_claim(cast.mona, claim, points=20))
    line = db.session.scalars(select(Reward).where(Reward.kind == "prize")).one()
    back = returned(cast.finn, pay(cast.fay, approve(cast.max, line)))
    again = paid_anew(cast.mona, back)
    assert (again.claim_id, again.reissues_id, again.amount) == (claim.id, line.id, 80000)


def test_what_came_back_is_on_the_way_until_it_is_paid_anew(cast: Cast) -> None:
    kept = pay(cast.fay, approve(cast.max, propose(cast, description="A demo", amount=300)))
    line = returned(cast.fay, pay(cast.fay, approve(cast.max, propose(cast))))
    propose(cast, description="A prize in euros", amount=700, currency="EUR")

    def money() -> tuple[dict[str, int], dict[str, int]]:
        return (found := money_of(cast.dora.id)).paid, found.on_the_way

    assert money() == ({"CNY": 300}, {"CNY": 50000, "EUR": 700}) and kept.amount == 300
    again = paid_anew(cast.mona, line)
    assert money() == ({"CNY": 300}, {"CNY": 50000, "EUR": 700})  # once, not twice
    cancel(cast.mona, again)
    assert money() == ({"CNY": 300}, {"CNY": 50000, "EUR": 700})
    pay(cast.fay, approve(cast.max, paid_anew(cast.mona, line)))
    assert money() == ({"CNY": 50300}, {"EUR": 700})


def test_who_notes_a_return_and_of_what(cast: Cast) -> None:
    line = pay(cast.fay, approve(cast.max, propose(cast)))
    for nobody in (cast.mona, cast.admin, cast.dora, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            give_back(nobody, line)
    with pytest.raises(Refused):
        give_back(cast.fay, line, reason=" ")
    with pytest.raises(Refused):
        give_back(cast.fay, line, version=1)
    thing = pay(cast.fay, approve(cast.max, propose(cast, amount=None, currency="")))
    with pytest.raises(Refused):
        give_back(cast.fay, thing)
    with pytest.raises(Refused):
        give_back(cast.fay, approve(cast.max, propose(cast, description="Not paid yet")))
    with pytest.raises(Refused):
        reissue(cast.mona, line)
    own = pay(cast.finn, approve(cast.max, propose(cast, user=cast.fay)))
    with pytest.raises(Forbidden):
        give_back(cast.fay, own)


def test_a_cancelled_line_owes_nothing(cast: Cast) -> None:
    cancel(cast.mona, approve(cast.max, propose(cast)))
    assert balance("payable") == [0] and balance("rewards") == [0]


def test_a_negative_line_is_the_transfer_with_both_ends_swapped(cast: Cast) -> None:
    line = approve(cast.max, propose(cast))
    less = approve(cast.max, correction(cast, amount=-20000, currency="CNY", corrects=line))
    assert balance("payable") == [30000]
    with pytest.raises(Refused, match="a batch sets it off"):
        pay(cast.fay, less)
    assert min(db.session.scalars(select(Transfer.amount))) > 0


def test_a_correction_is_in_the_currency_of_its_line_and_takes_back_no_more_than_that(cast: Cast) -> None:
    line = approve(cast.max, propose(cast))
    for wrong in ({"amount": -100, "currency": "USD"}, {"amount": -50001, "currency": "CNY"}):
        with pytest.raises(Refused):
            correction(cast, corrects=line, **wrong)
    first = correction(cast, corrects=line, amount=-30000, currency="CNY")
    with pytest.raises(Refused, match="stands at CNY 200"):
        correction(cast, corrects=line, amount=-20001, currency="CNY", description="Again")
    with pytest.raises(Refused):
        edit(cast.mona, first, amount=-50001)
    assert edit(cast.mona, first, amount=-50000).amount == -50000


def test_a_line_with_a_standing_correction_is_not_cancelled(cast: Cast) -> None:
    line = approve(cast.max, propose(cast))
    less = correction(cast, corrects=line, amount=-20000, currency="CNY")
    with pytest.raises(Refused, match=f"Line {less.id} corrects this one"):
        cancel(cast.fay, line)
    cancel(cast.fay, less)
    assert cancel(cast.fay, line).state == "cancelled"


def test_whoever_accepted_the_work_approves_no_correction_that_names_its_task_and_a_line(cast: Cast) -> None:
    claim = accepted(cast)
    line = approve(cast.fay, bare_line(cast, cast.mona, cast.max, cast.dora))
    fixed = correction(cast, corrects=line, amount=-10, currency="CNY", task=claim.task)
    assert fixed.acceptor_ids == {cast.max.id, cast.nils.id}


# -- many at once ---------------------------------------------------------------------------------


def test_corrections_approved_together_leave_no_points_below_nothing(cast: Cast) -> None:
    accepted(cast, 20)
    both = [correction(cast, points=-12), correction(cast, points=-15, description="Also counted twice")]
    with pytest.raises(Refused, match="has 8 points"):
        approve_all(cast.max, both, {})
    assert points_total(cast.dora.id, cast.programme.id) == 20
    assert {line.state for line in approve_all(cast.max, both[:1], {})} == {"approved"}


def test_all_that_a_page_showed_are_approved(cast: Cast) -> None:
    lines = [propose(cast, description=f"Talk {number}") for number in range(3)]
    lines.append(propose(cast, amount=700, currency="USD"))
    done = approve_all(cast.max, lines, {"CNY": 150000, "USD": 700})
    assert {line.state for line in done} == {"approved"} and {line.version for line in done} == {2}
    assert len(db.session.scalars(select(Event).where(Event.name == "reward.approved")).all()) == 4
    assert sorted(balance("payable")) == [700, 150000]


@pytest.mark.parametrize("sums", [{}, {"CNY": 1}, {"USD": 100000}, {"CNY": 100000, "USD": 1}])
def test_the_sum_that_was_confirmed_must_be_theirs(cast: Cast, sums: dict[str, int]) -> None:
    lines = [propose(cast, description=f"Talk {number}") for number in range(2)]
    with pytest.raises(Refused) as refused:
        approve_all(cast.max, lines, sums)
    assert "CNY 1000.00" in str(refused.value)
    assert set(db.session.scalars(select(Reward.state))) == {"proposed"}


def test_one_that_changed_or_is_not_yours_keeps_all_of_them(cast: Cast) -> None:
    good, edited = propose(cast), propose(cast, description="Edited")
    seen = {good.id: 1, edited.id: 1}
    edit(cast.mona, edited, amount=60000)
    own = propose(cast, actor=cast.mona, user=cast.max, description="For Max")
    accepted = bare_line(cast, cast.mona, cast.max, cast.dora)
    for wrong, words in (
        ({**seen}, f"{edited.id}: Mona changed"),
        ({good.id: 1, own.id: 1}, "You receive it"),
        ({good.id: 1, accepted.id: 1}, "You accepted the work"),
        ({good.id: 1, 99999: 1}, "it isn't there"),
    ):
        with pytest.raises(Refused) as refused:
            transaction(lambda wrong=wrong: service.approve_rewards(cast.max, lines=wrong, sums={"CNY": 100000}))
        assert words in str(refused.value)
    with pytest.raises(Refused):
        transaction(lambda: service.approve_rewards(cast.max, lines={}, sums={}))
    with pytest.raises(Refused):
        transaction(lambda: service.approve_rewards(cast.max, lines=dict.fromkeys(range(1, 1002), 1), sums={}))
    assert set(db.session.scalars(select(Reward.state))) == {"proposed"}


def test_each_line_takes_as_many_statements_as_another(cast: Cast) -> None:
    """What grows are the rows that are written, and who of finance is told: nothing is read line by line."""
    counts = []
    for run, number in enumerate((1, 2, 4, 6)):  # the first makes the accounts
        lines = [propose(cast, description=f"{run} {index}") for index in range(number)]
        seen = {line.id: line.version for line in lines}
        with statements() as made:
            transaction(
                lambda seen=seen: service.approve_rewards(cast.max, lines=seen, sums={"CNY": 50000 * len(seen)})
            )
        counts.append(len(made))
    assert counts[3] - counts[2] == counts[2] - counts[1] <= 2 * 6


# -- what the database refuses --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("UPDATE ledger_transfer SET amount = 1", "ledger_transfer_append_only"),
        ("DELETE FROM ledger_transfer", "ledger_transfer_append_only"),
        ("DELETE FROM ledger_account", "ledger_account_append_only"),
        ("DELETE FROM reward_acceptor", "reward_acceptor_append_only"),
        ("INSERT INTO reward_acceptor (reward_id, user_id) SELECT id, user_id FROM reward", "reward_acceptor_late"),
        ("UPDATE reward SET state = 'returned'", "reward_state_step|returned_with_reason"),
        ("UPDATE reward SET state = 'in_batch'", "in_a_batch"),
        ("UPDATE reward SET amount = 1", "reward_frozen|approved_amount_is_amount"),
        ("UPDATE reward SET approved_by_id = proposed_by_id", "reward_frozen|four_eyes"),
    ],
)
def test_the_database_holds_it_too(cast: Cast, statement: str, name: str) -> None:
    approve(cast.max, bare_line(cast, cast.mona, cast.nils, cast.dora))
    with pytest.raises(Exception, match=name), db.session.begin_nested():
        db.session.execute(text(statement))


def test_an_acceptor_does_not_approve_whatever_the_program_says(cast: Cast) -> None:
    line = bare_line(cast, cast.mona, cast.max, cast.dora)
    with pytest.raises(Exception, match="reward_acceptor_approves"), db.session.begin_nested():
        db.session.execute(
            text("UPDATE reward SET state = 'approved', approved_by_id = :who, approved_at = proposed_at,"
                 " approved_amount = amount WHERE id = :id"), {"who": cast.max.id, "id": line.id},
        )  # fmt: skip


def _refused(row: Transfer, name: str) -> None:
    """The database refuses to insert it."""
    db.session.add(row)
    with db.session.no_autoflush, pytest.raises(Exception, match=name):
        db.session.flush()
    db.session.rollback()


def _transfer(cast: Cast, **columns: Any) -> Transfer:
    first = db.session.scalars(select(Transfer).order_by(Transfer.id)).first()
    assert first is not None
    values = {
        column.name: getattr(first, column.name)
        for column in Transfer.__table__.columns
        if column.name not in ("id", "key")
    }
    return Transfer(**{**values, "key": "again", **columns})


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"amount": 0}, "amount_range"),
        ({"amount": -5}, "amount_range"),
        ({"key": "reward:{id}:owed"}, "ledger_transfer.key|uq_ledger_transfer_key"),
        ({"unit": "USD"}, "ledger_transfer_accounts"),
        ({"debit_id": "credit"}, "two_accounts|ledger_transfer_accounts"),
        ({"reverses_id": "first"}, "ledger_transfer_reversal"),
        ({"by_id": "user"}, "not_ones_own"),
    ],
)
def test_a_transfer_that_does_not_balance_is_none(cast: Cast, columns: dict[str, Any], name: str) -> None:
    line = approve(cast.max, propose(cast))
    first = db.session.scalars(select(Transfer)).one()
    replaced = {"credit": first.credit_id, "first": first.id, "user": first.user_id}
    typed = {key: replaced.get(value, value) if isinstance(value, str) else value for key, value in columns.items()}
    if "key" in typed:
        typed["key"] = f"reward:{line.id}:owed"
    _refused(_transfer(cast, **typed), name)


def test_a_transfer_is_reversed_once(cast: Cast) -> None:
    cancel(cast.mona, approve(cast.max, propose(cast)))
    first = db.session.scalars(select(Transfer).order_by(Transfer.id)).first()
    assert first is not None
    again = _transfer(cast, debit_id=first.credit_id, credit_id=first.debit_id, reverses_id=first.id)
    _refused(again, "reverses_id")
