"""Quarters and their weeks, cycles and their dates, working days of China."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.cycles import quarters, queries, service
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import bounds, is_quarter, next_quarter, quarter_of, weeks
from tracker.db import db, transaction
from tracker.errors import Missing, Refused
from tracker.sigs.models import Sig
from tracker.working_days import add_working_days, is_working_day


@given(st.dates(dt.date(2001, 1, 1), dt.date(2098, 12, 31)))
def test_a_day_lies_in_its_quarter_and_in_one_of_its_weeks(day: dt.date) -> None:
    quarter = quarter_of(day)
    first, last = bounds(quarter)
    assert is_quarter(quarter) and first <= day <= last
    assert quarter_of(last + dt.timedelta(days=1)) == next_quarter(quarter)
    strip = weeks(quarter, today=day)
    assert len(strip) in (13, 14, 15) and [week.number for week in strip] == list(range(1, len(strip) + 1))
    assert [week.classes for week in strip if "now" in week.classes] == ["now"]
    assert [str(week.label) for week in strip if week.label] == [
        str(quarters.MONTHS[first.month - 1 + n]) for n in range(3)
    ]


@pytest.mark.parametrize("text", ["", "2026", "2026Q5", "2026q4", "1999Q4", "2026Q4 ", "２０２６Q4", "2026Q44"])
def test_what_is_no_quarter(text: str) -> None:
    assert not is_quarter(text)
    with pytest.raises(ValueError, match="no quarter"):
        bounds(text)


def test_the_strip_of_weeks() -> None:
    strip = weeks("2026Q4", today=dt.date(2026, 11, 21), meetings=[dt.date(2026, 10, 9), dt.date(2026, 11, 22)])
    assert [(w.number, w.monday.isoformat(), str(w.label), w.classes) for w in strip[:2]] == [
        (1, "2026-09-28", "Oct", "past"), (2, "2026-10-05", "", "past meet"),
    ]  # fmt: skip
    assert [w.number for w in strip if "now" in w.classes] == [8] and strip[7].classes == "now meet"
    assert [w.number for w in strip if w.label] == [1, 5, 10] or [str(w.label) for w in strip if w.label] == [
        "Oct",
        "Nov",
        "Dec",
    ]
    assert strip[-1].classes == ""


def new(cast: Cast, **values: Any) -> Cycle:
    given = {"quarter": "2027Q1", **values}
    return transaction(lambda: service.create_cycle(cast.mona, cast.akg, **given))


NOW = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)


@time_machine.travel(NOW, tick=False)
def test_a_quarter_is_planned_with_its_usual_dates(cast: Cast) -> None:
    cycle = new(cast)
    assert (cycle.state, cycle.programme_id) == ("planning", cast.programme.id)
    assert (cycle.claims_until, cycle.accept_by) == (dt.date(2027, 3, 10), dt.date(2027, 3, 24))
    assert [row.quarter for row in queries.cycles_of(cast.akg.id)] == ["2027Q1", "2026Q4"]
    newest = queries.newest_cycle(cast.akg.id)
    assert newest is not None and newest.quarter == "2026Q4"
    assert queries.get_cycle("akg", "2027Q1") == cycle
    with pytest.raises(Refused, match="already"):
        new(cast)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quarter": "2026Q3"}, "quarter"), ({"quarter": "soon"}, "quarter"), ({"quarter": "2030Q1"}, "quarter"),
        ({"claims_until": dt.date(2026, 12, 31)}, "claims_until"), ({"claims_until": dt.date(2027, 4, 1)}, "claims_until"),
        ({"claims_until": dt.date(2027, 3, 1), "accept_by": dt.date(2027, 2, 1)}, "accept_by"),
        ({"accept_by": dt.date(2027, 6, 1)}, "accept_by"),
    ],
)  # fmt: skip
def test_it_refuses_dates_that_do_not_fit(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        new(cast, **values)
    assert refusal.value.field == field


@time_machine.travel(NOW, tick=False)
def test_it_refuses_a_sig_without_programme(cast: Cast) -> None:
    sig = Sig(slug="lone", key="LONE", name="Lone")
    db.session.add(sig)
    db.session.commit()
    with pytest.raises(Refused, match="no programme"):
        transaction(lambda: service.create_cycle(cast.admin, sig, quarter="2027Q1"))


@time_machine.travel(NOW, tick=False)
def test_dates_are_edited_by_one_at_a_time(cast: Cast) -> None:
    cycle = new(cast)
    dates = {"claims_until": dt.date(2027, 3, 1), "accept_by": dt.date(2027, 3, 30)}
    transaction(lambda: service.edit_cycle(cast.mona, cycle, version=1, **dates))
    assert (cycle.version, cycle.claims_until) == (2, dt.date(2027, 3, 1))
    with pytest.raises(Refused, match="meanwhile"):
        transaction(lambda: service.edit_cycle(cast.max, cycle, version=1, **dates))
    cast.cycle.state = "closed"
    db.session.commit()
    with pytest.raises(Refused, match="closed"):
        transaction(lambda: service.edit_cycle(cast.mona, cast.cycle, version=1, **dates))


def test_a_quarter_that_is_not_there_is_missing(cast: Cast) -> None:
    for slug, quarter in (("akg", "2031Q1"), ("none", "2026Q4"), ("akg", "x")):
        with pytest.raises(Missing):
            queries.get_cycle(slug, quarter)


@time_machine.travel(NOW, tick=True)
def test_the_pages_of_quarters(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)
    assert 'value="2027Q1"' in mona.get("/sigs/akg/quarters/").get_data(as_text=True)
    assert "Start planning" not in Client(app).get("/sigs/akg/quarters/").get_data(as_text=True)
    Client(app).get("/sigs/ge/quarters/")
    mona.post("/sigs/akg/quarters/", quarter="2027Q1")
    mona.post("/sigs/akg/quarters/", 422, quarter="2027Q1")
    mona.post("/sigs/akg/quarters/", 422, quarter="next")
    mona.post("/sigs/none/quarters/", 404, quarter="2027Q1")
    Client(app).post("/sigs/akg/quarters/", 302, quarter="2027Q2")
    Client(app).sign_in(cast.dora).post("/sigs/akg/quarters/", 403, quarter="2027Q2")
    path = "/sigs/akg/quarters/2027Q1/dates"
    assert 'name="version" value="1"' in mona.get(path).get_data(as_text=True)
    mona.post(path, claims_until="2027-03-01", accept_by="2027-03-20", version="1")
    mona.post(path, 409, claims_until="2027-03-01", accept_by="2027-03-20", version="1")
    mona.post(path, 422, claims_until="", accept_by="2027-03-20", version="2")
    mona.post(path, 422, claims_until="2027-03-01", accept_by="2027-03-20", version="x")
    mona.post("/sigs/akg/quarters/2031Q1/dates", 404)
    Client(app).post(path, 302)
    Client(app).sign_in(cast.nils).post(path, 403)


# -- working days, after the State Council's notice for 2026 -----------------------------------------------------------

WORKED = [
    "2026-01-04",
    "2026-02-14",
    "2026-02-28",
    "2026-09-20",
    "2026-10-10",
    "2026-02-13",
    "2026-02-24",
    "2026-10-08",
]
FREE = ["2026-01-01", "2026-02-15", "2026-02-16", "2026-02-20", "2026-02-23", "2026-05-05", "2026-06-19", "2026-09-25",
        "2026-10-01", "2026-10-07", "2026-10-11", "2026-11-21"]  # fmt: skip


@pytest.mark.parametrize("day", WORKED)
def test_days_that_are_worked(day: str) -> None:
    assert is_working_day(dt.date.fromisoformat(day))


@pytest.mark.parametrize("day", FREE)
def test_days_that_are_free(day: str) -> None:
    assert not is_working_day(dt.date.fromisoformat(day))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-20", 3, "2026-11-25"),  # a Friday: over the weekend
        ("2026-02-12", 1, "2026-02-13"),
        ("2026-02-13", 1, "2026-02-14"),  # the Saturday before Spring Festival is worked
        ("2026-02-13", 3, "2026-02-25"),  # 14, then 24 and 25: nine days off between
        ("2026-02-27", 1, "2026-02-28"),
        ("2026-09-30", 3, "2026-10-10"),  # 8, 9 and the worked Saturday after National Day
        ("2026-09-30", 4, "2026-10-12"),
        ("2026-09-18", 1, "2026-09-20"),  # the Sunday worked for National Day
        ("2026-12-31", 1, "2027-01-04"),
        ("2026-11-18", 0, "2026-11-18"),
    ],
)
def test_working_days_are_added(start: str, days: int, end: str) -> None:
    moment = dt.datetime.fromisoformat(f"{start}T10:00:00+08:00")
    expected = dt.datetime.fromisoformat(f"{end}T23:59:59+08:00")
    assert add_working_days(moment, days, "Asia/Shanghai") == expected


def test_the_day_is_the_zones() -> None:
    moment = dt.datetime(2026, 11, 18, 17, tzinfo=dt.UTC)  # the 19th in Beijing
    assert add_working_days(moment, 1, "Asia/Shanghai").isoformat() == "2026-11-20T15:59:59+00:00"
    assert add_working_days(moment, 1, "UTC").isoformat() == "2026-11-19T23:59:59+00:00"
    with pytest.raises(ValueError, match="working days"):
        add_working_days(moment, -1, "UTC")
