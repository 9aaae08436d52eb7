"""A person's own page: masked, typed again in full, with who looked and what holds removal up."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.payees.conftest import AGREEMENT, DATA, OTHER, contract_for, exclude, give, recipient
from tests.rewards.lines import approve, pay, propose
from tests.settlements.ways import commit, earn
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.db import db, transaction
from tracker.payees import queries, service
from tracker.payees.models import Contract, Payee, PayeeLook
from tracker.payees.secrets import opened

PAGE = "/account/payee"


@pytest.fixture
def dora(cast: Cast, client: Client) -> Client:
    return client.sign_in(cast.dora)


def test_it_is_reached_from_the_account(dora: Client) -> None:
    assert f'href="{PAGE}"' in dora.get("/account/").text
    page = dora.get(PAGE).text
    assert "Nothing yet" in page and 'name="legal_name"' in page and "Nobody so far" in page


def test_data_is_given_and_shown_masked(cast: Cast, dora: Client) -> None:
    answer = dora.post(PAGE, **DATA, version=0)
    assert answer.headers["Location"].endswith(PAGE)
    page = dora.get(PAGE).text
    for shown in ("王**", "****002X", "示**", "****0005"):
        assert shown in page
    assert not any(value in page for value in DATA.values())
    assert opened(db.session.get_one(Payee, cast.dora.id)).account == DATA["account"]


def test_it_is_typed_again_in_full(cast: Cast, dora: Client) -> None:
    give(cast.dora)
    page = dora.get(PAGE).text
    assert page.count('value=""') >= 4 and 'name="version" value="1"' in page
    answer = dora.post(PAGE, 422, account="12345678", version=1)
    assert "3 fields need your attention" in answer.text and "12345678" in answer.text
    assert opened(db.session.get_one(Payee, cast.dora.id)).account == DATA["account"]
    dora.post(PAGE, **{**OTHER, "account": "12345678"}, version=1)
    db.session.expire_all()
    assert opened(db.session.get_one(Payee, cast.dora.id)).account == "12345678"


@pytest.mark.parametrize(
    "typed",
    [
        {"legal_name": ""}, {"legal_name": "x" * 81}, {"legal_name": "<b>Dora</b>"}, {"id_number": "110105194912310021"},
        {"id_number": ["E12345678", "E12345679"]}, {"bank": "b" * 121}, {"bank": "\x00\x00"}, {"account": "1e20"},
        {"account": "-12345678.5"}, {"version": ""}, {"version": "-1"}, {"version": "99999999999"}, {"version": None},
    ],
)  # fmt: skip
def test_what_can_not_be_right_is_asked_for_again(cast: Cast, dora: Client, typed: dict[str, object]) -> None:
    answer = dora.post(PAGE, 422, **{**DATA, "version": 0, **typed})
    assert 'aria-invalid="true"' in answer.text or "version" in typed
    assert queries.find_payee(cast.dora.id) is None


def test_a_stale_page_is_refused(cast: Cast, dora: Client) -> None:
    give(cast.dora)
    page = dora.post(PAGE, 409, **OTHER, version=0).text
    assert "changed on another page meanwhile" in page and OTHER["account"] in page  # what was typed is kept
    assert 'name="version" value="1"' in page


def test_a_card_that_fails_its_check_digit_is_taken_and_pointed_at(cast: Cast, dora: Client) -> None:
    dora.post(PAGE, **{**DATA, "account": "6200000000000006"}, version=0)
    page = dora.get(PAGE).text
    assert "ending in 0006" in page and "check digit" in page and "6200000000000006" not in page


def test_signed_out_one_is_asked_to_sign_in(app: Flask, cast: Cast) -> None:
    anon = Client(app)
    for path in (PAGE, f"{PAGE}/looks.csv", f"{PAGE}/agreements/{cast.programme.slug}.pdf"):
        assert "/login" in anon.get(path, 302).headers["Location"]
    for path in (PAGE, f"{PAGE}/remove", f"{PAGE}/keep"):
        anon.post(path, 302)


# -- contracts, exclusions, looks -----------------------------------------------------------------


def test_one_sees_ones_contract_and_its_file(cast: Cast, dora: Client) -> None:
    contract_for(cast, cast.dora)
    contract_for(cast, cast.otto)
    page = dora.get(PAGE).text
    assert "1 Mar" in page and "28 Feb 2027" in page
    file = dora.get(f"{PAGE}/agreements/{cast.programme.slug}.pdf")
    assert file.data == AGREEMENT and file.mimetype == "application/pdf"
    assert file.headers["Content-Disposition"] == f'attachment; filename="agreement-{cast.programme.slug}.pdf"'
    assert file.headers["X-Content-Type-Options"] == "nosniff" and "no-store" in file.headers["Cache-Control"]
    assert queries.looks_at(cast.dora.id) is not None and "Nobody so far" in dora.get(PAGE).text  # no look of finance
    dora.get(f"{PAGE}/agreements/nowhere.pdf", 404)


def test_a_contract_without_a_file_has_none_to_give(cast: Cast, dora: Client) -> None:
    dora.get(f"{PAGE}/agreements/{cast.programme.slug}.pdf", 404)
    contract_for(cast, cast.dora, agreement=None, ends_on=None)
    assert "No signed agreement" in dora.get(f"{PAGE}/agreements/{cast.programme.slug}.pdf", 409).text


def test_one_sees_why_one_is_excluded(cast: Cast, dora: Client) -> None:
    exclude(cast, cast.dora, kind="other", note="Paid by the university")
    page = dora.get(PAGE).text
    assert "Excluded from pay" in page and "Paid by the university" in page and "Holds" in page


def test_one_sees_who_looked_and_takes_the_list_away(cast: Cast, dora: Client) -> None:
    give(cast.dora)
    for reason in ("First payment", "=HYPERLINK(1)", "<b>Second</b> payment"):
        transaction(lambda reason=reason: service.look_at_payee(cast.fay, recipient(cast.dora), reason=reason))
    page = dora.get(PAGE).text
    assert "First payment" in page and "Fay" in page and "&lt;b&gt;Second&lt;/b&gt;" in page
    answer = dora.get(f"{PAGE}/looks.csv")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0] == ["look", "at", "who", "kind", "reason"] and len(rows) == 4
    assert rows[2][2:] == ["Fay", "payee", "'=HYPERLINK(1)"]


def test_the_looks_come_page_by_page(cast: Cast, dora: Client) -> None:
    give(cast.dora)
    for number in range(51):
        transaction(
            lambda n=number: service.look_at_payee(cast.fay, recipient(cast.dora), reason=f"Payment number {n}")
        )
    page = dora.get(PAGE).text
    assert "Payment number 50" in page and "Payment number 0<" not in page and "Next page" in page
    after = db.session.scalars(select(PayeeLook.id).order_by(PayeeLook.id).limit(2)).all()[1]
    assert "Payment number 0<" in dora.get(f"{PAGE}?after={after}").text
    dora.get(f"{PAGE}?after=x", 409)


# -- removal --------------------------------------------------------------------------------------


def test_removal_is_asked_for_and_taken_back(cast: Cast, dora: Client) -> None:
    assert "there is nothing to remove" in dora.post(f"{PAGE}/remove", 409).text
    give(cast.dora)
    assert "Nothing holds it up now" in dora.get(PAGE).text
    dora.post(f"{PAGE}/remove", 303)
    page = dora.get(PAGE).text
    assert "To be removed" in page and "goes with the next nightly job" in page and 'name="legal_name"' not in page
    assert "Take that back first" in dora.post(PAGE, 409, **OTHER, version=1).text
    dora.post(f"{PAGE}/keep", 303)
    assert "To be removed" not in dora.get(PAGE).text
    assert "no wish to take back" in dora.post(f"{PAGE}/keep", 409).text


def test_it_says_what_holds_removal_up(cast: Cast, dora: Client) -> None:
    give(cast.dora)
    pay(cast.fay, approve(cast.max, propose(cast)))
    propose(cast, description="Another talk")
    page = dora.get(PAGE).text
    assert "1 payment to you is on the way." in page and "kept for 365 days, until" in page
    dora.post(f"{PAGE}/remove", 303)
    assert "1 payment to you is on the way." in dora.get(PAGE).text.split("<aside")[0]


def test_it_says_which_wages_hold_removal_up(cast: Cast, dora: Client) -> None:
    cast.rules.wage_scheme, cast.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    db.session.commit()
    give(cast.dora)
    contract_for(cast, cast.dora, ends_on=None)
    earn(cast, cast.dora, 10, "2026-10-10 10:00")
    assert f"settled yet count under {cast.programme.name}" in dora.get(PAGE).text
    commit(cast, "2026-10", at="2026-11-20 09:00")
    page = dora.get(PAGE).text
    assert "10 points under" in page and "settled yet" not in page


def test_money_on_the_way_asks_for_data(cast: Cast, dora: Client) -> None:
    assert "Fill in your payee data" not in dora.get(PAGE).text
    propose(cast)
    assert "Fill in your payee data" in dora.get(PAGE).text
    mine = dora.get("/rewards/mine").text
    assert f'href="{PAGE}"' in mine and "nobody knows where to send it" in mine
    give(cast.dora)
    assert "nobody knows" not in dora.get(PAGE).text + dora.get("/rewards/mine").text


# -- when something is broken ---------------------------------------------------------------------


def test_what_can_not_be_opened_is_said_and_may_be_given_anew(cast: Cast, dora: Client) -> None:
    give(cast.dora)
    contract_for(cast, cast.dora)
    db.session.execute(update(Payee).values(sealed="gAAAA"))
    db.session.execute(update(Contract).values(sealed="gAAAA", agreement="gAAAA"))
    db.session.commit()
    page = dora.get(PAGE).text
    assert page.count("can&#39;t be opened") + page.count("can't be opened") >= 2 and "gAAAA" not in page
    assert "tracker doctor" in dora.get(f"{PAGE}/agreements/{cast.programme.slug}.pdf", 409).text
    dora.post(PAGE, **DATA, version=1)
    assert "****0005" in dora.get(PAGE).text


def test_the_page_takes_as_many_statements_for_much_as_for_little(cast: Cast, dora: Client) -> None:
    give(cast.dora)
    contract_for(cast, cast.dora)
    exclude(cast, cast.dora, until=None)
    dora.get(PAGE)
    with statements() as few:
        dora.get(PAGE)
    for number in range(10):
        transaction(
            lambda n=number: service.look_at_payee(cast.fay, recipient(cast.dora), reason=f"Payment number {n}")
        )
        propose(cast, description=f"Talk {number}")
    with statements() as many:
        dora.get(PAGE)
    assert len(many) == len(few) <= 14
