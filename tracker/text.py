"""Translatable text for every room, usable where no request exists.

A lazy string is turned into words where it is shown, so a service can refuse in the reader's
language without knowing who reads.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

from babel.dates import format_date
from flask_babel import LazyString as _Lazy
from flask_babel import get_locale, gettext, ngettext
from markupsafe import escape

__all__ = ["LazyString", "_", "_day", "_l", "_long_day", "_month", "_n", "_nl", "Text", "is_blank"]


class LazyString(_Lazy):
    """A text that is turned into words where it is shown; its facts may hold what anybody typed."""

    def __html__(self) -> str:
        """For templates: escaped, where the library's own takes every message for HTML."""
        return str(escape(str(self)))


#: What a message is: a plain or a lazy string.
Text = str | LazyString


def is_blank(text: str) -> bool:
    """Whether nothing of it is seen: no character but blanks, line ends and marks without a width (U+200B and its like).

    Other control characters aren't blanks: they are refused by name.
    """
    return all(unicodedata.category(character) in ("Cf", "Zs") or character in "\t\n\r" for character in text)


def _(message: str, **facts: Any) -> str:
    """Translate now."""
    return str(gettext(message, **facts))


def _l(message: str, **facts: Any) -> LazyString:
    """Translate where it is shown."""
    return LazyString(gettext, message, **facts)


def _n(one: str, many: str, num: int, **facts: Any) -> str:
    """Translate now, in the plural form that ``num`` asks for."""
    return str(ngettext(one, many, num, **facts))


def _nl(one: str, many: str, num: int, **facts: Any) -> LazyString:
    """Translate where it is shown, in the plural form that ``num`` asks for."""
    return LazyString(ngettext, one, many, num, **facts)


def _day(value: dt.date) -> LazyString:
    """``4 December 2026`` / ``2026年12月4日``, written where it is shown."""
    return LazyString(_written, value)


def _written(value: dt.date) -> str:
    locale = get_locale() or "en"
    chinese = str(locale).startswith("zh")
    return format_date(value, "y年M月d日" if chinese else "d MMMM y", locale=locale)


def _month(value: str) -> LazyString:
    """``October 2026`` / ``2026年10月`` of ``2026-10``, written where it is shown."""
    return LazyString(_written_month, value)


def _written_month(value: str) -> str:
    locale = get_locale() or "en"
    chinese = str(locale).startswith("zh")
    first = dt.date(int(value[:4]), int(value[5:]), 1)
    return format_date(first, "y年M月" if chinese else "MMMM y", locale=locale)


def _long_day(value: dt.date) -> LazyString:
    """``Friday 4 December 2026`` / ``2026年12月4日 星期五``, a day on which people meet, written where it is shown; ``2026-12-04``
    where it goes into a file in no language."""
    return LazyString(_written_long, value)


def _written_long(value: dt.date) -> str:
    locale = get_locale()
    if locale is None:
        return value.isoformat()
    chinese = str(locale).startswith("zh")
    return format_date(value, "y年M月d日 EEEE" if chinese else "EEEE d MMMM y", locale=locale)
