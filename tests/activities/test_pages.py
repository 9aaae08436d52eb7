"""Pages of talks and lists, and the part of a meeting's page."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from flask import g, render_template

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.activities import queries
from tracker.activities.models import SignUp, Speaker
from tracker.activities.on_meeting import on_meeting
from tracker.db import db
from tracker.permissions import ANYBODY

TALK = {
    "topic": "Fusing scans",
    "name": "Ada",
    "affiliation": "Institute",
    "minutes_long": "45",
    "summary": "With *loops*.",
}


def part(app, meeting: Any, who: Any = ANYBODY) -> str:
    """The part of the meeting's page, as ``who`` reads it."""
    with app.app_context(), app.test_request_context(meeting.path):
        if who is not ANYBODY:
            g._login_user = who
        text = render_template("activities/_on_meeting.html", meeting=meeting, activities=on_meeting(meeting, who))
    return " ".join(text.replace("&#39;", "'").split())


# -- the programme --------------------------------------------------------------------------------


def test_an_organiser_writes_the_programme(app, cast: Cast, event):
    meeting = event()
    nils = Client(app).sign_in(cast.nils)
    assert "No talk yet" in nils.get(f"{meeting.path}speakers").text
    nils.post(f"{meeting.path}speakers", **TALK)
    nils.post(f"{meeting.path}speakers", **{**TALK, "topic": "Second", "user": "dora", "name": ""})
    page = nils.get(f"{meeting.path}speakers").text
    assert "Fusing scans" in page and "Second" in page and "Dora" in page
    first, second = queries.speakers_of(meeting.id)
    path = f"{meeting.path}speakers/{first.id}"
    assert 'value="Fusing scans"' in nils.get(path).text
    nils.post(path, **{**TALK, "topic": "Scans"})
    nils.post(f"{path}/down")
    assert [row.topic for row in queries.speakers_of(meeting.id)] == ["Second", "Scans"]
    nils.post(f"{path}/up")
    nils.post(f"{meeting.path}speakers/{second.id}/remove")
    assert [row.topic for row in queries.speakers_of(meeting.id)] == ["Scans"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"topic": ""}, "needed"), ({"topic": "x" * 201}, "At most 200"), ({"minutes_long": "0"}, "Between 1 and 480"),
        ({"user": "nobody-here"}, "There is no account"), ({"name": ""}, "Say who speaks"), ({"summary": "\x00"}, "can't be stored"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said_at_the_field(app, cast: Cast, event, talk, typed, words):
    meeting = event()
    made = talk(meeting)
    nils = Client(app).sign_in(cast.nils)
    for path in (f"{meeting.path}speakers", f"{meeting.path}speakers/{made.id}"):
        page = nils.post(path, 422, **{**TALK, "affiliation": "Kept", **typed}).text
        assert words in page.replace("&#39;", "'") and "Kept" in page
    assert db.session.query(Speaker).count() == 1


def test_what_is_refused_says_why(app, cast: Cast, event, talk):
    meeting = event()
    made = talk(meeting)
    nils = Client(app).sign_in(cast.nils)
    path = f"{meeting.path}speakers/{made.id}"
    assert "first already" in nils.post(f"{path}/up", 409).text
    assert "last already" in nils.post(f"{path}/down", 409).text
    meeting.state = "cancelled"
    db.session.commit()
    assert "take place" in nils.post(f"{meeting.path}speakers", 409, **TALK).text
    assert "take place" in nils.post(path, 409, **TALK).text


def test_others_dont_write_it(app, cast: Cast, client: Client, event, talk):
    meeting, other = event(), event(days_ahead=20)
    made = talk(meeting)
    for path in ("speakers", f"speakers/{made.id}"):
        Client(app).sign_in(cast.dora).get(meeting.path + path, 403)
        client.get(meeting.path + path, 302)
    for path in ("speakers", *(f"speakers/{made.id}{step}" for step in ("", "/up", "/down", "/remove"))):
        Client(app).sign_in(cast.dora).post(meeting.path + path, 403, **TALK)
        client.post(meeting.path + path, 302, **TALK)
    # A talk stands at its own meeting alone.
    Client(app).sign_in(cast.nils).get(f"{other.path}speakers/{made.id}", 404)
    Client(app).sign_in(cast.nils).post(f"{other.path}speakers/{made.id}/remove", 404)
    Client(app).sign_in(cast.nils).get(f"{meeting.path}speakers/99999", 404)


# -- signing up -----------------------------------------------------------------------------------


def test_a_person_signs_up_and_gives_the_place_back(app, cast: Cast, event):
    meeting = event(places=1)
    dora, otto = Client(app).sign_in(cast.dora), Client(app).sign_in(cast.otto)
    assert dora.post(f"{meeting.path}sign-up", note="I come by train.").location == meeting.path
    assert "You have place 1." in dora.get("/account/").text  # the flash
    otto.post(f"{meeting.path}sign-up")
    assert "waitlist as number 1" in otto.get("/account/").text
    assert "place 1 already" in dora.post(f"{meeting.path}sign-up", 409).text
    dora.post(f"{meeting.path}sign-up/cancel")
    assert "on the list" in dora.post(f"{meeting.path}sign-up/cancel", 409).text
    found = queries.find_sign_up(meeting.id, cast.otto.id)
    assert found is not None and found.place_no == 1


def test_a_note_has_a_length_and_visitors_sign_in_first(app, cast: Cast, client: Client, event):
    meeting = event()
    assert "At most 300" in Client(app).sign_in(cast.dora).post(f"{meeting.path}sign-up", 422, note="x" * 301).text
    for path in ("sign-up", "sign-up/cancel"):
        assert client.post(meeting.path + path, 302).location.startswith("/login")
    assert db.session.query(SignUp).count() == 0
    Client(app).sign_in(cast.dora).post("/meetings/9999/sign-up", 404)


def test_the_list_is_for_organisers_with_a_file_of_the_same(app, cast: Cast, client: Client, event, sign_up):
    meeting = event(places=2)
    sign_up(cast.dora, meeting, 30, "=1+1")
    sign_up(cast.otto, meeting, 20)
    sign_up(cast.fay, meeting, 10, "Vegetarian")
    nils = Client(app).sign_in(cast.nils)
    page, waiting = nils.get(f"{meeting.path}sign-ups").text, nils.get(f"{meeting.path}sign-ups?list=waiting").text
    assert "Dora" in page and "=1+1" in page and "Example Institute" in page and "Vegetarian" not in page
    assert "Fay" in waiting and "Vegetarian" in waiting and "Dora" not in waiting.split("</header>")[1]
    assert "dora@example.org" not in page
    file = nils.get(f"{meeting.path}sign-ups.csv")
    assert file.headers["Content-Disposition"].startswith("attachment") and "no-store" in file.headers["Cache-Control"]
    rows = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))
    assert rows[0] == ["Place number", "Person", "Affiliation", "Word to the organisers", "Signed up"]
    assert [row[:4] for row in rows[1:]] == [
        ["1", "Dora", "Example Institute", "'=1+1"], ["2", "Otto", "Example Institute", ""],
        ["waitlist", "Fay", "Example Institute", "Vegetarian"],
    ]  # fmt: skip
    for path in ("sign-ups", "sign-ups.csv"):
        client.get(meeting.path + path, 302)
        Client(app).sign_in(cast.dora).get(meeting.path + path, 403)
        Client(app).sign_in(cast.admin).get(meeting.path + path, 403)


def test_an_organiser_gives_free_places_to_those_who_wait(app, cast: Cast, client: Client, event, sign_up):
    meeting = event(places=1)
    sign_up(cast.dora, meeting, 30)
    sign_up(cast.otto, meeting, 20)
    nils = Client(app).sign_in(cast.nils)
    assert "Give the free places" not in nils.get(f"{meeting.path}sign-ups").text
    assert "Nobody moved up" in nils.post(f"{meeting.path}sign-ups/fill", 409).text
    meeting.places = 2
    db.session.commit()
    assert "Give the free places" in nils.get(f"{meeting.path}sign-ups").text
    nils.post(f"{meeting.path}sign-ups/fill")
    assert "1 person moved up" in nils.get(f"{meeting.path}sign-ups").text
    client.post(f"{meeting.path}sign-ups/fill", 302)
    Client(app).sign_in(cast.dora).post(f"{meeting.path}sign-ups/fill", 403)


def test_a_long_list_has_pages(app, cast: Cast, event, monkeypatch):
    meeting = event(places=60)
    people = [cast.person(f"p{number}") for number in range(115)]
    now = clock.now()
    db.session.add_all(
        SignUp(meeting_id=meeting.id, user_id=person.id, place_no=number if number <= 60 else None,
               signed_up_at=now + dt.timedelta(seconds=number // 2))
        for number, person in enumerate(people, 1)
    )  # fmt: skip
    db.session.commit()
    nils = Client(app).sign_in(cast.nils)
    for path, all_of_them in (
        (f"{meeting.path}sign-ups", people[:60]),
        (f"{meeting.path}sign-ups?list=waiting", people[60:]),
    ):
        seen = []
        address = path
        while address:
            page = nils.get(address).text
            seen += [line.split("</th>")[0] for line in page.split('<th scope="row">')[1:]]
            more = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0] if 'rel="next"' in page else ""
            address = path.split("?")[0] + more.replace("&amp;", "&") if more else ""
        assert seen == [person.display_name for person in all_of_them]
    for bad in ("x", "1~2", "0", "99999999999", "2026-01-01T00:00:00~1", "~", "2026-01-01T00:00:00+00:00"):
        nils.get(f"{meeting.path}sign-ups?after={bad}", 409 if bad != "1" else 200)
        nils.get(f"{meeting.path}sign-ups?list=waiting&after={bad}", 409)


# -- on the meeting's page ------------------------------------------------------------------------


def test_the_programme_has_times(app, cast: Cast, event, talk):
    meeting = event(theme="Fusion at the edge", starts_at=dt.datetime(2030, 8, 5, 1, tzinfo=dt.UTC))
    talk(meeting, "Scans", minutes_long=45, summary="With *loops*.", affiliation="Institute")
    talk(meeting, "<b>Reduce</b>", minutes_long=45)
    talk(meeting, "Too long", minutes_long=45)
    text = part(app, meeting)
    assert "Fusion at the edge" in text and ">09:00</time>–09:45" in text and ">09:45</time>–10:30" in text
    assert "no time left" in text and "<em>loops</em>" in text and "&lt;b&gt;Reduce" in text
    assert "Speakers</a>" not in text and "Speakers</a>" in part(app, meeting, cast.nils)


def test_a_summer_school_shows_its_days(app, cast: Cast, event, talk):
    meeting = event(
        kind="summer_school", days=3, minutes_long=60, time_zone="Europe/Berlin",
        starts_at=dt.datetime(2027, 3, 27, 8, tzinfo=dt.UTC),
    )  # fmt: skip
    for topic in ("One", "Two"):
        talk(meeting, topic, minutes_long=60)
    text = part(app, meeting)
    for day in ("Sat 27 Mar, 09:00–10:00", "Sun 28 Mar, 09:00–10:00", "Mon 29 Mar, 09:00–10:00"):
        assert day in text
    assert "<strong>Sat 27 Mar</strong>" in text and "<strong>Sun 28 Mar</strong>" in text and "Europe/Berlin" in text


def test_the_box_says_what_one_can_do(app, cast: Cast, event, sign_up):
    meeting = event(places=2)
    assert "Sign in to sign up" in part(app, meeting) and "2 of 2 places are left." in part(app, meeting)
    assert ">Sign up</button>" in part(app, meeting, cast.dora)
    sign_up(cast.dora, meeting, 20)
    sign_up(cast.otto, meeting, 10)
    assert "You have place 1." in part(app, meeting, cast.dora) and "Give my place back" in part(
        app, meeting, cast.dora
    )
    assert "Join the waitlist" in part(app, meeting, cast.fay)
    sign_up(cast.fay, meeting)
    assert "You wait as number 1 of 1" in part(app, meeting, cast.fay) and "Leave the waitlist" in part(
        app, meeting, cast.fay
    )
    assert "1 person waits for a place." in part(app, meeting)
    assert "Who signed up" in part(app, meeting, cast.mona) and "Who signed up" not in part(app, meeting, cast.otto)


def test_the_box_says_why_not(app, cast: Cast, event, sign_up):
    closed = event(signup_until=clock.now())
    text = part(app, closed, cast.dora)
    assert "was closed on" in text and 'aria-disabled="true"' in text and "/sign-up" not in text.split("why-not")[1]
    off = event(days_ahead=12, state="planned")
    off.state = "cancelled"
    db.session.commit()
    assert "take place (cancelled)" in part(app, off, cast.dora)
    over = event(days_ahead=-2)
    assert "is over" in part(app, over, cast.dora)
    assert "Sign-up" not in part(app, event(days_ahead=13, signup_until=None), cast.dora)
    without = event(days_ahead=15)
    sign_up(cast.otto, without)
    without.signup_until = None
    db.session.commit()
    assert "has no list" in part(app, without, cast.dora) and "Give my place back" in part(app, without, cast.otto)
    assert "there is no limit" in part(app, event(days_ahead=14, places=None), cast.dora)


def test_a_plain_meeting_shows_nothing_of_it(app, cast: Cast, event):
    assert part(app, event(kind="regular", signup_until=None), cast.nils) == ""


def test_it_costs_the_same_however_many_there_are(cast: Cast, event, talk, sign_up):
    few, many = event(places=2), event(days_ahead=12, places=2)
    for number in range(6):
        talk(many, f"Talk {number}")
    for who in (cast.otto, cast.fay, cast.finn):
        sign_up(who, many)
    costs = []
    for meeting in (few, many):
        assert meeting.title and meeting.sig.name and cast.dora.id
        with statements() as seen:
            on_meeting(meeting, cast.dora)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 4
