"""Models = migrations, on both databases and in both directions."""

from __future__ import annotations

import re
import threading
import warnings
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text

from tests.conftest import build
from tracker import migrations, triggers
from tracker.app import create_app  # noqa: F401  # loads every model that the product has
from tracker.db import Base


def _plain(sql: str | None) -> str:
    return re.sub(r"\s+", " ", (sql or "").lower()).strip()


def _indexes(connection: Connection) -> Any:
    """Every index as the database itself writes it down: partial ones and those over expressions too."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))
    else:
        rows = connection.execute(text("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"))
    return {name: _plain(sql) for name, sql in rows if not name.startswith("alembic")}


def _schema(url: str) -> dict[str, Any]:
    with migrations.engine_for(url).connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about indexes over expressions, which _indexes reads
        found = inspect(connection)
        tables = {}
        for name in found.get_table_names():
            if name.startswith("task_fts") or name == "alembic_version":
                continue
            tables[name] = {
                # by name: a later version adds at the end what its model names in the middle
                "columns": sorted(
                    (c["name"], str(c["type"]), c["nullable"], _plain(c.get("default"))) for c in found.get_columns(name)
                ),
                "key": found.get_pk_constraint(name),
                "references": sorted(
                    (f["name"] or "", f["constrained_columns"], f["referred_table"], f["referred_columns"], f["options"])
                    for f in found.get_foreign_keys(name)
                ),
                "unique": sorted((u["name"] or "", u["column_names"]) for u in found.get_unique_constraints(name)),
                "checks": sorted((c["name"] or "", _plain(c["sqltext"])) for c in found.get_check_constraints(name)),
            }  # fmt: skip
        return {"tables": tables, "indexes": _indexes(connection), "triggers": triggers.differences(connection)}


def test_the_migrations_make_what_the_models_say(database: str, empty_database: str) -> None:
    migrations.upgrade(empty_database)
    wanted, made = _schema(database), _schema(empty_database)
    for name in wanted["tables"].keys() | made["tables"].keys():
        assert made["tables"].get(name) == wanted["tables"].get(name), f"{name}: `make migration`?"
    assert made == wanted
    assert set(wanted["tables"]) == set(Base.metadata.tables), "a model that the migrations don't import"


def test_down_and_up_again_leaves_the_same_schema(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    first = _schema(empty_database)
    migrations.downgrade(empty_database, "base")
    assert _schema(empty_database)["tables"] == {}
    assert migrations.current(empty_database) is None
    assert migrations.upgrade(empty_database)
    assert _schema(empty_database) == first
    assert migrations.current(empty_database) == migrations.head()


def test_a_second_run_finds_nothing_to_do(empty_database: str) -> None:
    assert migrations.upgrade(empty_database)
    assert not migrations.upgrade(empty_database)


def test_a_second_runner_waits_for_the_first(empty_database: str) -> None:
    answers: list[bool | Exception] = []

    def run() -> None:
        try:
            answers.append(migrations.upgrade(empty_database))
        except Exception as error:  # the assertion shows it
            answers.append(error)

    runners = [threading.Thread(target=run) for _ in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(60)
    assert sorted(map(str, answers)) == ["False", "False", "True"]


def test_a_run_that_fails_leaves_nothing_behind(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(connection: Connection) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(triggers, "install", fails)
    with pytest.raises(RuntimeError):
        migrations.upgrade(empty_database)
    assert migrations.current(empty_database) is None
    assert _schema(empty_database)["tables"] == {}


def test_missing_triggers_are_put_back(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    with migrations.engine_for(empty_database).begin() as connection:
        triggers.remove(connection)
    assert migrations.upgrade(empty_database)
    assert _schema(empty_database)["triggers"] == []


def test_rows_that_point_at_nothing_are_found_before_the_commit(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'broken.db'}"
    build(url)
    with migrations.engine_for(url).connect() as connection:
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        with connection.execution_options(tracker_writes=True).begin():
            connection.execute(text("INSERT INTO follower (user_id, sig_id) VALUES (7, 7)"))
    with pytest.raises(migrations.BrokenReferences, match="follower"):
        migrations._run(url, lambda connection: None)


def test_many_open_a_new_file_at_once(tmp_path: Any) -> None:
    """SQLite doesn't wait when several turn the write-ahead log on: one in six such openings failed."""
    problems: list[Exception] = []
    for number in range(40):
        url, together = f"sqlite:///{tmp_path / f'{number}.db'}", threading.Barrier(6)

        def opened(url: str = url, together: threading.Barrier = together) -> None:
            engine = migrations.engine_for(url)
            together.wait()
            try:
                with engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
            except Exception as error:  # the assertion shows it
                problems.append(error)

        threads = [threading.Thread(target=opened) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert problems == []
