"""Confirming, moving, postponing; several days and sign-up on the form; what is past."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.meetings.test_pages import reload, typed
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events.history import history
from tracker.meetings import service
from tracker.meetings.models import Meeting
from tracker.text import _day

BEIJING = ZoneInfo("Asia/Shanghai")


def day(ahead: int) -> dt.date:
    return clock.today("Asia/Shanghai") + dt.timedelta(days=ahead)


@pytest.fixture
def mona(app, cast: Cast) -> Client:
    return Client(app).sign_in(cast.mona)


@pytest.fixture
def unsure(cast: Cast):
    """A meeting whose day is one of some."""

    def make(*options: dt.date) -> Meeting:
        starts_at = dt.datetime.combine(options[0], dt.time(19), BEIJING)
        meeting = Meeting(
            sig_id=cast.akg.id, kind="regular", state="to_confirm", starts_at=starts_at, time_zone="Asia/Shanghai",
            options=[option.isoformat() for option in options], created_at=clock.now(),
        )  # fmt: skip
        db.session.add(meeting)
        db.session.commit()
        return meeting

    return make


def moved(to: dt.date, start: str = "19:00", version: int = 1, **fields: Any) -> dict[str, Any]:
    return {"starts_on": to.isoformat(), "start": start, "reason": "", "version": str(version), **fields}


def test_one_of_two_days_is_confirmed(mona: Client, unsure):
    meeting = unsure(day(3), day(4))
    assert mona.get(f"{meeting.path}confirm").text.count('type="radio"') == 2
    assert "Choose one of the days" in mona.post(f"{meeting.path}confirm", 422).text
    assert "one of the possible days" in mona.post(f"{meeting.path}confirm", 422, day=day(5).isoformat()).text
    mona.post(f"{meeting.path}confirm", day=day(4).isoformat())
    done = reload(Meeting, meeting.id)
    assert done.state == "planned" and done.starts_at.astimezone(BEIJING).date() == day(4)
    assert "isn&#39;t possible now" in mona.get(f"{meeting.path}confirm").text
    assert "“planned”" in mona.post(f"{meeting.path}confirm", 409, day=day(4).isoformat()).text


def test_of_many_days_one_is_typed(mona: Client, unsure):
    meeting = unsure(*(day(ahead) for ahead in range(1, 30)))
    page = mona.get(f"{meeting.path}confirm").text
    assert 'type="radio"' not in page and f'min="{day(1)}"' in page and f'max="{day(29)}"' in page


def test_where_every_possible_day_is_past_it_is_moved_instead(mona: Client, unsure):
    meeting = unsure(day(-2), day(-1))
    assert "None of the possible days is ahead" in mona.get(f"{meeting.path}confirm").text
    assert "past" in mona.post(f"{meeting.path}confirm", 422, day=day(-1).isoformat()).text
    mona.post(f"{meeting.path}move", **moved(day(2)))
    assert reload(Meeting, meeting.id).state == "planned"


def test_a_meeting_is_moved(mona: Client, call):
    meeting = call()
    assert 'name="version" value="1"' in mona.get(f"{meeting.path}move").text
    assert "This time is past" in mona.post(f"{meeting.path}move", 422, **moved(day(-1))).text
    assert "A date such as" in mona.post(f"{meeting.path}move", 422, **moved(day(5), starts_on="x")).text
    mona.post(f"{meeting.path}move", **moved(day(5), reason="The hall is free then."))
    done = reload(Meeting, meeting.id)
    assert done.starts_at.astimezone(BEIJING).date() == day(5) and done.version == 2
    newest = history("meeting", meeting.id)[0]
    assert newest.sentence.startswith("Mona moved ") and newest.sentence.endswith(f"to {_day(day(5))}, 19:00")
    assert newest.reason == "The hall is free then."
    stale = mona.post(f"{meeting.path}move", 409, **moved(day(6))).text
    assert "Mona changed this since you opened the page: start" in stale and 'name="version" value="2"' in stale


def test_an_hour_that_the_clocks_skip_is_refused(mona: Client, call):
    meeting = call(time_zone="Europe/Berlin")
    page = mona.post(f"{meeting.path}move", 422, **moved(dt.date(2027, 3, 28), "02:30")).text
    assert "exist on that day" in page


def test_a_meeting_is_postponed_and_gets_its_day_later(mona: Client, call):
    meeting = call()
    mona.get(f"{meeting.path}postpone")
    assert "Say why" in mona.post(f"{meeting.path}postpone", 422, reason=" ").text
    mona.post(f"{meeting.path}postpone", reason="The hall is closed.")
    assert reload(Meeting, meeting.id).state == "postponed"
    assert "“postponed”" in mona.post(f"{meeting.path}postpone", 409, reason="Again.").text
    mona.post(f"{meeting.path}move", **moved(day(9), version=2))
    assert reload(Meeting, meeting.id).state == "planned"


@pytest.mark.parametrize("step", ["confirm", "move", "postpone"])
def test_the_day_is_its_maintainers_and_organisers_own(app, cast: Cast, call, client: Client, step):
    meeting = call(organiser=cast.dora)
    fields = {"reason": "x", "day": day(3).isoformat(), **moved(day(4), version=0)}
    client.post(f"{meeting.path}{step}", 302, **fields)
    Client(app).sign_in(cast.nils).post(f"{meeting.path}{step}", 403, **fields)
    Client(app).sign_in(cast.dora).get(f"{meeting.path}{step}")


def test_another_meeting_of_the_organiser_at_that_time_is_warned_of(mona: Client, cast: Cast, call):
    with_nils = call(sig=cast.ge, who=cast.nils, organiser=cast.mona, title="Round")
    start = with_nils.starts_at.astimezone(BEIJING) + dt.timedelta(minutes=15)
    answer = mona.post(
        "/sigs/akg/meetings/new", **typed(starts_on=start.date().isoformat(), start=f"{start:%H:%M}", organiser="mona")
    )
    assert "Mona organises Round" in mona.get(answer.location).text
    alone = mona.post("/sigs/akg/meetings/new", **typed(starts_on=day(20).isoformat()))
    assert "at the same time" not in mona.get(alone.location).text


def test_what_took_place_already_is_entered_when_that_is_said(mona: Client):
    past = {"starts_on": day(-3).isoformat()}
    assert "This time is past" in mona.post("/sigs/akg/meetings/new", 422, **typed(**past)).text
    mona.post("/sigs/akg/meetings/new", **typed(**past, for_the_record="1"))
    meeting = db.session.query(Meeting).one()
    assert meeting.starts_at < clock.now()


def test_several_days_a_theme_and_a_list_of_who_comes(mona: Client, cast: Cast):
    fields = typed(kind="summer_school", days="5", theme="Kernels", vice_organiser="nils", signup_on=day(5).isoformat(),
                   signup_at="18:00", places="30", start="09:00", minutes_long="480")  # fmt: skip
    mona.post("/sigs/akg/meetings/new", **fields)
    meeting = db.session.query(Meeting).one()
    assert (meeting.days, meeting.theme, meeting.places, meeting.vice_organiser_id) == (5, "Kernels", 30, cast.nils.id)
    assert meeting.signup_until == dt.datetime.combine(day(5), dt.time(18), BEIJING)
    assert meeting.ends_at - meeting.starts_at == dt.timedelta(days=4, hours=8)
    form = mona.get(f"{meeting.path}edit").text
    assert 'value="18:00"' in form and 'value="30"' in form
    mona.post(
        f"{meeting.path}edit", **{**fields, "version": "1", "days": "", "signup_on": "", "signup_at": "", "places": ""}
    )
    again = reload(Meeting, meeting.id)
    assert (again.days, again.signup_until, again.places) == (1, None, None)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"days": "32"}, "Between 1 and 31"), ({"days": "2", "minutes_long": "1441"}, "that of each day"),
        ({"places": "3"}, "Say until when people sign up"), ({"signup_on": "2099-01-01"}, "closes when the meeting begins"),
        ({"signup_on": "x"}, "A date such as"), ({"vice_organiser": "nobody-here"}, "There is no account"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said_at_the_field(mona: Client, fields, words):
    assert words in mona.post("/sigs/akg/meetings/new", 422, **typed(**fields)).text
    assert db.session.query(Meeting).count() == 0


def test_a_list_without_a_time_closes_with_the_day_or_when_it_begins(mona: Client):
    mona.post("/sigs/akg/meetings/new", **typed(signup_on=day(2).isoformat()))
    mona.post("/sigs/akg/meetings/new", **typed(signup_on=day(8).isoformat(), starts_on=day(8).isoformat()))
    first, second = db.session.query(Meeting).order_by(Meeting.starts_at)
    assert first.signup_until == dt.datetime.combine(day(2), dt.time(23, 59), BEIJING)
    assert second.signup_until == second.starts_at


def test_a_meeting_ahead_isnt_put_into_the_past_by_a_change(cast: Cast, call):
    meeting = call()
    values = {"version": 1, "kind": "regular", "starts_at": clock.now() - dt.timedelta(hours=1)}
    with pytest.raises(Refused, match="past"):
        transaction(lambda: service.edit_meeting(cast.mona, meeting, **values))
    over = call(days=-2)
    transaction(lambda: service.edit_meeting(cast.mona, over, **values))


def test_a_day_that_waits_is_confirmed_and_not_edited(cast: Cast, unsure):
    meeting = unsure(day(3), day(4))
    later = meeting.starts_at + dt.timedelta(days=1)
    with pytest.raises(Refused, match="isn't confirmed yet"):
        transaction(lambda: service.edit_meeting(cast.mona, meeting, version=1, kind="regular", starts_at=later))
    edited = transaction(
        lambda: service.edit_meeting(
            cast.mona, meeting, version=1, kind="regular", starts_at=meeting.starts_at, place="Hall"
        )
    )
    assert edited.place == "Hall" and not edited.by_hand, "it is of no series"
