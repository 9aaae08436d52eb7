"""Files of a bank as text: which bytes are read, which aren't, and on which line the fault is. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.batches.rules import MOST_LINES
from tracker.errors import Refused
from tracker.text import Text, _l, _nl

#: A frozen file of MOST_LINES with two columns more, within what any request may send.
MOST_BYTES = 1900 * 1024


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault and its line in the file, counted from 1; 0 for the file as a whole."""

    line: int
    text: Text


class Faulty(Refused):
    """A result file with faults: nothing of it is applied."""

    def __init__(self, problems: Sequence[Problem], encoding: str = "utf-8", *, opened: bool = False) -> None:
        super().__init__(
            _nl("The file has a fault: nothing of it is applied.", "The file has %(num)s faults: nothing of it is applied.", len(problems)),
            field="file",
        )  # fmt: skip
        self.problems = sorted(problems, key=lambda problem: problem.line)
        self.encoding = encoding
        #: Whether payee data was opened to find the faults.
        self.opened = opened


def decoded(data: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: ``utf-8``, with or without a byte order mark, or ``gb18030``. Raises Faulty.

    GB18030 is what Excel in China saves; GBK is a part of it.
    """
    if len(data) > MOST_BYTES:
        raise Faulty([Problem(0, _l("The file is larger than %(most)s KiB.", most=MOST_BYTES // 1024))])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Faulty([Problem(1, _l("The file is UTF-16. Save it as “CSV UTF-8”."))])
    if b"\0" in data:
        raise Faulty(
            [Problem(_line_at(data, data.index(b"\0")), _l("There is a character here that can't be read (NUL)."))]
        )
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        try:
            text, encoding = data.decode("gb18030"), "gb18030"
        except UnicodeDecodeError as error:
            why = _l("These bytes are neither UTF-8 nor GB18030. Save the file as “CSV UTF-8”.")
            raise Faulty([Problem(_line_at(data, error.start), why)]) from error
    text = text.removeprefix("\ufeff")
    if "\ufeff" in text:
        line = text.count("\n", 0, text.index("\ufeff")) + 1
        raise Faulty(
            [Problem(line, _l("There is a byte order mark in the middle of the file: two files in one?"))], encoding
        )
    return text, encoding


def _line_at(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1


def rows_of(text: str) -> list[tuple[int, list[str]]]:
    """(line, cells) of every row that isn't blank. Raises Faulty."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Faulty(
            [Problem(line, _l("This row can't be read as CSV: a quotation mark or a cell doesn't end."))]
        ) from error
    if not rows:
        raise Faulty([Problem(0, _l("The file is empty."))])
    if len(rows) > MOST_LINES + 1:
        raise Faulty([Problem(0, _l("The file has more than %(most)s lines.", most=MOST_LINES))])
    return rows
