"""Many people at once, over real HTTP: a server with several workers, signed-in browsers, and their answers."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from tests.support.server import environment, free_port


@dataclass(frozen=True, slots=True)
class Browser:
    """A person's session cookie and the CSRF token that goes with it."""

    user_id: int
    cookie: str
    token: str


def browsers(app: Flask, people: Sequence[Any]) -> list[Browser]:
    """A sign-in for each of ``people``, by rows of the database and the application's own cookie."""
    from tracker.accounts import sessions
    from tracker.db import transaction

    settings = app.extensions["settings"]

    def open_all() -> list[tuple[int, str]]:
        return [(p.id, sessions.open_session(p, settings, address="127.0.0.1", user_agent="race")) for p in people]

    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    forms = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token")
    secret = "0123456789abcdef0123456789abcdef01234567"
    return [
        Browser(
            user_id,
            f"{app.config['SESSION_COOKIE_NAME']}=" + signer.dumps({"_user_id": token, "_fresh": True, "csrf_token": secret}),
            forms.dumps(secret),
        )
        for user_id, token in transaction(open_all)
    ]  # fmt: skip


@contextmanager
def server(
    url: str, folder: Path, module: str = "tests.support.wsgi", workers: int = 4, threads: int = 4
) -> Iterator[int]:
    """The port of a gunicorn on ``url``; ended by its pid."""
    port = free_port()
    root = Path(__file__).resolve().parents[2]
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", f"{module}:app", "--bind", f"127.0.0.1:{port}", "--workers", str(workers),
         "--worker-class", "gthread", "--threads", str(threads), "--timeout", "120", "--preload", "--log-level", "warning"],
        env={**environment(folder / "instance", url), "TRACKER_LOG_LEVEL": "WARNING"}, cwd=root, stdout=log, stderr=log,
    )  # fmt: skip
    try:
        _wait(port, workers, process, folder)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait(port: int, workers: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Until the server has answered a few times per worker, so that none is still importing."""
    deadline = time.monotonic() + 60
    answered = 0
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended: {(folder / 'server.log').read_text()[-3000:]}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/help/", headers={"Connection": "close"})
            connection.getresponse().read()
            connection.close()
            answered += 1
        except OSError:
            time.sleep(0.1)
        if answered >= workers * 3:
            return
    raise AssertionError("the server doesn't answer")


@dataclass(slots=True)
class Answers:
    """How many answers of each status, and the times they took, in seconds."""

    statuses: Counter[int]
    seconds: list[float]

    @property
    def server_errors(self) -> int:
        return sum(number for status, number in self.statuses.items() if status >= 500)

    def p99(self) -> float:
        return sorted(self.seconds)[int(len(self.seconds) * 0.99) - 1]


def post_all(port: int, posts: Sequence[tuple[Browser, str, dict[str, str]]], into: Answers) -> None:
    """Send every (who, path, fields) at the same moment, each from a thread of its own, and wait for the answers."""
    start = threading.Barrier(len(posts))
    found: list[tuple[int, float]] = []

    def post(who: Browser, path: str, fields: dict[str, str]) -> None:
        body = urllib.parse.urlencode({**fields, "csrf_token": who.token})
        headers = {"Cookie": who.cookie, "Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.connect()
        start.wait(60)
        began = time.perf_counter()
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        found.append((answer.status, time.perf_counter() - began))
        connection.close()

    threads = [threading.Thread(target=post, args=arguments) for arguments in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(posts), f"{len(posts) - len(found)} requests got no answer"
    into.statuses.update(status for status, _seconds in found)
    into.seconds.extend(seconds for _status, seconds in found)


def rounds(few: int, all_of_them: int) -> int:
    """How many rounds a race runs: ``few``, or what TRACKER_RACE_ROUNDS asks for up to ``all_of_them``."""
    return min(int(os.environ.get("TRACKER_RACE_ROUNDS", few)), all_of_them)
