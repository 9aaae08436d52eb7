"""My rewards: every figure opens to the events and to the rule with its date that it was computed by."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.settlements.ways import approve, beijing, commit, correct, earn, wages
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.db import db, transaction
from tracker.payees.models import PayExclusion
from tracker.programmes.models import Agreement
from tracker.rewards import service as rewards
from tracker.settlements.statement import statements as statements_of


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    with time_machine.travel(beijing("2026-11-20 09:40")):
        yield


def test_each_month_leads_to_its_events_and_its_rule(cast: Cast, client: Client) -> None:
    september = earn(cast, cast.dora, 20, "2026-09-10 17:20")
    commit(cast, "2026-09", at="2026-10-02 09:00")
    earn(cast, cast.dora, 25, "2026-10-10 10:00")
    earn(cast, cast.dora, 15, "2026-11-12 17:20")
    line = approve(cast, wages(cast.dora)[0])
    transaction(lambda: rewards.pay_reward(cast.fay, line, reference="20261016-0047", version=2))
    page = client.sign_in(cast.dora).get("/rewards/mine").text
    assert f'href="/claims/{september.id}/"' in page and "accepted by Nils" in page
    assert "the tier of 60 pays 4,000.00" in page and f"/rules/mindspore-internship/#rules-{cast.rules.id}" in page
    assert "November 2026, so far" in page and "Payable for November 2026" in page
    assert "20261016-0047" in page and "paid 20 Nov" in page and "Settled in the months before" in page
    assert "Equals the tier of 60 points" in page and "20 points to go: CNY\u00a02,000.00 more" in page
    assert f'href="/rewards/{line.id}/"' in page


def test_the_figures_are_those_of_the_settlement(cast: Cast) -> None:
    for points, at in ((20, "2026-09-10 10:00"), (25, "2026-10-10 10:00"), (15, "2026-11-10 10:00")):
        earn(cast, cast.dora, points, at)
    before = {m.month: m.figures for m in statements_of(cast.dora.id)[0].months}
    commit(cast, "2026-09")
    commit(cast, "2026-10")
    after = {m.month: m.figures for m in statements_of(cast.dora.id)[0].months}
    assert before == after and [m.payable for m in after.values()] == [150000, 150000, 100000]


@pytest.mark.parametrize(
    ("fen", "said"),
    [
        (200000, "Equals the tier of 20 points"),
        (50000, "20 points come to CNY\u00a0500.00 by the rules of November 2026. The months before come to more"),
    ],
)
def test_rules_that_begin_before_the_months_end_explain_it(cast: Cast, client: Client, fen: int, said: str) -> None:
    earn(cast, cast.dora, 20)
    cast.make_rules(valid_from=dt.date(2026, 11, 25), wage={"tiers": [[20, fen], [30, 300000]]})
    db.session.commit()
    page = client.sign_in(cast.dora).get("/rewards/mine").text
    assert said in page and "the difference was settled" not in page
    assert "From 25 Nov on, for all of November 2026" in page and "10 points to go" in page


def test_what_was_settled_beyond_the_tier_is_said_to_be(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20, "2026-10-10 10:00")
    commit(cast, at="2026-11-02 09:00")
    cast.make_rules(valid_from=dt.date(2026, 11, 25), wage={"tiers": [[20, 50000]]})
    db.session.commit()
    assert "the difference was settled before" in client.sign_in(cast.dora).get("/rewards/mine").text


def test_steps_show_what_is_in_hand_and_what_is_carried_over(cast: Cast, client: Client) -> None:
    cast.rules.wage_scheme, cast.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    earn(cast, cast.dora, 15, "2026-10-10 10:00")
    earn(cast, cast.dora, 45, "2026-11-10 10:00")
    page = client.sign_in(cast.dora).get("/rewards/mine").text
    assert "Carried over from the month before" in page and "whole steps of 40 points, at most 120 a month" in page
    assert "2,000.00" in page and "20 points to go: CNY\u00a02,000.00 more" in page
    assert "steps of 40, at most 120 a month" in page


def test_without_wages_there_are_points(cast: Cast, client: Client) -> None:
    cast.rules.wage_scheme, cast.rules.wage, cast.rules.certificate = "none", {}, {"points": 10}
    earn(cast, cast.dora, 20)
    page = client.sign_in(cast.dora).get("/rewards/mine").text
    assert "pays no wage" in page and "10 points; you have 20" in page and "Points of the month" in page


def test_it_begins_empty(cast: Cast, app: Flask) -> None:
    assert "Nothing earned yet" in Client(app).sign_in(cast.otto).get("/rewards/mine").text
    Client(app).get("/rewards/mine", 302)
    cast.make_claim(cast.otto)
    assert "No points yet" in Client(app).sign_in(cast.otto).get("/rewards/mine").text


def test_a_correction_stands_in_its_month_and_says_what_is_held(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 40, "2026-09-10 10:00")
    commit(cast, "2026-09", at="2026-10-02 09:00")
    correct(cast, cast.dora, -5, "2026-10-10 10:00")
    page = client.sign_in(cast.dora).get("/rewards/mine").text
    assert "Counted -5 wrongly" in page and ">\u22125<" in page and "approved by Max" in page and "Booked" in page
    assert "nothing is taken back" in page and "set off against what follows" in page


def test_points_that_pay_no_wage_are_struck_out_of_it(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    earn(cast, cast.dora, 30, pays_wage=False)
    statement = statements_of(cast.dora.id)[0]
    assert (statement.total, statement.for_wage, statement.tier) == (50, 20, (20, 100000))
    assert "The task pays no wage" in client.sign_in(cast.dora).get("/rewards/mine").text


@pytest.mark.parametrize("reason", ["unsigned", "employee"])
def test_who_is_not_paid_now_reads_why(cast: Cast, client: Client, reason: str) -> None:
    if reason == "unsigned":
        db.session.query(Agreement).filter(Agreement.user_id == cast.dora.id).delete()
    else:
        db.session.add(
            PayExclusion(
                user_id=cast.dora.id, programme_id=cast.programme.id, kind="employee", since=dt.date(2026, 1, 1),
                set_by_id=cast.fay.id, set_at=clock.now(),
            )
        )  # fmt: skip
    earn(cast, cast.dora, 20)
    words = {"unsigned": "The agreement isn", "employee": "Employed by a member organisation"}[reason]
    assert words in client.sign_in(cast.dora).get("/rewards/mine").text
    commit(cast, at="2026-11-02 09:00")
    page = client.get("/rewards/mine").text
    assert words in page and "stays open" in page


def test_in_chinese(cast: Cast, client: Client) -> None:
    cast.dora.language = "zh"
    earn(cast, cast.dora, 20)
    assert "2026年11月" in client.sign_in(cast.dora).get("/rewards/mine").text


def test_more_months_and_events_take_no_more_statements(cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora)
    counts = []
    for month in ("2026-07", "2026-08", "2026-09", "2026-10"):
        earn(cast, cast.dora, 20, f"{month}-10 10:00")
        earn(cast, cast.dora, 5, f"{month}-11 10:00")
        commit(cast, month)
        with statements() as seen:
            client.get("/rewards/mine")
        counts.append(len(seen))
    assert len(set(counts[1:])) == 1
