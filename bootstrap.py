"""What `make` does before there is anything: an environment in .venv from the hashed lock, a browser for the tests.

Needs nothing but Python 3.11 to 3.13. Done once for each state of the locks; run again it takes no time.

    python3 bootstrap.py run | test
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts" if os.name == "nt" else "bin") / "python"
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}
VERSIONS = ((3, 11), (3, 12), (3, 13))
CHROMIUM = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
ELSEWHERE = (
    "/usr/lib/chromium/chromium",
    "/opt/google/chrome/chrome",
    "/snap/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
#: pip's settings that uv doesn't read, and what they are called there.
FOR_UV = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS",
          "cert": "SSL_CERT_FILE"}  # fmt: skip


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(*command: object, env: dict[str, str] | None = None, quiet: bool = False, timeout: float | None = None) -> bool:
    """Run it in the project's folder; whether it went well. With ``quiet`` its output shows only when it didn't."""
    try:
        done = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env=env, check=False, timeout=timeout, text=True,
            stdout=subprocess.PIPE if quiet else sys.stderr, stderr=subprocess.STDOUT if quiet else None,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        say(str(error))
        return False
    if done.returncode != 0 and quiet:
        say("\n".join((done.stdout or "").strip().splitlines()[-15:]))
    return done.returncode == 0


# -- the environment ------------------------------------------------------------------------------


def venv_version() -> tuple[int, int] | None:
    """The Python of .venv; None when there is none that works."""
    try:
        answer = subprocess.run(
            [str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    major, minor = answer.stdout.split()
    return int(major), int(minor)


def make_venv() -> None:
    if venv_version() in VERSIONS:
        return
    if sys.version_info[:2] not in VERSIONS:
        raise SystemExit(f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}.")
    say(f"Making .venv with Python {sys.version.split()[0]}")
    if not run(sys.executable, "-m", "venv", "--clear", VENV, quiet=True):
        shutil.rmtree(VENV, ignore_errors=True)
        raise SystemExit("python3 -m venv doesn't work here. On Debian and Ubuntu: apt-get install python3-venv")


def stamp(kind: str) -> Path:
    """Stands in .venv while what the lock of ``kind`` says is installed, for this place and this Python."""
    state = hashlib.sha256(f"{ROOT} {venv_version()}".encode())
    for name in (LOCKS[kind], "pyproject.toml"):
        state.update((ROOT / name).read_bytes())
    return VENV / f".installed-{kind}-{state.hexdigest()[:16]}"


def install(kind: str) -> None:
    """What the lock says, each file held against its hash, then this project itself."""
    # The lock of the tests holds everything the other one does.
    if any(stamp(known).exists() for known in ({kind, "test"})):
        return
    lock = ROOT / LOCKS[kind]
    started = time.monotonic()
    say(f"Installing what {lock.name} says")
    for old in VENV.glob(".installed-*"):
        old.unlink()
    env = uv_environment()
    if not (install_uv(lock) and uv(env, "sync", "--quiet", "--compile-bytecode", "--require-hashes", lock)):
        say("uv can't install here; pip does it, more slowly")
        if not pip("install", "--quiet", "--require-hashes", "-r", lock):
            raise SystemExit(f"What {lock.name} says couldn't be installed; see above.")
    own = ("install", "--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT)
    if not (uv(env, *own) or pip(*own)):
        raise SystemExit("The project couldn't be installed; see above.")
    stamp(kind).touch()
    say(f"Installed in {time.monotonic() - started:.0f} s")


def pip(*arguments: object) -> bool:
    return run(PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments, quiet=True)


def uv(env: dict[str, str], *arguments: object) -> bool:
    return run(PYTHON, "-m", "uv", "pip", *arguments, "--python", PYTHON, env=env, quiet=True)


def install_uv(lock: Path) -> bool:
    """uv itself, from the lock's own lines."""
    found = re.search(r"^uv==.*(?:(?<=\\)\n.*)*", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(found.group() + "\n", encoding="utf-8")
        return pip("install", "--quiet", "--require-hashes", "--no-deps", "-r", wanted)


def uv_environment() -> dict[str, str]:
    """This environment, with where pip is told to look told to uv as well. The hashes hold whatever is found there."""
    env = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_NO_PROGRESS": "1", "UV_LINK_MODE": "copy", **os.environ}
    env.pop("VIRTUAL_ENV", None)
    listed = subprocess.run(
        [str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        target = FOR_UV.get(name.split(".")[-1])
        if target:
            words = value.strip("'\"").replace("\\n", " ").split()
            env.setdefault(target, ("," if target == "UV_FIND_LINKS" else " ").join(words))
    return env


# -- a browser ------------------------------------------------------------------------------------


def chromium() -> str | None:
    """The path of a Chromium on this machine."""
    for name in CHROMIUM:
        if found := shutil.which(name):
            return found
    for path in ELSEWHERE:
        if Path(path).exists():
            return path
    code = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    with contextlib.suppress(OSError):
        own = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=False).stdout.strip()
        if own and Path(own).exists():
            return own
    return None


def have_chromium() -> None:
    """Find one or install one; under CI its absence is an error."""
    if os.environ.get("TRACKER_TEST_CHROMIUM") or chromium():
        return
    if getattr(os, "geteuid", lambda: 1)() == 0 and shutil.which("apt-get"):
        say("Installing a Chromium with apt-get")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "-q", "update", env=env, quiet=True, timeout=300)
        for package in ("chromium-headless-shell", "chromium"):
            if run("apt-get", "-qy", "install", "--no-install-recommends", package, env=env, quiet=True, timeout=600):
                break
    if not chromium():
        say("Installing a Chromium with playwright")
        run(PYTHON, "-m", "playwright", "install", "chromium-headless-shell", quiet=True, timeout=300)
    if not chromium():
        if os.environ.get("CI"):
            raise SystemExit("There is no Chromium and none could be installed: the browser tests can't run.")
        say("There is no Chromium and none could be installed: the browser tests are reported as not run.")


def main(kind: str) -> None:
    make_venv()
    install(kind)
    if not run(PYTHON, ROOT / "build_translations.py"):
        raise SystemExit("The translations couldn't be compiled; see above.")
    if kind == "test":
        have_chromium()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LOCKS:
        raise SystemExit(__doc__)
    main(sys.argv[1])
