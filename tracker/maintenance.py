"""Keeping an installation whole: first set-up and migration, backup, restore."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from tracker import clock, migrations, triggers
from tracker.config import Settings
from tracker.db import _sqlite_module
from tracker.errors import Refused
from tracker.text import _l

_SQLITE_MAGIC = b"SQLite format 3\x00"
_DUMP_MAGIC = b"PGDMP"


@dataclass(frozen=True, slots=True)
class Done:
    """What ``init`` did."""

    changed: bool
    backup: Path | None = None


def init(settings: Settings) -> Done:
    """Create or migrate the database; a backup first when there is data and something to migrate.

    Raises Refused when the database can't be reached or backed up.
    """
    url = settings.database_url
    try:
        revision = migrations.current(url)
        kept = None
        if revision is not None and revision != migrations.head() and holds_data(url):
            name = f"before-{migrations.head()}-{clock.now():%Y%m%dT%H%M%S}"
            kept = settings.instance / "backups" / (f"{name}.db" if url.startswith("sqlite") else f"{name}.dump")
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            backup(url, kept)
        return Done(migrations.upgrade(url), kept)
    except DBAPIError as error:
        raise Refused(_l("The database can't be used: %(error)s", error=str(error.orig).strip())) from error


def require_current(settings: Settings) -> None:
    """Raises Refused when the schema isn't the one of this release."""
    try:
        current = migrations.current(settings.database_url)
    except DBAPIError as error:
        raise Refused(_l("The database can't be used: %(error)s", error=str(error.orig).strip())) from error
    if current != migrations.head():
        raise Refused(_l("The database isn't set up for this release. Run: tracker init"))


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection for one reading transaction."""
    engine = migrations.engine_for(url)
    with engine.connect() as connection:
        yield connection


def holds_data(url: str) -> bool:
    with connected(url) as connection:
        if not inspect(connection).has_table("user_account"):
            return False
        return any(connection.scalar(text(f"SELECT 1 FROM {t} LIMIT 1")) for t in ("user_account", "sig", "programme"))


# -- backup ---------------------------------------------------------------------------------------


def backup(url: str, file: Path) -> None:
    """Write a consistent copy of the database at ``url`` to ``file``, while others read and write.

    Raises Refused when the file exists, can't be written, or PostgreSQL's own programs are missing.
    """
    if file.exists():
        raise Refused(_l("%(file)s exists already. Choose another name.", file=str(file)))
    if not file.parent.is_dir():
        raise Refused(_l("There is no folder %(folder)s.", folder=str(file.parent)))
    aside = file.with_name(f".{file.name}.part")
    try:
        if url.startswith("sqlite"):
            _copy_sqlite(Path(make_url(url).database or ""), aside)
        else:
            _postgres("pg_dump", url, "--format=custom", "--no-owner", "--file", str(aside))
        aside.chmod(0o600)
        aside.rename(file)
    except OSError as error:
        raise Refused(_l("%(file)s can't be written: %(error)s", file=str(file), error=str(error))) from error
    finally:
        aside.unlink(missing_ok=True)


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise Refused(_l("There is no database at %(file)s. Run: tracker init", file=str(source)))
    sqlite = _sqlite()
    reading, writing = sqlite.connect(str(source), timeout=10), sqlite.connect(str(target), timeout=10)
    try:
        reading.backup(writing)
        problems = writing.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite.DatabaseError as error:
        problems = str(error)
    finally:
        writing.close()
        reading.close()
    if problems != "ok":
        raise Refused(_l("The copy isn't sound: %(error)s", error=problems))


def _sqlite() -> Any:
    import sqlite3

    return _sqlite_module().get("module", sqlite3)


def _postgres(program: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on the database at ``url``; the password goes by the environment."""
    found = shutil.which(program)
    if found is None:
        raise Refused(_l("%(program)s isn't in the PATH: install PostgreSQL's client programs.", program=program))
    parts = make_url(url)
    address = parts.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(parts.password)} if parts.password else {})}
    done = subprocess.run(
        [found, *arguments, "--dbname", address], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Refused(
            _l("%(program)s failed: %(error)s", program=program, error=(done.stderr.strip().splitlines() or ["?"])[-1])
        )


# -- restore --------------------------------------------------------------------------------------


def restore(settings: Settings, file: Path, *, overwrite: bool = False) -> None:
    """Fill the database from ``file`` and bring it up to this release.

    A copy of SQLite goes into SQLite or PostgreSQL, a dump of PostgreSQL into PostgreSQL.

    Raises Refused when the database holds data and ``overwrite`` isn't set, or the file is no backup.
    """
    url = settings.database_url
    with file.open("rb") as opened:
        start = opened.read(16)
    if not start.startswith((_SQLITE_MAGIC, _DUMP_MAGIC)):
        raise Refused(_l("%(file)s is no backup.", file=str(file)))
    if _exists(url) and holds_data(url) and not overwrite:
        raise Refused(_l("The database holds data. To replace it: tracker restore --yes"))
    if start.startswith(_DUMP_MAGIC):
        if url.startswith("sqlite"):
            raise Refused(_l("A dump of PostgreSQL can't go into SQLite."))
        _postgres("pg_restore", url, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(file))
        migrations.upgrade(url)
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        _copy_sqlite(file, copy)
        source = f"sqlite:///{copy}"
        if migrations.current(source) is None:
            raise Refused(_l("%(file)s is no backup.", file=str(file)))
        migrations.upgrade(source)
        if url.startswith("sqlite"):
            target = Path(make_url(url).database or "")
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy_sqlite(copy, target)
        else:
            migrations.upgrade(url)
            _pour(source, url)


def _exists(url: str) -> bool:
    return not url.startswith("sqlite") or Path(make_url(url).database or "").is_file()


def _pour(source: str, target: str) -> None:
    """Every row of one database into another of the same schema, replacing what is there; one transaction."""
    with connected(source) as reading, connected(target) as writing, writing.begin():
        triggers.remove(writing)
        tables = migrations.metadata.sorted_tables
        names = ", ".join(f'"{table.name}"' for table in tables)
        writing.execute(text(f"TRUNCATE {names}"))
        for table in tables:
            keys = list(table.primary_key.columns)
            for rows in reading.execute(select(table).order_by(*keys)).mappings().partitions(500):
                writing.execute(insert(table), [dict(row) for row in rows])
            if "id" in table.columns:
                writing.execute(
                    text(
                        f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), greatest(max(id), 1),"
                        f' max(id) IS NOT NULL) FROM "{table.name}"'
                    )
                )
        triggers.install(writing)
