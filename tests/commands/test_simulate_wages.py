"""`tracker simulate-wages`: what rules would pay for a file of points, and every line that can't be used."""

from __future__ import annotations

import csv
import io
import random
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tracker import cli

R2CN = "{scheme: steps, currency: CNY, rate: 50, step: 40, cap: 120}"
MINDSPORE = "{scheme: tiers, currency: CNY, tiers: [[20, 1000], [40, 2500], [60, 4000], [80, 6000], [100, 8000]]}"
OPENEULER = (
    "{scheme: tiers, tiers: [[10, 500], [20, 1000], [30, 1500], [45, 2750], [60, 4000], [80, 6000], [100, 8000]]}"
)
HEAD = "handle,accepted_at,points"
COLUMNS = "handle,month,earned,carried_over,converted,total,payable,currency,settled"
Simulate = Callable[..., int]


def rules(*sets: tuple[str, str], **more: str) -> str:
    """A rules file: (first day, wage) pairs."""
    lines = [f"{key}: {value}" for key, value in more.items()]
    return "\n".join([*lines, "rules:", *(f"- valid_from: {day}\n  wage: {wage}" for day, wage in sets)])


def points(*lines: str, head: str = HEAD) -> str:
    return "\n".join([head, *lines, ""])


@pytest.fixture
def simulate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulate:
    """Run the command on these two files, in a folder without an instance and without a database."""
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "instance"))

    def command(rules: str | bytes, points: str | bytes) -> int:
        for name, text in (("rules.yaml", rules), ("points.csv", points)):
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return cli.run(
            ["simulate-wages", "--rules", str(tmp_path / "rules.yaml"), "--points", str(tmp_path / "points.csv")]
        )

    return command


def table(said: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said)))


def test_r2cns_example_prints_exactly_this(
    simulate: Simulate, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = points("a,2025-03-10T10:00:00+08:00,15", "a,2025-04-02T10:00:00+08:00,45", "a,2025-05-31T23:59:59+08:00,65")
    assert simulate(rules(("2025-01-01", R2CN)), given) == 0
    said = capsys.readouterr()
    assert said.out == textwrap.dedent(f"""\
        {COLUMNS}
        a,2025-03,15,0,0,15,0.00,CNY,0.00
        a,2025-04,45,15,40,60,2000.00,CNY,2000.00
        a,2025-05,65,20,80,125,4000.00,CNY,6000.00
        """)
    assert said.err == ""
    assert not (tmp_path / "instance").exists(), "nothing is kept"


def test_each_month_from_a_persons_first_to_the_last_of_the_file(
    simulate: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    given = points("b,2025-05-01T00:00:00+08:00,20", "a,2025-03-01T00:00:00+08:00,41", "b,2025-03-31T23:00:00+08:00,19",
                   "c,2025-05-09T12:00:00Z,100")  # fmt: skip
    assert simulate(rules(("2025-01-01", MINDSPORE)), given) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "a,2025-03,41,,,41,2500.00,CNY,2500.00", "a,2025-04,0,,,41,0.00,CNY,2500.00", "a,2025-05,0,,,41,0.00,CNY,2500.00",
        "b,2025-03,19,,,19,0.00,CNY,0.00", "b,2025-04,0,,,19,0.00,CNY,0.00", "b,2025-05,20,,,39,1000.00,CNY,1000.00",
        "c,2025-05,100,,,100,8000.00,CNY,8000.00",
    ]  # fmt: skip


def test_the_last_evening_of_a_year_and_the_first_night_of_the_next_are_two_months(
    simulate: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    beijing = points("a,2026-12-31T23:30:00+08:00,20", "a,2027-01-01T00:30:00+08:00,20")
    assert simulate(rules(("2026-01-01", MINDSPORE)), beijing) == 0
    assert [(r["month"], r["payable"]) for r in table(capsys.readouterr().out)] == [
        ("2026-12", "1000.00"), ("2027-01", "1500.00"),
    ]  # fmt: skip
    # The same two moments, written in two zones, cut in a third.
    elsewhere = points("a,2026-12-31T15:30:00Z,20", "a,2026-12-31T11:30:00-05:00,20")
    assert simulate(rules(("2026-01-01", MINDSPORE), time_zone="Asia/Shanghai"), elsewhere) == 0
    assert [r["month"] for r in table(capsys.readouterr().out)] == ["2026-12", "2027-01"]
    assert simulate(rules(("2026-01-01", MINDSPORE), time_zone="Europe/Berlin"), elsewhere) == 0
    assert [(r["month"], r["payable"]) for r in table(capsys.readouterr().out)] == [("2026-12", "2500.00")]


@pytest.mark.parametrize(
    ("sets", "payable"),
    [
        # up: 30 points are 1000, then 1500
        ([("2025-01-01", MINDSPORE), ("2025-04-01", OPENEULER)], ["1000.00", "500.00", "0.00"]),
        # in the middle of a month: the rules of its last day hold for all of it
        ([("2025-01-01", MINDSPORE), ("2025-04-30", OPENEULER)], ["1000.00", "500.00", "0.00"]),
        ([("2025-05-01", OPENEULER), ("2025-01-01", MINDSPORE)], ["1000.00", "0.00", "500.00"]),
        # down: nothing is taken back
        ([("2025-01-01", OPENEULER), ("2025-04-01", MINDSPORE)], ["1500.00", "0.00", "0.00"]),
        # tiers to steps: the 10 points above the tier go on
        ([("2025-01-01", MINDSPORE), ("2025-04-01", R2CN.replace("40", "10"))], ["1000.00", "500.00", "0.00"]),
        # steps to tiers
        ([("2025-01-01", R2CN.replace("40", "10")), ("2025-05-01", OPENEULER)], ["1500.00", "0.00", "0.00"]),
        ([("2025-01-01", "{scheme: none}"), ("2025-05-01", OPENEULER)], ["0.00", "0.00", "1500.00"]),
    ],
)
def test_a_change_of_rules_between_two_months(
    simulate: Simulate, capsys: pytest.CaptureFixture[str], sets: list[tuple[str, str]], payable: list[str]
) -> None:
    """30 points in March 2025; somebody else's point in May."""
    given = points("a,2025-03-10T10:00:00+08:00,30", "b,2025-05-10T10:00:00+08:00,1")
    assert simulate(rules(*sets), given) == 0
    assert [row["payable"] for row in table(capsys.readouterr().out) if row["handle"] == "a"] == payable


def test_the_remainder_is_paid_from_the_month_in_which_the_contract_ends(
    simulate: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    given = points("a,2025-03-10T10:00:00+08:00,150,2025-04-15", "a,2025-05-10T10:00:00+08:00,1,",
                   "b,2025-03-10T10:00:00+08:00,150,", head=f"{HEAD},contract_end")  # fmt: skip
    assert simulate(rules(("2025-01-01", R2CN)), given) == 0
    rows = table(capsys.readouterr().out)
    assert [(r["handle"], r["converted"], r["payable"]) for r in rows] == [
        ("a", "120", "6000.00"), ("a", "30", "1500.00"), ("a", "1", "50.00"),
        ("b", "120", "6000.00"), ("b", "0", "0.00"), ("b", "0", "0.00"),
    ]  # fmt: skip


def test_negative_points_are_corrections_and_nothing_is_taken_back(
    simulate: Simulate, capsys: pytest.CaptureFixture[str]
) -> None:
    given = points("a,2025-03-10T10:00:00+08:00,45", "a,2025-04-10T10:00:00+08:00,-10", "a,2025-05-10T10:00:00+08:00,5")
    assert simulate(rules(("2025-01-01", MINDSPORE)), given) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "a,2025-03,45,,,45,2500.00,CNY,2500.00", "a,2025-04,-10,,,35,0.00,CNY,2500.00", "a,2025-05,5,,,40,0.00,CNY,2500.00",
    ]  # fmt: skip
    assert simulate(rules(("2025-01-01", R2CN)), given) == 0
    assert [(r["carried_over"], r["converted"]) for r in table(capsys.readouterr().out)] == [
        ("0", "40"),
        ("5", "0"),
        ("-5", "0"),
    ]


def test_what_a_spreadsheet_saves_is_read(simulate: Simulate, capsys: pytest.CaptureFixture[str]) -> None:
    """A byte order mark, CRLF, quotes, blank lines, columns in another order; one programme inside a list of them."""
    given = b'\xef\xbb\xbfpoints,"handle",accepted_at\r\n\r\n20,"lin, wei",2025-03-10T10:00:00+08:00\r\n'
    inside = (
        "programmes:\n- slug: p\n  rules:\n  - valid_from: '2025-01-01'\n    live_claims_per_person: 2\n    wage: "
        + MINDSPORE
    )
    assert simulate(inside, given) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ['"lin, wei",2025-03,20,,,20,1000.00,CNY,1000.00']
    assert simulate(inside, HEAD) == 0
    assert capsys.readouterr().out == COLUMNS + "\n"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(1, 28), st.integers(-30, 60)), max_size=30),
       st.sampled_from([R2CN, MINDSPORE]), st.randoms())  # fmt: skip
def test_the_order_of_lines_does_not_matter(
    simulate: Simulate, capsys: pytest.CaptureFixture[str], entries: list[tuple[str, int, int, int]], wage: str,
    shuffle: random.Random,
) -> None:  # fmt: skip
    lines = [f"{who},2025-0{month}-{day:02d}T10:00:00+08:00,{number}" for who, month, day, number in entries if number]
    assert simulate(rules(("2025-01-01", wage)), points(*lines)) == 0
    first = capsys.readouterr().out
    shuffle.shuffle(lines)
    assert simulate(rules(("2025-01-01", wage)), points(*lines)) == 0
    assert capsys.readouterr().out == first


# -- what can't be used -------------------------------------------------------------------------------

GOOD = "a,2025-03-10T10:00:00+08:00,20"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        *((f"a,2025-03-10T10:00:00+08:00,{value}", "whole number of points")
          for value in ("NaN", "Infinity", "-inf", "1e2", "2.0", "0", "-0", "", " 5", "+5", "５", "0x10", "1000001", "1_0", "−5")),
        *((f"a,{value},20", "no moment with its offset")
          for value in ("2025-03-10", "2025-03-10T10:00:00", "2025-03-10T10:00+08:00", "2025-02-30T10:00:00+08:00", "10.03.2025",
                        "2025-03-10T25:00:00+08:00", "2025-03-10T10:00:00+8", "2025-03-10T10:00:00 CST", "1741572000", "",
                        "1999-12-31T10:00:00Z", "0001-01-01T00:00:00+23:59", "2025-03-10T10:00:60Z")),
        (",2025-03-10T10:00:00+08:00,20", "no handle"),
        (" a,2025-03-10T10:00:00+08:00,20", "no handle"),
        ('"a\nb",2025-03-10T10:00:00+08:00,20', "no handle"),
        ("A,2025-03-10T10:00:00+08:00,20", "“A” is spelled “a” in line 2"),
        ("ａ,2025-03-10T10:00:00+08:00,20", "is spelled “a” in line 2"),
        ("a,2025-03-10T10:00:00+08:00", "2 cells where 3"),
        ("a,2025-03-10T10:00:00+08:00,20,", "4 cells where 3"),
        ("a;2025-03-10T10:00:00+08:00;20", "1 cells where 3"),
        ('a,2025-03-10T10:00:00+08:00,"2"0', "not CSV"),
        ("a,2024-12-31T23:59:59+08:00,20", "no rules are in force at the end of 2024-12"),
    ],
)  # fmt: skip
def test_a_line_that_cant_be_used_is_named_and_nothing_is_printed(
    simulate: Simulate, capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    assert simulate(rules(("2025-01-01", R2CN)), points(GOOD, line)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "points.csv, line 3:" in said.err and why in said.err, said.err
    assert "nothing was computed, lines that can't be used: 1" in said.err


def test_every_line_at_fault_is_named(simulate: Simulate, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = points(GOOD, "a,yesterday,20", GOOD, "a,2025-03-10T10:00:00+08:00,NaN", "a")
    assert simulate(rules(("2025-01-01", R2CN)), wrong) == 2
    said = capsys.readouterr()
    assert [n for n in range(1, 8) if f"line {n}:" in said.err] == [3, 5, 6] and said.out == ""


def test_a_contract_has_one_end(simulate: Simulate, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = points(
        f"{GOOD},2025-06-30",
        f"{GOOD},2025-07-31",
        f"{GOOD},31.7.2025",
        f"{GOOD},2025-02-29",
        head=f"{HEAD},contract_end",
    )
    assert simulate(rules(("2025-01-01", R2CN)), wrong) == 2
    err = capsys.readouterr().err
    assert "line 3: the contract of a ended on 2025-06-30" in err and "line 4:" in err and "line 5:" in err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1: the file is empty"),
        ("handle,points\na,1\n", "line 1: the heading lacks accepted_at"),
        (f"{HEAD},wage\n", "line 1: unknown columns: wage"),
        ("handle,accepted_at,points,points\n", "line 1: a column stands twice"),
        ("用户,时间,积分\n".encode("gbk"), "line 1: not UTF-8 text"),
        (points(GOOD, "林,2025-03-10T10:00:00+08:00,20").encode("gbk"), "line 3: not UTF-8 text"),
        (points(GOOD).encode("utf-16"), "line 1:"),
        (points(GOOD, "a\0,2025-03-10T10:00:00+08:00,20"), "line 3:"),
        (points(GOOD, '"a,2025-03-10T10:00:00+08:00,20', GOOD), "line 3: not CSV"),
    ],
)
def test_a_file_that_cant_be_read(
    simulate: Simulate, capsys: pytest.CaptureFixture[str], text: str | bytes, why: str
) -> None:
    assert simulate(rules(("2025-01-01", R2CN)), text) == 2
    said = capsys.readouterr()
    assert why in said.err and said.out == "", said.err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "where a mapping is expected"),
        ("- 1\n", "where a mapping is expected"),
        ("rules: []", "“rules” is a list"),
        ("slug: p", "“rules” is a list"),
        ("programmes: [{rules: []}, {rules: []}]", "2 programmes"),
        ("rules: [", "not YAML"),
        (rules(("2025-01-01", R2CN), time_zone="Mars/Base"), "no time zone Mars/Base"),
        (rules(("2025-01-01", R2CN), time_zone="8"), "no time zone"),
        ("rules:\n- valid_from: 2025-01-01", "set 1"),
        ("rules:\n- wage: {scheme: none}", "set 1"),
        (rules(("tomorrow", R2CN)), "set 1"),
        (rules(("2025-01-01", R2CN), ("2025-01-01", R2CN)), "set 2: another set begins on this day"),
        (rules(("2025-01-01", R2CN), ("2025-06-01", OPENEULER.replace("tiers,", "tiers, currency: USD,", 1))), "several currencies, CNY, USD"),
        (rules(("2025-01-01", "{scheme: lottery}")), "one of tiers, steps, none"),
        (rules(("2025-01-01", "{scheme: [tiers]}")), "one of tiers, steps, none"),
        (rules(("2025-01-01", "{tiers: [[1, 1]]}")), "one of tiers, steps, none"),
        (rules(("2025-01-01", R2CN.replace("CNY", "yuan"))), "a code such as CNY"),
        (rules(("2025-01-01", R2CN.replace("cap", "most"))), "unknown most"),
        (rules(("2025-01-01", "{scheme: none, rate: 5}")), "unknown rate"),
        (rules(("2025-01-01", "{scheme: steps, rate: 50, step: 40}")), "cap is no whole number"),
        (rules(("2025-01-01", R2CN.replace("120", "100"))), "100 isn't a multiple of 40"),
        *((rules(("2025-01-01", R2CN.replace("50", value))), "") for value in
          (".nan", ".inf", "1e3", "1.0e+3", "'NaN'", "0.005", "-50", "0", "1_000", "0x32", "true", "1:30", "50 CNY")),
        (rules(("2025-01-01", R2CN.replace("40", "040"))), "step is no whole number"),
        (rules(("2025-01-01", "{scheme: tiers, tiers: []}")), "1 to 50 pairs"),
        (rules(("2025-01-01", "{scheme: tiers, tiers: {20: 1000}}")), "tiers are pairs"),
        (rules(("2025-01-01", "{scheme: tiers, tiers: [[20, 1000], [40]]}")), "tiers are pairs"),
        (rules(("2025-01-01", MINDSPORE.replace("4000", "2000"))), "Tier 3: 2000.00 doesn't rise above the tier before, 2500.00"),
        (rules(("2025-01-01", MINDSPORE.replace("60", "40"))), "Tier 3: 40 points don't rise above the tier before, 40"),
        (rules(("2025-01-01", MINDSPORE.replace("60", "30"))), "Tier 3: 30 points don't rise"),
    ],
)  # fmt: skip
def test_rules_that_cant_be_used(simulate: Simulate, capsys: pytest.CaptureFixture[str], text: str, why: str) -> None:
    assert simulate(text, points(GOOD)) == 2
    said = capsys.readouterr()
    assert said.out == "" and "rules.yaml: " in said.err and why in said.err, said.err
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("rate", "payable"), [("49.9", "1996.00"), ("0.05", "2.00"), ("050", "2000.00"), ("'1,000.00'", "40000.00")]
)
def test_amounts_are_read_as_they_are_written(
    simulate: Simulate, capsys: pytest.CaptureFixture[str], rate: str, payable: str
) -> None:
    assert simulate(rules(("2025-01-01", R2CN.replace("50", rate))), points("a,2025-03-10T10:00:00+08:00,41")) == 0
    assert table(capsys.readouterr().out)[0]["payable"] == payable


def test_both_files_are_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["simulate-wages", "--rules", str(tmp_path / "missing.yaml"), "--points", str(tmp_path)]) == 2
    assert cli.run(["simulate-wages"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
