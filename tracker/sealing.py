"""Sealing what the database must not give away: legal names, accounts, addresses, payout files.

Fernet (AES-128-CBC with HMAC-SHA256) under keys that are kept outside the database, newest first. What is sealed says what it
belongs to, so that a row copied onto another person's is refused like a forged one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tracker.config import SettingError, Settings

FILE = "payee_keys"


class Broken(Exception):
    """It can't be read: the key is missing, or the text isn't what was sealed for this place."""


class _Keys:
    """The keys of this process; made on first use, for most commands never need them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings
        self._fernet: MultiFernet | None = None

    @property
    def fernet(self) -> MultiFernet:
        if self._fernet is None:
            if self.settings is None:
                raise SettingError("sealing isn't configured")
            self._fernet = MultiFernet([_key(text) for text in key_texts(self.settings)])
        return self._fernet


_keys = _Keys()


def configure(settings: Settings) -> None:
    """Take the keys from the settings."""
    global _keys
    _keys = _Keys(settings)


def key_texts(settings: Settings) -> list[str]:
    """The keys, newest first; the first one is made where there is none. Raises SettingError for an unusable setting."""
    if settings.payee_keys:
        return [text.strip() for text in settings.payee_keys.split(",") if text.strip()]
    path = settings.instance / FILE
    if not path.exists():
        _write(path, [Fernet.generate_key().decode()])
    return path.read_text(encoding="ascii").split()


def add_key(settings: Settings) -> None:
    """Put a new key in front: what is sealed from now on needs it. Older ones still open what they sealed.

    Raises SettingError where the keys come from the environment: then the new one is put in front there.
    """
    if settings.payee_keys:
        raise SettingError(
            f"TRACKER_PAYEE_KEYS holds the keys: put {Fernet.generate_key().decode()} in front of it, then run this with --reseal-only"
        )
    _write(settings.instance / FILE, [Fernet.generate_key().decode(), *key_texts(settings)], replace=True)
    configure(settings)


def retire_keys(settings: Settings) -> None:
    """Keep only the newest key, once everything is sealed with it."""
    if not settings.payee_keys:
        _write(settings.instance / FILE, key_texts(settings)[:1], replace=True)
        configure(settings)


def _key(text: str) -> Fernet:
    try:
        return Fernet(text)
    except ValueError as error:
        raise SettingError("TRACKER_PAYEE_KEYS: a key is 32 bytes in URL-safe base64") from error


def _write(path: Path, keys: list[str], *, replace: bool = False) -> None:
    """Written aside and moved into place whole, readable by its owner alone; the first writer of a new file wins."""
    aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write("\n".join(keys) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if replace:
        aside.replace(path)
        return
    with contextlib.suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()


def seal(context: str, data: bytes) -> str:
    """``data`` as a text that only the keys open, and only for ``context`` (``payee:17``)."""
    return _keys.fernet.encrypt(context.encode() + b"\0" + data).decode("ascii")


def unseal(context: str, text: str) -> bytes:
    """What was sealed for ``context``. Raises Broken."""
    try:
        belongs, _, data = _keys.fernet.decrypt(text.encode("ascii")).partition(b"\0")
    except (InvalidToken, UnicodeEncodeError) as error:
        raise Broken(context) from error
    if belongs != context.encode():
        raise Broken(context)
    return data


def reseal(context: str, text: str) -> str:
    """The same, sealed with the newest key. Raises Broken."""
    return seal(context, unseal(context, text))
