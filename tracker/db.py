"""The database: base class, types, and ``transaction()``, the only place that commits."""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, DateTime, MetaData, event, exc, inspect, types
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Session

from tracker.errors import Busy, Missing, Refused
from tracker.text import Text

T = TypeVar("T")

log = structlog.get_logger()

#: SQLite before this release can corrupt a write-ahead log that several connections write.
SQLITE_AT_LEAST = (3, 51, 3)

#: The largest value of an INTEGER column in both databases: ids, versions, numbers.
MAX_ID = 2**31 - 1

#: How long a writer goes on trying against others before it answers "busy".
RETRY_SECONDS = 12.0
RETRIES = 60


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# join_transaction_mode matters only where the session is bound to one connection, as in the tests.
db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"join_transaction_mode": "create_savepoint"},
)

if TYPE_CHECKING:

    class Model(Base):
        """What every table's class extends."""

        __abstract__ = True

        def __init__(self, **columns: Any) -> None: ...

else:
    Model = db.Model


class UTC(types.TypeDecorator[dt.datetime]):
    """An aware datetime in Python; naive UTC in SQLite, ``timestamptz`` in PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without zone")
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def one_of(column: str, values: type[Any] | tuple[str, ...]) -> CheckConstraint:
    """A CHECK that ``column`` holds one of the tokens (a tuple or a StrEnum)."""
    tokens = ", ".join(f"'{value!s}'" for value in values)
    return CheckConstraint(f"{column} IN ({tokens})", name=f"{column}_known")


# -- engine ---------------------------------------------------------------------------------------


def engine_options(url: str) -> dict[str, Any]:
    """Engine options for ``url``: the bundled SQLite, or PostgreSQL with its time limits."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10.0, "check_same_thread": False}, **_sqlite_module()}
    return {
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 8,
        "isolation_level": "READ COMMITTED",
        "connect_args": {"options": "-c lock_timeout=5000 -c statement_timeout=15000 -c timezone=UTC"},
    }


def _sqlite_module() -> dict[str, Any]:
    """The SQLite that pysqlite3 bundles where it is installed; else Python's own."""
    if sys.platform != "linux":
        return {}
    import pysqlite3.dbapi2

    return {"module": pysqlite3.dbapi2}


@event.listens_for(Engine, "connect")
def _on_connect(connection: Any, _record: Any) -> None:
    if "sqlite" not in type(connection).__module__:
        return
    connection.isolation_level = None  # the driver must not begin by itself: _on_begin does
    cursor = connection.cursor()
    for pragma in (
        "busy_timeout=10000",
        "foreign_keys=ON",
        "synchronous=FULL",
        "recursive_triggers=ON",
        "trusted_schema=OFF",
        "secure_delete=ON",  # what was erased isn't left readable in pages that are free
    ):
        cursor.execute(f"PRAGMA {pragma}")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn the write-ahead log on. Several that open a new file at once clash here, whatever the busy timeout says."""
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except Exception as error:
            if not str(error).startswith(_TRANSIENT_SQLITE) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.005, 0.02))


@event.listens_for(Engine, "begin")
def _on_begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # A read that turns into a write fails at once with "database is locked": writers say so first.
        writes = connection.get_execution_options().get("tracker_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# -- transaction ----------------------------------------------------------------------------------

_before_commit: list[Callable[[Session], None]] = []


def before_commit(hook: Callable[[Session], None]) -> Callable[[Session], None]:
    """Register what runs inside every transaction just before it commits (the diary seals itself there)."""
    _before_commit.append(hook)
    return hook


def follow_up(work: Callable[[], Any]) -> None:
    """Run ``work`` in a transaction of its own right after the present one has committed."""
    db.session.info.setdefault("follow_ups", []).append(work)


def transaction(work: Callable[[], T]) -> T:
    """Run ``work`` and commit; the same for pages, commands and jobs.

    Begins anew (what was read before isn't trusted), retries clashes with other writers, and rolls
    everything back when ``work`` raises. ``work`` may therefore run more than once, and holds no ``transaction()`` of
    its own: that would throw away what was done so far.

    Raises Refused (as raised by ``work``, or because a constraint of the database said no), Busy when
    the database can't take the step in time, and whatever else ``work`` raises.
    """
    session = db.session
    if session.info.get("in_transaction"):
        raise RuntimeError("transaction() inside transaction(): use follow_up()")
    session.info["in_transaction"] = True
    try:
        result = _committed(work)
        follow_ups = session.info.pop("follow_ups", [])
    finally:
        session.info.pop("in_transaction", None)
        session.info.pop("audiences", None)
    for next_work in follow_ups:
        _follow(next_work)
    return result


def _committed(work: Callable[[], T]) -> T:
    session = db.session
    deadline = time.monotonic() + RETRY_SECONDS
    for attempt in range(RETRIES):
        session.rollback()
        session.info["follow_ups"] = []
        session.info["diary"], session.info["audiences"] = [], {}
        try:
            session.connection(execution_options={"tracker_writes": True})
            result = work()
            for hook in _before_commit:
                hook(session())
            session.commit()
        except Exception as error:
            session.rollback()
            if not isinstance(error, exc.DBAPIError):
                raise
            if _is_transient(error):
                if time.monotonic() > deadline or attempt == RETRIES - 1:
                    raise Busy from error
                time.sleep(random.uniform(0.005, 0.02) * min(attempt + 1, 10))
                continue
            if is_unavailable(error):
                raise Busy from error
            if isinstance(error, exc.IntegrityError) and (message := _explanation(error)) is not None:
                raise Refused(message) from error
            raise
        except BaseException:
            session.rollback()
            raise
        return result
    raise Busy


def _follow(work: Callable[[], Any]) -> None:
    """A follow-up that fails doesn't undo what was committed; the nightly job takes it up again."""
    try:
        transaction(work)
    except Exception:
        log.exception("follow_up_failed")


_TRANSIENT_SQLITE = ("database is locked", "database table is locked", "database schema is locked")
_TRANSIENT_POSTGRES = {"40001", "40P01", "55P03"}


def _is_transient(error: exc.DBAPIError) -> bool:
    """A clash with another writer, told by SQLSTATE on PostgreSQL and by SQLite's message."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _TRANSIENT_POSTGRES
    return str(error.orig).startswith(_TRANSIENT_SQLITE)


#: Result codes of SQLite, by their beginning, that say the file can't be used now.
_UNAVAILABLE_SQLITE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PROTOCOL", "SQLITE_BUSY",
                       "SQLITE_LOCKED", "SQLITE_CORRUPT", "SQLITE_NOTADB")  # fmt: skip
#: Out of time, shutting down, starting up, disk full, too many connections.
_UNAVAILABLE_POSTGRES = {"57014", "57P01", "57P02", "57P03", "53100", "53300"}


def is_unavailable(error: exc.DBAPIError) -> bool:
    """The server is gone, the disk is full, or a statement ran into its time limit: no bug of ours."""
    if error.connection_invalidated:
        return True
    if name := getattr(error.orig, "sqlite_errorname", None):
        return str(name).startswith(_UNAVAILABLE_SQLITE)
    state = getattr(error.orig, "sqlstate", None)
    # psycopg can't reach the server: an operational error without a state.
    return state in _UNAVAILABLE_POSTGRES if state else isinstance(error, exc.OperationalError)


# -- what the database refuses, in words ----------------------------------------------------------

_explanations: dict[str, Text] = {}


def explain(constraint: str, message: Text, *, columns: str | None = None) -> None:
    """Say in words what breaking ``constraint`` means.

    SQLite names the ``columns`` of a broken unique index (``claim.task_id, claim.seat_no``), PostgreSQL the
    index; triggers of both raise the constraint's name.
    """
    _explanations[constraint] = message
    if columns:
        _explanations[f"UNIQUE constraint failed: {columns}"] = message


def _explanation(error: exc.IntegrityError) -> Text | None:
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _explanations.get(diagnosis.constraint_name or "")
    text = str(error.orig)
    if text in _explanations:
        return _explanations[text]
    if "constraint failed: " in text:
        # A check by its name, or a unique index over expressions, which SQLite names as well.
        return _explanations.get(text.rsplit(": ", 1)[1].removeprefix("index ").strip("'"))
    return None


def find(model: type[T], key: int) -> T | None:
    """The row with this id; None for one that isn't there or that no INTEGER column could hold."""
    return db.session.get(model, key) if 0 < key <= MAX_ID else None


def key_of(row: Any) -> int:
    """The id of a row that was read before: also where somebody else took it away meanwhile, and no column can be read."""
    identity = inspect(row).identity
    return int(identity[0]) if identity else int(row.id)


def lock(model: type[T], key: int) -> T:
    """Read one row and hold it until the transaction ends, always in this order: person, task, reward.

    Raises Missing when there is no such row.
    """
    found = db.session.get(model, key, with_for_update={"key_share": True}, populate_existing=True)
    if found is None:
        raise Missing(f"{model.__name__} {key}")
    return found
