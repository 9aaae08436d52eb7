"""Sign-in, lock-out, sessions: what an attacker would try."""

import datetime as dt
import threading
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.accounts import attempts, passwords, service, sessions, signing_in
from tracker.accounts.blueprint import bp
from tracker.accounts.models import SignInAttempt, UserSession
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.errors import Busy, Refused

SECRET = "four unrelated words"


@pytest.fixture
def dora(cast: Cast) -> Cast:
    cast.dora.password_hash = passwords.hash_password(SECRET)
    db.session.commit()
    return cast


def test_it_signs_in_by_handle_and_by_address(app: Flask, dora: Cast) -> None:
    for name in ("dora", "DORA", "dora@example.org"):
        browser = Client(app)
        assert browser.post("/login", handle=name, password=SECRET).location == "/"
        assert "Dora" in browser.get("/account/").text
        assert browser.get("/login", status=302).location == "/"


def test_it_says_where_one_comes_back(app: Flask, dora: Cast, client: Client) -> None:
    assert "To claim AKG-2026Q4-012." in client.get("/login?next=/tasks/AKG-2026Q4-012/claim").text
    assert "/dashboard/" in client.get("/login?next=/dashboard/").text
    assert client.post("/login?next=/help/", handle="dora", password=SECRET).location == "/help/"
    assert client.get("/account/password", status=200)


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "evil",
        "\r\nX: y",
        "",
    ],
)
def test_it_never_leads_to_another_site(app: Flask, dora: Cast, target: str) -> None:
    browser = Client(app)
    answer = browser.post("/login", handle="dora", password=SECRET, next=target)
    assert answer.location == "/"
    assert browser.get("/language/zh", status=302, query_string={"next": target}).location == "/"
    assert browser.post("/account/language", language="en", next=target).location == "/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(dora: Cast, client: Client) -> None:
    wrong = client.post("/login", status=409, handle="dora", password="something else").text
    unknown = client.post("/login", status=409, handle="nobody", password="something else").text
    assert "is wrong" in wrong and "something else" not in wrong
    assert wrong.split("is wrong")[1].split("</div>")[0] == unknown.split("is wrong")[1].split("</div>")[0]
    client.post("/login", status=422, handle="", password="")


def test_an_account_without_a_password_cannot_be_entered(cast: Cast, client: Client) -> None:
    client.post("/login", status=409, handle="otto", password="nobody has this password")


def test_a_suspended_person_cannot_enter(dora: Cast, client: Client) -> None:
    transaction(lambda: service.suspend(dora.admin, dora.dora, reason="spam"))
    assert "is suspended" in client.post("/login", status=409, handle="dora", password=SECRET).text


def test_the_cost_of_a_password_is_renewed_at_sign_in(dora: Cast, client: Client) -> None:
    before = dora.dora.password_hash
    passwords.configure(settings_for("sqlite://", Path("/tmp"), argon2_time=2))
    try:
        client.post("/login", handle="dora", password=SECRET)
    finally:
        passwords.configure(settings_for("sqlite://", Path("/tmp")))
    db.session.expire_all()
    assert dora.dora.password_hash != before


def test_ten_wrong_tries_lock_the_name_from_everywhere(app: Flask, dora: Cast) -> None:
    browser = Client(app)
    for number in range(10):
        browser.raw.environ_base["REMOTE_ADDR"] = f"10.1.0.{number}"
        browser.post("/login", status=409, handle="dora" if number % 2 else "dora@example.org", password="wrong wrong")
    browser.raw.environ_base["REMOTE_ADDR"] = "10.1.0.77"
    answer = browser.post("/login", status=429, handle="dora", password=SECRET)
    assert 0 < int(answer.headers["Retry-After"]) <= 301 and "Try again after" in answer.text
    browser.post("/login", status=409, handle="otto", password="wrong wrong")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5, seconds=1)):
        browser.post("/login", handle="dora", password=SECRET)


def test_ten_wrong_tries_lock_the_address(app: Flask, dora: Cast, client: Client) -> None:
    for number in range(10):
        client.post("/login", status=409, handle=f"guess{number}", password="wrong wrong")
    client.post("/login", status=429, handle="dora", password=SECRET)


def test_a_right_password_clears_the_name_but_not_the_address(dora: Cast, client: Client, app: Flask) -> None:
    for _ in range(3):
        client.post("/login", status=409, handle="dora", password="wrong wrong")
    client.post("/login", handle="dora", password=SECRET)
    db.session.expire_all()
    keys = db.session.scalars(select(SignInAttempt.key)).all()
    assert "name:dora" not in keys and keys.count("address:127.0.0.1") == 3
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=2)):
        transaction(attempts.forget_old)
    assert db.session.scalars(select(SignInAttempt.key)).all() == []


def test_the_lock_holds_across_two_workers(fresh_database: str, tmp_path: Path) -> None:
    first, second = (create_app(settings_for(fresh_database, tmp_path / name)) for name in ("one", "two"))
    for number in range(10):
        Client((first, second)[number % 2]).post("/login", status=409, handle="dora", password="wrong wrong")
    for app in (first, second):
        Client(app).post("/login", status=429, handle="dora", password="wrong wrong")
        with app.app_context():
            db.engine.dispose()


def test_simultaneous_tries_cannot_slip_through(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    counted: list[bool] = []

    def guess() -> None:
        with app.app_context():
            try:
                transaction(lambda: attempts.count_try(["name:dora"], app.extensions["settings"]))
                counted.append(True)
            except attempts.TooMany:
                counted.append(False)

    threads = [threading.Thread(target=guess) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (counted.count(True), counted.count(False)) == (10, 14)
    with app.app_context():
        db.engine.dispose()


def test_a_name_of_any_length_is_counted_without_breaking(app: Flask, client: Client) -> None:
    client.post("/login", status=409, handle="ﷺ" * 254, password="x")


# -- sessions -------------------------------------------------------------------------------------


def cookie_of(browser: Client) -> dict[str, object]:
    with browser.raw.session_transaction() as cookie:
        return dict(cookie)


def test_signing_in_takes_nothing_over_from_the_session_before(dora: Cast, client: Client) -> None:
    with client.raw.session_transaction() as cookie:
        cookie["planted"] = "by an attacker"
        cookie["_user_id"] = "guessed"
    client.post("/login", handle="dora", password=SECRET)
    first = cookie_of(client)
    assert "planted" not in first and first["_user_id"] != "guessed"
    client.post("/logout")
    assert "_user_id" not in cookie_of(client)
    client.post("/login", handle="dora", password=SECRET)
    assert cookie_of(client)["_user_id"] != first["_user_id"]


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app: Flask, dora: Cast, client: Client) -> None:
    client.post("/login", handle="dora", password=SECRET)
    thief = Client(app)
    with thief.raw.session_transaction() as cookie:
        cookie.update(cookie_of(client))
    thief.get("/account/")
    client.post("/logout")
    thief.get("/account/", status=302)
    client.post("/logout", status=302)


def test_the_database_knows_only_the_hash(dora: Cast, client: Client) -> None:
    client.post("/login", handle="dora", password=SECRET)
    token = str(cookie_of(client)["_user_id"])
    stored = db.session.scalars(select(UserSession.token_hash)).all()
    assert token not in stored and sessions.hashed(token) in stored


def test_a_suspended_person_is_out_at_the_next_request(app: Flask, cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora).get("/account/")
    Client(app).sign_in(cast.admin).post(f"/people/{cast.dora.id}/suspend", reason="spam")
    client.get("/account/", status=302)


def test_a_session_ends_when_it_was_idle_for_too_long(cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora).get("/account/")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=7, minutes=1)):
        client.get("/account/", status=302)


def test_use_keeps_a_session_alive_until_its_day(cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora)
    start = dt.datetime.now(dt.UTC)
    for days in (5, 10, 15, 20, 25, 29):
        with time_machine.travel(start + dt.timedelta(days=days)):
            client.get("/account/")
    with time_machine.travel(start + dt.timedelta(days=30, minutes=1)):
        client.get("/account/", status=302)


def test_a_busy_database_does_not_stop_a_page_from_being_read(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_token: str) -> None:
        raise Busy

    client.sign_in(cast.dora)
    monkeypatch.setattr(sessions, "touch", busy)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)):
        client.get("/account/")
    assert bp.name == "accounts"


def test_one_ends_sessions_of_ones_own_only(app: Flask, cast: Cast, client: Client) -> None:
    elsewhere = Client(app).sign_in(cast.dora)
    otto = Client(app).sign_in(cast.otto)
    client.sign_in(cast.dora)
    page = client.get("/account/sessions").text
    assert page.count("this one") == 1
    ids = db.session.scalars(
        select(UserSession.id).where(UserSession.user_id == cast.dora.id).order_by(UserSession.id)
    ).all()
    otto.post(f"/account/sessions/{ids[0]}/end", status=404)
    elsewhere.get("/account/")
    client.post(f"/account/sessions/{ids[0]}/end")
    elsewhere.get("/account/", status=302)
    client.post(f"/account/sessions/{ids[0]}/end", status=404)
    client.post(f"/account/sessions/{2**40}/end", status=404)
    Client(app).post(f"/account/sessions/{ids[1]}/end", status=302)


def test_signing_out_everywhere_is_everywhere(app: Flask, cast: Cast, client: Client) -> None:
    elsewhere = Client(app).sign_in(cast.dora)
    client.sign_in(cast.dora).post("/account/sessions/end-all")
    elsewhere.get("/account/", status=302)
    client.get("/account/", status=302)
    client.post("/account/sessions/end-all", status=302)


def test_changing_the_password_ends_the_other_sessions_and_renews_this_one(
    app: Flask, dora: Cast, client: Client
) -> None:
    client.post("/login", handle="dora", password=SECRET)
    elsewhere, before = Client(app).sign_in(dora.dora), cookie_of(client)["_user_id"]
    client.get("/account/password")
    client.post("/account/password", status=422, current="wrong", password="quite another sentence")
    client.post("/account/password", status=422, current=SECRET, password=SECRET)
    client.post("/account/password", status=422, current=SECRET, password="short")
    client.post("/account/password", current=SECRET, password="quite another sentence")
    assert cookie_of(client)["_user_id"] != before
    client.get("/account/")
    elsewhere.get("/account/", status=302)
    Client(app).post("/account/password", status=302, current=SECRET, password="x")


def test_guessing_the_present_password_is_limited(dora: Cast, client: Client) -> None:
    client.sign_in(dora.dora)
    for _ in range(10):
        client.post("/account/password", status=422, current="wrong", password="quite another sentence")
    client.post("/account/password", status=429, current=SECRET, password="quite another sentence")
    client.post("/account/email", status=429, email="new@example.org", password=SECRET)


def test_a_password_changed_meanwhile_is_asked_for_again(dora: Cast) -> None:
    settings = settings_for("sqlite://", Path("/tmp"))
    tried = transaction(lambda: signing_in.begin(handle="dora", address="10.0.0.1", settings=settings))
    assert tried.fits(SECRET)
    dora.dora.password_hash = passwords.hash_password("quite another sentence")
    db.session.commit()
    with pytest.raises(Refused, match="changed a moment ago"):
        transaction(lambda: signing_in.finish(tried, SECRET, settings, address="10.0.0.1", user_agent=""))
