"""Programmes: dated rules, the SIGs under them, the agreement, the page made from the live rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.permissions import ANYBODY, SYSTEM
from tracker.programmes import queries, service
from tracker.programmes.models import Agreement, Programme
from tracker.programmes.rules import check_wage

NUMBERS = {
    "live_claims_per_person": 3, "seats_per_task": 1, "answer_within_working_days": 2, "review_within_working_days": 4,
    "lapse_after_days": 14, "warn_before_lapse_days": 4, "snooze_days": 7, "undo_days": 3, "appeal_days": 7,
    "strike_limit": 3, "strike_window_days": 180, "cooldown_days": 30,
}  # fmt: skip


def make() -> Programme:
    return transaction(lambda: service.create_programme(SYSTEM, slug="p", name="P", time_zone="Asia/Shanghai"))


def test_the_rules_of_a_day_are_the_newest_that_have_begun(cast: Cast) -> None:
    programme = make()
    for begin, limit in ((dt.date(2025, 1, 1), 1), (dt.date(2026, 3, 1), 2)):
        values = {**NUMBERS, "live_claims_per_person": limit}
        transaction(lambda begin=begin, values=values: service.add_rules(SYSTEM, programme, valid_from=begin, **values))  # type: ignore[misc]
    found = {day: queries.rules_on(programme.id, dt.date.fromisoformat(day)).live_claims_per_person
             for day in ("2025-01-01", "2026-02-28", "2026-03-01", "2030-01-01")}  # fmt: skip
    assert found == {"2025-01-01": 1, "2026-02-28": 1, "2026-03-01": 2, "2030-01-01": 2}
    with pytest.raises(Refused, match="no rules for 2024-12-31"):
        queries.rules_on(programme.id, dt.date(2024, 12, 31))
    with pytest.raises(Refused, match="begin later"):
        transaction(lambda: service.add_rules(SYSTEM, programme, valid_from=dt.date(2026, 3, 1), **NUMBERS))


@pytest.mark.parametrize(
    "values",
    [
        {"strike_limit": -1}, {"strike_limit": "3"}, {"undo_days": True}, {"warn_before_lapse_days": 14},
        {"wage_scheme": "lottery"}, {"wage_currency": "JPY"}, {"wage_scheme": "tiers", "wage": {}}, {"appeal_days": None},
    ],
)  # fmt: skip
def test_it_refuses_rules_that_make_no_sense(cast: Cast, values: dict[str, Any]) -> None:
    programme = make()
    with pytest.raises(Refused):
        transaction(
            lambda: service.add_rules(SYSTEM, programme, valid_from=dt.date(2026, 1, 1), **{**NUMBERS, **values})
        )


@pytest.mark.parametrize(
    ("scheme", "wage", "good"),
    [
        ("none", {}, True), ("tiers", {"tiers": [[20, 100000], [40, 250000]]}, True), ("tiers", {"tiers": [[20, 1], [20, 2]]}, False),
        ("tiers", {"tiers": [[20, 2], [40, 1]]}, False), ("tiers", {"tiers": [[0, 1]]}, False), ("tiers", {"tiers": 3}, False),
        ("tiers", {"tiers": [[1]]}, False), ("steps", {"rate": 5000, "step": 40, "cap": 120}, True),
        ("steps", {"rate": 5000, "step": 40, "cap": 100}, False), ("steps", {"rate": 0, "step": 40, "cap": 120}, False),
        ("steps", {"rate": 10**8, "step": 10, "cap": 100}, True), ("steps", {"rate": 10**8, "step": 1, "cap": 101}, False),
        ("steps", {"rate": 5000.0, "step": 40, "cap": 120}, False), ("tiers", {"tiers": [[20, True]]}, False),
        ("tiers", {"tiers": [[n, n] for n in range(1, 52)]}, False),
    ],
)  # fmt: skip
def test_wages_are_checked(scheme: str, wage: dict[str, Any], good: bool) -> None:
    if good:
        check_wage(scheme, wage)
    else:
        with pytest.raises(Refused):
            check_wage(scheme, wage)


def test_a_slug_is_taken_once(cast: Cast) -> None:
    make()
    with pytest.raises(Refused, match="already"):
        make()


def test_a_sig_has_one_programme_that_can_be_changed(cast: Cast) -> None:
    programme = make()
    assert queries.programme_of(cast.ge.id) == cast.programme
    transaction(lambda: service.assign_sig(SYSTEM, programme, cast.ge))
    assert queries.programme_of(cast.ge.id) == programme
    assert [(p.slug, [s.slug for s in sigs]) for p, sigs in queries.programmes_with_sigs()] == [
        ("mindspore-internship", ["akg"]), ("p", ["ge"]),
    ]  # fmt: skip


def test_the_agreement_is_signed_once_per_version(cast: Cast) -> None:
    assert not queries.has_signed(cast.mona.id, cast.programme)
    first = transaction(lambda: service.sign_agreement(cast.mona, cast.programme))
    assert transaction(lambda: service.sign_agreement(cast.mona, cast.programme)).id == first.id
    assert queries.has_signed(cast.mona.id, cast.programme)
    assert queries.signed_at(cast.mona.id, cast.programme) == first.signed_at
    cast.programme.agreement_on = dt.date(2026, 1, 1)
    db.session.commit()
    assert not queries.has_signed(cast.mona.id, cast.programme)
    assert queries.signed_at(cast.mona.id, cast.programme) is None


def test_a_programme_without_agreement_needs_no_signature(cast: Cast) -> None:
    programme = make()
    assert queries.has_signed(cast.mona.id, programme)
    with pytest.raises(Refused, match="no agreement"):
        transaction(lambda: service.sign_agreement(cast.mona, programme))
    with pytest.raises(Forbidden):
        transaction(lambda: service.sign_agreement(ANYBODY, programme))
    with pytest.raises(Missing):
        queries.get_programme("none")


def test_the_page_says_every_number_of_the_live_rules(cast: Cast, client: Client) -> None:
    cast.make_rules(valid_from=dt.date(2024, 1, 1), live_claims_per_person=9)
    cast.make_rules(valid_from=dt.date(2099, 1, 1), live_claims_per_person=7, wage_scheme="steps", excellent_intern={},
                    wage={"rate": 5000, "step": 40, "cap": 120})  # fmt: skip
    db.session.commit()
    page = " ".join(client.get("/rules/mindspore-internship/").get_data(as_text=True).split()).replace("\u00a0", " ")
    for sentence in (
        "In force since 1 Jan 2025", "at most 2 tasks at a time", "within 3 working days", "due 14 days after approval",
        "lapses after 14 days", "warned 4 days before", "once by 7 days", "undone for 3 days", "within 5 working days",
        "3 strikes within 180 days mean 30 days", "appeal for 7 days", "CNY 8,000.00", "60 points within 6 months",
        "From 1 Jan 2099 on", "at most 7 tasks", "A point is worth CNY 50.00", "Valid from 1 Jan 2024", "at most 9 tasks",
        "昇思MindSpore开源实习",
    ):  # fmt: skip
        assert sentence in page, sentence
    index = client.get("/rules/").get_data(as_text=True)
    assert "MindSpore open source internship" in index and "AKG" in index
    client.get("/rules/none/", 404)


def test_a_programme_without_rules_says_so(cast: Cast, client: Client) -> None:
    make()
    assert "No rules are in force yet" in client.get("/rules/p/").get_data(as_text=True)


def test_signing_by_the_button(cast: Cast, app: Flask) -> None:
    path = "/rules/mindspore-internship/agreement"
    mona = Client(app).sign_in(cast.mona)
    assert "Sign the agreement" in mona.get("/rules/mindspore-internship/").get_data(as_text=True)
    mona.post(path)
    mona.post(path)
    assert db.session.scalar(select(func.count()).select_from(Agreement).where(Agreement.user_id == cast.mona.id)) == 1
    assert "You signed it" in mona.get("/rules/mindspore-internship/").get_data(as_text=True)
    Client(app).post(path, 302)
    mona.post("/rules/none/agreement", 404)
    make()
    mona.post("/rules/p/agreement", 409)
    mona.post(path, 400, token=False)
