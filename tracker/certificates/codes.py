"""Codes of certificates: 128 bits by chance, written in Crockford's base32 (no I, L, O, U), shown in groups.

Whoever has the code may see the certificate, so nobody must be able to guess one.
"""

from __future__ import annotations

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BITS, LENGTH = 128, 26
#: Crockford: what is taken for a digit where people read it as one.
_TAKEN_FOR = str.maketrans("OIL", "011", "- \u2010\u2011\u2012\u2013\u2014\u2212")
#: The last group takes the one character that is left.
_GROUPS = (5, 10, 15, 20, LENGTH)


def new_code() -> str:
    """A code that nobody has: 26 characters, no hyphens."""
    number = secrets.randbits(BITS)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def read_code(text: str) -> str | None:
    """The code that somebody typed or pasted, in whatever case, width or groups; None where it can't be one."""
    if len(text) > 4 * LENGTH:
        return None
    code = bare(text)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or code[0] > "7":
        return None
    return code


def bare(text: str) -> str:
    """What was typed, without what groups it, digits and letters as people mean them."""
    return unicodedata.normalize("NFKC", text).strip().upper().translate(_TAKEN_FOR)


def grouped(code: str) -> str:
    """``5HWTK-8PN3J-ZC61Q-E7B2M-4XRDVA``"""
    return "-".join(code[start:end] for start, end in zip((0, *_GROUPS), _GROUPS, strict=False))
