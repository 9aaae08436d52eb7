"""What a field may hold: the shape of text and addresses, and whether it must be filled in."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from wtforms import Field
from wtforms.validators import DataRequired, StopValidation, ValidationError

from tracker.text import Text, _, _l


class Required(DataRequired):
    """The field must be filled in; 0 is a number. What was typed in the wrong shape keeps the error that says so."""

    def __call__(self, form: Any, field: Field) -> None:
        if field.process_errors:
            raise StopValidation
        if type(field.data) is not int:
            super().__call__(form, field)


def required(message: Text | None = None) -> list[Any]:
    """Validators of a field that must be filled in."""
    return [Required(message=message or _l("This field is needed."))]


class Optional:
    """An empty field is fine; ends the chain before the other validators."""

    field_flags = {"optional": True}

    def __call__(self, form: Any, field: Field) -> None:
        if not field.raw_data or not str(field.raw_data[0]).strip():
            field.errors = []
            raise StopValidation


class ShapeError(ValidationError):
    """What was typed can't be read as the field's kind of value."""


def clean(value: str, *, lines: bool) -> str:
    """Normalise (NFC, line ends) and check text.

    Raises ShapeError for NUL, lone surrogates and control characters (``lines`` allows tab and newline).
    """
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    allowed_controls = "\n\t" if lines else ""
    for character in value:
        category = unicodedata.category(character)
        if (category in ("Cc", "Cs") and character not in allowed_controls) or character in "\u2028\u2029\ufffe\uffff":
            raise ShapeError(_("There is a character here that can't be stored."))
    return unicodedata.normalize("NFC", value)


def showable(typed: str) -> str:
    """What was typed, without the characters that a page can't hold."""
    return "".join(c for c in typed if c in "\n\r\t" or unicodedata.category(c) not in ("Cc", "Cs", "Cn"))


def web_link(value: str) -> str:
    """``value`` if it is an http(s) address of at most 500 characters. Raises ShapeError."""
    value = clean(value.strip(), lines=False)
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", value)
    except ValueError:
        good = False
    if not good or len(value) > 500:
        raise ShapeError(_("“%(value)s” isn't a web address (https://…).", value=value[:60]))
    return value
