"""Signing up, waiting, moving up."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.activities import queries, service
from tracker.activities.models import SignUp
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events.models import Event, Notice
from tracker.meetings import feeds
from tracker.meetings import service as meetings
from tracker.permissions import ANYBODY


def told(user, name: str) -> int:
    query = db.session.query(Notice).join(Event, Event.id == Notice.event_id)
    return query.filter(Notice.user_id == user.id, Event.name == name).count()


def places(meeting) -> dict[str, int | None]:
    db.session.expire_all()
    rows = db.session.query(SignUp).filter_by(meeting_id=meeting.id, cancelled_at=None)
    return {row.user.handle: row.place_no for row in rows}


def cancel(who, meeting) -> None:
    transaction(lambda: service.cancel_sign_up(who, meeting))


def test_places_are_given_in_order_and_then_people_wait(cast: Cast, event, sign_up):
    meeting = event(places=2)
    for ago, who in ((30, cast.dora), (20, cast.otto), (10, cast.fay), (5, cast.finn)):
        sign_up(who, meeting, ago)
    assert places(meeting) == {"dora": 1, "otto": 2, "fay": None, "finn": None}
    assert queries.taken_and_waiting(meeting.id) == (2, 2)
    assert [
        queries.queue_number(queries.find_sign_up(meeting.id, who.id)) for who in (cast.otto, cast.fay, cast.finn)
    ] == [0, 1, 2]
    assert told(cast.dora, "signup.made") == 1 and told(cast.mona, "signup.made") == 0


def test_without_a_number_of_places_everybody_gets_one(cast: Cast, event, sign_up):
    meeting = event(places=None)
    for who in (cast.dora, cast.otto, cast.fay):
        sign_up(who, meeting)
    assert sorted(places(meeting).values()) == [1, 2, 3]


def test_who_waits_first_moves_up_when_a_place_is_given_back(cast: Cast, event, sign_up):
    meeting = event(places=2)
    for ago, who in ((30, cast.dora), (20, cast.otto), (10, cast.fay), (5, cast.finn)):
        sign_up(who, meeting, ago)
    cancel(cast.dora, meeting)
    assert places(meeting) == {"otto": 2, "fay": 1, "finn": None}
    assert told(cast.fay, "signup.moved_up") == 1 and told(cast.finn, "signup.moved_up") == 0
    names = [event.name for event in db.session.query(Event).order_by(Event.id)][-2:]
    assert names == ["signup.cancelled", "signup.moved_up"]


def test_who_leaves_the_waitlist_frees_no_place(cast: Cast, event, sign_up):
    meeting = event(places=1)
    sign_up(cast.dora, meeting, 20)
    sign_up(cast.otto, meeting, 10)
    cancel(cast.otto, meeting)
    assert places(meeting) == {"dora": 1} and told(cast.otto, "signup.moved_up") == 0


def test_who_comes_back_stands_at_the_end(cast: Cast, event, sign_up):
    meeting = event(places=1)
    sign_up(cast.dora, meeting, 30)
    sign_up(cast.otto, meeting, 20)
    cancel(cast.dora, meeting)
    again = sign_up(cast.dora, meeting)
    assert places(meeting) == {"otto": 1, "dora": None} and again.cancelled_at is None
    assert db.session.query(SignUp).count() == 2


def test_a_suspended_person_is_passed_over(cast: Cast, event, sign_up):
    meeting = event(places=1)
    for ago, who in ((30, cast.dora), (20, cast.otto), (10, cast.fay)):
        sign_up(who, meeting, ago)
    cast.otto.suspended_at = clock.now()
    db.session.commit()
    cancel(cast.dora, meeting)
    assert places(meeting) == {"otto": None, "fay": 1}


def test_places_added_later_go_to_those_who_wait(cast: Cast, event, sign_up):
    meeting = event(places=1)
    for ago, who in ((30, cast.dora), (20, cast.otto), (10, cast.fay)):
        sign_up(who, meeting, ago)
    meeting.places = 2
    db.session.commit()
    sign_up(cast.finn, meeting)
    assert places(meeting) == {"dora": 1, "otto": 2, "fay": None, "finn": None}
    meeting.places = 9
    db.session.commit()
    assert transaction(lambda: service.fill_places(cast.nils, meeting)) == 2
    assert places(meeting) == {"dora": 1, "otto": 2, "fay": 3, "finn": 4}
    with pytest.raises(Refused, match="Nobody moved up"):
        transaction(lambda: service.fill_places(cast.nils, meeting))
    with pytest.raises(Forbidden):
        transaction(lambda: service.fill_places(cast.dora, meeting))


def test_raising_the_number_of_places_moves_people_up_at_once(cast: Cast, event, sign_up):
    meeting = event(places=1)
    for ago, who in ((30, cast.dora), (20, cast.otto), (10, cast.fay)):
        sign_up(who, meeting, ago)
    values = {"kind": meeting.kind, "title": meeting.title, "starts_at": meeting.starts_at, "minutes_long": 120,
              "signup_until": meeting.signup_until, "organiser": cast.nils}  # fmt: skip
    transaction(lambda: meetings.edit_meeting(cast.nils, meeting, version=1, places=2, **values))
    assert places(meeting) == {"dora": 1, "otto": 2, "fay": None}
    assert told(cast.otto, "signup.moved_up") == 1 and told(cast.fay, "meeting.edited") == 1


def test_nobody_loses_a_place_when_there_are_fewer(cast: Cast, event, sign_up):
    meeting = event(places=3)
    for ago, who in ((40, cast.dora), (30, cast.otto), (20, cast.fay), (10, cast.finn)):
        sign_up(who, meeting, ago)
    meeting.places = 1
    db.session.commit()
    cancel(cast.dora, meeting)
    assert places(meeting) == {"otto": 2, "fay": 3, "finn": None}


def test_it_refuses_with_the_reason(cast: Cast, event, sign_up):
    for columns, words in (
        ({"signup_until": None}, "has no list"),
        ({"days_ahead": 11, "signup_until": clock.now()}, "was closed on"),
        ({"days_ahead": -10}, "is over"),
    ):
        with pytest.raises(Refused, match=words):
            sign_up(cast.dora, event(**columns))
    meeting = event(days_ahead=20)
    transaction(lambda: meetings.cancel_meeting(cast.mona, meeting, reason="A storm"))
    with pytest.raises(Refused, match="doesn't take place"):
        sign_up(cast.dora, meeting)


def test_twice_is_refused_and_so_is_cancelling_what_one_has_not(cast: Cast, event, sign_up):
    meeting = event(places=1)
    sign_up(cast.dora, meeting)
    sign_up(cast.otto, meeting)
    with pytest.raises(Refused, match="place 1 already"):
        sign_up(cast.dora, meeting)
    with pytest.raises(Refused, match="as number 1"):
        sign_up(cast.otto, meeting)
    with pytest.raises(Refused, match="aren't on the list"):
        cancel(cast.fay, meeting)
    cancel(cast.dora, meeting)
    with pytest.raises(Refused, match="aren't on the list"):
        cancel(cast.dora, meeting)


def test_a_list_that_is_closed_can_still_be_left(cast: Cast, event, sign_up):
    meeting = event(places=1)
    sign_up(cast.dora, meeting, 20)
    sign_up(cast.otto, meeting, 10)
    with clock.pretend(meeting.signup_until + dt.timedelta(hours=1)):
        cancel(cast.dora, meeting)
    assert places(meeting) == {"otto": 1}
    with clock.pretend(meeting.ends_at), pytest.raises(Refused, match="its list stays"):
        cancel(cast.otto, meeting)


def test_visitors_dont_sign_up(cast: Cast, event):
    meeting = event()
    for work in (service.sign_up, service.cancel_sign_up):
        with pytest.raises(Forbidden):
            transaction(lambda work=work: work(ANYBODY, meeting))


def test_the_database_refuses_a_place_that_is_taken(cast: Cast, event, sign_up):
    meeting = event()
    sign_up(cast.dora, meeting)

    def again() -> None:
        db.session.add(SignUp(meeting_id=meeting.id, user_id=cast.otto.id, place_no=1, signed_up_at=clock.now()))

    with pytest.raises(Refused, match="Somebody was quicker"):
        transaction(again)


def test_everybody_on_the_list_hears_of_a_change(cast: Cast, event, sign_up):
    meeting = event(places=1)
    sign_up(cast.dora, meeting, 20)
    sign_up(cast.otto, meeting, 10)
    sign_up(cast.fay, meeting, 5)
    cancel(cast.fay, meeting)
    transaction(lambda: meetings.cancel_meeting(cast.mona, meeting, reason="A storm"))
    assert [told(who, "meeting.cancelled") for who in (cast.dora, cast.otto, cast.fay)] == [1, 1, 0]


def test_what_one_signed_up_for_stands_in_the_own_calendar(cast: Cast, event, sign_up):
    meeting = event()
    sign_up(cast.dora, meeting)
    assert [row.id for row in feeds.meetings_of_person(cast.dora.id)] == [meeting.id]
    cancel(cast.dora, meeting)
    assert feeds.meetings_of_person(cast.dora.id) == []


def test_a_sign_up_takes_a_fixed_number_of_statements(cast: Cast, event, sign_up):
    few, many = event(places=3), event(days_ahead=11, places=3)
    people = [cast.person(f"p{number}") for number in range(8)]
    db.session.commit()
    for number, person in enumerate(people):
        sign_up(person, many, 60 - number)
    costs = []
    for meeting in (few, many):
        with statements() as seen:
            sign_up(cast.dora, meeting)
        costs.append(len(seen))
    assert costs[1] <= costs[0] + 1
