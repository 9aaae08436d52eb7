"""The `tracker` command: what it answers, where it says it, and how it exits."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tests.support.server import free_port
from tracker import cli, migrations
from tracker.db import engine_options

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in an instance folder of this test."""
    for name in (
        "TRACKER_DATABASE_URL",
        "TRACKER_ENV",
        "TRACKER_BASE_URL",
        "TRACKER_SMTP_URL",
        "TRACKER_DEMO_PASSWORD",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("TRACKER_ARGON2_TIME", "1")
    monkeypatch.setenv("TRACKER_ARGON2_MEMORY_KIB", "8")

    def command(*arguments: str, stdin: str = "") -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return cli.run(arguments)

    return command


@pytest.fixture
def ready(run: Run) -> Run:
    assert run("init") == 0
    return run


def _rows(folder: Path, sql: str) -> list[Any]:
    url = f"sqlite:///{folder / 'instance' / 'tracker.db'}"
    engine = create_engine(url, **engine_options(url))
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    engine.dispose()
    return found


def test_it_says_what_there_is(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 2
    assert run("--help") == 0
    said = capsys.readouterr().out
    for command in ("init", "demo", "serve", "worker", "nightly", "import", "export", "backup", "restore", "doctor"):
        assert command in said


@pytest.mark.parametrize(
    "command",
    ["init", "demo", "serve", "worker", "nightly", "user", "user create", "import", "import sigs", "import tasks", "publish",
     "refresh", "export", "rebuild", "audit", "audit verify", "backup", "restore", "doctor"],
)  # fmt: skip
def test_every_command_has_help(run: Run, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert run(*command.split(), "--help") == 0
    assert "Usage: tracker" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nonsense"], "No such command"),
        (["demo", "--phase", "nowhere"], "planning"),
        (["demo", "--tasks", "-1"], "--tasks"),
        (["serve", "--port", "99999"], "--port"),
        (["user", "create", "x"], "--email"),
        (["import", "sigs", "/nowhere.yaml"], "does not exist"),
        (["publish", "akg", "2026Q9", "--as", "mona"], "2026Q4"),
        (["publish", "akg", "2026Q4"], "--as"),
        (["refresh", "akg", "2026Q9", "--as", "mona"], "2026Q4"),
        (["refresh", "akg", "2026Q4"], "--as"),
        (["export", "everything"], "tasks"),
        (["restore", "/nowhere.db"], "does not exist"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(
    ready: Run, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    capsys.readouterr()
    assert ready(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert says in shown.err
    assert shown.err.count("\n") == 1


def test_a_bad_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TRACKER_TRUSTED_PROXIES", "many")
    assert run("init") == 2
    assert "TRACKER_TRUSTED_PROXIES must be a whole number" in capsys.readouterr().err


def test_init_twice_changes_nothing(ready: Run, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert ready("init") == 0
    assert "up to date" in capsys.readouterr().err


def test_init_makes_a_backup_before_it_migrates_data(
    ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ready("user", "create", "root", "--email", "root@example.org", "--admin") == 0
    monkeypatch.setattr(migrations, "head", lambda: "9999")
    monkeypatch.setattr(migrations, "upgrade", lambda url: True)
    assert ready("init") == 0
    [kept] = (tmp_path / "instance" / "backups").iterdir()
    assert kept.read_bytes().startswith(b"SQLite format 3")
    assert str(kept) in capsys.readouterr().err


def test_a_command_before_init_says_so(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["demo"], ["worker", "--once"], ["serve"]):
        assert run(*arguments) == 1
        assert "tracker init" in capsys.readouterr().err


def test_a_user_is_made_with_a_password_from_standard_input(ready: Run, tmp_path: Path) -> None:
    arguments = ("user", "create", "root", "--email", "root@example.org", "--admin", "--password-stdin")
    assert ready(*arguments, stdin="a long enough phrase\n") == 0
    assert _rows(tmp_path, "SELECT handle, is_admin, is_finance, password_hash <> '' FROM user_account") == [
        ("root", 1, 0, 1)
    ]


def test_a_handle_is_taken_once(ready: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert ready("user", "create", "root", "--email", "root@example.org") == 0
    assert ready("user", "create", "ROOT", "--email", "other@example.org") == 1
    assert "handle" in capsys.readouterr().err


def test_no_password_on_standard_input_is_bad_input(ready: Run) -> None:
    assert ready("user", "create", "root", "--email", "root@example.org", "--password-stdin") == 2


def test_whoever_acts_has_that_persons_rights(ready: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert ready("user", "create", "plain", "--email", "plain@example.org") == 0
    assert ready("user", "create", "more", "--email", "more@example.org", "--as", "plain") == 1
    assert "not allowed" in capsys.readouterr().err
    assert ready("user", "create", "more", "--email", "more@example.org", "--as", "nobody") == 2
    assert "nobody" in capsys.readouterr().err


def test_the_demo_wants_an_empty_database_and_no_production(
    ready: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ready("demo", "--phase", "planning") == 0
    assert "dora" in capsys.readouterr().err
    assert ready("demo") == 1
    assert "holds data" in capsys.readouterr().err
    assert ready("demo", "--if-empty") == 0
    monkeypatch.setenv("TRACKER_ENV", "production")
    assert ready("demo") == 1


def test_publishing_and_exporting_what_the_demo_planned(
    ready: Run, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert ready("demo", "--phase", "planning") == 0
    [(slug, quarter)] = _rows(
        tmp_path,
        "SELECT sig.slug, cycle.quarter FROM cycle JOIN sig ON sig.id = cycle.sig_id JOIN task ON task.cycle_id = cycle.id"
        " WHERE task.state = 'ready' AND sig.slug = 'akg' LIMIT 1",
    )
    before = _rows(tmp_path, "SELECT count(*) FROM task WHERE state = 'published'")
    assert ready("publish", slug, quarter, "--as", "dora") == 1
    assert ready("publish", slug, quarter, "--as", "mona", "--dry-run") == 0
    assert _rows(tmp_path, "SELECT count(*) FROM task WHERE state = 'published'") == before
    assert ready("publish", slug, quarter, "--as", "mona") == 0
    assert _rows(tmp_path, "SELECT count(*) FROM task WHERE state = 'published'") > before
    assert ready("publish", "no-such-sig", quarter, "--as", "mona") == 2
    capfdbinary.readouterr()
    assert ready("audit", "verify") == 0
    assert ready("rebuild") == 0


def test_the_diary_names_its_first_broken_row(ready: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for handle in ("one", "two", "three"):
        assert ready("user", "create", handle, "--email", f"{handle}@example.org") == 0
    url = f"sqlite:///{tmp_path / 'instance' / 'tracker.db'}"
    engine = create_engine(url, **engine_options(url))
    with engine.connect().execution_options(tracker_writes=True) as connection, connection.begin():
        connection.execute(text("DROP TRIGGER event_append_only_update"))
        connection.execute(text("UPDATE event SET name = 'account.suspended' WHERE id = 2"))
    engine.dispose()
    capsys.readouterr()
    assert ready("audit", "verify") == 1
    assert "row 2" in capsys.readouterr().err


def test_nightly_is_harmless_and_says_what_it_does(ready: Run, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert ready("nightly", "--dry-run") == 0
    assert capsys.readouterr().out == "action,claim,task,handle,detail\n"
    assert ready("nightly") == 0
    first = capsys.readouterr().out
    assert first.splitlines()[0] == "what,count" and "lapse,0" in first and first.endswith("errors,0\n")
    assert ready("nightly") == 0
    assert capsys.readouterr().out == first


def test_the_worker_does_what_is_due_and_ends(ready: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert ready("worker", "--once") == 0
    assert "Mails sent: 0" in capsys.readouterr().err


def test_a_taken_port_is_said(ready: Run, capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    port = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert ready("serve", "--port", str(port)) == 1
    assert "--port" in capsys.readouterr().err


def test_imports_report_as_csv(ready: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = tmp_path / "sig-info.yaml"
    good.write_text("name: Loops\ndescription: About loops\nmaintainers: []\nrepositories: []\n", encoding="utf-8")
    bad = tmp_path / "bad.yaml"
    bad.write_text("a: [1", encoding="utf-8")
    capsys.readouterr()
    assert ready("import", "sigs", str(good), "--dry-run") == 0
    assert capsys.readouterr().out.splitlines()[0] == "file,sig,people,repositories,warnings,error"
    assert _rows(tmp_path, "SELECT count(*) FROM sig") == [(0,)]
    assert ready("import", "sigs", str(good), str(bad)) == 1
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert _rows(tmp_path, "SELECT count(*) FROM sig") == [(1,)]
