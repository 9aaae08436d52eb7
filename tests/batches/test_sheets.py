"""Payout files: what is written, read back, and what a spreadsheet makes of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import fields, replace
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.batches.fields import FIELDS, MONEY, Line
from tracker.batches.files import workbook
from tracker.batches.samples import LINES
from tracker.batches.seeds import SEEDS
from tracker.batches.sheets import by_person, is_numeric, read, value_of, written

ENCODINGS = ("utf-8-sig", "gb18030")
#: Everything that there is, in both kinds of rows and both encodings.
EVERYTHING = [
    {"slug": f"all-{rows}-{encoding}", "rows": rows, "encoding": encoding,
     "columns": [{"heading": f"={name}", "field": name} for name in FIELDS]}
    for rows in ("line", "person")
    for encoding in ENCODINGS
]  # fmt: skip
LAYOUTS = [*SEEDS, *({**seed, "slug": f"{seed['slug']}-gb", "encoding": "gb18030"} for seed in SEEDS), *EVERYTHING]


def seed(slug: str) -> dict[str, Any]:
    return next(layout for layout in SEEDS if layout["slug"] == slug)


def test_the_layouts_of_finance_offices_to_the_byte() -> None:
    assert (
        written(seed("name-amount"), LINES) == "\ufeff姓名,金额(元)\r\n苏禾,2400.00\r\nPavel Sample,800.50\r\n".encode()
    )
    assert written(seed("points"), LINES).decode("utf-8-sig") == (
        "姓名,GitHub ID,上个月结转分数,本月新增分数,本月转换分数,金额(元)\r\n"
        "苏禾,suhe-dev,15,45,40,2400.00\r\nPavel Sample,pavel-dev,,,,800.50\r\n"
    )


def test_the_general_layout_has_the_columns_of_the_rewards_export() -> None:
    from tracker.exports.headings import COLUMNS

    assert [column["heading"] for column in seed("general")["columns"]] == list(COLUMNS["rewards"])


def test_who_gave_no_legal_name_is_called_by_the_display_name() -> None:
    line = replace(LINES[0], legal_name="")
    assert line.name == "苏禾" and replace(line, display_name="").name == "suhe"


def said(own: list[Line], *tokens: str) -> tuple[Any, ...]:
    return tuple(value_of(token, own) for token in tokens)


def test_a_row_for_each_person_sums_numbers_and_lists_words() -> None:
    first, other = by_person(LINES)
    assert said(first, "amount", "reward", "kind") == (240000, "1, 2, 3", "wage, bonus, correction")
    assert said(first, "month", "task", "gitcode", "approved_at") == (
        "2026-11",
        "AKG-2026Q4-007",
        "",
        LINES[0].approved_at,
    )
    assert said(first, "carried_over", "earned", "converted", "points") == (15, 45, 40, None)
    assert other == [LINES[3]] and said(other, "reward", "earned") == (4, None)


def test_of_two_months_the_first_says_what_was_carried_over() -> None:
    later = replace(LINES[0], reward=5, month="2026-12", carried_over=20, earned=65, converted=80, amount=400000)
    other = replace(LINES[0], reward=6, programme="other", carried_over=3, earned=1, converted=4)
    own = [later, LINES[0], other]
    assert said(own, "carried_over", "earned", "converted") == (15 + 3, 45 + 65 + 1, 40 + 80 + 4)
    assert said(own, "month", "programme") == ("2026-12, 2026-11", "internship, other")
    moment = replace(later, approved_at=dt.datetime(2026, 12, 1, tzinfo=dt.UTC))
    assert said([later, moment], "approved_at") == ("2026-11-20T16:00:00+08:00, 2026-12-01T08:00:00+08:00",)


HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "＝1", " \u200b=1", "|calc", "%0", "\t=1", "＠x", "＋1")


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout["slug"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_formula_in_any_layout(layout: dict[str, Any], text: str) -> None:
    words = {
        field.name: text for field in fields(Line)
        if field.name in FIELDS and not is_numeric(field.name) and field.name not in ("proposed_at", "approved_at", "paid_at")
    }  # fmt: skip
    hostile = [replace(line, **words) for line in LINES]
    tokens = ["heading", *(column["field"] for column in layout["columns"])]
    for row in read(layout, written(layout, hostile)):
        for token, cell in zip(tokens[1:], row, strict=True):
            harmless = cell == "" or cell[0].isalnum() or cell[0] == "'"
            assert harmless or (is_numeric(token) and cell.lstrip("-").replace(".", "").isdigit()), (token, cell)


@given(
    st.sampled_from(LAYOUTS),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
    st.sampled_from(ENCODINGS),
)
def test_what_is_written_is_read_back_in_either_encoding(layout: dict[str, Any], text: str, encoding: str) -> None:
    """GB18030 holds all of Unicode: nothing is lost on the way."""
    layout = {**layout, "rows": "line", "encoding": encoding}
    back = read(layout, written(layout, [replace(line, description=text) for line in LINES]))
    assert len(back) == 1 + len(LINES)
    for index, column in enumerate(layout["columns"]):
        if column["field"] == "description":
            assert {row[index].removeprefix("'") for row in back[1:]} <= {text, text.removeprefix("'")}


def test_amounts_stay_numbers() -> None:
    layout = {"rows": "line", "encoding": "utf-8-sig", "columns": [{"heading": "sum", "field": "amount"}]}
    assert [row[0] for row in read(layout, written(layout, LINES))] == ["sum", "2000.00", "500.00", "-100.00", "800.50"]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout["slug"])
def test_a_workbook_holds_what_the_file_holds_with_numbers_as_numbers(layout: dict[str, Any]) -> None:
    data = written(layout, LINES)
    made = workbook(layout, data)
    assert made == workbook(layout, data)
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    assert sheet is not None
    rows = list(sheet.iter_rows())
    for heading, cell in zip(read(layout, data)[0], rows[0], strict=True):
        assert cell.value == heading and cell.data_type == "s"
    for cells, written_cells in zip(rows[1:], read(layout, data)[1:], strict=True):
        for cell, text, column in zip(cells, written_cells, layout["columns"], strict=True):
            assert cell.data_type != "f"
            if FIELDS[column["field"]].kind == MONEY:
                assert cell.data_type == "n" and f"{cell.value:.2f}" == text
            elif is_numeric(column["field"]) and text.isdigit():
                assert cell.value == int(text)
            elif text:
                assert cell.data_type == "s" and cell.value == text


def test_an_account_number_keeps_its_digits_in_a_workbook() -> None:
    layout = {"rows": "line", "encoding": "utf-8-sig",
              "columns": [{"heading": "账号", "field": "account"}, {"heading": "sum", "field": "amount"}]}  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(layout, written(layout, LINES)))).active
    assert sheet is not None and sheet["A2"].value == "6222000000000000001"


def test_lines_end_as_spreadsheets_want_it() -> None:
    text = written(seed("general"), LINES).decode("utf-8-sig")
    assert text.count("\r\n") == 5 and text.replace("\r\n", "").count("\n") == 0
    assert len(list(csv.reader(io.StringIO(text)))) == 5
