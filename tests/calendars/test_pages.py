"""The administrators' page of holidays and working days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.calendars.models import CalendarDay
from tracker.db import db

PAGE = "/calendar/days"
DAY: dict[str, Any] = {"day": "2026-11-23", "working": "closed", "name": "Move", "name_zh": "搬迁"}


def _rows() -> list[tuple[dt.date, bool, str]]:
    db.session.expire_all()
    return [
        (row.day, row.working, row.name) for row in db.session.scalars(select(CalendarDay).order_by(CalendarDay.day))
    ]


def test_a_day_is_added_and_removed_on_the_page(cast: Cast, client: Client) -> None:
    client.sign_in(cast.admin)
    answer = client.post(PAGE, **DAY)
    assert answer.location == f"{PAGE}?year=2026"
    assert _rows() == [(dt.date(2026, 11, 23), False, "Move")]
    page = client.get(f"{PAGE}?year=2026").text
    assert "Monday 23 November 2026" in page and "Move" in page and "admin" in page
    key = db.session.scalars(select(CalendarDay.id)).one()
    assert client.post(f"{PAGE}/{key}/remove").location == f"{PAGE}?year=2026"
    assert _rows() == []
    client.post(f"{PAGE}/{key}/remove", status=404)


def test_a_worked_day_goes_to_its_own_year(cast: Cast, client: Client) -> None:
    client.sign_in(cast.admin)
    answer = client.post(PAGE, **{**DAY, "day": "2027-02-20", "working": "worked", "name": "Make-up day"})
    assert answer.location == f"{PAGE}?year=2027"
    assert _rows() == [(dt.date(2027, 2, 20), True, "Make-up day")]


def test_the_page_has_the_years_holidays_and_says_which_year_is_provisional(cast: Cast, client: Client) -> None:
    client.sign_in(cast.admin)
    published = client.get(f"{PAGE}?year=2026").text
    assert "National Day" in published and "Saturday 10 October 2026" in published
    assert "Provisional" not in published
    coming = client.get(f"{PAGE}?year=2027").text
    assert "Provisional" in coming and "None are known." in coming


def test_the_page_is_chinese_too(cast: Cast, client: Client) -> None:
    cast.admin.language = "zh"
    db.session.add(
        CalendarDay(
            day=dt.date(2026, 11, 23), working=False, name="Move", name_zh="搬迁", created_at=cast.admin.created_at
        )
    )
    db.session.commit()
    page = client.sign_in(cast.admin).get(f"{PAGE}?year=2026").text
    assert "春节" in page and "搬迁" in page and "2026年11月23日" in page


@pytest.mark.parametrize("year", ["", "nonsense", "0000", "9999", "٢٠٢٦", "2026.5", "-2026"])
def test_a_year_that_is_none_is_this_year(cast: Cast, client: Client, year: str) -> None:
    client.sign_in(cast.admin)
    assert f"of {dt.datetime.now(dt.UTC).year}" in client.get(PAGE, query_string={"year": year}).text


@pytest.mark.parametrize(
    "wrong", [{"day": ""}, {"day": "23.11.2026"}, {"working": "maybe"}, {"working": ""}, {"working": None}, {"name": ""},
              {"name": "x" * 121}, {"name_zh": "x" * 121}],
)  # fmt: skip
def test_a_day_of_the_wrong_shape_is_refused(cast: Cast, client: Client, wrong: dict[str, Any]) -> None:
    client.sign_in(cast.admin).post(PAGE, status=422, **{**DAY, **wrong})
    assert _rows() == []


def test_what_was_typed_is_kept_when_it_is_refused(cast: Cast, client: Client) -> None:
    page = client.sign_in(cast.admin).post(f"{PAGE}?year=2026", status=422, **{**DAY, "day": "2026-10-01"}).text
    assert "is off already: National Day" in page
    assert 'value="Move"' in page and 'value="2026-10-01"' in page


def test_nobody_else_sees_or_changes_it(cast: Cast, client: Client) -> None:
    row = CalendarDay(day=dt.date(2026, 11, 23), working=False, name="Move", created_at=cast.admin.created_at)
    db.session.add(row)
    db.session.commit()
    key = row.id
    client.get(PAGE, status=302)
    client.sign_in(cast.mona)
    client.get(PAGE, status=403)
    client.post(PAGE, status=403, **DAY)
    client.post(f"{PAGE}/{key}/remove", status=403)
    assert len(_rows()) == 1


def test_administrators_find_it_and_nobody_else(cast: Cast, client: Client) -> None:
    assert f'href="{PAGE}"' in client.sign_in(cast.admin).get("/help/").text
    assert f'href="{PAGE}"' not in Client(client.app).sign_in(cast.mona).get("/help/").text
