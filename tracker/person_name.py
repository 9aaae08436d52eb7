"""How an account that was erased is called, wherever people are shown: in words, in the reader's language.

The words are stored in place of the name and turned into the reader's language as the column is read, so that no page, mail
or feed has to know of it. Names of columns that are made of such columns (``coalesce``, ``nullif``) keep the type.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import String, type_coerce, types
from sqlalchemy.sql.functions import ReturnTypeFromArgs

from tracker.text import _

#: What stands in the place of the name; also what files in no language say.
ERASED = "erased account"


def called(name: str) -> str:
    """``name``, or several of them in one text, with the words for an erased account in the present language."""
    return name.replace(ERASED, _("erased account")) if ERASED in name else name


class PersonName(types.TypeDecorator[str]):
    """A person's name, or several of them joined to one text."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else called(value)


def as_stored(name: Any) -> Any:
    """The column ``name`` for files in no language: an erased account is ERASED, whoever reads."""
    return type_coerce(name, String)


class nullif(ReturnTypeFromArgs[Any]):  # the name that func has for it
    """``func.nullif`` with the type of what it is given, so that a name stays one."""

    inherit_cache = True
