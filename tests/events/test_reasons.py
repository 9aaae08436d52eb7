"""Reasons of the tracker's own are kept by code and said in the reader's language; names reach inbox and mail."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.claims import service as claims
from tracker.db import db, transaction
from tracker.events import Event, outbox, record
from tracker.events.history import history
from tracker.events.sentences import REASONS, reason_of, sentence
from tracker.permissions import SYSTEM


def test_the_reason_is_said_in_the_language_of_whoever_reads(cast: Cast, app: Flask) -> None:
    claim = cast.make_claim(state="waiting")
    transaction(lambda: record(SYSTEM, "claim.skipped", claim, reason_code="mentor"))
    event = db.session.scalars(select(Event).where(Event.name == "claim.skipped")).one()
    assert event.facts["reason_code"] == "mentor" and "reason" not in event.facts
    english = str(REASONS["mentor"])
    assert history("claim", claim.id)[0].reason == english
    with force_locale("zh_Hans_CN"):
        chinese = str(REASONS["mentor"])
        assert history("claim", claim.id)[0].reason == chinese != english
        assert chinese in sentence(event.name, event.facts, "")
    cast.dora.language = "zh"
    db.session.commit()
    settings = app.extensions["settings"]
    assert chinese in outbox.message(outbox.outgoing(settings)[0], settings).get_content()


def test_what_somebody_wrote_goes_before_a_code_and_an_unknown_code_says_nothing(app: Flask) -> None:
    assert reason_of({"reason": " Typed. ", "reason_code": "mentor"}) == "Typed."
    assert reason_of({"reason_code": "unheard"}) == "" == reason_of({})


def test_a_new_name_reaches_inbox_and_mail(cast: Cast, app: Flask) -> None:
    claim = cast.make_claim()
    transaction(lambda: claims.approve(cast.mona, claim))
    cast.dora.display_name = "Theodora"
    db.session.commit()
    said = f"Mona approved Theodora for {claim.label}"
    assert said in Client(app).sign_in(cast.dora).get("/notices/").text
    settings = app.extensions["settings"]
    assert outbox.message(outbox.outgoing(settings)[0], settings)["Subject"] == said


def test_the_inbox_takes_as_many_statements_for_many_people_as_for_one(cast: Cast, app: Flask) -> None:
    client = Client(app).sign_in(cast.dora)
    seen: list[int] = []

    def tell(person_id: int) -> None:
        record(cast.mona, "sig.member_added", cast.akg, tell=[cast.dora.id], person_id=person_id)

    for people in ([cast.otto.id], [cast.max.id, cast.nils.id, cast.fay.id, cast.finn.id]):
        for person_id in people:
            transaction(lambda person_id=person_id: tell(person_id))  # type: ignore[misc]
        client.get("/notices/")
        with statements() as read:
            client.get("/notices/")
        seen.append(len(read))
    assert seen[0] == seen[1]
