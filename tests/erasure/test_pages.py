"""The pages of an erasure, and how an erased account is shown everywhere else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from tests.certificates.earned import accepted
from tests.erasure.conftest import HANDLE, NAME, PASSWORD, Life, do, erase, events, with_password
from tests.settlements.ways import commit as settle
from tests.settlements.ways import earn
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.accounts.models import User
from tracker.claims import service as claims
from tracker.db import db
from tracker.events import outbox
from tracker.ledger.booking import Posting, book
from tracker.settlements.models import SettlementLine

WORDS = {"en": "erased account", "zh": "已注销账号"}


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


def signed_in(app: Flask, user: User) -> Client:
    return Client(app).sign_in(user)


# -- one's own ------------------------------------------------------------------------------------


def test_a_person_erases_their_account(life: Life, app: Flask) -> None:
    user_id, me = life.user.id, signed_in(app, life.user)
    assert 'href="/account/erase"' in said(me.get("/account/"))
    page = said(me.get("/account/erase"))
    for words in (
        "What goes, at once and for good",
        "What stays, and why",
        "Keep your certificates",
        "No mail tells you",
    ):
        assert words in page
    assert f'href="{life.certificate.path}.pdf"' in page
    assert me.post("/account/erase", handle=HANDLE, password=PASSWORD).headers["Location"] == "/account/erased"
    assert "It is done" in said(me.get("/account/erased")) and NAME not in said(me.get("/account/erased"))
    me.get("/account/", 302)
    db.session.expire_all()
    assert db.session.get_one(User, user_id).erased_at is not None


def test_in_chinese(cast: Cast, app: Flask) -> None:
    cast.dora.language = "zh"
    db.session.commit()
    page = said(signed_in(app, cast.dora).get("/account/erase"))
    assert "注销我的账号" in page and "保留的内容及原因" in page


def test_what_is_typed_wrong_stands_at_the_field(cast: Cast, app: Flask) -> None:
    me = signed_in(app, with_password(cast.dora))
    me.post("/account/erase", 422)
    assert "isn't the handle" in said(me.post("/account/erase", 422, handle="otto", password=PASSWORD))
    assert "isn't your present password" in said(me.post("/account/erase", 422, handle="dora", password="wrong"))
    assert events("account.erased") == []


def test_passwords_are_not_to_be_tried_here(cast: Cast, app: Flask) -> None:
    me = signed_in(app, with_password(cast.dora))
    for _try in range(app.extensions["settings"].login_tries):
        me.post("/account/erase", 422, handle="dora", password="wrong")
    me.post("/account/erase", 429, handle="dora", password=PASSWORD)


def test_what_is_open_is_listed_in_place_of_the_form(cast: Cast, app: Flask) -> None:
    claim = cast.make_claim(with_password(cast.dora), state="active")
    me = signed_in(app, cast.dora)
    page = said(me.get("/account/erase"))
    assert f'href="/claims/{claim.id}/"' in page and 'name="password"' not in page
    page = said(me.post("/account/erase", 409, handle="dora", password=PASSWORD))
    assert "can't be erased yet" in page and f'href="/claims/{claim.id}/"' in page


def test_it_asks_a_fixed_number_of_questions(cast: Cast, app: Flask) -> None:
    me = signed_in(app, cast.dora)
    me.get("/account/erase")
    with statements() as few:
        me.get("/account/erase")
    for _number in range(2):
        cast.make_claim(cast.dora, cast.make_task(), state="active")
    with statements() as more:
        me.get("/account/erase")
    assert len(more) == len(few)


def test_wages_that_are_not_settled_are_told(cast: Cast, app: Flask) -> None:
    me = signed_in(app, cast.dora)
    accepted(cast, cast.dora, at=dt.datetime(2026, 11, 3, tzinfo=dt.UTC))
    assert "Wages aren't settled yet" not in said(me.get("/account/erase"))
    posting = {"key": "claim:wage", "kind": "points", "amount": 20, "programme": cast.programme, "sig_id": cast.akg.id}
    do(
        book,
        cast.nils,
        [Posting(**posting, user_id=cast.dora.id, for_wage=True, claim_id=cast.make_claim(state="accepted").id)],
    )
    assert "Wages aren't settled yet" in said(me.get("/account/erase"))


def test_the_next_settlement_lists_them_unpaid_and_no_later_one(cast: Cast, app: Flask) -> None:
    with_password(cast.dora)
    earn(cast, cast.dora, 20, "2026-10-15 12:00")
    erased = erase(cast.dora)
    with time_machine.travel(dt.datetime(2026, 11, 2, tzinfo=dt.UTC), tick=False):
        page = said(signed_in(app, cast.mona).get(f"/settlements/{cast.programme.slug}/2026-10/"))
    assert "The account was erased, and its wages were given up: CNY\u00a01,000.00." in page
    assert "a later settlement pays" not in page
    settle(cast, "2026-10")
    line = db.session.scalars(select(SettlementLine).where(SettlementLine.user_id == erased.id)).one()
    assert (line.excluded, line.payable, line.reward_id) == ("erased", 100000, None)
    settle(cast, "2026-11")
    assert db.session.scalar(select(func.count()).where(SettlementLine.user_id == erased.id)) == 1


# -- by an administrator --------------------------------------------------------------------------


def test_an_administrator_erases_an_account(cast: Cast, app: Flask) -> None:
    admin, path = signed_in(app, cast.admin), f"/people/{cast.dora.id}/"
    assert f'href="{path}erase"' in said(admin.get(path))
    admin.get(f"{path}erase")
    admin.post(f"{path}erase", 422, handle="dora")
    admin.post(f"{path}erase", 422, handle="otto", reason="asked_in_writing")
    admin.post(f"{path}erase", 422, handle="dora", reason="I felt like it")
    admin.post(f"{path}erase", handle="dora", reason="asked_in_writing")
    assert "dora" not in said(admin.get("/people/"))
    page = said(admin.get(path))
    assert "Closed and erased on" in page and "<form" not in page.split("<main")[1]
    admin.get(f"{path}erase", 303)


def test_an_administrator_is_refused_what_is_open_and_administrators(cast: Cast, app: Flask) -> None:
    cast.make_claim(cast.dora, state="active")
    other = cast.person("other", is_admin=True)
    db.session.commit()
    admin = signed_in(app, cast.admin)
    admin.post(f"/people/{cast.dora.id}/erase", 409, handle="dora", reason="asked_in_writing")
    page = said(admin.post(f"/people/{other.id}/erase", 409, handle="other", reason="died"))
    assert "can't be erased by another one" in page
    admin.post(f"/people/{cast.admin.id}/erase", 409, handle="admin", reason="died")
    signed_in(app, cast.otto).get(f"/people/{cast.dora.id}/erase", 404)


# -- everywhere else ------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_name_nobody_and_say_erased_account(life: Life, app: Flask, language: str) -> None:
    cast = life.cast
    accepted = life.certificate.claim_id
    erase(life.user)
    cast.mona.language = language
    db.session.commit()
    mona = signed_in(app, cast.mona)
    for path in (f"/claims/{accepted}/", "/sigs/akg/people", life.past.path):
        main = said(mona.get(path)).split("<main")[1]
        assert WORDS[language] in main and NAME not in main and HANDLE not in main.casefold(), path
    assert NAME in said(mona.get(f"{life.past.path}minutes"))  # as they were published
    for path in (
        "/",
        "/tasks/",
        "/hall-of-honour/",
        "/sigs/akg/",
        "/certificates/",
        "/rewards/",
        "/dashboard/",
        "/meetings/",
        f"/public-notices/{life.notice.id}/",
    ):
        assert NAME not in said(mona.get(path)) and HANDLE not in said(mona.get(path)).casefold(), path
    mona.get(f"/hall-of-honour/people/{HANDLE}/", 404)
    mona.get(f"/hall-of-honour/people/erased-{life.user.id}/", 404)
    assert f"erased-{life.user.id}" in mona.get(f"/public-notices/{life.notice.id}.csv").text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_mails_say_it_in_their_readers_language(cast: Cast, app: Flask, language: str) -> None:
    claim = cast.make_claim(cast.dora, state="applied")
    cast.nils.language = language
    db.session.commit()
    do(claims.withdraw, cast.dora, claim)
    erase(with_password(cast.dora))
    settings = app.extensions["settings"]
    [mail] = [
        m for m in outbox.outgoing(settings, limit=99) if m.name == "claim.withdrawn" and m.user_id == cast.nils.id
    ]
    assert WORDS[language] in outbox.message(mail, settings).get_content()


def test_exports_say_it_in_no_language(cast: Cast, app: Flask) -> None:
    cast.member(cast.dora, cast.akg, "member")
    erase(with_password(cast.dora))
    cast.mona.language = "zh"
    db.session.commit()
    rows = signed_in(app, cast.mona).get("/exports/members.csv?sig=akg").text.splitlines()
    [row] = [row for row in rows if f"erased-{cast.dora.id}" in row]
    assert ",erased account," in row and clock.today().isoformat() in row
