"""Backup and restore, on SQLite, on PostgreSQL and from one to the other; and what the doctor finds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import settings_for
from tracker import doctor, maintenance, migrations
from tracker.accounts import service as accounts
from tracker.app import create_app
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events.diary import first_broken
from tracker.permissions import SYSTEM


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> Settings:
    """A database with one account, at the newest version."""
    made = settings_for(fresh_database, tmp_path / "instance")
    migrations_stamped(fresh_database)
    add(made, "root")
    return made


def migrations_stamped(url: str) -> None:
    """The fixture's schema comes from the models: note the version that it is."""
    with migrations.engine_for(url).connect().execution_options(tracker_writes=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": migrations.head()})


def add(settings: Settings, handle: str) -> None:
    app = create_app(settings)
    with app.app_context():
        transaction(lambda: accounts.create_user(SYSTEM, handle=handle, email=f"{handle}@example.org"))
        db.session.remove()
        db.engine.dispose()


def people(url: str) -> list[str]:
    with maintenance.connected(url) as connection:
        return list(connection.scalars(text("SELECT handle FROM user_account ORDER BY id")))


def test_what_was_backed_up_comes_back(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "kept.backup"
    if settings.database_url.startswith("postgresql") and not _client_programs_fit(settings, tmp_path):
        with pytest.raises(Refused, match="pg_dump"):
            maintenance.backup(settings.database_url, file)
        assert not file.exists()
        return
    maintenance.backup(settings.database_url, file)
    assert file.stat().st_mode & 0o077 == 0
    add(settings, "late")
    with pytest.raises(Refused, match="--yes"):
        maintenance.restore(settings, file)
    assert people(settings.database_url) == ["root", "late"]
    maintenance.restore(settings, file, overwrite=True)
    assert people(settings.database_url) == ["root"]
    assert doctor_is_content(settings)
    add(settings, "after")


def _client_programs_fit(settings: Settings, tmp_path: Path) -> bool:
    """pg_dump refuses a server newer than itself."""
    try:
        maintenance.backup(settings.database_url, tmp_path / "try.dump")
    except Refused:
        return False
    return shutil.which("pg_restore") is not None


def doctor_is_content(settings: Settings) -> bool:
    return [finding for finding in doctor.findings(settings) if finding.level == "wrong"] == []


@pytest.fixture
def from_sqlite(tmp_path: Path) -> Path:
    """A backup of SQLite with two accounts."""
    source = settings_for(f"sqlite:///{tmp_path / 'source.db'}", tmp_path / "source")
    maintenance.init(source)
    add(source, "first")
    add(source, "second")
    file = tmp_path / "source.backup"
    maintenance.backup(source.database_url, file)
    return file


def test_a_backup_of_sqlite_goes_into_either_database(settings: Settings, from_sqlite: Path) -> None:
    maintenance.restore(settings, from_sqlite, overwrite=True)
    assert people(settings.database_url) == ["first", "second"]
    assert doctor_is_content(settings)
    add(settings, "third")
    assert people(settings.database_url) == ["first", "second", "third"]
    app = create_app(settings)
    with app.app_context():
        assert first_broken(db.session()) is None
        db.session.remove()
        db.engine.dispose()


def test_a_backup_overwrites_nothing(tmp_path: Path, from_sqlite: Path) -> None:
    url = f"sqlite:///{tmp_path / 'source.db'}"
    with pytest.raises(Refused, match="exists"):
        maintenance.backup(url, from_sqlite)
    with pytest.raises(Refused, match="folder"):
        maintenance.backup(url, tmp_path / "nowhere" / "file")
    with pytest.raises(Refused, match="tracker init"):
        maintenance.backup(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "new.backup")
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'target.db'}", tmp_path / "instance")
    for content in (b"", b"hello", b"SQLite format 3\x00"):
        file = tmp_path / "file"
        file.write_bytes(content)
        with pytest.raises(Refused):
            maintenance.restore(settings, file)
    (tmp_path / "dump").write_bytes(b"PGDMP something")
    with pytest.raises(Refused, match="SQLite"):
        maintenance.restore(settings, tmp_path / "dump")


def found(settings: Settings, about: str) -> doctor.Finding:
    return next(finding for finding in doctor.findings(settings) if finding.about == about and finding.level != "ok")


def test_the_doctor_finds_what_is_missing(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "instance")
    assert found(settings, "schema").fatal
    assert "tracker init" in found(settings, "schema").mend
    assert found(settings, "secret key").level == "note"


def test_the_doctor_is_stricter_in_production(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "instance", env="production")
    assert found(settings, "secret key").fatal
    assert found(settings, "base URL").level == "wrong"
    assert found(settings, "mail").level == "wrong"


def test_the_doctor_sees_triggers_that_are_gone_and_versions_that_differ(settings: Settings) -> None:
    from tracker import triggers

    engine = migrations.engine_for(settings.database_url)
    with engine.connect().execution_options(tracker_writes=True) as connection, connection.begin():
        triggers.remove(connection)
    assert "triggers differ" in found(settings, "schema").says
    with engine.connect().execution_options(tracker_writes=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert "0000" in found(settings, "schema").says
    with pytest.raises(Refused, match="tracker init"):
        maintenance.require_current(settings)


def test_the_doctor_says_that_nobody_answers(tmp_path: Path) -> None:
    gone = settings_for("postgresql+psycopg://nobody@127.0.0.1:9/none", tmp_path / "instance")
    assert found(gone, "database").fatal
    mail = settings_for(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "instance", smtp_url="smtp://127.0.0.1:9")
    assert found(mail, "mail").level == "wrong"
    for work in (maintenance.require_current, maintenance.init):
        with pytest.raises(Refused, match="can't be used"):
            work(gone)


def test_the_doctor_knows_servers_that_lose_what_they_answered(settings: Settings) -> None:
    if settings.database_url.startswith("postgresql"):
        assert found(settings, "durability").level == "note"
    else:
        assert doctor_is_content(settings)


def test_a_key_that_others_can_read_is_found(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "instance")
    kept = settings.instance / "secret_key"
    kept.write_text("x" * 40, encoding="ascii")
    kept.chmod(0o644)
    assert any("read by others" in finding.says for finding in doctor.findings(settings))
