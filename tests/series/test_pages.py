"""Pages of series: setting up with a preview, dates with their reasons, changing, ending, adding."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.series.conftest import NOW, days, of
from tests.support.cast import Cast
from tests.support.client import Client, check_page
from tracker import clock
from tracker.db import db, transaction
from tracker.meetings import service as meetings
from tracker.meetings.models import Meeting
from tracker.series import service
from tracker.series.models import RotaEntry, Series

pytestmark = pytest.mark.usefixtures("august")


def typed(**fields: Any) -> dict[str, Any]:
    """What the form of a series sends: ge's "odd weeks, Friday 14:00" unless said otherwise."""
    return {"kind": "regular", "title": "", "rule": "iso_weeks", "weeks": "2", "weekdays": ["friday"], "parity": "odd",
            "nth": ["1", "3"], "weekday": "friday", "months": "1", "anchor": "", "start": "14:00", "minutes_long": "120",
            "time_zone": "Asia/Shanghai", "holidays": "skip", "place": "", "starts_on": "2026-08-22", "ends_on": "",
            "agenda_opens_days": "7", "agenda_closes_hours": "24", **fields}  # fmt: skip


def only() -> Series:
    db.session.expire_all()
    return db.session.query(Series).one()


@pytest.fixture
def mona(app, cast: Cast) -> Client:
    return Client(app).sign_in(cast.mona)


# -- setting up -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, {"iso_weeks": "odd", "weekday": "friday"}),
        ({"rule": "every_weeks", "weeks": "", "weekdays": ["monday", "thursday"], "anchor": "2026-08-03"},
         {"every_weeks": 1, "weekdays": ["monday", "thursday"], "anchor": "2026-08-03"}),
        ({"rule": "every_weeks", "weekdays": ["saturday", "sunday"], "confirm_day": "1"},
         {"every_weeks": 2, "weekdays": ["saturday", "sunday"], "anchor": "2026-08-22", "confirm_day": True}),
        ({"rule": "nth"}, {"nth": [1, 3], "weekday": "friday"}),
        ({"rule": "nth", "nth": ["last"]}, {"last": "friday"}),
        ({"rule": "nth", "nth": ["2"], "months": "3", "weekday": "tuesday"},
         {"every_months": 3, "nth": [2], "weekday": "tuesday", "anchor": "2026-09-08"}),
        ({"rule": "every_months", "months": "3", "confirm_day": "1"},
         {"every_months": 3, "anchor": "2026-07-01", "confirm_day": True}),
        ({"rule": "ad_hoc"}, {"ad_hoc": True}),
    ],
)  # fmt: skip
def test_every_kind_of_rule_is_set_up_and_comes_back_in_the_form(mona: Client, fields, rule):
    answer = mona.post("/sigs/akg/series/new", **typed(**fields))
    series = only()
    assert answer.location == f"/series/{series.id}/" and series.rule == rule
    form = mona.get(f"{series.path}edit").text
    assert f'id="rule-{typed(**fields)["rule"]}" value="{typed(**fields)["rule"]}" checked' in form
    mona.get(series.path)


def test_the_form_begins_with_the_dates_of_what_stands_in_it(mona: Client):
    page = mona.get("/sigs/akg/series/new").text
    assert "Friday 28 August 2026" in page and "Every 2 weeks on Friday" in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start": "25:00"}, "A time such as"), ({"rule": "moon"}, "no such choice"), ({"rule": ""}, "Choose how often"),
        ({"rule": "every_weeks", "weekdays": []}, "Tick at least one weekday"),
        ({"rule": "every_weeks", "weekdays": ["someday"]}, "no such choice"),
        ({"rule": "every_weeks", "weeks": "0"}, "Between 1 and 52"), ({"rule": "nth", "nth": []}, "Tick which ones"),
        ({"rule": "nth", "nth": ["1", "last"]}, "goes alone"), ({"rule": "nth", "nth": ["6"]}, "no such choice"),
        ({"rule": "nth", "nth": ["5"], "starts_on": "2026-09-01", "ends_on": "2026-09-30"}, "comes to no day"),
        ({"ends_on": "2026-08-01"}, "is before the first"), ({"starts_on": "2026-08-21"}, "begins today"),
        ({"starts_on": ""}, "needed"), ({"anchor": "2026-02-30"}, "A date such as"), ({"anchor": "2000-01-01"}, "of the years"),
        ({"time_zone": "Mars/Base"}, "no time zone"), ({"minutes_long": "1441"}, "Between 5 and 1440"),
        ({"holidays": "dance"}, "no such choice"), ({"agenda_closes_hours": "336"}, "close before it opens"),
        ({"title": "x" * 201}, "At most 200"), ({"kind": ["regular", "seminar"]}, "sent twice"),
        ({"rule": "nth", "nth": ["last"], "weekday": "sunday", "start": "02:30", "time_zone": "Europe/Berlin",
          "starts_on": "2027-03-20", "ends_on": "2027-04-20"}, "skip 02:30 on each"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said_at_the_field_and_kept(mona: Client, fields, words):
    page = mona.post("/sigs/akg/series/new", 422, **typed(**{"place": "Room 2", **fields})).text
    assert words in page.replace("&#39;", "'") and 'value="Room 2"' in page
    assert db.session.query(Series).count() == 0


def test_a_second_series_at_the_same_minute_is_refused_with_the_name_of_the_first(mona: Client):
    mona.post("/sigs/akg/series/new", **typed(title="Friday round"))
    page = mona.post("/sigs/akg/series/new", 422, **typed()).text
    assert "“Friday round” has a meeting of this kind at the same minute" in page


def test_an_overlap_is_warned_of_in_the_preview_and_after_saving(mona: Client, cast: Cast):
    mona.post("/sigs/akg/series/new", **typed(title="Friday round"))
    asked = typed(kind="seminar", start="15:00")
    preview = mona.get("/series/preview", query_string={**asked, "sig": "akg"}).text
    assert "another meeting at the same time: Friday round" in preview
    saved = mona.post("/sigs/akg/series/new", **asked)
    assert "another meeting at the same time: Friday round" in mona.get(saved.location).text


def test_who_organises_elsewhere_at_that_time_is_named(mona: Client, cast: Cast, app):
    mona.post("/sigs/akg/series/new", **typed())
    series = only()
    db.session.add(RotaEntry(series_id=series.id, position=1, user_id=cast.nils.id))
    db.session.commit()
    starts_at = of(series)[0].starts_at + dt.timedelta(minutes=30)
    transaction(
        lambda: meetings.create_meeting(
            cast.nils, cast.ge, kind="regular", starts_at=starts_at, organiser=cast.nils, title="Round"
        )
    )
    assert "Nils organises Round" in mona.get(series.path).text
    assert "Nils organises Round" in mona.get(f"{series.path}edit").text


@pytest.mark.parametrize("path", ["/sigs/akg/series/new", "{series}edit", "{series}end", "{series}add"])
def test_others_dont_set_up_change_or_end_series(app, mona: Client, cast: Cast, client: Client, path):
    mona.post("/sigs/akg/series/new", **typed())
    path = path.format(series=only().path)
    client.post(path, 302, **typed())
    for person in (cast.nils, cast.dora, cast.fay, cast.admin):
        Client(app).sign_in(person).post(path, 403, **typed(version="1", reason="x"))
    assert db.session.query(Series).count() == 1 and only().state == "active"


# -- the preview ----------------------------------------------------------------------------------


def test_the_preview_shows_dates_gaps_and_holidays(mona: Client):
    page = mona.get("/series/preview", query_string={**typed(holidays="postpone"), "sig": "akg"}).text
    check_page(f"<!doctype html><title>x</title><h1>x</h1>{page}")
    assert page.count("<li>") == 12 and "Odd ISO weeks, Friday" in page
    assert ">Friday 25 September 2026<" not in page, "the Mid-Autumn Festival"
    assert "postponed from friday 25 september 2026" in page.lower()
    assert "2026 has an ISO week 53" in page and "It sounds like every 14 days, and isn&#39;t once" in page
    assert page.count("make-up days of 2027") == 1, "said once for all days of 2027"


def test_skipped_ones_are_marked_with_the_name_of_the_holiday(mona: Client):
    asked = typed(rule="nth")
    del asked["parity"], asked["holidays"]  # what the rule has no use for, and what has a usual answer
    page = mona.get("/series/preview", query_string=asked).text
    assert "Skipped" in page and "National Day" in page


def test_days_that_summer_time_skips_are_named(mona: Client):
    asked = typed(rule="nth", nth=["last"], weekday="sunday", start="02:30", time_zone="Europe/Berlin")
    assert "Clocks in Europe/Berlin go forward on 28 March 2027" in mona.get("/series/preview", query_string=asked).text


def test_the_preview_of_a_change_doesnt_take_the_series_for_another(mona: Client):
    mona.post("/sigs/akg/series/new", **typed())
    asked = {**typed(), "sig": "akg", "series": str(only().id)}
    assert "same minute" not in mona.get("/series/preview", query_string=asked).text
    assert "same minute" in mona.get("/series/preview", query_string={**asked, "series": "x"}).text


@pytest.mark.parametrize(
    "asked", [{}, {"rule": "every_weeks"}, typed(start="x"), typed(rule="nth", nth=[]), {"series": "9" * 40}]
)
def test_a_preview_of_half_a_form_says_what_is_missing(mona: Client, asked):
    assert "No dates yet." in mona.get("/series/preview", query_string=asked).text


def test_the_button_shows_the_preview_without_javascript_and_saves_nothing(mona: Client):
    page = mona.post("/sigs/akg/series/new", 200, **typed(preview="1", title="Friday round")).text
    assert "Odd ISO weeks, Friday" in page and 'value="Friday round"' in page
    assert "No dates yet." in mona.post("/sigs/akg/series/new", 200, **typed(preview="1", start="x")).text
    assert db.session.query(Series).count() == 0
    mona.post("/sigs/akg/series/new", **typed())
    assert (
        "Even ISO weeks" in mona.post(f"{only().path}edit", 200, **typed(preview="1", parity="even", version="1")).text
    )
    assert only().rule["iso_weeks"] == "odd"


def test_visitors_dont_ask_for_previews(client: Client):
    client.get("/series/preview", 302)


# -- one series -----------------------------------------------------------------------------------


def test_everybody_sees_the_dates_with_state_and_reason(mona: Client, client: Client, cast: Cast):
    mona.post("/sigs/akg/series/new", **typed(rule="nth", title="Friday round", place="https://meeting.example.org/1"))
    page = client.get(only().path).text
    assert "The first and third Friday of each month" in page and "National Day" in page and "Skipped" in page
    assert "End the series" not in page and "/edit" not in page
    with clock.pretend(NOW + dt.timedelta(days=100)):
        assert "Past" in client.get(only().path).text
    index = client.get("/sigs/akg/series/").text
    assert "Friday round" in index and "Fri 4 Sep" in index
    client.get("/series/99999999999/", 404)


def test_an_empty_list_says_so(client: Client, mona: Client):
    assert "No series yet" in client.get("/sigs/akg/series/").text
    assert "Set up a series" in mona.get("/sigs/akg/series/").text
    client.get("/sigs/none/series/", 404)


def test_a_month_whose_day_can_still_be_confirmed_is_ahead(mona: Client):
    mona.post("/sigs/akg/series/new", **typed(rule="every_months", confirm_day="1"))
    with clock.pretend(NOW + dt.timedelta(days=4)):
        page = mona.get(only().path).text
    assert "Past" not in page and page.count("/confirm") == 5


def test_a_series_is_changed(mona: Client):
    mona.post("/sigs/akg/series/new", **typed())
    series = only()
    before = of(series)[0].id
    answer = mona.post(f"{series.path}edit", **typed(start="15:00", version="1"))
    assert answer.location == series.path and only().version == 2
    assert of(series)[0].id == before and "15:00" in mona.get(series.path).text


def test_a_stale_change_is_refused_and_can_be_saved_again(mona: Client):
    mona.post("/sigs/akg/series/new", **typed())
    mona.post(f"{only().path}edit", **typed(start="15:00", version="1"))
    page = mona.post(f"{only().path}edit", 409, **typed(title="Mine", version="1")).text
    assert "Somebody changed the series" in page and 'value="Mine"' in page and 'name="version" value="2"' in page
    mona.post(f"{only().path}edit", 422, **typed(version="none"))
    mona.post(f"{only().path}edit", **typed(title="Mine", version="2"))
    assert only().title == "Mine"


def test_a_series_is_ended_with_a_reason(mona: Client, client: Client):
    mona.post("/sigs/akg/series/new", **typed())
    series = only()
    assert "Say why the series ends" in mona.post(f"{series.path}end", 422, reason=" ").text
    mona.post(f"{series.path}end", reason="The SIG merged.")
    assert only().state == "ended" and days(of(series)) == []
    page = mona.get(series.path).text
    assert "The SIG merged." in page and "Add a meeting" not in page
    assert "“ended”" in mona.post(f"{series.path}end", 409, reason="Again.").text
    assert "has ended" in mona.post(f"{series.path}edit", 409, **typed(version="2")).text
    assert "Ended" in client.get("/sigs/akg/series/").text
    assert "No meetings ahead" in client.get("/meetings/").text


def test_a_meeting_is_added_by_hand(mona: Client):
    mona.post("/sigs/akg/series/new", **typed(rule="ad_hoc"))
    series = only()
    assert 'value="14:00"' in mona.get(f"{series.path}add").text
    form = {"starts_on": "2026-09-02", "start": "14:00", "minutes_long": "120", "title": "", "place": "Hall"}
    answer = mona.post(f"{series.path}add", **form)
    [meeting] = of(series)
    assert answer.location == meeting.path and meeting.place == "Hall"
    assert "at this time already" in mona.post(f"{series.path}add", 422, **form).text
    assert "past" in mona.post(f"{series.path}add", 422, **{**form, "starts_on": "2026-08-01"}).text
    assert "A date such as" in mona.post(f"{series.path}add", 422, **{**form, "starts_on": "x"}).text
    mona.post(f"{series.path}end", reason="Done.")
    assert "has ended" in mona.post(f"{series.path}add", 409, **{**form, "starts_on": "2026-09-03"}).text


# -- a meeting of a series ------------------------------------------------------------------------


def test_a_meetings_page_names_its_series_and_why_it_is_where_it_is(mona: Client, client: Client, cast: Cast):
    mona.post("/sigs/akg/series/new", **typed(holidays="postpone"))
    series = only()
    october = next(m for m in of(series) if m.series_on == dt.date(2026, 9, 25))
    page = client.get(october.path).text
    assert (
        series.path in page and "ostponed from Friday 25 September 2026" in page and f"{october.path}move" not in page
    )
    assert f"{october.path}move" in mona.get(october.path).text


def test_the_calendar_says_what_is_not_sure_and_leads_to_the_series(mona: Client, client: Client, cast: Cast):
    mona.post("/sigs/akg/series/new", **typed(rule="every_weeks", weekdays=["saturday", "sunday"], confirm_day="1"))
    mona.post("/sigs/akg/series/new", **typed(kind="seminar", rule="nth"))
    page = client.get("/meetings/?sig=akg").text
    assert "Day to be confirmed" in page and "Or Sunday 23 August 2026" in page and "National Day" in page
    assert "/sigs/akg/series/" in page and "Skipped" in page
    first = db.session.query(Meeting).filter_by(kind="seminar").order_by(Meeting.starts_at).first()
    transaction(lambda: meetings.postpone_meeting(cast.mona, first, reason="Rain."))
    assert "A new day isn&#39;t set yet" in client.get("/meetings/?sig=akg&kind=seminar").text
    transaction(lambda: meetings.move_meeting(cast.mona, first, starts_at=first.starts_at + dt.timedelta(days=1)))
    assert "Moved from Friday 4 September 2026" in client.get("/meetings/?kind=seminar").text


def test_what_a_change_of_the_series_took_off_stands_on_its_page_alone(mona: Client, client: Client):
    mona.post("/sigs/akg/series/new", **typed())
    mona.post(f"{only().path}edit", **typed(parity="even", version="1"))
    assert "Cancelled" not in client.get("/meetings/").text
    page = client.get(only().path).text
    assert "Cancelled" in page and "The series was changed" in page


def test_extending_is_for_whoever_may_change_it(cast: Cast, set_up):
    series = set_up()
    assert transaction(lambda: service.extend_series(cast.max, series)) == 0
