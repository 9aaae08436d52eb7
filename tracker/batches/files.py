"""Frozen files: opened as they were written, and as workbooks made from their bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import importlib.util
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tracker import clock
from tracker.batches import queries
from tracker.batches.fields import FIELDS, MONEY, sealed_in
from tracker.batches.models import FILE, RESULT, WORKBOOK, BatchFile, ResultFile, Workbook
from tracker.batches.sheets import is_numeric, read
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.payees.looks import note_looks
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.sealing import Broken, Column
from tracker.text import _l

#: What Excel holds in one cell.
_MOST_CHARACTERS = 32_767


_COLUMNS: dict[type[Any], Column] = {BatchFile: FILE, Workbook: WORKBOOK, ResultFile: RESULT}


def content(row: BatchFile | Workbook | ResultFile) -> bytes:
    """The bytes that a row keeps. Raises sealing.Broken for what isn't what was kept; shows them to nobody by itself."""
    column = _COLUMNS[type(row)]
    data = column.read(row)
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise Broken(column.context(row))
    return data


def open_file(actor: Actor, file: BatchFile) -> bytes:
    """The exact bytes of a frozen file, for finance alone. Each look at payee data is noted with its persons.

    Raises Forbidden, sealing.Broken.
    """
    demand(actor, P.BATCH_PAY, file)
    data = content(file)
    _opened(actor, file, "csv")
    return data


def open_workbook(actor: Actor, file: BatchFile) -> bytes:
    """A frozen file as an Excel workbook: amounts as numbers, text as text. Made from the frozen bytes once, and kept.

    Raises Forbidden, sealing.Broken, and Refused where no workbooks can be written.
    """
    demand(actor, P.BATCH_PAY, file)
    if not can_make_workbooks():
        raise Refused(_l("This installation writes no Excel files. Take the CSV."))
    file = lock(BatchFile, file.id)  # made once, however many ask
    kept = db.session.get(Workbook, file.id)
    if kept is None:
        data = workbook(file.layout, content(file))
        kept = Workbook(file_id=file.id, sha256=hashlib.sha256(data).hexdigest(), size=len(data), made_at=clock.now())
        WORKBOOK.put(kept, data)
        db.session.add(kept)
        db.session.flush()
    else:
        data = content(kept)
    _opened(actor, file, "xlsx")
    return data


def open_result(actor: Actor, result: ResultFile) -> bytes:
    """An answer of the bank as it was uploaded, for finance alone; noted as a look at everybody in the batch. Raises Forbidden,
    sealing.Broken."""
    demand(actor, P.BATCH_PAY, result)
    data = content(result)
    note_looks(
        actor, queries.shown_ids(result.batch), kind="batch", reason=f"{result.batch.number}, result {result.id}"
    )
    record(actor, "batch.file_opened", result.batch, file=f"result {result.id}", sha256=result.sha256)
    return data


def _opened(actor: Actor, file: BatchFile, ending: str) -> None:
    name = f"{file.slug}.{ending}"
    if sealed_in(file.layout["columns"]):
        note_looks(actor, queries.shown_ids(file.batch), kind="batch", reason=f"{file.batch.number}, {name}")
    record(actor, "batch.file_opened", file.batch, file=name, sha256=file.sha256)


# -- workbooks ------------------------------------------------------------------------------------


def can_make_workbooks() -> bool:
    """Whether the optional XlsxWriter is installed."""
    return importlib.util.find_spec("xlsxwriter") is not None


def workbook(layout: Mapping[str, Any], data: bytes) -> bytes:
    """A frozen file as a workbook, the same bytes each time. Cells of numbers are numbers; text is never a formula or a link."""
    xlsxwriter = importlib.import_module("xlsxwriter")
    heading, *rows = read(layout, data)
    tokens = [column["field"] for column in layout["columns"]]
    into = io.BytesIO()
    book = xlsxwriter.Workbook(
        into, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"created": dt.datetime(2026, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet()
    decimals = book.add_format({"num_format": "0.00"})
    sheet.write_row(0, 0, heading)
    for number, cells in enumerate(rows, 1):
        _write_row(sheet, number, tokens, cells, decimals)
    book.close()
    return into.getvalue()


def _write_row(sheet: Any, number: int, tokens: Sequence[str], cells: Sequence[str], decimals: Any) -> None:
    for column, (token, text) in enumerate(zip(tokens, cells, strict=True)):
        if FIELDS[token].kind == MONEY and text:
            sheet.write_number(number, column, float(text), decimals)
        elif is_numeric(token) and re.fullmatch(r"-?[0-9]{1,15}", text, re.ASCII):
            sheet.write_number(number, column, int(text))
        else:
            sheet.write_string(number, column, text[:_MOST_CHARACTERS])
