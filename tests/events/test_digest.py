"""The day's digest: once, in the morning of its reader, in their language."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.conftest import settings_for
from tests.events.test_choices import choose, states_of, tell
from tests.support.cast import Cast
from tests.support.mailbox import Box, mailing
from tests.support.statements import statements
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.events import Notice, digest, outbox, worker
from tracker.events.models import Mailing

#: In Beijing (UTC+8) it is 07:59 and 08:00 on 24 November 2026.
EARLY = dt.datetime(2026, 11, 23, 23, 59, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 11, 24, 0, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def the_evening_before() -> Iterator[None]:
    with time_machine.travel(EARLY - dt.timedelta(hours=4)):
        yield


@pytest.fixture
def claim(the_evening_before: None, cast: Cast) -> Claim:
    choose(cast.dora, claims="daily", rewards="daily")
    return cast.make_claim(cast.dora, state="active")


def run(at: dt.datetime) -> int:
    """The job at that moment; returns how many digests were due."""
    with time_machine.travel(at, tick=False):
        return int(transaction(digest.write_digests))


def digests() -> list[Mailing]:
    return list(db.session.scalars(select(Mailing).order_by(Mailing.id)))


def test_it_is_written_from_eight_in_the_readers_zone_and_once_a_day(cast: Cast, claim: Claim) -> None:
    tell(cast, claim, "claims")
    assert run(EARLY) == 0
    assert run(MORNING) == 1
    assert run(MORNING + dt.timedelta(minutes=1)) == 0
    tell(cast, claim, "claims")
    assert run(MORNING + dt.timedelta(hours=9)) == 0, "the next one is tomorrow's"
    assert run(MORNING + dt.timedelta(days=1)) == 1
    assert [mailing.key for mailing in digests()] == [
        f"digest:{cast.dora.id}:2026-11-24", f"digest:{cast.dora.id}:2026-11-25"
    ]  # fmt: skip


def test_everybody_has_their_own_morning(cast: Cast, claim: Claim) -> None:
    cast.otto.time_zone = "Europe/Berlin"
    db.session.commit()
    choose(cast.otto, claims="daily")
    tell(cast, claim, "claims", cast.dora, cast.otto)
    assert run(MORNING) == 1, "in Berlin it is 01:00"
    assert run(MORNING + dt.timedelta(hours=7)) == 1
    assert [mailing.user_id for mailing in digests()] == [cast.dora.id, cast.otto.id]


def test_what_happens_during_the_day_waits_for_the_next_morning(cast: Cast, claim: Claim) -> None:
    with time_machine.travel(MORNING + dt.timedelta(minutes=1), tick=False):
        tell(cast, claim, "claims")
    assert run(MORNING + dt.timedelta(hours=5)) == 0
    assert run(MORNING + dt.timedelta(days=1)) == 1


def test_it_holds_what_waits_by_kind_with_links(cast: Cast, claim: Claim) -> None:
    for kind in ("rewards", "claims", "claims"):
        tell(cast, claim, kind)
    run(MORNING)
    mailing = digests()[0]
    assert mailing.subject == "Digest of 24 November 2026: 3 notices" and mailing.address == "dora@example.org"
    body = mailing.body
    assert body.index("## My claims") < body.index("* Mona approved Dora for") < body.index("## Rewards")
    assert body.count(f"http://127.0.0.1:8000{claim.path}") == 3
    assert body.startswith("Hello Dora,")


def test_the_notices_follow_their_digest(cast: Cast, claim: Claim) -> None:
    tell(cast, claim, "claims")
    tell(cast, claim, "progress")
    run(MORNING)
    assert states_of(cast.dora) == ["sent", "queued"]
    assert db.session.scalars(select(Notice.mailing_id).order_by(Notice.id)).all() == [digests()[0].id, None]


def test_it_is_in_the_language_of_its_reader(cast: Cast, claim: Claim) -> None:
    cast.dora.language = "zh"
    db.session.commit()
    tell(cast, claim, "claims")
    run(MORNING)
    assert "2026年11月24日" in digests()[0].subject


def test_who_has_not_confirmed_the_address_or_is_suspended_gets_none(cast: Cast, claim: Claim) -> None:
    tell(cast, claim, "claims")
    cast.dora.email_verified_at = None
    db.session.commit()
    assert run(MORNING) == 0 and states_of(cast.dora) == ["digest"]
    cast.dora.email_verified_at, cast.dora.suspended_at = MORNING, MORNING
    db.session.commit()
    assert run(MORNING) == 0


def test_nothing_new_is_no_mail(cast: Cast, claim: Claim) -> None:
    assert run(MORNING) == 0 and digests() == []


def test_a_long_one_names_the_first_hundred_and_says_where_the_others_are(
    cast: Cast, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest, "MOST", 2)
    for _number in range(4):
        tell(cast, claim, "claims")
    run(MORNING)
    body = digests()[0].body
    assert body.count("* Mona") == 2 and "2 more notices are at http://127.0.0.1:8000/notices/" in body
    assert "4 notices" in digests()[0].subject and states_of(cast.dora) == ["sent"] * 4


def test_more_notices_take_no_more_statements(cast: Cast, claim: Claim) -> None:
    counts = []
    for day, notices in enumerate((1, 5)):
        for _number in range(notices):
            tell(cast, claim, "claims")
        with statements() as seen:
            run(MORNING + dt.timedelta(days=day))
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_one_that_cannot_be_written_does_not_keep_the_others(
    cast: Cast, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(cast.otto, claims="daily")
    tell(cast, claim, "claims", cast.dora, cast.otto)
    whole = digest.write_digest

    def broken(user_id: int, day: dt.date) -> Mailing | None:
        if user_id == cast.dora.id:
            raise RuntimeError("a bug")
        return whole(user_id, day)

    monkeypatch.setattr(digest, "write_digest", broken)
    run(MORNING)
    assert [mailing.user_id for mailing in digests()] == [cast.otto.id]


def test_it_goes_out_with_its_footer_and_the_header_that_ends_it(
    app: Flask, cast: Cast, claim: Claim, box: tuple[Box, str]
) -> None:
    tell(cast, claim, "claims")
    run(MORNING)
    with time_machine.travel(MORNING):
        assert outbox.deliver(mailing(app, box[1])) == 1
    mail = box[0].mails[0]
    assert mail["To"] == "Dora <dora@example.org>" and mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == f"<mailing-{digests()[0].id}@127.0.0.1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = mail.get_content()
    assert mail["List-Unsubscribe"].strip("<>") in body and "/account/notices" in body


def test_three_workers_write_and_send_each_digest_once(
    fresh_database: str, tmp_path: Path, box: tuple[Box, str]
) -> None:
    app = create_app(settings_for(fresh_database, tmp_path, smtp_url=box[1]))
    with app.app_context():
        cast = Cast()
        claim = cast.make_claim(cast.dora, state="active")
        people = [cast.dora, cast.otto, *(cast.person(f"reader{number}") for number in range(6))]
        db.session.commit()
        for person in people:
            choose(person, claims="daily")
        tell(cast, claim, "claims", *people)
        wanted = sorted(person.email for person in people)
        db.session.remove()
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        worker.run_worker(app, once=True)

    with time_machine.travel(dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)):
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with app.app_context():
            worker.run_worker(app, once=True)
    assert sorted(str(mail["To"].addresses[0].addr_spec) for mail in box[0].mails) == wanted
    with app.app_context():
        assert db.session.scalars(select(Notice.mail).distinct()).all() == ["sent"]
        db.session.remove()
        db.engine.dispose()


def test_two_at_once_write_one(cast: Cast, claim: Claim) -> None:
    """The second finds the first one's key, whatever it thought to be due."""
    tell(cast, claim, "claims")
    run(MORNING)
    tell(cast, claim, "claims")
    day = dt.date(2026, 11, 24)
    user: User = cast.dora
    assert transaction(lambda: digest.write_digest(user.id, day)) is None
    assert states_of(cast.dora) == ["sent", "digest"]
