"""One's own account, the notices, and what administrators do with people."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.accounts.test_registering import link_in_newest_mail
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.accounts import passwords, service
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.errors import Forbidden
from tracker.events import Notice

SECRET = "four unrelated words"
PROFILE: dict[str, Any] = {
    "display_name": "Dora Ek", "affiliation": "Example University", "gitee": "dora", "gitcode": "", "github": "dora-ek",
    "language": "zh", "time_zone": "Europe/Stockholm", "in_ranking": "1", "in_hall": "1",
}  # fmt: skip


def test_a_profile_is_edited(cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora).get("/account/")
    client.post("/account/", **PROFILE)
    db.session.expire_all()
    assert {a.forge: a.handle for a in cast.dora.forge_accounts} == {"gitee": "dora", "github": "dora-ek"}
    assert (cast.dora.language, cast.dora.time_zone) == ("zh", "Europe/Stockholm")
    page = client.get("/account/").text
    assert 'lang="zh-Hans"' in page and "Dora Ek" in page
    client.post("/account/", **{**PROFILE, "gitee": "", "github": "other", "gitcode": "dora3"})
    db.session.expire_all()
    assert {a.forge: a.handle for a in cast.dora.forge_accounts} == {"gitcode": "dora3", "github": "other"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("display_name", ""),
        ("affiliation", "x" * 121),
        ("gitee", "a b"),
        ("github", "<script>"),
        ("language", "fr"),
        ("time_zone", "Mars/Base"),
    ],
)
def test_a_profile_of_the_wrong_shape_is_refused(cast: Cast, client: Client, field: str, value: str) -> None:
    client.sign_in(cast.dora).post("/account/", status=422, **{**PROFILE, field: value})


def test_what_a_claim_needs_is_asked_for(cast: Cast, client: Client) -> None:
    cast.dora.affiliation = ""
    db.session.commit()
    assert "a claim needs it" in client.sign_in(cast.dora).get("/account/").text


@pytest.mark.parametrize(
    "path", ["/account/", "/account/password", "/account/email", "/account/sessions", "/notices/", "/people/"]
)
def test_signed_out_people_are_sent_to_sign_in(app: Flask, client: Client, path: str) -> None:
    assert client.get(path, status=302).location.startswith("/login?next=")


def test_the_account_language_wins_over_the_cookie(cast: Cast, client: Client) -> None:
    client.get("/language/zh", status=302)
    assert 'lang="zh-Hans"' in client.get("/login").text
    client.sign_in(cast.dora)
    page = client.get("/help/").text
    assert '<html lang="en">' in page and 'action="/account/language"' in page
    assert client.post("/account/language", language="zh", next="/help/?a=1").location == "/help/?a=1"
    assert '<html lang="zh-Hans">' in client.get("/help/").text
    client.post("/account/language", status=422, language="fr")
    client.get("/language/fr", status=302)


def test_a_new_address_is_confirmed_where_it_is(app: Flask, cast: Cast, client: Client) -> None:
    cast.dora.password_hash = passwords.hash_password(SECRET)
    db.session.commit()
    client.sign_in(cast.dora).get("/account/email")
    client.post("/account/email", status=422, email="new@example.org", password="wrong")
    client.post("/account/email", status=422, email="otto@example.org", password=SECRET)
    client.post("/account/email", status=422, email="DORA@example.org", password=SECRET)
    client.post("/account/email", status=422, email="nonsense", password=SECRET)
    client.post("/account/email", email="new@example.org", password=SECRET)
    db.session.expire_all()
    assert cast.dora.email == "dora@example.org"
    path, mail = link_in_newest_mail(app)
    assert mail.address == "new@example.org"
    client.post(path)
    db.session.expire_all()
    assert (cast.dora.email, cast.dora.email_key) == ("new@example.org", "new@example.org")


def test_an_address_taken_meanwhile_is_refused(app: Flask, cast: Cast, client: Client) -> None:
    cast.dora.password_hash = passwords.hash_password(SECRET)
    db.session.commit()
    client.sign_in(cast.dora).post("/account/email", email="new@example.org", password=SECRET)
    path, _mail = link_in_newest_mail(app)
    cast.otto.email = cast.otto.email_key = "new@example.org"
    db.session.commit()
    assert "another account" in client.post(path, status=409).text


def test_a_confirmation_for_an_address_one_has_left_is_refused(app: Flask, client: Client) -> None:
    from tests.accounts.test_registering import person

    user = person(app)
    path, _mail = link_in_newest_mail(app)
    user.email = user.email_key = "later@example.org"
    db.session.commit()
    assert "has changed" in client.post(path, status=409).text


# -- notices --------------------------------------------------------------------------------------


def test_notices_are_read_one_by_one_and_all_at_once(app: Flask, cast: Cast, client: Client) -> None:
    for role in (True, False, True):
        transaction(lambda role=role: service.set_roles(cast.admin, cast.dora, is_admin=False, is_finance=role))
    client.sign_in(cast.dora)
    page = client.get("/notices/").text
    assert page.count("Admin changed the site roles of Dora") == 3 and page.count("Mark as read") == 3
    notices = db.session.scalars(select(Notice).where(Notice.user_id == cast.dora.id).order_by(Notice.id)).all()
    ids = [notice.id for notice in notices]
    client.post(f"/notices/{ids[0]}/read")
    assert client.get("/notices/?unread=1").text.count("Mark as read") == 2
    Client(app).sign_in(cast.otto).post(f"/notices/{ids[1]}/read", status=404)
    client.post(f"/notices/{2**40}/read", status=404)
    client.post("/notices/read-all")
    assert "No unread notices" in client.get("/notices/?unread=1").text
    Client(app).post("/notices/read-all", status=302)
    Client(app).post(f"/notices/{ids[0]}/read", status=302)


def test_a_notice_leads_to_what_it_is_about(cast: Cast, client: Client) -> None:
    from tracker.events import record

    def work() -> None:
        record(cast.mona, "sig.member_added", cast.akg, person_id=cast.dora.id, reason="<b>because</b>")

    transaction(work)
    page = client.sign_in(cast.dora).get("/notices/").text
    assert "Mona gave Dora a role in AKG" in page and "&lt;b&gt;because" in page
    notice = db.session.scalars(select(Notice.id).where(Notice.user_id == cast.dora.id)).one()
    assert client.post(f"/notices/{notice}/read", open="1").location == "/sigs/akg/"


def test_notices_are_paged(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(52):
        role = bool(number % 2)
        transaction(lambda role=role: service.set_roles(cast.admin, cast.dora, is_admin=False, is_finance=not role))
    page = client.sign_in(cast.dora).get("/notices/").text
    assert page.count("Mark as read</button>") == 50 and "Next page" in page
    client.get("/notices/?after=0", status=409)
    client.get("/notices/?after=nonsense", status=409)
    client.get(f"/notices/?after={10**30}", status=409)
    after = page.split("?after=")[1].split('"')[0]
    assert client.get(f"/notices/?after={after}").text.count("Mark as read</button>") == 2


# -- people ---------------------------------------------------------------------------------------


def test_only_administrators_see_people(app: Flask, cast: Cast) -> None:
    admin, dora = Client(app).sign_in(cast.admin), Client(app).sign_in(cast.dora)
    page = admin.get("/people/").text
    assert "otto@example.org" in page
    assert "otto@example.org" not in admin.get("/people/?q=DOR").text
    assert "fay" in admin.get("/people/?role=finance").text
    assert "Nobody fits" in admin.get("/people/?q=%25&role=suspended").text
    admin.get("/people/?role=nonsense&after=")
    admin.get(f"/people/{cast.dora.id}/")
    admin.get(f"/people/{2**40}/", status=404)
    dora.get("/people/", status=403)
    dora.get(f"/people/{cast.otto.id}/", status=404)
    for step in ("roles", "suspend", "restore"):
        dora.post(f"/people/{cast.otto.id}/{step}", status=404)
        Client(app).post(f"/people/{cast.otto.id}/{step}", status=404)


def test_a_change_of_rights_ends_the_sessions(app: Flask, cast: Cast) -> None:
    admin, dora = Client(app).sign_in(cast.admin), Client(app).sign_in(cast.dora)
    admin.post(f"/people/{cast.dora.id}/roles", is_finance="1")
    dora.get("/account/", status=302)
    db.session.expire_all()
    assert cast.dora.is_finance and not cast.dora.is_admin
    admin.post(f"/people/{cast.dora.id}/roles", status=409, is_finance="1")
    admin.post(f"/people/{cast.dora.id}/roles", status=422, is_finance="maybe")
    assert "yourself" in admin.post(f"/people/{cast.admin.id}/roles", status=422).text


def test_a_person_is_suspended_and_restored(app: Flask, cast: Cast) -> None:
    admin = Client(app).sign_in(cast.admin)
    admin.post(f"/people/{cast.dora.id}/suspend", status=422, reason="")
    admin.post(f"/people/{cast.dora.id}/suspend", reason="spam")
    assert "Suspended since" in admin.get(f"/people/{cast.dora.id}/").text
    admin.post(f"/people/{cast.dora.id}/suspend", status=409, reason="again")
    admin.post(f"/people/{cast.dora.id}/restore")
    admin.post(f"/people/{cast.dora.id}/restore", status=409)
    admin.post(f"/people/{cast.admin.id}/suspend", status=409, reason="me")
    db.session.expire_all()
    assert db.session.get_one(User, cast.dora.id).suspended_at is None


def test_the_services_ask_who_may(cast: Cast) -> None:
    for work in (
        lambda: service.set_roles(cast.mona, cast.mona, is_admin=True, is_finance=False),
        lambda: service.suspend(cast.mona, cast.dora, reason="x"),
        lambda: service.restore(cast.mona, cast.dora),
    ):
        with pytest.raises(Forbidden):
            transaction(work)


def test_finance_is_told_as_long_as_it_may_enter(cast: Cast) -> None:
    from tracker.events.diary import AUDIENCES

    assert set(AUDIENCES["finance"](None)) == {cast.fay.id, cast.finn.id}
    transaction(lambda: service.suspend(cast.admin, cast.fay, reason="left"))
    assert set(AUDIENCES["finance"](None)) == {cast.finn.id}
