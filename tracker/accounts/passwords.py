"""Passwords: argon2id, with the cost that the settings ask for."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from tracker.config import Settings


class _Hashing:
    """The hasher of this process and a hash that nobody's password has."""

    def __init__(self, time: int = 3, memory_kib: int = 65536) -> None:
        self.hasher = PasswordHasher(time_cost=time, memory_cost=memory_kib, parallelism=1)
        self._dummy = ""

    @property
    def dummy(self) -> str:
        self._dummy = self._dummy or self.hasher.hash("nobody has this password")
        return self._dummy


_hashing = _Hashing()


def configure(settings: Settings) -> None:
    """Take the cost from the settings (``argon2_time`` passes over ``argon2_memory_kib``)."""
    global _hashing
    _hashing = _Hashing(settings.argon2_time, settings.argon2_memory_kib)


def hash_password(password: str) -> str:
    """The argon2id hash of ``password``, with its salt and cost."""
    return _hashing.hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one.

    An empty hash (no account, or one without a password) costs the same time and is never right.
    """
    try:
        _hashing.hasher.verify(password_hash or _hashing.dummy, password)
    except (Argon2Error, InvalidHashError):
        return False
    return bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with another cost than the settings ask for now."""
    return _hashing.hasher.check_needs_rehash(password_hash)
