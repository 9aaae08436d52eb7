"""Translatable text for every room, usable where no request exists.

A lazy string is turned into words where it is shown, so a service can refuse in the reader's
language without knowing who reads.
"""

from __future__ import annotations

from typing import Any

from flask_babel import LazyString, gettext, lazy_gettext, lazy_ngettext, ngettext

__all__ = ["LazyString", "_", "_l", "_n", "_nl", "Text"]

#: What a message is: a plain or a lazy string.
Text = str | LazyString


def _(message: str, **facts: Any) -> str:
    """Translate now."""
    return gettext(message, **facts)


def _l(message: str, **facts: Any) -> LazyString:
    """Translate where it is shown."""
    return lazy_gettext(message, **facts)


def _n(one: str, many: str, num: int, **facts: Any) -> str:
    """Translate now, in the plural form that ``num`` asks for."""
    return ngettext(one, many, num, **facts)


def _nl(one: str, many: str, num: int, **facts: Any) -> LazyString:
    """Translate where it is shown, in the plural form that ``num`` asks for."""
    return lazy_ngettext(one, many, num, **facts)
