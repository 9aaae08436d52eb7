"""Settling: once, in order, by the rules of the month's last day, for everybody."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select, text

from tests.settlements.ways import approve, beijing, commit, correct, earn, wages
from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.ledger.models import Transfer
from tracker.payees.models import PayExclusion
from tracker.permissions import ANYBODY, SYSTEM
from tracker.programmes.models import Agreement
from tracker.rewards import service as rewards
from tracker.rewards.queries import approvers
from tracker.settlements import queries, service
from tracker.settlements.models import Settlement, SettlementLine
from tracker.settlements.rules import fingerprint, sums
from tracker.settlements.service import Shown
from tracker.settlements.statement import statements as statements_of


def figures(cast: Cast, month: str) -> dict[int, tuple[int, int]]:
    """Person → (payable, held) of the committed lines."""
    done = queries.get_settlement(cast.programme, month)
    rows = db.session.execute(
        select(SettlementLine.user_id, SettlementLine.payable, SettlementLine.held).where(
            SettlementLine.settlement_id == done.id
        )
    )
    return {row.user_id: (row.payable, row.held) for row in rows}


def test_a_month_is_settled_for_everybody_at_once(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    earn(cast, cast.otto, 45)
    done = commit(cast)
    assert (done.count, done.amount, done.currency) == (2, 350000, "CNY")
    assert figures(cast, "2026-10") == {cast.dora.id: (100000, 0), cast.otto.id: (250000, 0)}
    line = wages(cast.dora)[0]
    assert (line.state, line.amount, line.month, line.quarter, line.proposed_by_id) == (
        "proposed", 100000, "2026-10", "2026Q4", cast.mona.id,
    )  # fmt: skip
    assert line.acceptor_ids == {cast.nils.id} and line.sig_id == cast.akg.id


def test_each_month_pays_the_tier_less_what_was_settled(cast: Cast) -> None:
    for points, at in ((20, "2026-08-03 10:00"), (5, "2026-09-03 10:00"), (60, "2026-10-03 10:00")):
        earn(cast, cast.dora, points, at)
    for month in ("2026-08", "2026-09", "2026-10"):
        commit(cast, month)
    assert [figures(cast, month)[cast.dora.id][0] for month in ("2026-08", "2026-09", "2026-10")] == [100000, 0, 500000]


def test_running_it_twice_changes_nothing(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    first = commit(cast)
    events = db.session.scalars(select(Event.id)).all()
    assert commit(cast, actor=cast.fay).id == first.id
    assert db.session.scalars(select(Event.id)).all() == events and len(wages(cast.dora)) == 1


def test_the_last_minute_of_the_year_and_the_first_are_different_months(cast: Cast) -> None:
    earn(cast, cast.dora, 20, "2026-12-31 23:30")
    earn(cast, cast.otto, 20, "2027-01-01 00:30")
    commit(cast, "2026-12")
    commit(cast, "2027-01")
    assert set(figures(cast, "2026-12")) == {cast.dora.id} and figures(cast, "2027-01")[cast.otto.id] == (100000, 0)


def test_what_is_accepted_late_goes_to_the_next_month(cast: Cast) -> None:
    earn(cast, cast.dora, 20, "2026-10-31 23:59")
    commit(cast, "2026-10", at="2026-11-01 00:00")
    earn(cast, cast.dora, 20, "2026-11-01 00:01")
    commit(cast, "2026-11")
    assert figures(cast, "2026-11")[cast.dora.id] == (150000, 0)


def test_points_of_a_settled_month_that_come_too_late_are_paid_by_the_next(cast: Cast) -> None:
    """An acceptance that was on its way while the month was settled: dated in it, seen after it."""
    earn(cast, cast.otto, 20)
    commit(cast)
    earn(cast, cast.dora, 20, "2026-10-31 23:59")
    commit(cast, "2026-11")
    assert figures(cast, "2026-11")[cast.dora.id] == (100000, 0)


def test_a_month_ends_before_it_is_settled_and_months_come_in_order(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    for month, at in (
        ("2026-10", "2026-10-31 23:59"),
        ("2026-11", "2026-12-01 00:00"),
        ("2026-09", "2026-12-01 00:00"),
    ):
        with pytest.raises(Refused):
            commit(cast, month, at=at)
    commit(cast, "2026-10", at="2026-11-01 00:00")
    with pytest.raises(Refused) as refused:
        commit(cast, "2026-12")
    assert "2026-11" in str(refused.value)


def test_the_rules_of_the_months_last_day_hold(cast: Cast) -> None:
    cast.make_rules(valid_from=dt.date(2026, 10, 31), wage={"tiers": [[10, 77700]]})
    earn(cast, cast.dora, 10)
    assert commit(cast).amount == 77700


def test_a_correction_is_held_and_set_off_and_nothing_is_taken_back(cast: Cast) -> None:
    earn(cast, cast.dora, 45, "2026-09-10 10:00")
    commit(cast, "2026-09")
    correct(cast, cast.dora, -7, "2026-10-10 10:00")
    commit(cast, "2026-10")
    assert figures(cast, "2026-10")[cast.dora.id] == (0, 150000)
    earn(cast, cast.dora, 30, "2026-11-10 10:00")
    commit(cast, "2026-11")
    assert figures(cast, "2026-11")[cast.dora.id] == (150000, 0), "68 points come to 4000.00, 2500.00 were settled"


def test_whoever_accepted_points_that_were_carried_over_approves_no_wage_of_them(cast: Cast) -> None:
    cast.rules.wage_scheme, cast.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    db.session.commit()
    earn(cast, cast.dora, 200, by=cast.max)
    commit(cast)
    commit(cast, "2026-11")
    october, november = wages(cast.dora)
    assert (october.amount, november.amount) == (600000, 400000)
    assert october.acceptor_ids == november.acceptor_ids == {cast.max.id}
    with pytest.raises(Forbidden):
        approve(cast, november)


def test_who_proposed_or_approved_points_approves_no_wage_of_them(cast: Cast) -> None:
    correct(cast, cast.dora, 20, "2026-10-12 10:00")
    commit(cast, actor=cast.fay)
    (wage,) = wages(cast.dora)
    assert wage.acceptor_ids == {cast.mona.id, cast.max.id} and approvers(wage) == [cast.finn.id]
    for person in (cast.mona, cast.max):
        with pytest.raises(Forbidden):
            approve(cast, wage, person)
    assert approve(cast, wage, cast.finn).state == "approved"


def test_a_wage_that_was_paid_anew_is_shown_by_the_line_that_pays_it(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    committed = commit(cast)
    line = approve(cast, wages(cast.dora)[0])
    rewards.pay_reward(cast.fay, line, reference="B-1", version=2)
    rewards.return_reward(cast.fay, line, reason="Wrong name", version=3)
    again = rewards.reissue_reward(cast.fay, line, version=4)
    db.session.commit()
    for state in ("proposed", "approved"):
        assert [(row.reward_id, row.state) for row in queries.lines_of(committed.id)] == [(again.id, state)]
        month = statements_of(cast.dora.id)[0].months[-1]
        assert (month.line.reward_id, month.line.state) == (again.id, state)
        if state == "proposed":
            rewards.approve_reward(cast.max, again, version=1)
    rewards.cancel_reward(cast.fay, again, reason="Not now", version=2)
    assert [(row.reward_id, row.state) for row in queries.lines_of(committed.id)] == [(line.id, "returned")]


def test_the_difference_counts_no_wage_that_was_cancelled(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    commit(cast)
    line = wages(cast.dora)[0]
    transaction(lambda: rewards.cancel_reward(cast.fay, line, reason="Wrong month", version=1))
    with time_machine.travel(beijing("2026-12-02 09:00")):
        (paid,) = service.preview(cast.programme, "2026-11").lines
    assert (paid.month.payable, paid.difference) == (100000, 100000)


def test_a_cancelled_wage_counts_as_never_settled(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    commit(cast)
    line = wages(cast.dora)[0]
    transaction(lambda: rewards.cancel_reward(cast.fay, line, reason="Wrong month", version=1))
    commit(cast, "2026-11")
    assert figures(cast, "2026-11")[cast.dora.id] == (100000, 0)


def test_a_returned_wage_counts_and_is_paid_anew_by_a_line_of_its_own(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    commit(cast)
    line = approve(cast, wages(cast.dora)[0])
    line = transaction(lambda: rewards.pay_reward(cast.fay, line, reference="B-1", version=2))
    line = transaction(lambda: rewards.return_reward(cast.fay, line, reason="Account closed", version=3))
    again = transaction(lambda: rewards.reissue_reward(cast.mona, line, version=4))
    assert (again.amount, again.reissues_id, again.settlement_id, again.acceptor_ids) == (
        100000, line.id, line.settlement_id, {cast.nils.id},
    )  # fmt: skip
    with pytest.raises(Refused):
        transaction(lambda: rewards.reissue_reward(cast.mona, line, version=4))
    commit(cast, "2026-11")
    assert figures(cast, "2026-11")[cast.dora.id] == (0, 0)


@pytest.mark.parametrize("reason", ["unsigned", "employee"])
def test_who_is_not_paid_now_is_listed_and_paid_when_the_reason_is_gone(cast: Cast, reason: str) -> None:
    signed = db.session.scalars(select(Agreement).where(Agreement.user_id == cast.dora.id)).one()
    if reason == "unsigned":
        db.session.delete(signed)
    else:
        db.session.add(
            PayExclusion(
                user_id=cast.dora.id, programme_id=cast.programme.id, kind="employee", since=dt.date(2026, 1, 1),
                until=dt.date(2026, 10, 31), set_by_id=cast.fay.id, set_at=clock.now(),
            )
        )  # fmt: skip
    earn(cast, cast.dora, 20)
    earn(cast, cast.otto, 20)
    assert commit(cast).count == 1
    line = db.session.scalars(select(SettlementLine).where(SettlementLine.user_id == cast.dora.id)).one()
    assert (line.excluded, line.payable, line.reward_id) == (reason, 100000, None)
    told = select(Notice.user_id).join(Notice.event).where(Event.name == "settlement.unsigned")
    assert db.session.scalars(told).all() == ([cast.dora.id] if reason == "unsigned" else [])
    if reason == "unsigned":
        db.session.add(
            Agreement(
                user_id=cast.dora.id, programme_id=cast.programme.id, version=dt.date(2025, 1, 1), signed_at=clock.now()
            )
        )
    commit(cast, "2026-11")
    assert figures(cast, "2026-11")[cast.dora.id] == (100000, 0)


def test_points_of_a_task_that_pays_no_wage_do_not_count(cast: Cast) -> None:
    earn(cast, cast.dora, 15)
    earn(cast, cast.dora, 30, pays_wage=False)
    commit(cast)
    assert figures(cast, "2026-10")[cast.dora.id] == (0, 0)


def test_steps_carry_over_as_r2cn_says(cast: Cast) -> None:
    cast.rules.wage_scheme, cast.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    for month, points in (("03", 15), ("04", 45), ("05", 65)):
        earn(cast, cast.dora, points, f"2026-{month}-10 10:00")
    for month in ("2026-03", "2026-04", "2026-05"):
        commit(cast, month)
    lines = db.session.scalars(select(SettlementLine).order_by(SettlementLine.id)).all()
    assert [(x.carried_over, x.earned, x.converted, x.payable) for x in lines] == [
        (0, 15, 0, 0), (15, 45, 40, 200000), (20, 65, 80, 400000)
    ]  # fmt: skip


def test_everybody_who_accepted_since_the_last_wage_is_kept_from_approving_it(cast: Cast) -> None:
    earn(cast, cast.dora, 15, "2026-09-10 10:00", by=cast.max)
    earn(cast, cast.dora, 5, "2026-10-10 10:00", by=cast.nils)
    commit(cast, "2026-09")
    commit(cast, "2026-10")
    line = wages(cast.dora)[0]
    assert line.acceptor_ids == {cast.max.id, cast.nils.id}
    with pytest.raises(Forbidden):
        approve(cast, line, cast.max)
    approve(cast, line, cast.fay)


def test_who_settles(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    for nobody in (cast.dora, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            commit(cast, actor=nobody)
    assert commit(cast, actor=cast.nils).committed_by_id == cast.nils.id, "nils maintains another SIG of the programme"


def test_a_page_that_showed_something_else_is_refused(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    with time_machine.travel(beijing("2026-11-02 09:00")):
        found = service.preview(cast.programme, "2026-10")
    shown = Shown(sums(found.lines).count, sums(found.lines).amount, fingerprint(found.lines))
    earn(cast, cast.otto, 20, "2026-10-20 10:00")
    with pytest.raises(Refused) as refused:
        commit(cast, shown=shown)
    assert "it showed 1 lines, now there are 2" in str(refused.value)
    assert not db.session.scalars(select(Settlement)).all()


def test_a_settled_month_is_given_back_to_who_saw_it_as_it_is(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    earn(cast, cast.otto, 15)
    with time_machine.travel(beijing("2026-11-02 09:00")):
        found = service.preview(cast.programme, "2026-10")
    shown = Shown(1, 100000, fingerprint(found.lines))
    done = commit(cast, actor=cast.fay, shown=shown)
    assert commit(cast, shown=shown).id == done.id
    for other in (Shown(2, 100000, shown.seen), Shown(1, 100001, shown.seen), Shown(1, 100000, "0" * 16)):
        with pytest.raises(Refused, match="Fay settled the month meanwhile"):
            commit(cast, shown=other)


def test_a_programme_without_wages_has_nothing_to_settle(cast: Cast) -> None:
    cast.rules.wage_scheme, cast.rules.wage = "none", {}
    earn(cast, cast.dora, 20)
    with pytest.raises(Refused):
        commit(cast)
    with pytest.raises(Refused):
        service.preview(cast.programme, "October")


def test_what_is_owed_when_wages_have_ended_has_a_way_out(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    commit(cast)
    assert queries.computes_anew(cast.programme.id)
    cast.make_rules(valid_from=dt.date(2026, 11, 1), wage_scheme="none", wage={})
    db.session.commit()
    assert not queries.computes_anew(cast.programme.id)
    with pytest.raises(Refused) as refused:
        commit(cast, "2026-11")
    assert "pays no wage since 1 Nov" in str(refused.value) and "by hand, as a bonus" in str(refused.value)
    cast.make_rules(valid_from=dt.date(2027, 3, 1))
    db.session.commit()
    assert queries.computes_anew(cast.programme.id), "wages are paid again"


def test_more_people_take_no_more_statements_to_preview(cast: Cast) -> None:
    counts = []
    for number in range(3):
        for index in range(number * 3):
            earn(cast, cast.person(f"p{number}{index}"), 20)
        earn(cast, cast.dora, 1)
        with time_machine.travel(beijing("2026-11-02 09:00")), statements() as seen:
            service.preview(cast.programme, "2026-10")
        counts.append(len(seen))
    assert len(set(counts)) == 1


# -- what the database refuses --------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE settlement SET amount = 1",
        "DELETE FROM settlement",
        "UPDATE settlement_line SET payable = 1",
        "DELETE FROM settlement_line",
        "UPDATE programme_rules SET wage_currency = 'USD'",
        "DELETE FROM programme_rules",
        "UPDATE reward SET settlement_id = NULL",
    ],
)
def test_a_settled_month_stays(cast: Cast, statement: str) -> None:
    earn(cast, cast.dora, 20)
    commit(cast)
    with (
        pytest.raises(Exception, match="append_only|rules_used|rules_currency|wage_by_settlement|reward_frozen"),
        db.session.begin_nested(),
    ):
        db.session.execute(text(statement))


def test_rules_begin_after_the_last_settled_month_and_months_go_up(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    done = commit(cast)
    with pytest.raises(Exception, match="programme_rules_settled"), db.session.begin_nested():
        cast.make_rules(valid_from=dt.date(2026, 10, 31))
    cast.make_rules(valid_from=dt.date(2026, 11, 1))
    db.session.add(
        Settlement(
            programme_id=cast.programme.id, month="2026-09", rules_id=cast.rules.id, currency="CNY", count=0, amount=0,
            committed_by_id=cast.mona.id, committed_at=done.committed_at,
        )
    )  # fmt: skip
    with pytest.raises(Exception, match="settlement_in_order"):
        db.session.flush()
    db.session.rollback()


def test_what_was_booked_is_sealed_by_the_diary(cast: Cast) -> None:
    earn(cast, cast.dora, 20)
    digests = set(db.session.scalars(select(Transfer.digest)))
    named = {one for facts in db.session.scalars(select(Event.facts)) for one in facts.get("booked", [])}
    assert digests == named and digests
