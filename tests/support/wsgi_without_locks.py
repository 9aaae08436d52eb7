"""The application with what holds simultaneous claims taken out: the positive control of the races.

No row is locked, SQLite's statements commit one by one, and the indexes and triggers that refuse one claim or one guest too
many are dropped from the test's own database. Before the statement that takes what is scarce there is a pause, so that whoever
came at the same time looks meanwhile: however fast or busy the machine, several see the same free place.
"""

import gc
import os
import time
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine

import tracker.db

GUARDS = ("claim_seat_above_seats", "claim_hold_above_limit", "task_seats_below_held")
INDEXES = ("uq_claim_seat", "uq_claim_hold", "uq_sign_up_place")


TAKES = ("INSERT INTO claim ", "INSERT INTO sign_up ", "UPDATE task ")
#: Seconds; a request looks and decides in a small part of it.
PAUSE = 0.5


def read(model: Any, key: int) -> Any:
    """What ``tracker.db.lock`` does, without the lock."""
    return tracker.db.db.session.get(model, key, populate_existing=True)


def let_others_look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if statement.startswith(TAKES):
        time.sleep(PAUSE)


def take_out(url: str) -> None:
    """Drop the guards from the database at ``url``."""
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
    event.listen(Engine, "before_cursor_execute", let_others_look)
    from tracker.app import create_app

    return create_app()


if "TRACKER_DATABASE_URL" in os.environ:
    app = without_locks()
    gc.freeze()
