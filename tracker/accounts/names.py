"""Names as they are compared: one spelling for all that look or read the same."""

from __future__ import annotations

import unicodedata

#: How the handle of an erased account begins; its id follows. Nobody else takes such a one. Its name: ``tracker.person_name``.
ERASED_HANDLE = "erased-"


def normalised(text: str) -> str:
    """``text`` trimmed, in NFKC and case-folded, so that ``Ｄora`` and ``DORA`` are the same handle."""
    folded = unicodedata.normalize("NFKC", text.strip()).casefold()
    return unicodedata.normalize("NFKC", folded)
