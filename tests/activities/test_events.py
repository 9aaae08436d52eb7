"""Events ahead and past, and the list that shows them."""

from __future__ import annotations

import datetime as dt

from flask import g, get_template_attribute

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.activities import queries
from tracker.db import db


def listed(app, rows, past: bool = False, who=None) -> str:
    with app.app_context(), app.test_request_context("/"):
        if who is not None:
            g._login_user = who
        text = get_template_attribute("activities/_events.html", "events")(rows, past)
    return " ".join(str(text).replace("&#39;", "'").split())


def test_events_ahead_are_those_that_havent_ended(cast: Cast, event):
    later, sooner = event(days_ahead=20), event(days_ahead=5)
    running = event(days_ahead=-2, days=5, kind="summer_school")
    event(days_ahead=-3)
    event(days_ahead=6, kind="regular")
    event(days_ahead=7, state="skipped")
    event(days_ahead=8, sig_id=cast.ge.id)
    assert [row.id for row in queries.events_ahead(cast.akg.id)] == [running.id, sooner.id, later.id]
    assert len(queries.events_ahead()) == 4 and len(queries.events_ahead(most=2)) == 2
    with statements() as seen:
        queries.events_ahead(most=3)
    assert len(seen) == 1


def test_events_past_are_those_that_took_place(cast: Cast, event):
    older, newer = event(days_ahead=-20), event(days_ahead=-5)
    event(days_ahead=-2, days=5)
    event(days_ahead=3)
    event(days_ahead=-4, state="skipped")
    event(days_ahead=-6, state="to_confirm")
    found = queries.events_past(cast.akg.id)
    assert [row.id for row in found] == [newer.id, older.id]
    assert queries.events_past(most=1)[0].id == newer.id and queries.events_past(cast.ge.id) == []
    with statements() as seen:
        queries.events_past()
    assert len(seen) == 1


def test_a_row_says_how_many_places_are_left(cast: Cast, event, sign_up):
    meeting, free = event(days_ahead=4, places=2), event(days_ahead=5, places=None)
    sign_up(cast.dora, meeting)
    one, other = queries.events_ahead()
    assert (one.places_left, other.places_left) == (1, None) and (one.id, other.id) == (meeting.id, free.id)
    assert (one.slug, one.name, one.name_zh) == ("akg", "AKG", "AKG图算融合编译") and one.ends_at == meeting.ends_at


def test_the_list_says_when_and_how_long_one_can_sign_up(app, cast: Cast, event, sign_up):
    one, full = (
        event(days_ahead=4, places=3, theme="Fusion"),
        event(days_ahead=5, places=1, title="", kind="campus_activity"),
    )
    sign_up(cast.dora, full)
    event(days_ahead=6, signup_until=clock.now() - dt.timedelta(hours=1))
    text = listed(app, queries.events_ahead())
    assert "3 places left; sign up until" in text and "All places are taken; there is a waitlist" in text
    assert "Sign-up is closed." in text and "Fusion" in text and ">Campus activity</a>" in text
    assert f'href="{one.path}"' in text


def test_several_days_and_both_times(app, cast: Cast, event):
    event(
        kind="summer_school", days=5, minutes_long=480, time_zone="Europe/Berlin", signup_until=None,
        starts_at=dt.datetime(2027, 8, 2, 7, tzinfo=dt.UTC),
    )  # fmt: skip
    rows = queries.events_ahead()
    assert "Mon 2 – Fri 6 August 2027</time> Europe/Berlin" in listed(app, rows)
    assert "your time" not in listed(app, rows)
    assert "your time: 2 Aug 2027, 15:00" in listed(app, rows, who=cast.dora)


def test_past_events_say_whether_there_are_minutes(app, cast: Cast, event):
    meeting = event(days_ahead=-4)
    assert "Minutes published" not in listed(app, queries.events_past(), past=True)
    meeting.minutes_published_at = clock.now()
    db.session.commit()
    text = listed(app, queries.events_past(), past=True)
    assert "Minutes published" in text and "your time" not in text
