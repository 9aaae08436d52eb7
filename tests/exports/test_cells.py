"""Cells that no spreadsheet takes for a formula, numbers that stay numbers, files that read back."""

from __future__ import annotations

import csv
import datetime as dt
import io
import unicodedata
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.web.csv import BOM, CHUNK, Amount, cell, inert, stream

ZONE = ZoneInfo("Asia/Shanghai")
BLANKS = ("", " ", "   ", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2009", "\u2028", "\u2060")


@pytest.mark.parametrize("first", "=+-@|%＝＋－＠﹦﹢﹣﹫｜％")
@pytest.mark.parametrize("blank", BLANKS)
def test_what_could_start_a_formula_is_inert_after_any_blank(blank: str, first: str) -> None:
    text = f"{blank}{first}cmd|' /C calc'!A0"
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("control", ["\t", "\r", "\n", "\v", "\x00", "\x1b", "\x7f", "\x85"])
@pytest.mark.parametrize("blank", ["", " ", "\u00a0"])
def test_a_control_character_in_front_is_made_inert(blank: str, control: str) -> None:
    assert inert(f"{blank}{control}=1").startswith("'")


@pytest.mark.parametrize(
    "text", ["", " ", "A-B", "a=b", "图算融合", "'=1", "  word", "\u200bword", "5-3", "(−5)", "😀"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


def test_numbers_are_never_touched() -> None:
    assert cell(Amount(-500), ZONE) == "-5.00" and cell(Amount(5), ZONE) == "0.05" and cell(Amount(-5), ZONE) == "-0.05"
    assert cell(Amount(100000), ZONE) == "1000.00" and cell(-3, ZONE) == -3
    assert cell("-5.00", ZONE) == "'-5.00"


def test_the_other_kinds_of_cells() -> None:
    moment = dt.datetime(2026, 12, 31, 16, 30, 0, 999, tzinfo=dt.UTC)
    assert cell(moment, ZONE) == "2027-01-01T00:30:00+08:00" and cell(dt.date(2026, 2, 1), ZONE) == "2026-02-01"
    assert (cell(None, ZONE), cell(True, ZONE), cell(False, ZONE)) == ("", "true", "false")
    assert cell(["NPU", "CPU"], ZONE) == "NPU, CPU" and cell(["=1"], ZONE) == "'=1" and cell((), ZONE) == ""


def read(chunks: list[bytes]) -> list[list[str]]:
    text = b"".join(chunks).decode()
    assert text.startswith(BOM) and text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize("count", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_no_row_is_lost_at_the_edge_of_a_chunk(count: int) -> None:
    chunks = list(stream(["n"], ([number] for number in range(count))))
    assert [row[0] for row in read(chunks)] == ["n", *(str(number) for number in range(count))]
    assert len(chunks) == 1 + -(-count // CHUNK)


def test_a_row_that_begins_with_a_byte_order_mark_is_kept() -> None:
    assert read(list(stream(["a"], [["\ufeffx"]]))) == [["a"], ["\ufeffx"]]


def test_rows_are_taken_only_as_they_are_sent() -> None:
    taken = []

    def rows() -> object:
        for number in range(10**6):
            taken.append(number)
            yield [number]

    chunks = stream(["n"], rows())  # type: ignore[arg-type]
    next(chunks)
    assert not taken
    next(chunks)
    assert len(taken) == CHUNK


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(texts)
def test_inert_text_never_begins_what_a_spreadsheet_acts_on(text: str) -> None:
    made = inert(text)
    assert made in (text, f"'{text}") and inert(made) == made
    for character in made:
        if unicodedata.category(character)[0] == "Z" or unicodedata.category(character) == "Cf":
            continue
        assert unicodedata.category(character) != "Cc"
        assert unicodedata.normalize("NFKC", character)[0] not in "=+-@|%"
        break


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=12))
def test_every_file_reads_back_as_its_inert_cells(rows: list[list[str]]) -> None:
    assert read(list(stream(["a", "b"], rows))) == [["a", "b"], *([inert(text) for text in row] for row in rows)]


@given(st.integers(-(10**13), 10**13))
def test_an_amount_reads_back_to_the_fen(fen: int) -> None:
    text = str(cell(Amount(fen), ZONE))
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    major, minor = digits.split(".")
    assert sign * (int(major) * 100 + int(minor)) == fen and len(minor) == 2
