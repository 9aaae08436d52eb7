"""The signature of a document: PAdES by the site's key, certifying that nothing may be changed."""

from __future__ import annotations

import datetime as dt

from tracker.certificates import codes, keyring
from tracker.errors import Refused
from tracker.text import _l

#: Hexadecimal digits kept free for the signature; it takes about a third.
ROOM = 8192


class NoSigner(Refused):
    """The library that signs isn't installed."""

    def __init__(self) -> None:
        super().__init__(
            _l("Certificates can't be signed at the moment: pip install 'tracker[sign]' is missing on the server.")
        )


def reason(code: str) -> str:
    """What the signature is for; ``verification`` reads the code from it."""
    return f"Certificate {codes.grouped(code)}"


def sign(pdf: bytes, *, reason: str, at: dt.datetime) -> tuple[bytes, str]:
    """The signed document and the id of the key.

    ``reason`` is ``signing.reason(code)``; ``at`` is written into it as the moment of signing. Raises NoSigner where the library
    is missing, KeysUnusable.
    """
    keys = keyring.current()
    try:
        from tracker.certificates import pades
    except ImportError as error:
        raise NoSigner from error
    return pades.signed(pdf, keys, reason=reason, at=at, room=ROOM), keys.id
