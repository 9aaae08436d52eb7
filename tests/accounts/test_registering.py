"""Registering, confirming the address, a new password by mail."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.accounts import queries, service, views
from tracker.accounts.models import OneTimeToken, User
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events import Event, Notice, outbox
from tracker.permissions import ANYBODY, SYSTEM

GOOD = {"handle": "nina", "display_name": "Nina Ek", "email": "nina@example.org", "password": "four unrelated words"}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "FLOOR_SECONDS", 0.0)


def link_in_newest_mail(app: Flask) -> tuple[str, Any]:
    db.session.expire_all()
    settings = app.extensions["settings"]
    mail = outbox.outgoing(settings)[0]
    body = outbox.message(mail, settings).get_content()
    found = re.search(re.escape(settings.base_url) + r"(/account/\S+)", body)
    assert found, body
    return found[1], mail


def person(app: Flask, **changed: Any) -> User:
    return transaction(lambda: service.register(ANYBODY, **{**GOOD, **changed}))


def test_a_new_person_registers_and_confirms(app: Flask, client: Client) -> None:
    answer = client.post("/register", **GOOD)
    assert answer.location == "/register/sent"
    page = client.get("/register/sent").text
    assert "nina@example.org" in page and "/outbox/" in page
    assert "/outbox/" in page
    path, mail = link_in_newest_mail(app)
    assert path.startswith("/account/confirm/") and mail.address == "nina@example.org"
    client.get("/outbox/")
    assert path in client.get(f"/outbox/{mail.notice_id}").text
    client.post("/login", handle="NINA", password=GOOD["password"])
    assert "Confirm your e-mail address." in client.get("/account/").text
    client.get(path)
    assert client.post(path).location == "/account/"
    page = client.get("/account/").text
    assert "Confirm your e-mail address." not in page and "is confirmed." in page
    assert "used already" in client.post(path, status=409).text


def test_the_page_after_registering_needs_a_registration(app: Flask, client: Client) -> None:
    assert client.get("/register/sent", status=302).location == "/register"


def test_signed_in_people_have_no_use_for_registering(cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora).get("/register", status=303)


def test_registering_keeps_where_one_was_going(app: Flask, client: Client) -> None:
    assert 'value="/tasks/AKG-2026Q4-001/claim"' in client.get("/register?next=/tasks/AKG-2026Q4-001/claim").text
    answer = client.post("/register", **GOOD, next="/tasks/AKG-2026Q4-001/claim")
    assert "next=/tasks/" in client.get(answer.location).text.replace("%2F", "/")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("handle", "a", "2 to 40 letters"), ("handle", "root", "kept for the site"), ("handle", "Dora", "is taken"),
        ("handle", "", "needed"), ("email", "no address", "an e-mail address"), ("email", "DORA@example.org", "There is an account"),
        ("password", "short", "At least 10"), ("password", "password1234", "tried first"), ("password", "nina@example", "Leave your"),
        ("display_name", "", "needed"), ("display_name", "x" * 81, "At most 80"), ("display_name", "a\u0007b", "can&#39;t be stored"),
    ],
)  # fmt: skip
def test_the_field_at_fault_is_named(cast: Cast, client: Client, field: str, value: str, words: str) -> None:
    page = client.post("/register", status=422, **{**GOOD, field: value}).text
    assert words in page
    if field != "email":
        assert 'value="nina@example.org"' in page, "what was typed is kept"
    assert 'value="four unrelated' not in page, "but not the password"


def test_registering_too_often_is_refused(app: Flask, client: Client) -> None:
    for number in range(10):
        client.post("/register", status=422, **{**GOOD, "handle": f"root{number}"})
    answer = client.post("/register", status=429, **GOOD)
    assert 0 < int(answer.headers["Retry-After"]) <= 301


def test_an_overlong_address_is_refused(app: Flask, cast: Cast) -> None:
    with pytest.raises(Refused, match="too long"):
        person(app, email="ﷺ" * 60 + "@example.org")


def test_a_link_expires_after_a_day(app: Flask, client: Client) -> None:
    person(app)
    path, _mail = link_in_newest_mail(app)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=24, minutes=1)):
        assert "expired" in client.post(path, status=409).text


def test_a_link_that_was_tampered_with_is_refused(app: Flask, client: Client) -> None:
    for path in ("/account/confirm/nonsense", "/account/reset/nonsense"):
        client.get(path, status=409)
        client.post(path, status=409, password="four unrelated words")


def test_sending_again_voids_the_link_before(app: Flask, client: Client) -> None:
    user = person(app)
    old, _mail = link_in_newest_mail(app)
    client.sign_in(user).post("/account/resend")
    new, _mail = link_in_newest_mail(app)
    assert new != old
    client.post(old, status=409)
    client.post(new)
    assert "confirmed already" in client.post("/account/resend", status=409).text


def test_mails_are_not_sent_without_end(app: Flask, client: Client) -> None:
    client.sign_in(person(app))
    for _ in range(10):
        client.post("/account/resend")
    assert "Retry-After" in client.post("/account/resend", status=429).headers


def test_a_forgotten_password_is_replaced(app: Flask, cast: Cast, client: Client) -> None:
    elsewhere = Client(app).sign_in(cast.dora)
    elsewhere.get("/account/")
    client.get("/account/reset")
    sent = client.post("/account/reset", handle="dora@example.org")
    client.get(sent.location)
    path, mail = link_in_newest_mail(app)
    assert mail.address == "dora@example.org" and "/account/reset/" in path
    client.get(path)
    client.post(path, status=422, password="short")
    assert client.post(path, password="quite another sentence").location == "/login"
    elsewhere.get("/account/", status=302)
    client.post(path, status=409, password="quite another sentence 2")
    client.post("/login", handle="dora", password="quite another sentence")


def test_a_reset_link_lives_half_an_hour(app: Flask, cast: Cast, client: Client) -> None:
    client.post("/account/reset", handle="dora")
    path, _mail = link_in_newest_mail(app)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=31)):
        assert "expired" in client.post(path, status=409, password="four unrelated words").text


def test_unknown_and_known_accounts_get_the_same_answer(app: Flask, cast: Cast) -> None:
    answers = []
    for handle in ("dora", "nobody-here", "suspended"):
        browser = Client(app)
        if handle == "suspended":
            transaction(lambda: service.suspend(cast.admin, cast.dora, reason="x"))
            handle = "dora"
        first = browser.post("/account/reset", handle=handle)
        answers.append((first.status_code, first.location, browser.get(first.location).text.split("<main")[1]))
    assert answers[0] == answers[1] == answers[2]
    db.session.expire_all()
    assert len(db.session.scalars(select(OneTimeToken)).all()) == 1


def test_asking_takes_its_time_in_any_case(
    app: Flask, cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(views, "FLOOR_SECONDS", 0.2)
    monkeypatch.setattr(views.time, "sleep", waits.append)
    client.post("/account/reset", handle="dora")
    client.post("/account/reset", handle="nobody-here")
    assert len(waits) == 2 and all(wait >= 0 for wait in waits)


def test_resets_of_one_account_are_limited_across_addresses(app: Flask, cast: Cast) -> None:
    browser = Client(app)
    for number in range(10):
        browser.raw.environ_base["REMOTE_ADDR"] = f"10.0.0.{number}"
        browser.post("/account/reset", handle="dora")
    browser.raw.environ_base["REMOTE_ADDR"] = "10.0.0.99"
    browser.post("/account/reset", status=429, handle="DORA")
    browser.post("/account/reset", handle="otto")
    browser.post("/account/reset", status=422, handle="")


def test_an_old_reset_link_dies_with_the_address(app: Flask, cast: Cast, client: Client) -> None:
    transaction(lambda: service.request_reset(ANYBODY, handle="dora"))
    path, _mail = link_in_newest_mail(app)
    user = queries.get_user("dora")
    user.email = user.email_key = "elsewhere@example.org"
    db.session.commit()
    client.post(path, status=409, password="four unrelated words")


def test_somebody_else_makes_an_account(app: Flask, cast: Cast, client: Client) -> None:
    user = transaction(lambda: service.create_user(cast.admin, handle="admin2", email="a2@example.org", is_admin=True))
    assert user.is_admin and user.email_verified_at and user.time_zone == "Asia/Shanghai"
    path, _mail = link_in_newest_mail(app)
    assert path.startswith("/account/reset/")
    client.post(path, password="four unrelated words")
    client.post("/login", handle="a2@example.org", password="four unrelated words")


def test_the_system_makes_accounts_without_mails_of_links(cast: Cast) -> None:
    user = transaction(
        lambda: service.create_user(
            SYSTEM, handle="support", email="s@example.org", password="demo-demo-demo", language="zh"
        )
    )
    event = db.session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert event.name == "account.created" and "token" not in event.facts and event.actor_id is None
    assert queries.find_user("SUPPORT") is not None and user.language == "zh"
    with pytest.raises(Refused):
        transaction(lambda: service.create_user(SYSTEM, handle="weak", email="w@example.org", password="short"))
    with pytest.raises(Refused, match="There is an account"):
        transaction(lambda: service.create_user(SYSTEM, handle="twin", email="S@example.org"))
    with pytest.raises(Forbidden):
        transaction(lambda: service.create_user(cast.dora, handle="mine", email="m@example.org"))


def test_people_are_found_by_handle_or_address(cast: Cast) -> None:
    assert queries.find_user("DORA") == queries.find_user("Dora@Example.org") == cast.dora
    assert queries.find_user("") is None and queries.find_user("x" * 300) is None and queries.find_user("a\x00") is None
    assert queries.user_by_id(cast.dora.id) is cast.dora
    for look in (
        lambda: queries.get_user("nobody"),
        lambda: queries.user_by_id(2**40),
        lambda: queries.user_by_id(10**6),
    ):
        with pytest.raises(Missing):
            look()


def test_the_account_itself_is_told(cast: Cast) -> None:
    transaction(lambda: service.request_reset(ANYBODY, handle="dora"))
    notice = db.session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()
    assert notice.user_id == cast.dora.id
