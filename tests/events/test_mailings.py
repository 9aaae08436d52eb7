"""Mails that were written beforehand leave by the same leases as those of notices."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.mailbox import Box, free_port, mailing
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.events import outbox, record
from tracker.events.models import Mailing, Notice

LIST = "akg@lists.example.org"


def put(key: str = "agenda:1:1", user: User | None = None, **columns: object) -> None:
    """A mailing that waits: to a list, or to a person."""
    values = {
        "kind": "digest" if user else "agenda", "key": key, "user_id": user.id if user else None,
        "address": user.email if user else LIST, "subject": "[AKG] Agenda", "body": "1. Progress\n2. 接口与标准",
        "created_at": clock.now(), "next_try_at": clock.now(), **columns,
    }  # fmt: skip
    db.session.add(Mailing(**values))
    db.session.commit()


def the(key: str = "agenda:1:1") -> Mailing:
    db.session.expire_all()
    return db.session.scalars(select(Mailing).where(Mailing.key == key)).one()


def test_a_mail_to_a_list_is_plain_text_from_the_tracker_with_answers_to_the_list(
    app: Flask, cast: Cast, box: tuple[Box, str]
) -> None:
    put()
    assert outbox.waiting() == 1 and outbox.deliver(mailing(app, box[1])) == 1
    mail = box[0].mails[0]
    assert (mail["To"], mail["Reply-To"], mail["From"]) == (LIST, LIST, "SIG Tracker <tracker@localhost>")
    assert mail["Subject"] == "[AKG] Agenda" and mail["Message-ID"] == f"<mailing-{the().id}@127.0.0.1>"
    assert mail.get_content_type() == "text/plain" and mail.get_content().splitlines()[:2] == [
        "1. Progress",
        "2. 接口与标准",
    ]
    for header in ("Auto-Submitted", "List-Unsubscribe", "List-Id"):
        assert mail[header] is None, "a person sent it, and the list has its own"
    assert the().mail == "sent" and the().sent_at is not None and outbox.waiting() == 0


def test_notices_and_mailings_leave_by_age_each_once(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    now = clock.now()
    put("agenda:1:1", next_try_at=now - dt.timedelta(minutes=5))
    transaction(lambda: record(cast.mona, "sig.member_added", cast.akg, person_id=cast.dora.id))
    put("agenda:1:2", next_try_at=now + dt.timedelta(hours=1))
    assert outbox.deliver(mailing(app, box[1])) == 2
    assert [mail["To"].split("<")[-1].strip(">") for mail in box[0].mails] == [LIST, "dora@example.org"]
    assert outbox.waiting() == 1, "not before its time"


def test_a_worker_that_died_gives_its_mailing_free(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    put()
    settings = mailing(app, box[1])
    taken = transaction(lambda: outbox._take(settings))
    assert isinstance(taken, outbox.Written) and outbox.deliver(settings) == 0
    with time_machine.travel(dt.datetime.now(dt.UTC) + outbox.LEASE + dt.timedelta(seconds=1)):
        assert outbox.deliver(settings) == 1
        outbox._settle(taken, mail="queued")
    assert the().mail == "sent" and len(box[0].mails) == 1


def test_a_list_that_refuses_is_tried_again_and_then_given_up(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    box[0].refuse = "lists"
    put()
    moment = dt.datetime.now(dt.UTC)
    for attempt in range(1, outbox.ATTEMPTS + 1):
        with time_machine.travel(moment, tick=False):
            assert outbox.deliver(mailing(app, box[1])) == 0
            assert the().attempts == attempt and "no such person" in the().error
            moment = the().next_try_at
    assert the().mail == "failed"


def test_a_server_that_is_down_costs_no_attempt(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    put()
    assert outbox.deliver(mailing(app, f"smtp://127.0.0.1:{free_port()}")) == 0
    assert (the().mail, the().attempts) == ("queued", 0)


def test_a_digest_goes_to_the_present_address_and_only_to_one_that_is_confirmed(
    app: Flask, cast: Cast, box: tuple[Box, str]
) -> None:
    put("digest:1:a", cast.dora)
    cast.dora.email = "dora@new.example.org"
    db.session.commit()
    assert outbox.deliver(mailing(app, box[1])) == 1
    assert "dora@new.example.org" in box[0].mails[0]["To"]
    put("digest:1:b", cast.dora)
    cast.dora.email_verified_at = None
    db.session.commit()
    assert outbox.deliver(mailing(app, box[1])) == 0
    assert the("digest:1:b").mail == "failed"


def test_every_notice_but_those_of_the_account_can_be_stopped_from_the_mail(
    app: Flask, cast: Cast, box: tuple[Box, str]
) -> None:
    claim = cast.make_claim(cast.dora)
    transaction(lambda: record(cast.nils, "claim.approved", claim, holder_id=cast.dora.id))
    transaction(lambda: record(cast.mona, "sig.member_added", cast.akg, person_id=cast.dora.id))
    assert outbox.deliver(mailing(app, box[1])) == 2
    about_claim, about_account = box[0].mails
    link = about_claim["List-Unsubscribe"].strip("<>")
    assert link.startswith("http://127.0.0.1:8000/unsubscribe/") and "=?" not in link
    assert about_claim["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"No more mails of the kind “My claims”: {link}" in about_claim.get_content()
    assert about_account["List-Unsubscribe"] is None and "unsubscribe" not in about_account.get_content()


@pytest.mark.parametrize("state", ["digest", "none"])
def test_what_is_not_to_be_mailed_by_itself_stays(app: Flask, cast: Cast, box: tuple[Box, str], state: str) -> None:
    transaction(lambda: record(cast.mona, "sig.member_added", cast.akg, person_id=cast.dora.id))
    db.session.scalars(select(Notice)).one().mail = state
    db.session.commit()
    assert outbox.deliver(mailing(app, box[1])) == 0 and outbox.waiting() == 0
    assert outbox.outgoing(app.extensions["settings"], limit=10) == []


def test_the_same_key_is_refused_by_the_database(cast: Cast) -> None:
    from sqlalchemy.exc import IntegrityError

    put()
    with pytest.raises(IntegrityError):
        put()
    db.session.rollback()
