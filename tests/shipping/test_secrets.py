"""An address stands nowhere in the clear: not in the database, the diary, a notice, a mail or the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, select, text

from tests.conftest import settings_for
from tests.shipping.conftest import ADDRESS
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.app import create_app
from tracker.db import Base, db, transaction
from tracker.events.mails import message
from tracker.events.models import Notice
from tracker.events.outbox import outgoing
from tracker.rewards import service as rewards

#: What must not be found; short ones would be found by chance.
SECRETS = [value for value in ADDRESS.values() if len(value) > 5]


@pytest.fixture
def running(fresh_database: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_for(fresh_database, tmp_path, log_level="DEBUG"))
    app.testing = True
    yield app
    with app.app_context():
        db.engine.dispose()


def _story(app: Flask) -> int:
    """Dora gives an address by page, wrongly at first; finance looks, exports and sends; gives the line's id."""
    with app.app_context():
        cast = Cast()
        line = transaction(
            lambda: rewards.propose_reward(cast.mona, cast.akg, user=cast.dora, kind="bonus", description="A board")
        )
        transaction(lambda: rewards.approve_reward(cast.max, line, version=1))
        dora, fay, number = Client(app).sign_in(cast.dora), Client(app).sign_in(cast.fay), line.id
    path = f"/rewards/{number}/"
    dora.post(f"{path}address", 422, **{**ADDRESS, "phone": "no digits"})
    dora.post(f"{path}address", **ADDRESS)
    dora.post(f"{path}address", **{**ADDRESS, "country": "DE"})
    assert ADDRESS["street"] in fay.post(f"{path}address/look", 200).text
    assert ADDRESS["street"] in fay.post("/rewards/shipping/addresses.csv", 200).text
    fay.post("/rewards/shipping/ship", 200, lines=f"{number}.4")
    fay.post("/rewards/shipping/ship", lines=f"{number}.4", carrier="SF", tracking="SF123456")
    return number


def _everything(url: str) -> str:
    """Every row of every table, as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [
            json.dumps([list(map(str, row)) for row in connection.execute(text(f'SELECT * FROM "{table}"'))], ensure_ascii=False)
            for table in sorted(Base.metadata.tables)
        ]  # fmt: skip
    engine.dispose()
    return "\n".join(found)


def test_it_stands_nowhere_in_the_clear(
    running: Flask, fresh_database: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _story(running)
    mails = _mails(running)
    logged = "".join(capfd.readouterr())
    rows = _everything(fresh_database)
    assert "A board" in rows and "A board" in mails, "the search would find what is there"
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"A board" in files or not fresh_database.startswith("sqlite")
    for secret in SECRETS:
        assert secret not in rows and secret not in mails and secret not in logged
        for known in (secret.encode(), json.dumps(secret).strip('"').encode(), secret.encode("utf-16-le")):
            assert known not in files


def _mails(app: Flask) -> str:
    """Every mail as it would leave."""
    with app.app_context():
        settings: Any = app.extensions["settings"]
        ids = list(db.session.scalars(select(Notice.id)))
        sent = [message(mail, settings) for number in ids for mail in outgoing(settings, notice_id=number)]
        db.session.remove()
        return "\n".join(f"{mail['Subject']}\n{mail.get_content()}" for mail in sent)
