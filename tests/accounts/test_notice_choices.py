"""The page where one chooses which mails to get, and the link of a mail that switches its kind off."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.accounts import notice_choices
from tracker.accounts.tokens import sign
from tracker.db import db, transaction
from tracker.events import Event, unsubscribing
from tracker.events.kinds import CHOSEN
from tracker.events.models import NoticeChoice

KEY = "for tests only"


def link(user_id: int, kind: str = "claims") -> str:
    return unsubscribing.path_for(user_id, kind, KEY)


def chosen(cast: Cast) -> dict[str, str]:
    db.session.expire_all()
    return notice_choices.choices_of(cast.dora.id)


def radios(page: str) -> list[tuple[str, str]]:
    """(value, checked) of each."""
    return re.findall(r'<input type="radio"[^>]*value="(\w+)"[^>]*?( checked)?>', page)


# -- choosing -------------------------------------------------------------------------------------


def test_everything_comes_at_once_until_one_chooses_otherwise(client: Client, cast: Cast) -> None:
    page = client.sign_in(cast.dora).get("/account/notices").text
    assert [value for value, checked in radios(page) if checked] == ["at_once"] * len(CHOSEN)
    assert "Always at once" in page and "mentors of a task and maintainers of its SIG" in page


def test_a_choice_is_kept_and_shown(client: Client, cast: Cast) -> None:
    client.sign_in(cast.dora)
    client.post("/account/notices", claims="daily", rewards="off")
    page = client.get("/account/notices").text
    assert [value for value, checked in radios(page) if checked].count("at_once") == len(CHOSEN) - 2
    assert re.search(r'id="claims-daily"[^>]* checked', page) and re.search(r'id="rewards-off"[^>]* checked', page)
    assert chosen(cast) == {**dict.fromkeys(CHOSEN, "at_once"), "claims": "daily", "rewards": "off"}
    client.post("/account/notices", claims="at_once")
    assert chosen(cast)["claims"] == "at_once" and chosen(cast)["rewards"] == "off"


def test_a_choice_that_there_is_not_is_refused_at_its_kind(client: Client, cast: Cast) -> None:
    page = client.sign_in(cast.dora).post("/account/notices", status=422, claims="hourly").text
    assert "There is no such choice." in page and chosen(cast)["claims"] == "at_once"


def test_nobody_chooses_about_the_account(client: Client, cast: Cast) -> None:
    client.sign_in(cast.dora).post("/account/notices", account="off")
    assert db.session.scalars(select(NoticeChoice)).all() == []


# -- the link of a mail ---------------------------------------------------------------------------


def test_looking_at_the_link_changes_nothing(client: Client, cast: Cast) -> None:
    page = client.get(link(cast.dora.id)).text
    assert "My claims" in page and "For the account dora" in page
    assert chosen(cast)["claims"] == "at_once"


def test_the_button_switches_the_kind_off_and_says_how_to_switch_it_on(client: Client, cast: Cast) -> None:
    answer = client.post(link(cast.dora.id))
    assert answer.location == link(cast.dora.id)
    page = client.get(answer.location).text
    assert "gets no mails of the kind “My claims” any more" in page and "/account/notices" in page
    assert chosen(cast) == {**dict.fromkeys(CHOSEN, "at_once"), "claims": "off"}
    event = db.session.scalars(select(Event).where(Event.name == "account.notices_chosen")).one()
    assert (event.actor_id, event.facts["choices"]) == (cast.dora.id, {"claims": "off"})


def test_a_mail_program_switches_it_off_by_one_post_without_cookie_token_or_redirect(app: Flask, cast: Cast) -> None:
    body = {"List-Unsubscribe": "One-Click"}
    db.session.commit()
    for _again in range(2):
        with app.app_context():
            answer = app.test_client().post(link(cast.dora.id), data=body)
            assert answer.status_code == 200 and "switched off" in answer.text
    assert chosen(cast)["claims"] == "off"
    assert len(db.session.scalars(select(Event).where(Event.name == "account.notices_chosen")).all()) == 1


def test_the_link_of_a_digest_switches_off_what_comes_in_it(client: Client, cast: Cast) -> None:
    transaction(
        lambda: notice_choices.choose_notices(
            cast.dora, choices={"claims": "daily", "meetings": "daily", "agenda": "off"}
        )
    )
    page = client.get(link(cast.dora.id, "digest")).text
    assert "My claims" in page and "Meetings" in page and "Rewards" not in page.split("<main")[1]
    client.post(link(cast.dora.id, "digest"))
    off = {kind for kind, choice in chosen(cast).items() if choice == "off"}
    assert off == {"claims", "meetings", "agenda"}
    assert "gets no digest any more" in client.get(link(cast.dora.id, "digest")).text


def test_no_other_form_is_taken_without_its_token(app: Flask, client: Client, cast: Cast) -> None:
    client.sign_in(cast.dora).post("/account/notices", status=400, token=False, claims="off")
    assert chosen(cast)["claims"] == "at_once"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_forged_link_is_no_page(app: Flask, cast: Cast, method: str) -> None:
    db.session.commit()
    good = link(cast.dora.id).rsplit("/", 1)[1]
    bad = [
        "forged", good[:-1], good + "x", link(cast.dora.id, "account").rsplit("/", 1)[1],
        link(10**9).rsplit("/", 1)[1], link(2**40).rsplit("/", 1)[1], sign(cast.dora.id, "confirm", KEY),
        unsubscribing.token_for(cast.dora.id, "claims", "another key"),
    ]  # fmt: skip
    for token in bad:
        with app.app_context():
            answer = app.test_client().open(f"/unsubscribe/{token}", method=method)
            assert answer.status_code == 404, token
    assert db.session.scalars(select(NoticeChoice)).all() == []


def test_a_link_is_good_for_nothing_else(cast: Cast) -> None:
    from tracker.accounts import tokens

    token = unsubscribing.token_for(cast.dora.id, "claims", KEY)
    assert [tokens.read(token, purpose, KEY) for purpose in ("confirm", "reset", "email")] == [None, None, None]
    assert unsubscribing.read(token, KEY) == (cast.dora.id, "claims")
