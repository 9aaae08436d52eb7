"""Applications that end without an answer in favour, as their pages tell it."""

from __future__ import annotations

from tests.promotions.conftest import Groups
from tests.promotions.test_pages import text_of
from tests.support.client import Client
from tracker.db import db, transaction
from tracker.promotions import service


def test_a_withdrawn_application_speaks_of_no_vote(groups: Groups, client: Client) -> None:
    made = transaction(lambda: service.apply_for_membership(groups.cast.otto, groups.cast.akg, statement="I."))
    client.sign_in(groups.cast.otto)
    page = text_of(client, made.path)
    assert "Everybody who is told of it reads it" in page and "Who could vote" not in page
    client.post(f"{made.path}withdraw", reason="")
    page = text_of(client, made.path).split("<main")[1].split("<footer")[0]
    assert "needs no answer any more" in page and "vote" not in page and "stand" not in page.lower()
    assert "Otto withdrew the application" in page
    mona = Client(client.app).sign_in(groups.cast.mona)
    assert "Otto withdrew the application" in text_of(mona, "/notices/")


def test_who_has_no_name_is_called_by_their_handle(groups: Groups, client: Client) -> None:
    cast = groups.cast
    cast.otto.display_name = cast.mona.display_name = ""
    db.session.commit()
    client.sign_in(cast.otto)
    for said, end in (
        ("mona declined:", lambda made: service.decline_membership(cast.mona, made, reason="Not yet.")),
        ("Withdrawn by otto.", lambda made: service.withdraw_promotion(cast.otto, made)),
    ):
        made = transaction(lambda: service.apply_for_membership(cast.otto, cast.akg, statement="I."))
        transaction(lambda end=end, made=made: end(made))
        assert said in text_of(client, made.path)
