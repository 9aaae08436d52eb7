"""An export as bytes: the same for the page and for the command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tracker.errors import Forbidden, Missing, Refused
from tracker.exports.columns import Written
from tracker.exports.headings import headings
from tracker.exports.kinds import EXPORTS, table
from tracker.exports.lines import stream
from tracker.permissions import Actor, allowed
from tracker.text import _l


def check(kind: str, actor: Actor, lang: str) -> None:
    """Raises Missing for an unknown kind, Forbidden for who may not have it, Refused for an unknown language."""
    if kind not in EXPORTS:
        raise Missing(f"export {kind}")
    if not allowed(actor, EXPORTS[kind].permission):
        raise Forbidden(EXPORTS[kind].permission)
    if lang not in ("en", "zh"):
        raise Refused(_l("Headings come in English (en) and Chinese (zh)."), field="lang")


def export(kind: str, actor: Actor, filters: Mapping[str, Any], lang: str = "en") -> Iterator[bytes]:
    """The CSV of ``kind`` in chunks: the rows that ``actor`` may read, under ``filters`` (sig, programme, quarter,
    month, state …; empty ones ask for everything), ordered by id, times in Shanghai's zone with its offset.

    Raises Missing, Forbidden and Refused before the first chunk.
    """
    check(kind, actor, lang)
    found = table(kind, actor, filters)
    text = {place for place, holds in enumerate(found.columns) if holds is Written.TEXT}
    return stream(headings(kind, lang), found.parts, text)
