"""The schema's versions, both directions: ``upgrade``, ``downgrade``, ``current``, ``head``.

A run is one transaction from its first to its last statement, triggers and full-text index included: killed in the
middle, nothing half done is visible. A second runner waits for the first and then finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from tracker import triggers
from tracker.accounts import models as _accounts  # noqa: F401  # every table must be known
from tracker.activities import models as _activities  # noqa: F401
from tracker.batches import models as _batches
from tracker.calendars import models as _calendars  # noqa: F401
from tracker.certificates import models as _certificates
from tracker.db import Base, engine_options
from tracker.events import models as _events  # noqa: F401
from tracker.exports import models as _exports  # noqa: F401
from tracker.honours import models as _honours  # noqa: F401
from tracker.ledger import models as _ledger  # noqa: F401
from tracker.minutes import models as _minutes  # noqa: F401
from tracker.payees import models as _payees  # noqa: F401
from tracker.promotions import models as _promotions  # noqa: F401
from tracker.public_notices import models as _public_notices  # noqa: F401
from tracker.reports import models as _reports  # noqa: F401
from tracker.rule_changes import models as _rule_changes  # noqa: F401
from tracker.settlements import models as _settlements  # noqa: F401
from tracker.shipping import models as _shipping  # noqa: F401

T = TypeVar("T")

FOLDER = Path(__file__).resolve().parent
#: How long a runner waits for another one.
WAIT_SECONDS = 600
_RUNNER_LOCK = 0x6D696772

metadata = Base.metadata


class BrokenReferences(RuntimeError):
    """After the run, rows would point at rows that aren't there; it was rolled back."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration for a run on ``connection``; there is no alembic.ini."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def engine_for(url: str) -> Engine:
    """An engine that keeps no connections, for work on the schema and on whole databases."""
    options = {name: value for name, value in engine_options(url).items() if not name.startswith(("pool", "max_"))}
    return create_engine(url, poolclass=NullPool, **options)


def head() -> str:
    """The revision that this release needs."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    assert found is not None
    return found


def current(url: str) -> str | None:
    """The revision of the database at ``url``; None for one that was never migrated."""
    engine = engine_for(url)
    with engine.connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """As ``current``, on a connection that is open."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(url: str, revision: str = "head") -> bool:
    """Bring the database at ``url`` up to ``revision``; True when there was something to do.

    Raises BrokenReferences, and whatever the database raises.
    """

    def work(connection: Connection) -> bool:
        before = revision_of(connection)
        target = head() if revision == "head" else revision
        if before == target and (target != head() or not triggers.differences(connection)):
            return False
        triggers.remove(connection)
        command.upgrade(config(connection), revision)
        if target == head():
            triggers.install(connection)
            _batches.plant_layouts(connection)
            _certificates.plant_layouts(connection)
        return True

    return _run(url, work)


def upgrade_tables(url: str) -> None:
    """As ``upgrade``, without this release's triggers: its models may be ahead of its newest version."""
    _run(url, lambda connection: command.upgrade(config(connection), "head"))


def downgrade(url: str, revision: str) -> None:
    """Take the database at ``url`` back to ``revision`` (``base`` for none at all). Raises as ``upgrade``.

    The triggers of this release go; the release that the revision belongs to installs its own at ``tracker init``.
    """

    def work(connection: Connection) -> None:
        triggers.remove(connection)
        command.downgrade(config(connection), revision)

    _run(url, work)


def _run(url: str, work: Callable[[Connection], T]) -> T:
    engine = engine_for(url)
    sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if sqlite:
            # Before BEGIN, or it is ignored: a batch migration drops and recreates tables that others point at.
            raw = connection.connection.cursor()
            raw.execute("PRAGMA foreign_keys=OFF")
            raw.execute(f"PRAGMA busy_timeout={WAIT_SECONDS * 1000}")
            raw.close()
        with connection.execution_options(tracker_writes=True).begin():
            if not sqlite:
                _one_runner(connection)
            result = work(connection)
            if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).all()):
                raise BrokenReferences(f"rows of {sorted({row[0] for row in broken})} point at nothing")
    return result


def _one_runner(connection: Connection) -> None:
    """Wait for another runner, then only briefly for whoever uses the tables."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _RUNNER_LOCK})
    connection.execute(text("SET LOCAL lock_timeout = '20s'"))
