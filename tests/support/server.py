"""The product as people meet it: `tracker serve` in a process of its own, on a free port of loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(instance: Path, url: str = "", **more: str) -> dict[str, str]:
    """The environment of a command: this machine's, without settings of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    made = {**kept, "TRACKER_INSTANCE": str(instance), "TRACKER_SECRET_KEY": "for tests only",
            "TRACKER_ARGON2_TIME": "1", "TRACKER_ARGON2_MEMORY_KIB": "8", **more}  # fmt: skip
    if url:
        made["TRACKER_DATABASE_URL"] = url
    return made


def command(
    *arguments: str, env: dict[str, str], check: bool = True, **options: object
) -> subprocess.CompletedProcess[str]:
    """Run `tracker …` and give its output."""
    done = subprocess.run(
        [sys.executable, "-m", "tracker", *arguments], env=env, capture_output=True, text=True, timeout=600, **options,  # type: ignore[call-overload]
    )  # fmt: skip
    if check and done.returncode != 0:
        raise AssertionError(f"tracker {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done  # type: ignore[no-any-return]


@contextmanager
def serving(env: dict[str, str], workers: int = 2, threads: int = 4) -> Iterator[str]:
    """The address of a running server; ended by its pid."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tracker", "serve", "--port", str(port), "--workers", str(workers),
         "--threads", str(threads), "--no-worker"],
        env={**env, "TRACKER_BASE_URL": base}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        _wait_for(base + "/healthz", process)
        yield base
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stderr:
            process.stderr.close()


def _wait_for(address: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            assert process.stderr is not None
            raise AssertionError(f"the server ended: {process.stderr.read()[-3000:]}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the server doesn't answer")
