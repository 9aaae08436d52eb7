"""The bank's answers: which bytes are read, what they say, and every fault with its line."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.batches import bank_files, results
from tracker.batches.bank_files import Faulty
from tracker.batches.results import PAID, RETURNED, Frozen, Outcome

#: Lines 1 and 2 are dora's (1), 3 is otto's (2), 4 and 5 are of two people who share a name (3 and 4).
LINES = [
    SimpleNamespace(id=number, user_id=person, amount=fen, state="in_batch")
    for number, person, fen in ((1, 1, 50000), (2, 1, 12345), (3, 2, 80000), (4, 3, 10000), (5, 4, 10000))
]
KNOWN = {
    "handle": {"dora": {1}, "otto": {2}, "li1": {3}, "li2": {4}},
    "name": {"张三": {1}, "otto": {2}, "李四": {3, 4}},
    "account": {"6222001": {1}},
}
FROZEN = {"姓名": {"name"}, "账号": {"account"}, "金额(元)": {"amount"}, "signame": {"sig_name"}, "留空": {"empty"}}
HEAD = "reward,amount,result,reference,reason"


def read(*rows: str | bytes, encoding: str = "utf-8", obstacle: Any = None) -> Outcome:
    """The file of these rows, held against LINES. Raises Faulty for faults of shape."""
    data = b"\r\n".join(row if isinstance(row, bytes) else row.encode(encoding) for row in rows)
    text, _encoding = bank_files.decoded(data)
    frozen = Frozen(
        number="PB-2026-014", currency="CNY", lines=LINES, known=KNOWN, elsewhere={77: "PB-2026-013", 78: ""},
        obstacle=obstacle or (lambda step, line: None),
    )  # fmt: skip
    return results.held_against(results.said(bank_files.rows_of(text), FROZEN), frozen)


def told(outcome_or_fault: Any) -> list[tuple[int, str]]:
    return [(problem.line, str(problem.text)) for problem in outcome_or_fault.problems]


def test_lines_are_found_by_their_number() -> None:
    found = read(HEAD, "1,500.00,paid,B-1,", "2,123.45,成功,B-2,", "3,800,失败,,账号错误")
    assert told(found) == []
    assert [(match.lines[0].id, match.result, match.words) for match in found.matches] == [
        (1, PAID, "B-1"), (2, PAID, "B-2"), (3, RETURNED, "账号错误")
    ]  # fmt: skip
    assert (found.count(PAID), found.amount(PAID), found.count(RETURNED), found.amount(RETURNED)) == (
        2,
        62345,
        1,
        80000,
    )
    assert [line.id for line in found.missing] == [4, 5]


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("handle,amount,result,reference", "dora,623.45,paid,B-1"),
        ("用户名,金额,结果,流水号", "dora,623.45,成功,B-1"),
        ("姓名,金额(元),结果,流水号", "张三,623.45,成功,B-1"),
        ("姓名,金额（元）,结果,流水号", "张 三,623.45,成功,B-1"),
        ("账号,AMOUNT,Result,Reference", "6222 001,623.45,PAID,B-1"),
        ("收款人,金额,结果,流水号", "张三,623.45,成功,B-1"),
        ("reward,amount,result,reference", '"1, 2",623.45,paid,B-1'),
        ("姓名,handle,金额,结果,流水号,anything else", "张三,dora,623.45,成功,B-1,what not"),
        ("姓名,金额,币种,发放批次,结果,流水号", "张三,623.45,CNY,PB-2026-014,成功,B-1"),
    ],
)
def test_a_person_is_found_by_what_the_files_call_them(head: str, row: str) -> None:
    found = read(head, row)
    assert told(found) == []
    assert [line.id for line in found.matches[0].lines] == [1, 2] and found.count(PAID) == 2


def test_two_people_of_one_name_are_told_apart_by_their_handle() -> None:
    [(line, why)] = told(read("姓名,金额,结果,流水号", "李四,100,成功,B-1"))
    assert line == 2 and "2 people of this batch are called so: 李四" in why
    found = read("姓名,用户名,金额,结果,流水号", "李四,li2,100,成功,B-1")
    assert told(found) == [] and found.matches[0].lines[0].id == 5


ROW = {"reward": "1", "amount": "500.00", "result": "paid", "reference": "B-1", "reason": ""}
#: What is changed in a good row, and what is said about it.
FAULTS = [
    ({"amount": "NaN"}, "“NaN” isn't an amount"),
    ({"amount": "Infinity"}, "“Infinity” isn't an amount"),
    ({"amount": "-inf"}, "“-inf” isn't an amount"),
    ({"amount": "5e2"}, "“5e2” isn't an amount"),
    ({"amount": "500.000"}, "“500.000” isn't an amount"),
    ({"amount": "500.005"}, "“500.005” isn't an amount"),
    ({"amount": "0x1F4"}, "isn't an amount"),
    ({"amount": "５００"}, "isn't an amount"),
    ({"amount": "¥500"}, "isn't an amount"),
    ({"amount": ""}, "“” isn't an amount"),
    ({"amount": "99999999999999999999"}, "isn't an amount"),
    ({"amount": "-500.00"}, "The amount is -500.00; 500.00 was frozen"),
    ({"amount": "0"}, "The amount is 0.00; 500.00 was frozen"),
    ({"amount": "500.01"}, "The amount is 500.01; 500.00 was frozen"),
    ({"reward": "9"}, "Line “9” isn't in this batch"),
    ({"reward": "78"}, "Line “78” isn't in this batch"),
    ({"reward": "77"}, "Line 77 belongs to PB-2026-013"),
    ({"reward": "1.0"}, "Line “1.0” isn't in this batch"),
    ({"reward": "-1"}, "isn't in this batch"),
    ({"reward": "99999999999"}, "isn't in this batch"),
    ({"reward": ""}, "Whose line it is isn't said"),
    ({"result": "ok"}, "The result is “ok”. It is one of: paid, 成功"),
    ({"result": ""}, "The result is “”"),
    ({"reference": ""}, "A paid line needs the bank's reference"),
    ({"reference": "x" * 101}, "more than 100 characters"),
    ({"result": "returned", "reason": ""}, "A returned line needs a reason"),
    ({"result": "失败", "reason": "x" * 501}, "more than 500 characters"),
]


@pytest.mark.parametrize(
    ("changed", "why"), FAULTS, ids=lambda value: str(value)[:40] if isinstance(value, dict) else ""
)
def test_each_fault_of_a_row_is_told_with_its_line(changed: dict[str, str], why: str) -> None:
    into = io.StringIO()
    csv.writer(into).writerow({**ROW, **changed}.values())
    problems = told(read(HEAD, "3,800.00,paid,B-0,", into.getvalue().strip()))
    assert [line for line, _why in problems] == [3]
    assert why in problems[0][1]


@pytest.mark.parametrize(
    ("rows", "line", "why"),
    [
        (
            (HEAD, "1,500,paid,B-1,", "2,123.45,paid,B-2,", "1,500,paid,B-3,"),
            4,
            "Line 1 of the batch stands in row 2 already",
        ),
        (("reward,handle,amount,result,reference", "1,otto,500,paid,B-1"), 2, "Line 1 isn't of otto"),
        (("handle,amount,result,reference", "nobody,1,paid,B-1"), 2, "Nobody in this batch is called so: nobody"),
        (
            ("handle,name,amount,result,reference", "otto,张三,800,paid,B-1"),
            2,
            "Nobody in this batch is called so: otto, 张三",
        ),
        (("handle,amount,result,reference", "dora,500,paid,B-1"), 2, "The amount is 500.00; 623.45 was frozen"),
        ((HEAD + ",currency", "1,500,paid,B-1,,USD"), 2, "The currency is “USD”; the batch is in CNY"),
        ((HEAD + ",batch", "1,500,paid,B-1,,PB-2026-013"), 2, "This is about PB-2026-013, not about PB-2026-014"),
    ],
)
def test_rows_that_contradict_the_batch(rows: tuple[str, ...], line: int, why: str) -> None:
    [(found, said)] = told(read(*rows))
    assert found == line and why in said


def test_several_faults_of_a_row_are_all_told() -> None:
    problems = told(read(HEAD + ",currency", "1,x,maybe,,,USD", "9,1,paid,,,"))
    assert [line for line, _why in problems] == [2, 2, 2, 3, 3]


def test_lines_that_the_reader_may_not_note_are_told() -> None:
    found = read(
        HEAD,
        "1,500,paid,B-1,",
        "3,800,returned,,Closed",
        obstacle=lambda step, line: f"no {step}" if line.id == 1 else None,
    )
    assert told(found) == [(2, "Line 1 of the batch: no pay")]


@pytest.mark.parametrize(
    ("rows", "line", "why"),
    [
        ((b"",), 0, "The file is empty"),
        ((b"\xef\xbb\xbf",), 0, "The file is empty"),
        ((b" \r\n ",), 0, "The file is empty"),
        ((HEAD,), 0, "headings but no line"),
        (("amount,result", "1,paid"), 1, "No column is called reward (奖励), handle (用户名) or name (姓名)"),
        (("reward,result", "1,paid"), 1, "No column is called amount (金额). The headings are: reward, result"),
        (("reward,amount", "1,500"), 1, "No column is called result (结果)"),
        (("reward;amount;result", "1;500;paid"), 1, "No column is called amount"),
        (("sig name,amount,result", "AKG,500,paid"), 1, "No column is called reward"),
        ((HEAD + ",金额", "1,500,paid,B-1,,500"), 1, "Two columns are the same: “amount” and “金额”"),
        ((HEAD, "1,500,paid,B-1,,more"), 2, "more cells than there are headings"),
        ((HEAD, "1,500,paid,B\x01-1,"), 2, "can't be stored"),
        ((HEAD, '1,500,paid,"B-1,'), 2, "doesn't end"),
        ((HEAD, '1,500,paid,"B"-1,'), 2, "can't be read as CSV"),
        ((HEAD, b"1,500,paid,B\x00,"), 2, "NUL"),
        ((HEAD, "1,500,paid,\ufeffB-1,"), 2, "byte order mark in the middle"),
        ((HEAD, "1,500,paid,B-1,", "\ufeff" + HEAD), 3, "byte order mark in the middle"),
        ((HEAD, b"1,500,paid,B-1,\xff\xff"), 2, "neither UTF-8 nor GB18030"),
        ((b"\xff\xfer\x00e\x00",), 1, "UTF-16"),
        ((HEAD, "1,500,paid,B-1," + "x" * 140_000), 2, "can't be read as CSV"),
        ((b"x" * (bank_files.MOST_BYTES + 1),), 0, "larger than 1900 KiB"),
    ],
)  # fmt: skip
def test_each_fault_of_a_file_is_told(rows: tuple[Any, ...], line: int, why: str) -> None:
    with pytest.raises(Faulty) as faulty:
        read(*rows)
    problems = told(faulty.value)
    assert {found for found, _why in problems} == {line} and any(why in said for _line, said in problems)


def test_a_file_of_more_lines_than_a_batch_is_refused() -> None:
    with pytest.raises(Faulty, match="1 fault|has a fault") as faulty:
        read(HEAD, *["1,500,paid,B-1,"] * 5001)
    assert told(faulty.value) == [(0, "The file has more than 5000 lines.")]


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_utf_8_is_read_with_and_without_a_mark_at_the_start(start: bytes) -> None:
    assert told(read(start + "姓名,金额,结果,流水号".encode(), "张三,623.45,成功,B-1")) == []


@pytest.mark.parametrize("encoding", ["gbk", "gb18030"])
def test_what_excel_in_china_saves_is_read(encoding: str) -> None:
    text = "姓名,金额,结果,流水号\r\n张三,623.45,成功,B-1\r\n"
    assert bank_files.decoded(text.encode(encoding)) == (text, "gb18030")


def test_blank_rows_and_line_ends_of_any_kind_do_not_matter() -> None:
    for end in ("\n", "\r\n", "\r"):
        text = end.join(["", HEAD, ",,,,", '1,500,paid,"B\'1",', "", "2,123.45,paid,B-2", ""])
        rows = bank_files.rows_of(text)
        assert [line for line, _cells in rows] == [2, 4, 6]


def test_a_row_of_several_lines_is_named_by_its_first() -> None:
    assert [line for line, _cells in bank_files.rows_of('a,"b\nc"\nd,e\n')] == [1, 3]


@given(st.binary(max_size=300))
def test_no_bytes_make_anything_but_an_outcome_or_faults(data: bytes) -> None:
    try:
        problems = read(HEAD, data).problems
    except Faulty as faulty:
        problems = faulty.problems
    assert problems
    assert all(0 <= problem.line <= data.count(b"\n") + data.count(b"\r") + 3 for problem in problems)


CELLS = st.sampled_from(
    ["1", "2", "3", "9", "500", "500.00", "123.45", "-500", "NaN", "paid", "失败", "", "B-1", "x,y", 'q"']
)


@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=8))
def test_what_is_without_fault_says_exactly_what_was_frozen(rows: list[list[str]]) -> None:
    into = io.StringIO()
    csv.writer(into).writerows([HEAD.split(","), *rows])
    try:
        found = read(into.getvalue())
    except Faulty:
        return
    if not found.problems:
        ids = [line.id for match in found.matches for line in match.lines]
        assert len(ids) == len(set(ids)) and len(found.matches) == sum(any(row) for row in rows)
        assert all(match.amount == sum(line.amount for line in match.lines) for match in found.matches)
        assert sorted([*ids, *(line.id for line in found.missing)]) == [1, 2, 3, 4, 5]
