"""What every page carries, what hostile input meets, and what happens while the database is away."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.client import Client, check_page
from tracker import triggers
from tracker.app import create_app
from tracker.db import db
from tracker.web import errors

SURROGATE = b"%ED%A0%80"
HOSTILE: dict[str, bytes] = {
    "nul": b"a%00b", "lone surrogate": SURROGATE, "very long": b"x" * 100_000, "control": b"a%1Bb", "bytes": b"%FF%FE",
    "line separator": b"%E2%80%A8x", "number": b"9" * 400, "script": b"<script>alert(1)</script>",
}  # fmt: skip
FIELDS = {
    "/register": ("handle", "display_name", "email", "password"),
    "/login": ("handle", "password"),
    "/account/reset": ("handle",),
    "/account/": ("display_name", "affiliation", "gitee", "gitcode", "github", "language", "time_zone"),
    "/account/password": ("current", "password"),
    "/account/email": ("email", "password"),
    "/account/language": ("language", "next"),
    "/people/%s/roles": ("is_admin", "is_finance"),
    "/people/%s/suspend": ("reason",),
}
GOOD = {
    "/register": {
        "handle": "nina",
        "display_name": "Nina",
        "email": "n@example.org",
        "password": "four unrelated words",
    },
    "/account/": {"display_name": "A", "affiliation": "", "language": "en", "time_zone": "UTC"},
    "/account/language": {"language": "en"},
}


def raw_post(browser: Client, path: str, body: bytes) -> Any:
    body += b"&csrf_token=" + browser.token().encode()
    return browser.raw.post(path, data=body, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("path", FIELDS)
def test_hostile_values_are_refused_and_break_nothing(app: Flask, cast: Cast, path: str) -> None:
    address = path.replace("%s", str(cast.otto.id))
    for field in FIELDS[path]:
        for name, value in HOSTILE.items():
            browser = Client(app)
            browser.raw.environ_base["REMOTE_ADDR"] = f"10.2.{len(field)}.{len(name)}"
            if path not in ("/register", "/login", "/account/reset"):
                browser.sign_in(cast.admin)
            good = b"".join(f"&{k}={v}".encode() for k, v in GOOD.get(path, {}).items() if k != field)
            answer = raw_post(browser, address, field.encode() + b"=" + value + good)
            assert answer.status_code < 500, (path, field, name)
            if name in ("nul", "very long", "control") and field != "next":
                assert 400 <= answer.status_code < 500, (path, field, name, answer.status_code)
            if answer.mimetype == "text/html" and answer.status_code >= 400:
                check_page(answer.text)


def test_a_doubled_field_is_refused(app: Flask, cast: Cast) -> None:
    browser = Client(app)
    for path, body in (
        ("/login", b"handle=dora&handle=otto&password=x"),
        ("/register", b"handle=nina&handle=nino&display_name=N&email=n@example.org&password=four+unrelated+words"),
        ("/account/reset", b"handle=dora&handle=otto"),
    ):
        answer = raw_post(browser, path, body)
        assert answer.status_code == 422 and "sent twice" in answer.text


def test_a_file_is_not_taken_for_text(app: Flask, client: Client) -> None:
    import io

    data = {"handle": (io.BytesIO(b"dora"), "x.txt"), "password": "x", "csrf_token": client.token()}
    assert client.raw.post("/login", data=data, content_type="multipart/form-data").status_code == 422


def test_addresses_with_nul_are_refused(app: Flask, client: Client) -> None:
    for path in ("/people/%00", "/login?next=%00", "/account/confirm/%00"):
        assert client.raw.get(path).status_code == 400
    assert client.raw.get("/account/confirm/" + "x" * 5000).status_code == 409
    assert client.raw.get("/people/?q=%ED%A0%80").status_code == 302


@pytest.mark.parametrize(
    "path", ["/register", "/login", "/logout", "/account/reset", "/account/language", "/notices/read-all"]
)
def test_a_form_without_its_token_is_refused(app: Flask, cast: Cast, path: str) -> None:
    browser = Client(app).sign_in(cast.dora)
    browser.post(path, status=400, token=False, handle="dora", password="x")
    assert browser.raw.post(path, data={"csrf_token": "forged"}).status_code == 400
    browser.get("/account/")


def test_every_answer_carries_its_guards(app: Flask, client: Client) -> None:
    for path, status in (("/login", 200), ("/account/", 302), ("/nothing", 404), ("/healthz", 200)):
        answer = client.raw.get(path)
        assert answer.status_code == status
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in client.raw.get("/login").headers["Cache-Control"]


def test_production_hardens_its_cookie_and_hides_its_outbox(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path, env="production", base_url="https://tracker.example"))
    browser = app.test_client()
    answer = browser.get("/login", base_url="https://tracker.example")
    cookie = next(value for name, value in answer.headers if name == "Set-Cookie")
    assert cookie.startswith("__Host-session=") and "Secure" in cookie and "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"]
    assert browser.get("/outbox/").status_code == 404
    with app.app_context():
        db.engine.dispose()


def test_the_outbox_is_for_this_computer_only(app: Flask, client: Client) -> None:
    client.get("/outbox/")
    client.get("/outbox/999999", status=404)
    client.get(f"/outbox/{2**40}", status=404)
    for base in ({"REMOTE_ADDR": "10.0.0.9"}, {"REMOTE_ADDR": "nonsense"}):
        assert client.raw.get("/outbox/", environ_base=base).status_code == 404
    assert client.raw.get("/outbox/", base_url="http://rebound.example").status_code == 404


# -- health and a database that is away -----------------------------------------------------------


def test_it_is_alive_and_ready(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    browser = app.test_client()
    assert browser.get("/healthz").data == b"ok\n" and browser.get("/readyz").status_code == 200
    with app.app_context(), db.engine.begin() as connection:
        for name in ("event_append_only_update",):
            on = " ON event" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{on}"))
        assert triggers.differences(connection)
    answer = browser.get("/readyz")
    assert answer.status_code == 503 and b"schema" in answer.data
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def broken(tmp_path: Path) -> Flask:
    """An application whose database can't be opened."""
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}", tmp_path / "instance"))
    app.testing = False
    return app


def test_without_a_database_it_lives_but_is_not_ready(broken: Flask) -> None:
    browser = Client(broken)
    with browser.raw.session_transaction() as cookie:
        cookie["_user_id"] = "somebody"
    assert browser.raw.get("/healthz").status_code == 200
    assert browser.raw.get("/readyz").status_code == 503


@pytest.mark.parametrize("path", ["/login", "/account/", "/nothing-here", "/notices/", "/outbox/"])
def test_without_a_database_every_page_says_try_again(broken: Flask, path: str) -> None:
    browser = Client(broken)
    with browser.raw.session_transaction() as cookie:
        cookie["_user_id"] = "somebody"
    answer = browser.raw.get(path, headers={"Accept-Language": "zh-CN"})
    assert answer.status_code in (404, 503)
    assert answer.status_code == 503 or path == "/nothing-here"
    check_page(answer.text)
    assert '<html lang="zh-Hans">' in answer.text
    if answer.status_code == 503:
        assert answer.headers["Retry-After"] == "5"


def test_without_a_database_a_form_is_answered_too(broken: Flask) -> None:
    browser = Client(broken)
    answer = browser.raw.post("/login", data={"handle": "dora", "password": "x", "csrf_token": browser.token()})
    assert answer.status_code == 503
    check_page(answer.text)


def test_even_a_broken_template_ends_in_a_page(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_args: object, **_facts: object) -> str:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(errors, "render_template", breaks)
    answer = app.test_client().get("/nothing-here")
    assert answer.status_code == 404 and "<title>" in answer.text
    monkeypatch.setattr(errors, "refused", breaks)
    assert app.test_client().get("/people/?after=x").status_code == 302
