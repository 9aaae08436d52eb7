"""Mails from notices, with a real mail server on this machine."""

import datetime as dt
import smtplib
import threading
from pathlib import Path
from typing import Any

import pytest
import time_machine
from aiosmtpd.smtp import AuthResult
from flask import Flask
from sqlalchemy import select

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.mailbox import Box, free_port, mailing
from tracker.accounts import service
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.errors import Busy
from tracker.events import Notice, outbox, record, worker
from tracker.events.mails import in_language
from tracker.permissions import ANYBODY, SYSTEM


def tell_dora(cast: Cast, **facts: Any) -> None:
    transaction(lambda: record(cast.mona, "sig.member_added", cast.akg, person_id=cast.dora.id, **facts))


def notice_of(user: User) -> Notice:
    db.session.expire_all()
    return db.session.scalars(select(Notice).where(Notice.user_id == user.id).order_by(Notice.id.desc())).first()  # type: ignore[return-value]


def test_a_mail_says_what_happened_why_and_where(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    tell_dora(cast, reason="You asked.\nTwice.")
    assert outbox.deliver(mailing(app, box[1])) == 1
    mail = box[0].mails[0]
    assert mail["Subject"] == "Mona gave Dora a role in AKG"
    assert mail["To"] == "Dora <dora@example.org>" and mail["From"] == "SIG Tracker <tracker@localhost>"
    notice = notice_of(cast.dora)
    assert mail["Message-ID"] == f"<notice-{notice.id}@127.0.0.1>"
    assert mail["Auto-Submitted"] == "auto-generated" and "notices.127.0.0.1" in mail["List-Id"]
    body = mail.get_content().replace("\r\n", "\n")
    assert "Reason: You asked.\nTwice." in body and "http://127.0.0.1:8000/sigs/akg/" in body
    assert notice.mail == "sent" and notice.sent_at is not None
    assert outbox.deliver(mailing(app, box[1])) == 0


def test_a_mail_is_in_the_language_of_its_reader(app: Flask, cast: Cast) -> None:
    from flask_babel import get_locale

    seen: list[str] = []
    with in_language("zh"):
        seen.append(str(get_locale()))
    with in_language(""):
        seen.append(str(get_locale()))
    assert seen == ["zh_Hans_CN", "en"]


def test_nobody_can_slip_a_header_into_a_mail(app: Flask, cast: Cast) -> None:
    cast.dora.display_name = 'Dora"\r\nBcc: victim@example.org\r\n'
    cast.akg.name = "AKG\r\nX-Evil: yes\u2028<script>"
    db.session.commit()
    tell_dora(cast)
    settings = app.extensions["settings"]
    mail = outbox.outgoing(settings)[0]
    sent = outbox.message(mail, settings).as_bytes()
    head = sent.split(b"\r\n\r\n")[0]
    assert not any(line.startswith((b"Bcc", b"X-Evil")) for line in head.split(b"\r\n"))


def test_the_link_is_built_from_the_settings_and_sent_to_the_address_it_confirms(
    app: Flask, box: tuple[Box, str]
) -> None:
    fields = {"handle": "nina", "display_name": "倪娜", "email": "nina@example.org", "password": "four unrelated words"}
    transaction(lambda: service.register(ANYBODY, **fields))
    assert outbox.deliver(mailing(app, box[1])) == 1
    assert "http://127.0.0.1:8000/account/confirm/" in box[0].mails[0].get_content()
    assert "倪娜" in box[0].mails[0]["To"]


def test_unconfirmed_addresses_get_nothing_but_their_link(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    cast.dora.email_verified_at = None
    db.session.commit()
    tell_dora(cast)
    assert outbox.deliver(mailing(app, box[1])) == 0
    assert notice_of(cast.dora).mail == "failed" and box[0].mails == []


def test_without_a_server_mails_wait(app: Flask, cast: Cast) -> None:
    tell_dora(cast)
    assert outbox.deliver(app.extensions["settings"]) == 0
    assert outbox.waiting() == 1
    said: list[str] = []
    assert worker.run_worker(app, once=True, say=said.append) == 0
    assert "waiting in the outbox: 1." in said[0] and "/outbox/" in said[0]


def test_a_server_that_is_down_loses_nothing_and_costs_no_attempt(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    tell_dora(cast)
    assert outbox.deliver(mailing(app, f"smtp://127.0.0.1:{free_port()}")) == 0
    assert (notice_of(cast.dora).mail, notice_of(cast.dora).attempts) == ("queued", 0)
    assert outbox.deliver(mailing(app, box[1])) == 1


def test_a_refused_mail_is_tried_eight_times_further_and_further_apart(
    app: Flask, cast: Cast, box: tuple[Box, str]
) -> None:
    box[0].refuse = "dora"
    tell_dora(cast)
    moment = dt.datetime.now(dt.UTC)
    waits: list[dt.timedelta] = []
    for attempt in range(1, 9):
        with time_machine.travel(moment, tick=False):
            assert outbox.deliver(mailing(app, box[1])) == 0
            notice = notice_of(cast.dora)
            assert notice.attempts == attempt and "no such person" in notice.error
            waits.append(notice.next_try_at - moment)
            assert outbox.deliver(mailing(app, box[1])) == 0, "not before its time"
            moment = notice.next_try_at
    assert notice.mail == "failed" and waits[:3] == [dt.timedelta(minutes=n) for n in (1, 2, 4)]


def test_one_refused_mail_does_not_keep_the_others(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    box[0].refuse = "dora"
    tell_dora(cast)
    transaction(lambda: record(cast.mona, "sig.member_added", cast.akg, person_id=cast.otto.id, person="otto"))
    assert outbox.deliver(mailing(app, box[1])) == 1
    assert (notice_of(cast.dora).mail, notice_of(cast.otto).mail) == ("queued", "sent")


def test_a_server_that_hangs_up_is_tried_later(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    box[0].hang_up = True
    tell_dora(cast)
    assert outbox.deliver(mailing(app, box[1])) == 0
    assert notice_of(cast.dora).mail == "queued" and notice_of(cast.dora).attempts == 1


def test_a_worker_that_died_gives_its_mail_free(app: Flask, cast: Cast, box: tuple[Box, str]) -> None:
    tell_dora(cast)
    settings = mailing(app, box[1])
    taken = transaction(lambda: outbox._take(settings))
    assert taken is not None and outbox.deliver(settings) == 0
    with time_machine.travel(dt.datetime.now(dt.UTC) + outbox.LEASE + dt.timedelta(seconds=1)):
        assert outbox.deliver(settings) == 1
        outbox._settle(taken, mail="queued")
    assert notice_of(cast.dora).mail == "sent", "the first one, back from the dead, changes nothing"


def test_two_workers_send_each_mail_once(fresh_database: str, tmp_path: Path, box: tuple[Box, str]) -> None:
    app = create_app(settings_for(fresh_database, tmp_path, smtp_url=box[1]))
    with app.app_context():
        for number in range(12):
            transaction(lambda n=number: service.create_user(SYSTEM, handle=f"person{n}", email=f"p{n}@example.org"))
        db.session.remove()

    def work() -> None:
        worker.run_worker(app, once=True)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(mail["To"].addresses[0].addr_spec) for mail in box[0].mails) == sorted(
        f"p{n}@example.org" for n in range(12)
    )
    with app.app_context():
        assert outbox.waiting() == 0
        db.session.remove()
        db.engine.dispose()


def test_a_password_is_not_sent_in_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        def __init__(self, host: str, port: int, timeout: int) -> None:
            self.said = [f"{host}:{port}"]

        def ehlo(self) -> None: ...
        def has_extn(self, name: str) -> bool:
            return "tls" in self.said[0]

        def starttls(self, context: Any) -> None:
            self.said.append("starttls")

        def login(self, user: str, password: str) -> None:
            self.said.append(f"{user}/{password}")

        def close(self) -> None: ...

    monkeypatch.setattr(smtplib, "SMTP", Plain)
    monkeypatch.setattr(smtplib, "SMTP_SSL", lambda *args, context, **kw: Plain(*args, **kw))
    with pytest.raises(smtplib.SMTPNotSupportedError):
        outbox.connect("smtp://user:pw@mail.example")
    assert outbox.connect("smtp://us%40er:p%2Fw@tls.example").said == ["tls.example:587", "starttls", "us@er/p/w"]  # type: ignore[attr-defined]
    assert outbox.connect("smtps://user:pw@mail.example").said == ["mail.example:465", "user/pw"]  # type: ignore[attr-defined]
    assert outbox.connect("smtp://mail.example").said == ["mail.example:25"]  # type: ignore[attr-defined]
    assert AuthResult is not None


def test_the_worker_survives_what_goes_wrong(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = iter([Busy(), RuntimeError("a bug")])

    def broken(_settings: Settings) -> int:
        raise next(faults)

    def broken_work() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(outbox, "deliver", broken)
    monkeypatch.setattr(worker, "_periodic", {"broken": broken_work})
    assert worker.run_worker(app, once=True) == 0
    assert worker.run_worker(app, once=True) == 0


def test_the_worker_stops_when_it_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import signal

    monkeypatch.setattr(worker, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(worker, "_periodic", {})
    # What works beside it has threads of its own, and this test one connection.
    monkeypatch.setattr(worker, "_alongside", {})
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    rounds: list[int] = []

    def deliver(_settings: Settings) -> int:
        rounds.append(1)
        if len(rounds) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return 0

    monkeypatch.setattr(outbox, "deliver", deliver)
    try:
        assert worker.run_worker(app, say=lambda _line: None) == 0
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
    assert len(rounds) >= 3
