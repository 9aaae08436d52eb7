"""How the columns of an export are written: by the database itself, which is several times as quick as we are."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Integer, Select, String, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.functions import GenericFunction

from tracker.db import UTC


class Written(StrEnum):
    """What the cells of a column hold: NUMBER whole numbers, all others text or None: MONEY of digits, a point and a sign, DATE of
    a day or a moment.
    """

    TEXT, NUMBER, MONEY, DATE = "text", "number", "money", "date"


class _moment(GenericFunction[str]):
    """A moment as ``2026-12-01T00:30:00+08:00``, its fraction of a second cut off.

    Clocks in Shanghai have been 8 hours ahead since September 1991; nothing that is exported is older.
    """

    type = String()
    inherit_cache = True


class _day(GenericFunction[str]):
    """A day as ``2026-12-01``."""

    type = String()
    inherit_cache = True


class _decimal(GenericFunction[str]):
    """Fen as ``-5.00``."""

    type = String()
    inherit_cache = True


class _listed(GenericFunction[str]):
    """A JSON list of texts as ``CPU, GPU``."""

    type = String()
    inherit_cache = True


@compiles(_moment, "sqlite")
def _moment_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%S+08:00', {compiler.process(element.clauses, **options)}, '+8 hours')"


@compiles(_moment, "postgresql")
def _moment_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    said = f"{compiler.process(element.clauses, **options)} AT TIME ZONE interval '8 hours'"
    return f'to_char({said}, \'YYYY-MM-DD"T"HH24:MI:SS"+08:00"\')'


@compiles(_day, "sqlite")
def _day_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_day, "postgresql")
def _day_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)}, 'YYYY-MM-DD')"


@compiles(_decimal, "sqlite")
def _decimal_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    fen = compiler.process(element.clauses, **options)
    return f"format('%s%d.%02d', iif({fen} < 0, '-', ''), abs({fen}) / 100, abs({fen}) % 100)"


@compiles(_decimal, "postgresql")
def _decimal_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} / 100.0, 'FM999999999999999990.00')"


@compiles(_listed, "sqlite")
def _listed_of_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"(SELECT group_concat(value, ', ' ORDER BY key) FROM json_each({column}))"


@compiles(_listed, "postgresql")
def _listed_of_postgresql(element: Any, compiler: Any, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return (
        f"(SELECT string_agg(v, ', ' ORDER BY n) FROM jsonb_array_elements_text({column}) WITH ORDINALITY AS l(v, n))"
    )


def written(query: Select[*tuple[Any, ...]], money: frozenset[int]) -> tuple[Select[*tuple[Any, ...]], list[Written]]:
    """The query with its columns as they are written, and what each holds; ``money``: the places of columns of fen."""
    pairs = [_column(column, place in money) for place, column in enumerate(query.inner_columns)]
    return query.with_only_columns(*(column for column, _kind in pairs)), [kind for _column, kind in pairs]


def _column(column: Any, money: bool) -> tuple[ColumnElement[Any], Written]:
    kind = column.type
    if money:
        return case((column.is_not(None), _decimal(column))), Written.MONEY
    if isinstance(kind, (UTC, DateTime)):
        return _moment(column), Written.DATE
    if isinstance(kind, Date):
        return _day(column), Written.DATE
    if isinstance(kind, Boolean):
        return case((column.is_(True), "true"), (column.is_(False), "false")), Written.TEXT
    if isinstance(kind, Integer):
        return column, Written.NUMBER
    return _listed(column) if isinstance(kind, JSON) else column, Written.TEXT
