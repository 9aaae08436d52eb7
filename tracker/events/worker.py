"""The worker: sends what waits in the outbox and calls what is due each minute, until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask

from tracker.db import db, transaction
from tracker.errors import Busy
from tracker.events import jobs, outbox
from tracker.events.diary import via

log = structlog.get_logger()

PAUSE_SECONDS = 2.0
MINUTE = 60.0

Work = Callable[[], Any]
Alongside = Callable[[threading.Event], bool]
_periodic: dict[str, Work] = {}
_alongside: dict[str, Alongside] = {}


def every_minute(work: Work) -> Work:
    """Register ``work`` to be called about once a minute by each worker, in a transaction of its own.

    It must be harmless when it runs twice, and when two workers run it at once.
    """
    _periodic[f"{work.__module__}.{work.__name__}"] = work
    return work


def alongside(work: Alongside) -> Alongside:
    """Register ``work`` to be called again and again by a thread of its own, so that mail doesn't wait for what takes long.

    It says whether it found something to do, ends soon after the event that it is given is set, commits by transactions of
    its own, and is harmless when several workers run it at once.
    """
    _alongside[f"{work.__module__}.{work.__name__}"] = work
    return work


def run_worker(
    app: Flask, once: bool = False, say: Callable[[str], Any] | None = None, stop: threading.Event | None = None
) -> int:
    """Work until SIGTERM or SIGINT, or until ``stop`` is set; with ``once``, do what is due and return.

    Returns how many mails were sent.
    """
    say = say or (lambda line: print(line, file=sys.stderr, flush=True))
    stop = stop or threading.Event()
    if not once and threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    _tell(app, say)
    if once:
        _run_periodic(app)
        for name, work in _alongside.items():
            while _worked(app, name, work, stop):
                pass
        return _drain(app, stop)
    threads = [
        threading.Thread(target=_run_alongside, args=(app, *lane, stop), name=lane[0]) for lane in _alongside.items()
    ]
    for thread in threads:
        thread.start()
    try:
        return _run(app, stop)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _run(app: Flask, stop: threading.Event) -> int:
    sent, last = 0, float("-inf")
    while True:
        if time.monotonic() - last >= MINUTE:
            _run_periodic(app)
            last = time.monotonic()
        sent += _drain(app, stop)
        if stop.wait(PAUSE_SECONDS):
            return sent


def _run_alongside(app: Flask, name: str, work: Alongside, stop: threading.Event) -> None:
    while not stop.is_set():
        if not _worked(app, name, work, stop):
            stop.wait(PAUSE_SECONDS)


def _worked(app: Flask, name: str, work: Alongside, stop: threading.Event) -> bool:
    with app.app_context(), via("job"):
        try:
            return work(stop)
        except Busy:
            return False
        except Exception:
            log.exception("alongside_failed", work=name)
            return False


def _tell(app: Flask, say: Callable[[str], Any]) -> None:
    settings = app.extensions["settings"]
    if settings.smtp_url:
        return
    with app.app_context():
        count = outbox.waiting()
        db.session.remove()
    where = "" if settings.production else f" Read them at {settings.base_url.rstrip('/')}/outbox/."
    say(f"No mail server is set (TRACKER_SMTP_URL): mails waiting in the outbox: {count}.{where}")


def _drain(app: Flask, stop: threading.Event) -> int:
    sent = 0
    while not stop.is_set():
        with app.app_context(), via("job"):
            try:
                count = outbox.deliver(app.extensions["settings"])
            except Busy:
                count = 0
            except Exception:
                log.exception("worker_failed")
                count = 0
        sent += count
        if not count:
            break
    return sent


def _run_periodic(app: Flask) -> None:
    for name, work in _periodic.items():
        with app.app_context(), via("job"):
            try:
                transaction(work)
            except Exception:
                log.exception("periodic_failed", work=name)
    with app.app_context(), via("job"):
        try:
            jobs.run_nightly(app.extensions["settings"])
        except Exception:
            log.exception("nightly_failed")
