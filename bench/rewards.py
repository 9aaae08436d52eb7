"""The rewards export against a bare loop: the same columns by the same joins, from a cursor into csv.writer."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from bench.lines import add_lines
from bench.timing import ROUNDS, in_turn
from tracker import demo, maintenance
from tracker.accounts import sessions
from tracker.accounts.queries import get_user
from tracker.app import create_app
from tracker.config import load
from tracker.db import db, transaction

_BARE = (
    "SELECT r.id, s.slug, p.slug, r.quarter, r.month, u.handle, u.display_name, r.kind, r.description, t.reference, t.title,"
    " r.points, r.amount, r.currency, r.state, a.handle, r.proposed_at, b.handle, r.approved_at, o.number, c.handle,"
    " r.paid_at, r.payment_reference FROM reward r JOIN sig s ON s.id = r.sig_id JOIN programme p ON p.id = r.programme_id"
    " JOIN user_account u ON u.id = r.user_id JOIN user_account a ON a.id = r.proposed_by_id"
    " LEFT JOIN user_account b ON b.id = r.approved_by_id LEFT JOIN user_account c ON c.id = r.paid_by_id"
    " LEFT JOIN payout_batch o ON o.id = r.batch_id LEFT JOIN task t ON t.id = r.task_id ORDER BY r.id"
)


def measured(folder: Path, lines: int, url: str = "") -> tuple[float, float]:
    """CPU milliseconds of floor and page, on SQLite in ``folder`` or on the empty database at ``url``."""
    environ = {"TRACKER_DATABASE_URL": url} if url else {}
    settings = load(folder, environ=environ, secret_key="for the benchmark only", argon2_time=1, argon2_memory_kib=8)
    maintenance.init(settings)
    app = create_app(settings)
    with app.app_context():
        demo.build("running", 0)
        transaction(lambda: _fill(lines))
        db.session.remove()
        cookie = transaction(lambda: sessions.open_session(get_user("fay"), settings, address="", user_agent=""))
        db.session.remove()
    found = in_turn(lambda: _floor(app), _page(app, cookie), 1, ROUNDS if lines <= 100_000 else min(ROUNDS, 3))
    with app.app_context():
        db.engine.dispose()
    return found


def _fill(lines: int) -> None:
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    add_lines(connection, lines)


def _floor(app: Flask) -> None:
    """As quick as Python reads and writes: nothing is made inert, moments are as the driver gives them."""
    with app.app_context():
        pooled = db.engine.raw_connection()
    driver: Any = pooled.driver_connection
    if "sqlite" in type(driver).__module__:
        cursor = driver.cursor()
    else:
        cursor = driver.cursor(name="bare")
        cursor.itersize = 1000
    cursor.execute(_BARE)
    with open(os.devnull, "w", newline="", encoding="utf-8") as nowhere:
        csv.writer(nowhere).writerows(cursor)
    cursor.close()
    pooled.close()


def _page(app: Flask, session: str) -> Callable[[], None]:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = session

    def ours() -> None:
        answer = client.get("/exports/rewards.csv")
        assert answer.status_code == 200, answer.status_code
        for _part in answer.iter_encoded():
            pass
        answer.close()

    return ours
