"""Money as integer minor units (fen), written and read as decimals of exactly two digits. Pure."""

from __future__ import annotations

import re

#: 100 million, in fen: no line, prize or tier is larger.
MOST = 10_000_000_000
_AMOUNT = re.compile(r"([-\u2212]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.([0-9]{1,2}))?", re.ASCII)


def decimal(fen: int) -> str:
    """``-5.00`` of -500."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def written(fen: int, currency: str = "") -> str:
    """``CNY 1,000.00`` of 100000 fen, for people: with separators, a minus as − and a space that doesn't break."""
    sign = "\u2212" if fen < 0 else ""
    text = f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
    return f"{currency}\u00a0{text}" if currency else text


def parse(text: str) -> int:
    """Minor units of ``800``, ``800.5``, ``-1,000.00``.

    Raises ValueError for what isn't a plain decimal of at most two digits: NaN, Infinity, exponents, 0.005, an empty text.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    sign, major, minor = match.groups()
    value = int(major.replace(",", "")) * 100 + int((minor or "0").ljust(2, "0"))
    return -value if sign else value
