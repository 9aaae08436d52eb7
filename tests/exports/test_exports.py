"""Exports: columns, who gets which rows, the page and the service byte for byte, Excel."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest
from flask import Flask

from tests.batches.stock import freeze
from tests.rewards.lines import approve, pay
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.claims.models import STATES
from tracker.clock import now
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.exports import service, spreadsheet
from tracker.exports.headings import CHINESE, COLUMNS, headings
from tracker.exports.kinds import EXPORTS
from tracker.meetings.models import ProgressNote
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards import service as rewards

CONTRACT = {
    "certificates": "code,kind,sig,programme,handle,name,title,points,period_from,period_to,issued_by,issued_at,revoked_at,reason",
    "rewards": "reward,sig,programme,quarter,month,handle,display_name,kind,description,task,task_title,points,amount,"
    "currency,state,proposed_by,proposed_at,approved_by,approved_at,batch,paid_by,paid_at,payment_reference",
    "points": "entry,programme,sig,task,claim,handle,points,reason,accepted_by,accepted_at,month",
    "claims": "claim,task,task_title,sig,quarter,area,handle,state,applied_at,approved_at,due_on,submitted_at,decided_at,"
    "decided_by,points,reason",
    "tasks": "task,sig,quarter,area,kind,title,difficulty,points,hours,backends,seats,live_claims,state,availability,"
    "mentors,expected_on,accept_by,published_at",
    "progress": "note,claim,task,sig,handle,meeting,percent,done,next,blockers,links,written_at,mentor_comment",
    "members": "sig,handle,display_name,role,repository,area,since,until,source",
}


@pytest.fixture
def quarter(cast: Cast) -> Cast:
    """An accepted claim of dora, a waiting bonus of otto, a bonus and a negative correction of dora paid by a batch, a note."""
    claim = cast.make_claim(state="submitted")
    transaction(lambda: rewards.accept_claim(cast.nils, claim, points=20, comment="=1+1"))
    live = cast.make_claim(user=cast.otto, state="active")
    db.session.add(
        ProgressNote(
            claim_id=live.id, author_id=cast.otto.id, percent=40, done=" =HYPERLINK(\"x\")", next="b", blockers="",
            links=["https://example.org/1", "https://example.org/2"], written_at=dt.datetime(2026, 10, 31, 16, 30, tzinfo=dt.UTC),
        )
    )  # fmt: skip
    db.session.commit()
    _line(cast, user=cast.otto, kind="bonus", description="@SUM(A1)", amount=50000)
    lines = [
        approve(cast.max, _line(cast, user=cast.dora, kind="bonus", description="More", amount=20000)),
        approve(cast.max, _line(cast, user=cast.dora, kind="correction", description="Less", amount=-500)),
    ]
    freeze(cast.fay, lines)
    pay(cast.fay, lines[1], reference="-7")
    return cast


def _line(cast: Cast, **typed: Any) -> Any:
    return transaction(lambda: rewards.propose_reward(cast.mona, cast.akg, currency="CNY", **typed))


def rows_of(kind: str, actor: Any, filters: Mapping[str, Any] | None = None) -> list[dict[str, str]]:
    text = b"".join(service.export(kind, actor, filters or {})).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_columns_are_those_of_the_contract() -> None:
    assert {kind: ",".join(columns) for kind, columns in COLUMNS.items()} == CONTRACT
    assert set(EXPORTS) == set(CONTRACT)
    for kind, columns in COLUMNS.items():
        assert len(set(headings(kind, "zh"))) == len(columns), kind
    assert set(CHINESE) == {column for columns in COLUMNS.values() for column in columns}


def test_rewards_say_who_did_what_and_amounts_stay_numbers(quarter: Cast) -> None:
    bonus, _more, fixed = rows_of("rewards", quarter.fay)
    assert bonus["description"] == "'@SUM(A1)" and bonus["amount"] == "500.00" and bonus["state"] == "proposed"
    assert (fixed["amount"], fixed["currency"], fixed["payment_reference"]) == ("-5.00", "CNY", "'-7")
    assert (fixed["proposed_by"], fixed["approved_by"], fixed["paid_by"]) == ("mona", "max", "fay")
    assert fixed["batch"].startswith("PB-2026-") and bonus["batch"] == ""
    assert (
        fixed["paid_at"].endswith("+08:00") and fixed["sig"] == "akg" and fixed["programme"] == "mindspore-internship"
    )


def test_points_claims_progress_tasks_and_members(quarter: Cast) -> None:
    (entry,) = rows_of("points", quarter.fay)
    assert (entry["points"], entry["handle"], entry["accepted_by"], entry["reason"]) == ("20", "dora", "nils", "'=1+1")
    done, live = rows_of("claims", quarter.mona)
    assert (done["state"], done["decided_by"], done["points"], live["state"]) == ("accepted", "nils", "20", "active")
    (note,) = rows_of("progress", quarter.mona)
    assert note["done"] == '\' =HYPERLINK("x")' and note["written_at"] == "2026-11-01T00:30:00+08:00"
    assert note["links"] == "https://example.org/1, https://example.org/2" and note["percent"] == "40"
    (task,) = rows_of("tasks", ANYBODY)
    assert (task["live_claims"], task["mentors"], task["backends"]) == ("1", "nils", "CPU, GPU")
    assert {row["handle"] for row in rows_of("members", quarter.dora)} == {"mona", "max", "nils"}


def test_everybody_gets_the_rows_they_may_read(quarter: Cast) -> None:
    def count(kind: str, actor: Any) -> int:
        return len(rows_of(kind, actor))

    c = quarter
    assert [count("rewards", who) for who in (c.dora, c.otto, c.mona, c.nils, c.fay, c.admin, SYSTEM)] == [
        2,
        1,
        3,
        0,
        3,
        3,
        3,
    ]
    assert [count("points", who) for who in (c.dora, c.otto, c.mona, c.nils, c.fay, c.admin, SYSTEM)] == [
        1,
        0,
        1,
        0,
        1,
        1,
        1,
    ]
    # nils mentors the task
    assert [count("claims", who) for who in (c.dora, c.otto, c.mona, c.nils, c.admin, SYSTEM)] == [1, 1, 2, 2, 2, 2]
    assert [count("progress", who) for who in (c.dora, c.otto, c.mona, c.nils, c.admin, SYSTEM)] == [0, 1, 1, 1, 1, 1]
    assert [count("tasks", who) for who in (ANYBODY, c.dora, SYSTEM)] == [1, 1, 1]
    for kind in EXPORTS:
        if kind != "tasks":
            with pytest.raises(Forbidden):
                service.export(kind, ANYBODY, {})


def test_drafts_are_never_exported(cast: Cast) -> None:
    cast.make_task(state="draft")
    cast.make_task(state="ready")
    db.session.commit()
    assert len(rows_of("tasks", cast.mona)) == len(rows_of("tasks", SYSTEM)) == 1


@pytest.mark.parametrize(
    ("kind", "filters", "count"),
    [
        ("rewards", {"state": "paid"}, 2), ("rewards", {"kind": "correction"}, 1), ("rewards", {"sig": "ge"}, 0),
        ("rewards", {"programme": "mindspore-internship"}, 3), ("rewards", {"month": "2020-01"}, 0),
        ("rewards", {"quarter": "2020Q1", "sig": ""}, 0), ("rewards", {"mine": "1"}, 0),
        ("points", {"sig": "akg", "programme": "mindspore-internship"}, 1), ("points", {"quarter": "2020Q1"}, 0),
        ("points", {"month": "2020-01"}, 0), ("points", {"mine": "1"}, 0),
        ("claims", {"state": "accepted"}, 1), ("claims", {"quarter": "2020Q1"}, 0), ("claims", {"mine": "1"}, 0),
        ("claims", {"programme": "other", "sig": None}, 0),
        ("progress", {"month": "2026-11"}, 1), ("progress", {"month": "2026-10"}, 0), ("progress", {"state": "active"}, 1),
        ("progress", {"sig": "ge"}, 0), ("progress", {"mine": "1"}, 0), ("progress", {"month": "2026-12"}, 0),
        ("tasks", {"state": "closed"}, 0), ("tasks", {"programme": "mindspore-internship"}, 1), ("tasks", {"q": "nothing"}, 0),
        ("tasks", {"programme": "other"}, 0), ("tasks", {"difficulty": "L2", "kind": "internship"}, 1),
        ("members", {"sig": "akg"}, 2),
    ],
)  # fmt: skip
def test_filters_narrow_the_rows(quarter: Cast, kind: str, filters: dict[str, Any], count: int) -> None:
    assert len(rows_of(kind, quarter.admin, filters)) == count


@pytest.mark.parametrize(
    ("kind", "filters"),
    [
        ("rewards", {"state": "lost"}), ("rewards", {"month": "2026-13"}), ("points", {"state": "paid"}),
        ("claims", {"month": "2026-11"}), ("claims", {"state": "x"}), ("tasks", {"availability": "x"}),
        ("tasks", {"state": "x"}), ("members", {"quarter": "2026Q4"}), ("progress", {"quarter": "26"}),
    ],
)  # fmt: skip
def test_a_filter_that_it_does_not_know_is_refused_at_once(cast: Cast, kind: str, filters: dict[str, str]) -> None:
    with pytest.raises(Refused):
        service.export(kind, cast.admin, filters)


def test_unknown_kinds_and_languages_are_refused_at_once(cast: Cast) -> None:
    for kind in ("honours", "x"):
        with pytest.raises(Missing):
            service.export(kind, cast.admin, {})
    with pytest.raises(Refused):
        service.export("tasks", cast.admin, {}, "fr")


# -- the page -------------------------------------------------------------------------------------


def test_the_page_and_the_service_give_the_same_bytes(quarter: Cast, app: Flask) -> None:
    for kind in EXPORTS:
        for user in (quarter.dora, quarter.mona, quarter.fay):
            answer = Client(app).sign_in(user).get(f"/exports/{kind}.csv")
            assert answer.data == b"".join(service.export(kind, user, {})), kind
            zh = Client(app).sign_in(user).get(f"/exports/{kind}.csv?lang=zh").data
            assert zh == b"".join(service.export(kind, user, {}, "zh"))
            assert zh.partition(b"\r\n")[2] == answer.data.partition(b"\r\n")[2]
    first = Client(app).get("/exports/tasks.csv?sig=akg&sig=ge").data.decode("utf-8-sig").splitlines()[0]
    assert first == CONTRACT["tasks"]


def test_a_download_is_an_attachment_with_a_dated_name(quarter: Cast, client: Client) -> None:
    answer = client.sign_in(quarter.fay).get("/exports/rewards.csv")
    today = now().astimezone(dt.timezone(dt.timedelta(hours=8)))
    assert answer.headers["Content-Disposition"] == f'attachment; filename="rewards-{today:%Y-%m-%d}.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.is_streamed


def test_the_list_and_its_export_have_the_same_lines(quarter: Cast, client: Client) -> None:
    client.sign_in(quarter.mona)
    for query in ("", "?state=paid", "?kind=bonus&sig=akg"):
        page = client.get(f"/rewards/{query}").text
        link = page.split('href="/exports/rewards.csv')[1].split('"')[0].replace("&amp;", "&")
        text = client.get(f"/exports/rewards.csv{link}").data.decode("utf-8-sig")
        exported = [row["reward"] for row in csv.DictReader(io.StringIO(text, newline=""))]
        assert exported and all(f'href="/rewards/{number}/"' in page for number in exported)
        assert page.count('data-l="Receiver"') == len(exported)


def test_who_may_download(cast: Cast, app: Flask) -> None:
    visitor = Client(app)
    visitor.get("/exports/tasks.csv")
    visitor.get("/exports/tasks.xlsx")
    for kind in set(EXPORTS) - {"tasks"}:
        visitor.get(f"/exports/{kind}.csv", 302)
        visitor.get(f"/exports/{kind}.xlsx", 302)
    me = Client(app).sign_in(cast.dora)
    for missing in ("/exports/honours.csv", "/exports/x.csv", "/exports/x.xlsx", "/exports/rewards.pdf"):
        me.get(missing, 404)
    for wrong in (
        "rewards.csv?state=x",
        "tasks.csv?lang=fr",
        "tasks.csv?month=2026-11",
        "members.xlsx?state=x",
        "tasks.csv?q=" + "x" * 300,
    ):
        me.get(f"/exports/{wrong}", 422)


def test_the_index_offers_what_one_may_have(cast: Cast, app: Flask) -> None:
    visitor = Client(app).get("/exports/").text
    assert "/exports/tasks.csv" in visitor and "/exports/rewards.csv" not in visitor and "Sign in" in visitor
    page = Client(app).sign_in(cast.dora).get("/exports/").text
    assert all(f'action="/exports/{kind}.csv"' in page for kind in EXPORTS)
    assert all(str(name) in page for name in STATES.values())


# -- Excel ----------------------------------------------------------------------------------------


def test_a_workbook_holds_the_same_cells_and_no_formula(quarter: Cast, client: Client) -> None:
    answer = client.sign_in(quarter.fay).get("/exports/rewards.xlsx?lang=zh")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    header, bonus, _more, fixed = sheet.iter_rows()
    assert [c.value for c in header] == list(headings("rewards", "zh"))
    assert bonus[8].value == "'@SUM(A1)" and bonus[8].data_type == "s"
    assert fixed[12].value == -5 and fixed[12].data_type == "n" and fixed[12].number_format == "0.00"
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)
    assert b"".join(spreadsheet.workbook("rewards", quarter.fay, {}, "zh")) == answer.data


def test_without_the_extra_the_workbook_is_missing_and_says_why(cast: Cast, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(spreadsheet, "is_available", lambda: False)
    assert "Take the CSV" in client.get("/exports/tasks.xlsx", 404).text
    assert "xlsx" not in client.get("/exports/").text
