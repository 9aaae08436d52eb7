"""`tracker meetings preview`: the days of a rule as CSV, and bad input in one line."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tracker import cli
from tracker.db import engine_options

Run = Callable[..., int]
GE = {"--rule": '{"iso_weeks":"odd","weekday":"friday"}', "--start": "14:00", "--zone": "Asia/Shanghai",
      "--from": "2026-12-18", "--to": "2027-01-31"}  # fmt: skip


@pytest.fixture
def preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in an instance folder of this test, without a database."""
    for name in ("TRACKER_DATABASE_URL", "TRACKER_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))

    def command(changed: dict[str, str | None] | None = None) -> int:
        options = {**GE, **(changed or {})}
        given = [part for name, value in options.items() if value is not None for part in (name, value)]
        return cli.run(["meetings", "preview", *given])

    return command


def _rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


def test_it_prints_the_days_of_a_rule(preview: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert preview({"--minutes": "120"}) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    lines = shown.out.splitlines()
    assert lines[0] == "date,weekday,start,end,state,note"
    assert lines[1] == "2026-12-18,friday,14:00,16:00,planned,"
    assert lines[2].startswith("2027-01-01,friday,14:00,16:00,skipped,New Year's Day; provisional")
    assert lines[3].startswith(
        '2027-01-08,friday,14:00,16:00,planned,"7 days after the one before (2027-01-01), not 14'
    )
    assert not (tmp_path / "instance" / "tracker.db").exists(), "a preview makes no database"


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"every_weeks": 2, "weekdays": ["saturday"], "anchor": "2026-11-07"}, ["2026-12-19", "2027-01-16", "2027-01-30"]),
        ({"nth": [1, 3], "weekday": "friday"}, ["2026-12-18", "2027-01-15"]),
        ({"last": "friday"}, ["2026-12-25", "2027-01-29"]),
        ({"every_months": 1, "nth": [2], "weekday": "tuesday"}, ["2027-01-12"]),
        ({"every_months": 3}, ["2026-12-18"]),
        ({"ad_hoc": True}, []),
    ],
)  # fmt: skip
def test_it_knows_every_shape_of_rule(
    preview: Run, capsys: pytest.CaptureFixture[str], rule: dict[str, Any], days: list[str]
) -> None:
    assert preview({"--rule": json.dumps(rule)}) == 0
    assert [row["date"] for row in _rows(capsys) if row["state"] == "planned"] == days


def test_a_person_confirms_the_day(preview: Run, capsys: pytest.CaptureFixture[str]) -> None:
    rule = '{"every_weeks":2,"weekdays":["saturday","sunday"],"anchor":"2026-11-07","confirm_day":true}'
    assert preview({"--rule": rule, "--from": "2026-11-01", "--to": "2026-11-30", "--start": "19:00"}) == 0
    assert [(row["date"], row["weekday"], row["state"], row["note"]) for row in _rows(capsys)] == [
        ("2026-11-07", "saturday", "to_confirm", "or 2026-11-08"),
        ("2026-11-21", "saturday", "to_confirm", "or 2026-11-22"),
    ]


@pytest.mark.parametrize(
    ("policy", "row"),
    [
        ("skip", ("2026-10-02", "skipped", "National Day")),
        ("postpone", ("2026-10-08", "postponed", "postponed from 2026-10-02: National Day")),
        ("keep", ("2026-10-02", "planned", "on a holiday: National Day")),
    ],
)
def test_holidays_are_dealt_with_as_asked(
    preview: Run, capsys: pytest.CaptureFixture[str], policy: str, row: tuple[str, str, str]
) -> None:
    options = {"--rule": '{"nth":[1],"weekday":"friday"}', "--from": "2026-10-01", "--to": "2026-10-31"}
    assert preview({**options, "--holidays": policy}) == 0
    assert [(one["date"], one["state"], one["note"]) for one in _rows(capsys)] == [row]


def test_days_added_to_the_calendar_count(preview: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.run(["init"]) == 0
    url = f"sqlite:///{tmp_path / 'instance' / 'tracker.db'}"
    engine = create_engine(url, **engine_options(url))
    with engine.connect().execution_options(tracker_writes=True) as connection, connection.begin():
        connection.execute(
            text(
                "INSERT INTO calendar_day (day, working, name, name_zh, created_at)"
                " VALUES ('2026-12-18', 0, 'Move', '', '2026-11-01 00:00:00')"
            )
        )
    engine.dispose()
    capsys.readouterr()
    assert preview({"--to": "2026-12-31"}) == 0
    assert [(row["state"], row["note"]) for row in _rows(capsys)] == [("skipped", "Move")]


def test_a_database_that_cannot_be_reached_is_said_beside_the_days(
    preview: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKER_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert preview() == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 5
    assert "left out" in shown.err


def test_a_database_without_the_table_is_no_obstacle(
    preview: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance" / "tracker.db").touch()
    assert preview() == 0
    assert len(_rows(capsys)) == 4


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"--rule": '{"nth":[6],"weekday":"friday"}'}, "--rule: “nth” is a list of numbers from 1 to 5"),
        ({"--rule": '{"every_weeks":0,"weekdays":["friday"]}'}, "from 1 to 52"),
        ({"--rule": '{"every_weeks":2,"weekdays":[]}'}, "at least one weekday"),
        ({"--rule": "odd fridays"}, "--rule: this is no JSON"),
        ({"--rule": "[" * 100_000}, "--rule"),
        ({"--rule": "[]"}, "JSON object"),
        ({"--rule": None}, "--rule"),
        ({"--start": "25:00"}, "--start"),
        ({"--start": "2pm"}, "write it as 14:00"),
        ({"--zone": "Mars/Base"}, "--zone: There is no time zone “Mars/Base”"),
        ({"--minutes": "0"}, "--minutes"),
        ({"--minutes": "long"}, "--minutes"),
        ({"--holidays": "ignore"}, "--holidays"),
        ({"--from": "18.12.2026"}, "write it as 2026-11-07"),
        ({"--from": "2026-02-30"}, "--from"),
        ({"--to": "2026-12-17"}, "--to: The last day, 2026-12-17, is before the first"),
        ({"--to": "2032-01-01"}, "--to: That is more than five years"),
        ({"--from": "1999-01-01", "--to": "1999-02-01"}, "--from: The calendar knows"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_2(
    preview: Run, capsys: pytest.CaptureFixture[str], changed: dict[str, str | None], says: str
) -> None:
    assert preview(changed) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert says in shown.err
    assert shown.err.count("\n") == 1
    assert len(shown.err) < 400


def test_the_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["meetings"], ["meetings", "preview"]):
        assert cli.run([*command, "--help"]) == 0
        assert "Usage: tracker meetings" in capsys.readouterr().out
