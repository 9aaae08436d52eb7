"""gunicorn with the project's settings, static files by whitenoise, and a worker beside it where one is wanted."""

from __future__ import annotations

import contextlib
import gc
import ipaddress
import os
import socket
import subprocess
import sys
import time
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from whitenoise import WhiteNoise

from tracker.app import create_app
from tracker.config import Settings, bundled

#: A page that takes longer than this is a bug; its worker is replaced.
TIMEOUT_SECONDS = 60
GRACEFUL_SECONDS = 20
STATIC_MAX_AGE = 3600
#: A worker that ended is started anew after so long, twice as long each time it lives no minute.
RESTART_SECONDS, LONGEST_RESTART_SECONDS = 5.0, 60.0


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach ``host``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_free(host: str, port: int) -> bool:
    """Whether a server can listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError:
            return False
    return True


def with_static_files(app: Flask) -> Flask:
    """The application with its static files served before any of its own code runs."""
    files = WhiteNoise(
        app.wsgi_app,
        root=bundled("static"),
        prefix="static/",
        max_age=STATIC_MAX_AGE,
        allow_all_origins=False,
        add_headers_function=lambda headers, _path, _url: headers.__setitem__("X-Content-Type-Options", "nosniff"),
    )
    app.wsgi_app = files  # type: ignore[method-assign]
    return app


class Companion:
    """`tracker worker` in a process of its own: started anew when it ends, ended with the server.

    It reads from a pipe that nobody writes to, so it ends even where the server is killed.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.process: subprocess.Popen[bytes] | None = None
        self.pause = RESTART_SECONDS
        self.started = float("-inf")
        self.ended = False

    def keep(self) -> None:
        """Start it where it isn't running and that isn't too soon."""
        if self.ended or (self.process is not None and self.process.poll() is None):
            return
        lived = time.monotonic() - self.started
        if self.process is not None and lived < self.pause:
            return
        self.pause = (
            RESTART_SECONDS if lived > LONGEST_RESTART_SECONDS else min(self.pause * 2, LONGEST_RESTART_SECONDS)
        )
        self.close()
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tracker", "worker", "--with-server"], stdin=subprocess.PIPE,
            env={**os.environ, "TRACKER_INSTANCE": str(self.settings.instance), "TRACKER_ENV": self.settings.env},
        )  # fmt: skip

    def close(self) -> None:
        """Let it know that it is to end."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def end(self) -> None:
        """End it, by force where it doesn't by itself."""
        self.ended = True
        self.close()
        if self.process is not None:
            try:
                self.process.wait(GRACEFUL_SECONDS)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    self.process.kill()
                self.process.wait()


class _Master(Arbiter):
    """gunicorn's master, which looks after the worker as it does after its own."""

    def __init__(self, app: BaseApplication, companion: Companion) -> None:
        self.companion = companion
        super().__init__(app)

    def manage_workers(self) -> None:
        super().manage_workers()
        self.companion.keep()

    def stop(self, graceful: bool = True) -> None:
        self.companion.close()
        super().stop(graceful)
        self.companion.end()


class _Server(BaseApplication):
    """Each worker builds its own application: connections don't survive a fork."""

    def __init__(self, settings: Settings, options: dict[str, Any], companion: Companion | None = None) -> None:
        self.settings = settings
        self.options = options
        self.companion = companion
        super().__init__()

    def run(self) -> None:
        if self.companion is None:
            super().run()
        else:
            _Master(self, self.companion).run()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = with_static_files(create_app(self.settings))
        # Code and tables live as long as the worker: a collection that looks through them stops its requests for 0.1 s.
        gc.freeze()
        return app


def run(settings: Settings, *, host: str, port: int, workers: int, threads: int, worker: bool) -> None:
    """Serve until SIGTERM or SIGINT; with ``worker``, send mail and make files by a process beside the server."""
    address = f"[{host}]" if ":" in host else host
    _Server(
        settings,
        {
            "bind": f"{address}:{port}",
            "worker_class": "gthread",
            "workers": workers,
            "threads": threads,
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "forwarded_allow_ips": "",
        },
        Companion(settings) if worker else None,
    ).run()
