"""When something takes place: in the SIG's time and in the reader's, and for visitors in the SIG's alone."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from flask import g, get_template_attribute

from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.db import db

AT = dt.datetime(2026, 8, 3, 7, tzinfo=dt.UTC)


@pytest.fixture
def said(app):
    """What a macro of components/times.html says to somebody, without the tags."""

    def make(macro: str, *arguments, who=None, language: str = "en", **more) -> str:
        with app.app_context(), app.test_request_context("/", headers={"Accept-Language": language}), clock.pretend(AT):
            if who is not None:
                g._login_user = who
            text = str(get_template_attribute("components/times.html", macro)(*arguments, **more))
        return " ".join(re.sub(r"<[^>]+>", " ", text).split())

    return make


def test_a_meeting_of_several_days_has_its_days_and_hours(said):
    end = AT + dt.timedelta(days=4, hours=8)
    assert said("span", AT, end, "Europe/Berlin", "", 5) == "Mon 3 – Fri 7 August 09:00–17:00 each day, Europe/Berlin"
    assert said("starts", AT, "Europe/Berlin", "", 5, end) == "Mon 3 – Fri 7 August, 09:00–17:00 each day Europe/Berlin"


def test_days_of_two_months_and_of_two_years(said):
    assert "Mon 3 August – Wed 2 September" in said("span", AT, AT + dt.timedelta(days=30), "Europe/Berlin", "", 31)
    new_year = dt.datetime(2026, 12, 30, 9, tzinfo=dt.UTC)
    text = said("span", new_year, new_year + dt.timedelta(days=3), "UTC", "", 4)
    assert text.startswith("Wed 30 December 2026 – Sat 2 January 2027")


def test_days_in_chinese(said):
    text = said("span", AT, AT + dt.timedelta(days=4, hours=8), "Europe/Berlin", "", 5, language="zh")
    assert "8月3日 周一 – 8月7日 周五" in text


def test_the_reader_s_own_time_stands_beside_it(said, cast: Cast):
    cast.dora.time_zone = "America/New_York"
    end = AT + dt.timedelta(hours=2)
    assert said("span", AT, end, "Europe/Berlin", "America/New_York", who=cast.dora) == (
        "09:00 –11:00, Europe/Berlin your time: 3 Aug, 03:00–05:00"
    )
    several = said(
        "span", AT, AT + dt.timedelta(days=4, hours=8), "Europe/Berlin", "America/New_York", 5, who=cast.dora
    )
    assert several.endswith("your time: 3 Aug, 03:00 to 7 Aug, 11:00")
    assert "Mon 3 Aug, 09:00" in said("brief", AT, "Europe/Berlin", who=cast.dora)
    assert "your time: 3 Aug, 03:00" in said("brief", AT, "Europe/Berlin", who=cast.dora)
    # Where both clocks show the same, once is enough.
    cast.dora.time_zone = "Europe/Paris"
    assert "your time" not in said("span", AT, end, "Europe/Berlin", "Europe/Paris", who=cast.dora)


def test_a_visitor_reads_the_time_of_the_sig_alone(app, cast: Cast, client: Client, call):
    starts_at = dt.datetime.combine(clock.today() + dt.timedelta(days=9), dt.time(10), ZoneInfo("Europe/Berlin"))
    meeting = call(starts_at=starts_at, time_zone="Europe/Berlin", title="From Berlin")
    for path in (meeting.path, "/meetings/", "/", "/sigs/akg/"):
        page = client.get(path).text
        assert "10:00" in page and "Europe/Berlin" in page and "your time" not in page, path
        own = Client(app).sign_in(cast.dora).get(path).text
        assert (
            "10:00" in own
            and "your time" in own
            and f"{meeting.starts_at.astimezone(ZoneInfo('Asia/Shanghai')):%H:%M}" in own
        )
    assert db.session.get(type(meeting), meeting.id)
