"""Reward lines: proposing by hand, approving, cancelling, paying, and who may not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, text

from tests.rewards.lines import BONUS, accepted, approve, bare_line, cancel, correction, pay, propose
from tests.support.cast import Cast
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events import Event, Notice
from tracker.ledger.models import Transfer
from tracker.ledger.queries import balances, points_total
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards import payments, queries, service
from tracker.rewards.models import Reward

# -- proposing ------------------------------------------------------------------------------------


def test_a_bonus_goes_from_proposed_to_paid(cast: Cast) -> None:
    line = propose(cast)
    assert line.state == "proposed" and line.version == 1 and line.programme_id == cast.programme.id
    line = approve(cast.max, line)
    assert (line.state, line.approved_amount, line.version) == ("approved", 50000, 2)
    line = pay(cast.fay, line)
    assert (line.state, line.payment_reference, line.version) == ("paid", "20261016-0047", 3)
    booked = db.session.scalars(select(Transfer).order_by(Transfer.id)).all()
    assert [(t.kind, t.reward_id, t.amount, t.unit) for t in booked] == [
        ("owed", line.id, 50000, "CNY"), ("paid", line.id, 50000, "CNY")
    ]  # fmt: skip
    assert [row.balance for kind in ("rewards", "payable", "bank") for row in balances(kind)] == [-50000, 0, 50000]
    names = db.session.scalars(select(Event.name).order_by(Event.id)).all()
    assert names == ["reward.proposed", "reward.approved", "reward.paid"]


def test_each_step_tells_whom_it_concerns(cast: Cast) -> None:
    line = pay(cast.fay, approve(cast.max, propose(cast)))
    told = {}
    for name, user_id in db.session.execute(select(Event.name, Notice.user_id).join(Notice.event)):
        told.setdefault(name, set()).add(user_id)
    assert told["reward.proposed"] == {cast.max.id, cast.fay.id, cast.finn.id}
    assert told["reward.approved"] == {cast.dora.id, cast.fay.id, cast.finn.id}
    assert told["reward.paid"] == {line.user_id}


def test_a_bonus_need_not_be_money(cast: Cast) -> None:
    line = pay(cast.fay, approve(cast.max, propose(cast, amount=None, currency="")), reference="handed over")
    assert line.amount is None and line.approved_amount is None and line.state == "paid"


def test_a_line_keeps_the_task_and_who_accepted_it(cast: Cast) -> None:
    claim = accepted(cast)
    line = propose(cast, task=cast.task)
    assert (line.task_id, line.claim_id, line.acceptor_ids) == (cast.task.id, claim.id, {cast.nils.id})
    assert propose(cast, user=cast.otto, task=cast.task).claim_id is None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "wage"}, "kind"),
        ({"kind": "prize"}, "kind"),
        ({"description": "  "}, "description"),
        ({"description": "x" * 301}, "description"),
        ({"currency": ""}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"amount": None}, "amount"),
        ({"amount": 0}, "amount"),
        ({"amount": 10_000_000_001}, "amount"),
        ({"amount": -5}, "amount"),
        ({"points": 3}, "points"),
        ({"amount": None, "currency": "", "points": 3}, "points"),
        ({"kind": "correction", "amount": None, "currency": ""}, "amount"),
        ({"month": "2026-13"}, "month"),
        ({"month": "2099-01"}, "month"),
    ],
)
def test_a_proposal_is_checked_at_the_field(cast: Cast, typed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        propose(cast, **typed)
    assert refused.value.field == field


def test_nobody_proposes_for_themselves(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        propose(cast, user=cast.mona)
    assert refused.value.field == "user"


def test_only_maintainers_of_the_sig_propose(cast: Cast) -> None:
    for nobody in (cast.nils, cast.dora, cast.otto, cast.fay, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            propose(cast, actor=nobody)


def test_a_sig_without_programme_and_a_foreign_task_are_refused(cast: Cast) -> None:
    with pytest.raises(Refused):
        transaction(
            lambda: service.propose_reward(cast.nils, cast.ge, **{**BONUS, "user": cast.dora, "task": cast.task})
        )
    db.session.execute(text("DELETE FROM programme_sig"))
    db.session.commit()
    with pytest.raises(Refused):
        propose(cast)


def test_an_earlier_month_is_kept_with_its_quarter(cast: Cast) -> None:
    line = propose(cast, month="2026-02")
    assert (line.month, line.quarter) == ("2026-02", "2026Q1")


# -- corrections ----------------------------------------------------------------------------------


def test_a_correction_of_points_is_booked_by_its_approval_and_final(cast: Cast) -> None:
    accepted(cast)
    line = approve(cast.max, correction(cast, points=-2))
    entry = queries.entry_of_reward(line.id)
    transfer = db.session.scalars(select(Transfer).where(Transfer.reward_id == line.id)).one()
    assert (entry.points, transfer.amount) == (-2, 2), "a negative line is the transfer with both ends swapped"
    assert (transfer.user_id, transfer.by_id, transfer.reason) == (cast.dora.id, cast.max.id, "Counted twice")
    assert points_total(cast.dora.id, cast.programme.id) == 18
    with pytest.raises(Refused):
        pay(cast.fay, line)
    with pytest.raises(Refused):
        cancel(cast.mona, line)


@pytest.mark.parametrize("many", [False, True])
def test_points_that_are_approved_in_another_quarter_stand_where_they_are_booked(cast: Cast, many: bool) -> None:
    accepted(cast)
    with time_machine.travel(dt.datetime(2026, 12, 31, 4, tzinfo=dt.UTC), tick=False):
        line, money = correction(cast, points=-2), propose(cast)
    # New Year's Day in Beijing.
    with time_machine.travel(dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC), tick=False):
        if many:
            seen = {line.id: line.version, money.id: money.version}
            transaction(lambda: service.approve_rewards(cast.max, lines=seen, sums={"CNY": 50000}))
        else:
            approve(cast.max, line)
            approve(cast.max, money)
    assert (line.month, line.quarter) == ("2027-01", "2027Q1")
    assert queries.entry_of_reward(line.id).month == line.month
    assert (money.month, money.quarter) == ("2026-12", "2026Q4"), "money stays in the month that it is for"


def test_no_more_points_are_taken_than_there_are(cast: Cast) -> None:
    with pytest.raises(Refused):
        correction(cast, points=-1)
    accepted(cast)
    first, second = correction(cast, points=-15), correction(cast, points=-15, description="Counted thrice")
    approve(cast.max, first)
    with pytest.raises(Refused) as refused:
        approve(cast.max, second)
    assert "5" in str(refused.value)
    for out_of_range in (0, 100_001):
        with pytest.raises(Refused):
            correction(cast, points=out_of_range)


def test_a_correction_names_the_approved_line_it_puts_right(cast: Cast) -> None:
    line = approve(cast.max, propose(cast))
    fixed = correction(cast, amount=-500, currency="CNY", corrects=line)
    assert fixed.corrects_id == line.id and fixed.amount == -500
    assert [row.id for row in queries.corrections_of(line.id)] == [fixed.id]


def test_a_correction_of_an_accepted_prize_keeps_the_acceptor_out(cast: Cast) -> None:
    terms = {**cast.task.terms, "prize": "Prize", "prize_amount": 80000, "prize_currency": "CNY"}
    claim = cast.make_claim(state="submitted", terms=terms)
    transaction(lambda: service.accept_claim(cast.max, claim, points=20))
    prize = approve(cast.fay, queries.reward_of_claim(claim.id)[0])
    fixed = correction(cast, amount=-500, currency="CNY", corrects=prize)
    assert (fixed.acceptor_ids, fixed.claim_id, fixed.task_id) == ({cast.max.id}, claim.id, cast.task.id)
    with pytest.raises(Forbidden):
        approve(cast.max, fixed)


def test_what_a_correction_may_not_name(cast: Cast) -> None:
    waiting = propose(cast)
    approved = approve(cast.max, propose(cast, description="Another talk"))
    money = {"amount": -1, "currency": "CNY"}
    for typed in (
        {**money, "corrects": waiting},
        {**money, "corrects": approved, "user": cast.otto},
        {"points": 5, "corrects": approved},
        {**BONUS, "corrects": approved},
    ):
        with pytest.raises(Refused) as refused:
            correction(cast, **typed)
        assert refused.value.field == "corrects"


# -- stale and repeated steps ---------------------------------------------------------------------


def test_a_stale_step_says_what_changed_meanwhile(cast: Cast) -> None:
    line = propose(cast)
    approve(cast.max, line, version=1)
    with pytest.raises(Refused) as refused:
        approve(cast.fay, line, version=1)
    assert "Max approved" in str(refused.value) and "approved" in str(refused.value)


def test_a_line_without_events_that_is_stale_says_so(cast: Cast) -> None:
    line = bare_line(cast, cast.mona, None, cast.dora)
    with pytest.raises(Refused):
        approve(cast.fay, line, version=7)


def test_a_line_is_paid_once(cast: Cast) -> None:
    line = approve(cast.max, propose(cast))
    seen = line.version
    pay(cast.fay, line, version=seen)
    for version in (seen, seen + 1):
        with pytest.raises(Refused):
            pay(cast.finn, line, version=version)
    assert len(db.session.scalars(select(Transfer).where(Transfer.kind == "paid")).all()) == 1


@pytest.mark.parametrize("reference", ["", "  ", "x" * 101])
def test_a_payment_needs_a_reference(cast: Cast, reference: str) -> None:
    line = approve(cast.max, propose(cast))
    with pytest.raises(Refused) as refused:
        pay(cast.fay, line, reference=reference)
    assert refused.value.field == "reference"


def test_cancelling_needs_a_reason_and_a_line_that_is_not_paid(cast: Cast) -> None:
    line = propose(cast)
    with pytest.raises(Refused) as refused:
        cancel(cast.mona, line, reason=" ")
    assert refused.value.field == "reason"
    assert cancel(cast.mona, line).state == "cancelled"
    approved = approve(cast.max, propose(cast))
    assert cancel(cast.fay, approved).reason == "Twice"
    paid = pay(cast.fay, approve(cast.max, propose(cast)))
    with pytest.raises(Refused):
        cancel(cast.mona, paid)


def test_the_receiver_cancels_nothing(cast: Cast) -> None:
    line = propose(cast, user=cast.max)
    with pytest.raises(Forbidden):
        cancel(cast.max, line)


# -- queries --------------------------------------------------------------------------------------


def approvable(actor: Any) -> list[Reward]:
    return list(db.session.scalars(select(Reward).where(queries.approvable_by(actor)).order_by(Reward.id)))


def payable(actor: Any) -> list[Reward]:
    return list(db.session.scalars(select(Reward).where(queries.payable_by(actor)).order_by(Reward.id)))


def test_what_waits_for_approval_and_for_payment(cast: Cast) -> None:
    first, second = propose(cast), propose(cast, actor=cast.max, user=cast.mona)
    assert [line.id for line in approvable(cast.max)] == [first.id]
    assert [line.id for line in approvable(cast.mona)] == []
    assert [line.id for line in approvable(cast.fay)] == [first.id, second.id]
    assert not approvable(cast.nils) and not approvable(ANYBODY)
    approve(cast.fay, first)
    assert not payable(cast.fay) and not payable(cast.mona)
    assert [line.id for line in payable(cast.finn)] == [first.id]


def test_an_id_beyond_the_database_is_missing(cast: Cast) -> None:
    for number in (0, 2**31, 2**63, 99999):
        with pytest.raises(Missing):
            queries.get_reward(number)


def test_without_the_lock_the_condition_alone_lets_one_through(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds an old view of the line finds no row to pay."""
    line = approve(cast.max, propose(cast))
    pay(cast.fay, line, version=2)
    monkeypatch.setattr(payments, "hold", lambda actor, reward, action, version: reward)
    with pytest.raises(Refused) as refused:
        pay(cast.finn, line, version=2)
    assert "Fay paid" in str(refused.value)
    assert len(db.session.scalars(select(Transfer).where(Transfer.kind == "paid")).all()) == 1


def test_a_visitor_sees_no_line(cast: Cast) -> None:
    propose(cast)
    assert not db.session.scalars(select(Reward.id).where(queries.visible_to(ANYBODY))).all()
