"""Small files that must be whole or not there: keys that this installation makes for itself."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path


def write(path: Path, text: str, *, replace: bool = False) -> None:
    """Written aside and moved into place whole, readable by its owner alone; the first writer of a new file wins.

    A new file belongs to whom its folder belongs to, a replaced one to whom it did: root mustn't lock the service out.
    """
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _belongs_as(aside, path if replace and path.exists() else path.parent)
    if replace:
        aside.replace(path)
    else:
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    keep(path.parent)


def folder(path: Path) -> None:
    """Have a folder that only its owner may enter, whose owner is that of the folder it is in; what is there stays."""
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        _belongs_as(path, path.parent)


def _belongs_as(path: Path, like: Path) -> None:
    """Give ``path`` the owner of another, as far as one may."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        owner, own = like.stat(), path.stat()
        if (owner.st_uid, owner.st_gid) != (own.st_uid, own.st_gid):
            os.chown(path, owner.st_uid, owner.st_gid)


def keep(folder: Path) -> None:
    """Make what was moved in ``folder`` last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[bool]:
    """Whether nobody else holds ``lock`` just now; held meanwhile."""
    handle = os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600)
    _belongs_as(lock, lock.parent)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def mark(path: Path) -> object:
    """What changes when the file does; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
