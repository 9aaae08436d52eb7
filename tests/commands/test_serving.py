"""`tracker serve` with its worker: both run, both end, and one that dies is started anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.commands.test_maintenance import migrations_stamped
from tests.conftest import settings_for
from tests.support.server import environment, free_port
from tracker import cli
from tracker.app import create_app
from tracker.db import db, engine_options, transaction
from tracker.exports.models import ExportJob
from tracker.serve import Companion


def until(happened: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def processes() -> dict[int, tuple[int, str]]:
    """pid → (parent, command) of what runs on this machine; what has ended and wasn't looked after is gone."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
                if state != "Z":
                    found[int(folder.name)] = int(parent), (folder / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
    return found


def workers_of(server: int) -> list[int]:
    return [pid for pid, (parent, command) in processes().items() if parent == server and "tracker worker" in command]


@contextmanager
def serving(url: str, folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "serve", "--port", str(port), "--workers", "1", *options],
        env=environment(folder, url), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
                return True
        except OSError:
            return False

    try:
        until(answers, "the server doesn't answer")
        yield process
    finally:
        for pid in (process.pid, *workers_of(process.pid)):
            if pid in processes():
                os.kill(pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database at the newest version, with an account that asked for a file."""
    from tests.conftest import build
    from tests.support.cast import Cast

    made = f"sqlite:///{tmp_path / 'served.db'}"
    build(made)
    migrations_stamped(made)
    app = create_app(settings_for(made, tmp_path / "instance"))
    with app.app_context():
        cast = Cast()

        def ask() -> None:
            from tracker.exports import service

            service.request_workbook(cast.fay, kind="members", filters={})

        transaction(ask)
        db.session.remove()
        db.engine.dispose()
    return made


def state(url: str) -> str:
    engine = create_engine(url, **engine_options(url))
    with engine.connect() as connection:
        found = str(connection.scalar(text(f"SELECT state FROM {ExportJob.__tablename__}")))
    engine.dispose()
    return found


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_what_waits_is_done_beside_the_server_and_both_end(url: str, tmp_path: Path, how: signal.Signals) -> None:
    with serving(url, tmp_path / "instance") as server:
        until(lambda: state(url) == "done", "nothing is made")
        [worker] = workers_of(server.pid)
        if how is signal.SIGINT:  # as a terminal sends it: to both
            os.killpg(server.pid, how)
        else:
            os.kill(server.pid, how)
        assert server.wait(30) == 0
        assert worker not in processes()


def test_a_worker_that_dies_is_started_anew_and_one_whose_server_is_killed_ends(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path / "instance") as server:
        until(lambda: workers_of(server.pid), "no worker")
        [first] = workers_of(server.pid)
        os.kill(first, signal.SIGKILL)
        until(lambda: workers_of(server.pid) not in ([], [first]), "it isn't started anew")
        [second] = workers_of(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: second not in processes(), "it goes on without its server")


def test_without_a_worker_nothing_is_done_beside_the_server(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path / "instance", "--no-worker") as server:
        assert workers_of(server.pid) == []
        assert state(url) == "queued"


@pytest.mark.parametrize(
    ("env", "options", "wanted"),
    [
        ("development", [], True), ("development", ["--no-worker"], False), ("production", [], False),
        ("production", ["--worker"], True),
    ],
)  # fmt: skip
def test_a_worker_runs_unless_in_production(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: str, options: list[str], wanted: bool
) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr("tracker.serve.run", lambda settings, **more: given.update(more))
    monkeypatch.setattr("tracker.doctor.findings", lambda settings, thorough: [])
    for name, value in {"INSTANCE": str(tmp_path / "instance"), "DATABASE_URL": url, "ENV": env}.items():
        monkeypatch.setenv(f"TRACKER_{name}", value)
    assert cli.run(["serve", "--port", str(free_port()), *options]) == 0
    assert given["worker"] is wanted


def test_a_worker_that_keeps_dying_is_started_less_and_less_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, started = [0.0], []

    class Dead:
        stdin = None

        def __init__(self, *command: object, **options: object) -> None:
            started.append(now[0])

        def poll(self) -> int:
            return 1

    monkeypatch.setattr("tracker.serve.subprocess.Popen", Dead)
    monkeypatch.setattr("tracker.serve.time.monotonic", lambda: now[0])
    companion = Companion(settings_for("sqlite://", tmp_path))
    while now[0] < 200:
        companion.keep()
        now[0] += 1
    assert started == [0, 5, 15, 35, 75, 135, 195]
