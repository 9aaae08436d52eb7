"""Filled databases of earlier versions go up without losing or changing anything, and down again.

``data/0002.json.gz`` holds every row of a demo that was built by that version: table → columns and rows, as SQLite keeps them.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, MetaData, text

from tests.conftest import settings_for
from tracker import migrations, triggers
from tracker.app import create_app
from tracker.db import db
from tracker.events import diary
from tracker.ledger import audit as ledger_audit
from tracker.rewards import audit as reward_audit

DATA = Path(__file__).parent / "data"


def _fill(url: str, version: str) -> None:
    """A database of ``version`` with its rows; references are checked at the end, as the rows come table by table."""
    migrations.upgrade(url, version)
    kept = json.loads(gzip.decompress((DATA / f"{version}.json.gz").read_bytes()))
    with migrations.engine_for(url).connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.execution_options(tracker_writes=True).begin():
            known = MetaData()
            known.reflect(connection, only=list(kept))
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name, content in kept.items():
                table = known.tables[name]
                rows = [
                    {
                        column: _value(table.c[column].type, value)
                        for column, value in zip(content["columns"], row, strict=True)
                    }
                    for row in content["rows"]
                ]
                connection.execute(table.insert(), rows)
                _count_on(connection, name, "id" in table.c)


def _value(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Boolean):
        return bool(value)
    if isinstance(kind, DateTime):
        return (
            dt.datetime.fromisoformat(value) if kind.timezone is False else dt.datetime.fromisoformat(f"{value}+00:00")
        )
    if isinstance(kind, Date):
        return dt.date.fromisoformat(value)
    return json.loads(value) if isinstance(kind, JSON) else value


def _count_on(connection: Connection, table: str, numbered: bool) -> None:
    """New rows get new numbers."""
    if connection.dialect.name == "postgresql" and numbered:
        sequence = connection.scalar(text(f"SELECT pg_get_serial_sequence('{table}', 'id')"))
        if sequence:
            connection.execute(text(f"SELECT setval('{sequence}', (SELECT max(id) FROM {table}))"))


def _rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with migrations.engine_for(url).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


POINTS = "SELECT claim_id, reward_id, user_id, points, month, accepted_by_id FROM points_entry ORDER BY month, user_id, points"
PAYMENTS = (
    "SELECT reward_id, amount, currency, paid_by_id, reference FROM payment WHERE amount IS NOT NULL ORDER BY reward_id"
)
LINES = "SELECT id, state, amount, approved_by_id, accepted_by_id FROM reward ORDER BY id"


# SQLite's reflection leaves out indexes over expressions, and says so.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
@pytest.mark.parametrize("version", ["0002"])
def test_a_filled_database_goes_up_and_down_with_all_it_has(empty_database: str, tmp_path: Path, version: str) -> None:
    _fill(empty_database, version)
    # That version left corrections of points in the month of their proposal.
    engine = migrations.engine_for(empty_database)
    with engine.connect().execution_options(tracker_writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE reward SET month = '2020-01', quarter = '2020Q1' WHERE points IS NOT NULL"))
    before = [_rows(empty_database, query) for query in (POINTS, PAYMENTS, LINES)]
    assert all(before), "there was something of each"
    assert migrations.upgrade(empty_database)
    with migrations.engine_for(empty_database).connect() as connection:
        assert triggers.differences(connection) == []
    app = create_app(settings_for(empty_database, tmp_path))
    with app.app_context():
        assert diary.first_broken(db.session()) is None
        assert ledger_audit.first_broken() is None and reward_audit.first_difference() is None
        db.session.remove()
        db.engine.dispose()
    booked = _rows(
        empty_database,
        "SELECT t.claim_id, t.reward_id, t.user_id, CASE WHEN c.kind = 'earned' THEN t.amount ELSE -t.amount END, t.month,"
        " t.by_id FROM ledger_transfer t JOIN ledger_account c ON c.id = t.credit_id WHERE t.kind = 'points'"
        " ORDER BY t.month, t.user_id, 4",
    )
    assert booked == before[0]
    corrected = "SELECT r.month FROM reward r JOIN ledger_transfer t ON t.reward_id = r.id AND t.kind = 'points'"
    assert _rows(empty_database, corrected), "there was a correction of points"
    assert _rows(empty_database, f"{corrected} WHERE r.month <> t.month OR r.quarter = '2020Q1'") == []
    migrations.downgrade(empty_database, version)
    assert [_rows(empty_database, query) for query in (POINTS, PAYMENTS, LINES)] == before
    assert migrations.upgrade(empty_database)
