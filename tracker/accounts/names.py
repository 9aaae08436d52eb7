"""Names as they are compared: one spelling for all that look or read the same."""

from __future__ import annotations

import unicodedata


def normalised(text: str) -> str:
    """``text`` trimmed, in NFKC and case-folded, so that ``Ｄora`` and ``DORA`` are the same handle."""
    folded = unicodedata.normalize("NFKC", text.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)
