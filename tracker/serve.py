"""gunicorn with the project's settings, static files by whitenoise."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from whitenoise import WhiteNoise

from tracker.app import create_app
from tracker.config import Settings, bundled

#: A page that takes longer than this is a bug; its worker is replaced.
TIMEOUT_SECONDS = 60
GRACEFUL_SECONDS = 20
STATIC_MAX_AGE = 3600


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


class _Server(BaseApplication):
    """Each worker builds its own application: connections don't survive a fork."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings = settings
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return with_static_files(create_app(self.settings))


def run(settings: Settings, *, host: str, port: int, workers: int, threads: int) -> None:
    """Serve until SIGTERM or SIGINT."""
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
    ).run()
