"""Several workers side by side, on a database whose commits all of them see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import settings_for
from tests.exports.conftest import add_lines, ask
from tests.support.cast import Cast
from tests.support.server import environment
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.events.models import Event
from tracker.exports import files, making, service, spreadsheet
from tracker.exports.models import ExportJob


class Place:
    """An application on a database of its own, with lines and somebody of finance."""

    def __init__(self, url: str, folder: Path, lines: int) -> None:
        self.url, self.folder = url, folder
        self.app: Flask = create_app(settings_for(url, folder))
        with self.inside():
            cast = Cast()
            add_lines(cast, lines)
            self.fay = cast.fay.id

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.remove()

    def ask(self, **filters: Any) -> int:
        from tracker.accounts.models import User

        with self.inside():
            return ask(db.session.get_one(User, self.fay), **filters).id

    def job(self, number: int) -> ExportJob:
        with self.inside():
            return db.session.get_one(ExportJob, number)

    def work(self, stop: threading.Event) -> bool:
        with self.inside():
            return making.make_next(stop)

    def path(self, number: int, attempt: int = 1) -> Path:
        with self.inside():
            return files.path_of(number, attempt)


@pytest.fixture
def place(fresh_database: str, tmp_path: Path) -> Iterator[Place]:
    made = Place(fresh_database, tmp_path / "instance", 1500)
    yield made
    with made.app.app_context():
        db.engine.dispose()


def until(happened: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_several_workers_make_each_file_once(place: Place) -> None:
    jobs = [place.ask(month="2026-11"), place.ask(quarter="2026Q4"), place.ask(state="proposed"), place.ask(sig="akg")]
    stop = threading.Event()

    def drain() -> None:
        while place.work(stop):
            pass

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(place.job(number).state, place.job(number).attempts) for number in jobs] == [("done", 1)] * 4
    with place.inside():
        query = select(Event.name, func.count()).where(Event.subject_type == "export_job").group_by(Event.name)
        assert {row[0]: row[1] for row in db.session.execute(query)} == {
            "export.requested": 4, "export.started": 4, "export.made": 4,
        }  # fmt: skip
    assert all(place.path(number).is_file() for number in jobs)


def test_it_shows_how_far_it_is_and_hears_that_it_was_cancelled(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    number = place.ask()
    half, seen = threading.Event(), []
    written = spreadsheet.write

    def slowly(file: Any, header: Any, columns: Any, parts: Any, **more: Any) -> None:
        def paced() -> Iterator[Any]:
            for rows in parts:
                yield rows
                if not seen:
                    seen.append(len(rows))
                    assert half.wait(60)

        written(file, header, columns, paced(), **more)

    monkeypatch.setattr(spreadsheet, "write", slowly)
    monkeypatch.setattr(making, "BEAT_SECONDS", 0.05)
    thread = threading.Thread(target=place.work, args=[threading.Event()])
    thread.start()
    until(lambda: place.job(number).total == 1500, "the number of rows isn't known")
    with place.inside():
        job = db.session.get_one(ExportJob, number)
        transaction(lambda: service.cancel_export(job.user, job))
    before = place.job(number).beat_at
    time.sleep(0.3)
    half.set()
    thread.join(60)
    assert place.job(number).state == "cancelled" and place.job(number).beat_at == before
    assert not place.path(number).exists()


def test_the_worker_process_makes_it_and_ends_when_it_is_told(place: Place) -> None:
    number = place.ask()
    process = subprocess.Popen(
        [sys.executable, "-c", "from tests.support.worker import main; main()"],
        env=environment(place.folder, place.url), cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: place.job(number).state == "done", "the worker makes nothing")
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    assert place.path(number).stat().st_size == place.job(number).size
