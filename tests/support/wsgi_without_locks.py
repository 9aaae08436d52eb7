"""The application with what holds simultaneous claims taken out: the positive control of the races.

No row is locked, SQLite's statements commit one by one, and the indexes and triggers that refuse one claim or one guest too
many are dropped from the test's own database.
"""

import os
import time
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

import tracker.db

GUARDS = ("claim_seat_above_seats", "claim_hold_above_limit", "task_seats_below_held")
INDEXES = ("uq_claim_seat", "uq_claim_hold", "uq_sign_up_place")


def read(model: Any, key: int) -> Any:
    """What ``tracker.db.lock`` does, without the lock; others have a moment to come between, however few cores there are."""
    found = tracker.db.db.session.get(model, key, populate_existing=True)
    time.sleep(0.01)
    return found


def take_out() -> None:
    """Drop the guards from the database named by TRACKER_DATABASE_URL."""
    url = os.environ["TRACKER_DATABASE_URL"]
    engine = create_engine(url, **tracker.db.engine_options(url))
    with engine.begin() as connection:
        for name in INDEXES:
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {name}")
        for name in GUARDS:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name} CASCADE")
            else:
                for verb in ("insert", "update"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}_{verb}")
    engine.dispose()


def without_locks() -> Any:
    """The application; must be called before anything imports the services."""
    tracker.db.lock = read
    event.remove(Engine, "begin", tracker.db._on_begin)
    from tracker.app import create_app

    return create_app()


if "TRACKER_DATABASE_URL" in os.environ:
    app = without_locks()
