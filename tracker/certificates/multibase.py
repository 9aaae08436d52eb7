"""Base58 as Bitcoin writes it, behind the letter z: how W3C documents write keys and signatures (Controlled Identifiers 1.0, 2.4)."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
#: What comes before an Ed25519 public key (Controlled Identifiers 1.0, 2.2.2).
_ED25519 = b"\xed\x01"


def encode(data: bytes) -> str:
    """``z`` and the digits; each leading zero byte is one leading 1."""
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = _DIGITS[digit] + text
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def decode(text: str, length: int) -> bytes:
    """The ``length`` bytes that were encoded. Raises ValueError for anything that ``encode`` doesn't write."""
    number = 0
    if len(text) > 2 * length + 1:
        raise ValueError("too long")
    for digit in text[1:]:
        number = number * 58 + _DIGITS.index(digit)
    try:
        data = number.to_bytes(length)
    except OverflowError as error:
        raise ValueError("too long") from error
    if encode(data) != text:
        raise ValueError("not base58 of this length")
    return data


def multikey(key: Ed25519PublicKey) -> str:
    """``z6Mk…``"""
    return encode(_ED25519 + key.public_bytes_raw())
