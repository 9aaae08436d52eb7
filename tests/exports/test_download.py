"""A download over real HTTP: it holds no lock, and leaves nothing behind when its reader goes away."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import Browser, browsers, server
from tracker import clock
from tracker.app import create_app
from tracker.db import db, engine_options
from tracker.rewards.models import Reward

#: More than the sockets' buffers hold.
LINES = 15_000


@pytest.fixture
def reader(fresh_database: str, tmp_path: Path) -> Browser:
    """Somebody of finance, signed in, and a great many lines."""
    app = create_app(settings_for(fresh_database, tmp_path / "instance"))
    with app.app_context():
        cast = Cast()
        line = {
            "sig_id": cast.akg.id, "programme_id": cast.programme.id, "quarter": "2026Q4", "month": "2026-11",
            "user_id": cast.dora.id, "kind": "bonus", "description": "A talk, and what is written about it " * 8, "amount": 100,
            "currency": "CNY", "state": "proposed", "proposed_by_id": cast.mona.id, "proposed_at": clock.now(),
        }  # fmt: skip
        db.session.execute(insert(Reward), [line] * LINES)
        db.session.commit()
        found = browsers(app, [cast.fay])[0]
        db.session.remove()
        db.engine.dispose()
    return found


@pytest.fixture
def port(fresh_database: str, tmp_path: Path) -> Iterator[int]:
    with server(fresh_database, tmp_path, workers=1) as listening:
        yield listening


def begun(port: int, reader: Browser) -> http.client.HTTPConnection:
    """A download of which the beginning is read, and nothing more."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.request("GET", "/exports/rewards.csv", headers={"Cookie": reader.cookie})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.read(10_000).startswith(b"\xef\xbb\xbfreward,sig,")
    return connection


class Other:
    """Somebody else's connection, each statement by itself."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, **engine_options(url))
        self.raw = self.engine.raw_connection().driver_connection
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.do("PRAGMA busy_timeout=200")
        else:
            self.raw.autocommit = True

    def do(self, sql: str) -> Any:
        cursor = self.raw.cursor()
        cursor.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None

    def readers(self) -> int:
        """Transactions that others have open; on SQLite, whether the log can't be emptied for somebody who reads."""
        if self.is_sqlite:
            return int(self.do("PRAGMA wal_checkpoint(TRUNCATE)"))
        return int(
            self.do(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND xact_start IS NOT NULL"
            )
        )

    def close(self) -> None:
        self.raw.close()
        self.engine.dispose()


def test_a_slow_reader_holds_no_write_lock_and_one_who_leaves_leaves_nothing(
    fresh_database: str, reader: Browser, port: int
) -> None:
    download = begun(port, reader)
    other = Other(fresh_database)
    other.do("UPDATE user_account SET affiliation = 'Elsewhere' WHERE handle = 'dora'")
    assert other.readers() == 1, "it reads while it is downloaded"
    download.close()
    deadline = time.monotonic() + 20
    while other.readers() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert other.readers() == 0
    other.close()


def test_whoever_reads_on_gets_every_line(reader: Browser, port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/exports/rewards.csv", headers={"Cookie": reader.cookie})
    assert connection.getresponse().read().count(b"\r\n") == LINES + 1
    connection.close()
