"""Sealing what the database must not give away: legal names, accounts, addresses, payout files.

Fernet (AES-128-CBC with HMAC-SHA256) under keys that are kept outside the database, newest first. What is sealed says what it
belongs to, so that a row copied onto another person's is refused like a forged one.

A room that seals a column says so beside its model, once::

    ADDRESS = sealing.column(ShippingAddress, "sealed", lambda row: f"address:{row.reward_id}")

and then writes by ``ADDRESS.put(row, data)`` and reads by ``ADDRESS.read(row)``. ``tracker keys rotate`` and ``tracker doctor``
find every column that was named so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tracker import keeping
from tracker.config import SettingError, Settings
from tracker.errors import Refused
from tracker.text import _l

FILE = "payee_keys"


class Broken(Refused):
    """It can't be opened: the key is missing, or the text isn't what was sealed for this place. Says nothing of what it was."""

    def __init__(self, context: str) -> None:
        super().__init__(
            _l("Something that is kept sealed can't be opened. An administrator finds out why with: tracker doctor")
        )
        #: What it was sealed for (``payee:17``).
        self.context = context


# -- keys -----------------------------------------------------------------------------------------


class _Ring:
    """The keys of this process. A file that changed is read again: a rotation reaches the processes that run."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings
        self._seen: object = None
        self._keys: list[Fernet] = []

    def keys(self, *, make: bool = False) -> list[Fernet]:
        """Newest first; none where there is no file. ``make``: the first key is made where there never was one.

        Raises SettingError for keys that can't be used, Broken where the file went away while this process runs.
        """
        if self.settings is None:
            raise SettingError("sealing isn't configured")
        mark = self.settings.payee_keys or keeping.mark(key_file(self.settings))
        if mark is None and make:
            if self._seen is not None:
                raise Broken(FILE)  # another one would hide that everything sealed so far is lost
            keeping.write(key_file(self.settings), _lines([new_key()]))
            mark = keeping.mark(key_file(self.settings))
        if mark is None:
            return []
        if mark != self._seen:
            self._keys = [_key(text) for text in key_texts(self.settings)]
            self._seen = mark
        return self._keys


_ring = _Ring()


def configure(settings: Settings) -> None:
    """Take the keys from the settings; they are read when they are needed first."""
    global _ring
    _ring = _Ring(settings)


def key_file(settings: Settings) -> Path:
    """Where the keys are kept, one a line, unless the environment holds them."""
    return settings.instance / FILE


def key_texts(settings: Settings) -> list[str]:
    """The keys, newest first; none where there is no file. Raises SettingError where the file can't be read."""
    if settings.payee_keys:
        return [text.strip() for text in settings.payee_keys.split(",") if text.strip()]
    try:
        return key_file(settings).read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{key_file(settings)} can't be read: {type(error).__name__}") from error


def check_keys(settings: Settings) -> int:
    """How many keys there are. Raises SettingError where one of them can't be used."""
    return len([_key(text) for text in key_texts(settings)])


def new_key() -> str:
    """A key as the settings take it."""
    return Fernet.generate_key().decode()


def add_key(settings: Settings) -> None:
    """Put a new key in front, durably: what is sealed from now on needs it. Older ones still open what they sealed.

    Raises SettingError where the keys come from the environment: there the new one is put in front by hand.
    """
    if settings.payee_keys:
        raise SettingError(
            "TRACKER_PAYEE_KEYS holds the keys: put a new one (tracker keys new) in front of it for every process,"
            " then run this with --reseal-only"
        )
    keeping.write(key_file(settings), _lines([new_key(), *key_texts(settings)]), replace=True)


@contextlib.contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Change the keys of this instance while nobody else does. Raises SettingError where somebody does."""
    with keeping.alone(key_file(settings).with_suffix(".lock")) as free:
        if not free:
            raise SettingError("the keys are being changed by somebody else just now")
        yield


def retire_keys(settings: Settings) -> int:
    """Keep only the newest key in the file, once everything is sealed with it; how many went."""
    texts = key_texts(settings)
    if settings.payee_keys or len(texts) < 2:
        return 0
    keeping.write(key_file(settings), _lines(texts[:1]), replace=True)
    return len(texts) - 1


def _key(text: str) -> Fernet:
    try:
        return Fernet(text)
    except ValueError as error:
        raise SettingError(
            f"{FILE} or TRACKER_PAYEE_KEYS: a key is 32 bytes in URL-safe base64 (tracker keys new)"
        ) from error


def _lines(keys: list[str]) -> str:
    return "\n".join(keys) + "\n"


# -- sealing --------------------------------------------------------------------------------------


def seal(context: str, data: bytes) -> str:
    """``data`` as a text that only the keys open, and only for ``context`` (``payee:17``)."""
    return _ring.keys(make=True)[0].encrypt(context.encode() + b"\0" + data).decode("ascii")


def unseal(context: str, text: str) -> bytes:
    """What was sealed for ``context``. Raises Broken."""
    keys = _ring.keys()
    try:
        if not keys:
            raise InvalidToken
        belongs, _, data = MultiFernet(keys).decrypt(text.encode("ascii")).partition(b"\0")
    except (InvalidToken, UnicodeEncodeError) as error:
        raise Broken(context) from error
    if belongs != context.encode():
        raise Broken(context)
    return data


def is_newest(text: str) -> bool:
    """Whether ``text`` was sealed with the newest key."""
    try:
        _ring.keys()[0].decrypt(text.encode("ascii"))
    except (IndexError, InvalidToken, UnicodeEncodeError):
        return False
    return True


# -- the columns that are sealed ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A text column that holds nothing but sealed text, or the empty text where nothing is kept."""

    model: type[Any]
    attribute: str
    context: Callable[[Any], str]

    @property
    def name(self) -> str:
        """``payee.sealed``"""
        return f"{self.model.__tablename__}.{self.attribute}"

    def put(self, row: Any, data: bytes) -> None:
        """Seal ``data`` into the row. What the context asks for must be known: flush first where it is a new id."""
        setattr(row, self.attribute, seal(self.context(row), data))

    def read(self, row: Any) -> bytes:
        """What is sealed in the row. Raises Broken."""
        return unseal(self.context(row), getattr(row, self.attribute))

    def reseal(self, row: Any) -> bool:
        """Seal it with the newest key; False where it is already. Raises Broken."""
        text = getattr(row, self.attribute)
        data = unseal(self.context(row), text)  # also where the key is the newest: it must belong here
        if is_newest(text):
            return False
        setattr(row, self.attribute, seal(self.context(row), data))
        return True


_columns: dict[str, Column] = {}


def column(model: type[Any], attribute: str, context: Callable[[Any], str]) -> Column:
    """Name a column as sealed, beside its model (``migrations`` reads every room's models).

    ``context`` gives a row's own text: the kind of thing and what tells the row from all others, from columns that never change
    (``payee:17``, ``agreement:17:3``). Two columns of one table need two kinds, or their texts could be swapped. The table must
    take an UPDATE of this column alone, for that is how keys are changed.
    """
    made = Column(model, attribute, context)
    if made.name in _columns:
        raise ValueError(f"{made.name} is named already")
    _columns[made.name] = made
    return made


def columns() -> tuple[Column, ...]:
    """Every column that was named, by name."""
    return tuple(_columns[name] for name in sorted(_columns))
