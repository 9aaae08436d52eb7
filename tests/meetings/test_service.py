"""Calling, changing, cancelling meetings; notes and comments."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.events.history import history
from tracker.meetings import service
from tracker.meetings.models import Meeting
from tracker.sigs.models import Follower


def told(name):
    query = db.session.query(Notice.user_id).join(Event, Event.id == Notice.event_id).filter(Event.name == name)
    return {user_id for (user_id,) in query}


def follow(user, sig):
    db.session.add(Follower(user_id=user.id, sig_id=sig.id))
    db.session.commit()


def edit(who, meeting, **fields):
    values = {"version": meeting.version, "kind": meeting.kind, "title": meeting.title, "starts_at": meeting.starts_at,
              "time_zone": meeting.time_zone, "minutes_long": meeting.minutes_long, "place": meeting.place,
              "organiser": meeting.organiser, "agenda": meeting.agenda, **fields}  # fmt: skip
    return transaction(lambda: service.edit_meeting(who, meeting, **values))


def test_a_meeting_takes_the_zone_of_its_sig(cast: Cast, call):
    meeting = call(organiser=cast.mona)
    assert (meeting.time_zone, meeting.state, meeting.version) == ("Asia/Shanghai", "planned", 1)
    assert meeting.ends_at - meeting.starts_at == dt.timedelta(minutes=90)


def test_a_meeting_without_title_is_named_by_its_day_where_it_is_held(cast: Cast, call):
    tomorrow = clock.now() + dt.timedelta(days=1)
    evening = call(starts_at=tomorrow.replace(hour=20, minute=0, second=0, microsecond=0))
    assert evening.label == f"AKG {tomorrow + dt.timedelta(days=1):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"time_zone": "Mars/Base"}, "time_zone"), ({"kind": "party"}, "kind"), ({"minutes_long": 1}, "minutes_long"),
     ({"days": -400}, "starts_on")],
)  # fmt: skip
def test_what_can_not_be_is_refused_at_the_field(cast: Cast, call, fields, field):
    with pytest.raises(Refused) as refusal:
        call(**fields)
    assert refusal.value.field == field


def test_the_same_kind_at_the_same_time_is_refused(cast: Cast, call):
    first = call()
    with pytest.raises(Refused, match="at this time already"):
        call(starts_at=first.starts_at)
    call(starts_at=first.starts_at, kind="seminar")


def test_the_database_refuses_it_too(cast: Cast, call):
    first = call()

    def double():
        db.session.add(Meeting(sig_id=cast.akg.id, kind="regular", starts_at=first.starts_at, time_zone="UTC",
                               created_at=clock.now()))  # fmt: skip
        db.session.flush()

    with pytest.raises(Refused, match="at this time already"):
        transaction(double)


def test_only_maintainers_of_the_sig_call_and_change_meetings(cast: Cast, call):
    for person in (cast.nils, cast.dora, cast.admin):
        with pytest.raises(Forbidden):
            call(who=person)
    meeting = call()
    with pytest.raises(Forbidden):
        edit(cast.nils, meeting, place="Room 2")
    with pytest.raises(Forbidden):
        transaction(lambda: service.cancel_meeting(cast.nils, meeting, reason="No."))


def test_a_change_is_noted_with_what_changed_and_followers_are_told(cast: Cast, call):
    follow(cast.otto, cast.akg)
    meeting = edit(cast.max, call(), place="Room 2", title="Kick-off")
    assert (meeting.version, meeting.label) == (2, "Kick-off")
    newest = history("meeting", meeting.id)[0]
    assert newest.facts["changed"] == ["title", "place"] and newest.sentence == "Max changed the meeting Kick-off"
    assert told("meeting.edited") == {cast.otto.id}


def test_a_change_over_a_newer_one_is_refused_naming_it(cast: Cast, call):
    meeting = call()
    edit(cast.max, meeting, place="Room 2")
    with pytest.raises(Refused, match="Max changed this since you opened the page: place"):
        edit(cast.mona, meeting, version=1, place="Room 3")


def test_only_planned_meetings_change(cast: Cast, call):
    meeting = call()
    transaction(lambda: service.cancel_meeting(cast.mona, meeting, reason="A holiday."))
    with pytest.raises(Refused, match="“cancelled”"):
        edit(cast.mona, meeting, place="Room 2")


def test_cancelling_needs_a_reason_and_tells_it(cast: Cast, call):
    follow(cast.otto, cast.akg)
    meeting = call()
    with pytest.raises(Refused, match="Say why"):
        transaction(lambda: service.cancel_meeting(cast.mona, meeting, reason="  "))
    cancelled = transaction(lambda: service.cancel_meeting(cast.mona, meeting, reason="A holiday."))
    assert (cancelled.state, cancelled.reason) == ("cancelled", "A holiday.")
    assert told("meeting.cancelled") == {cast.otto.id} and history("meeting", meeting.id)[0].reason == "A holiday."
    with pytest.raises(Refused, match="cancelled"):
        transaction(lambda: service.cancel_meeting(cast.mona, meeting, reason="Twice."))


# -- notes ----------------------------------------------------------------------------------------


def test_a_holder_reports_and_the_mentor_is_told(cast: Cast, call, write):
    meeting, claim = call(), cast.make_claim(state="active")
    note = write(claim, meeting=meeting, next=" Tests. ", links=["https://example.org/1"])
    assert (note.percent, note.next, note.meeting_id, note.links) == (
        40,
        "Tests.",
        meeting.id,
        ["https://example.org/1"],
    )
    assert told("progress.written") == {cast.nils.id}


@pytest.mark.parametrize(
    "state", ["applied", "waiting", "accepted", "failed", "released", "withdrawn", "rejected", "closed"]
)
def test_claims_that_nobody_works_on_have_no_reports(cast: Cast, write, state):
    with pytest.raises(Refused):
        write(cast.make_claim(state=state))


def test_only_the_holder_reports(cast: Cast, write):
    claim = cast.make_claim(state="active")
    for person in (cast.otto, cast.nils, cast.mona, cast.admin):
        with pytest.raises(Forbidden):
            write(claim, person)


def test_a_report_is_for_a_meeting_of_the_sig_that_takes_place(cast: Cast, call, write):
    claim = cast.make_claim(state="active")
    other, off = call(sig=cast.ge, who=cast.nils), call()
    transaction(lambda: service.cancel_meeting(cast.mona, off, reason="A holiday."))
    for meeting in (other, off):
        with pytest.raises(Refused) as refusal:
            write(claim, meeting=meeting)
        assert refusal.value.field == "meeting"


def test_mentors_comment_and_the_diary_keeps_what_they_said_before(cast: Cast, write):
    note = write(cast.make_claim(state="active"))
    transaction(lambda: service.comment(cast.nils, note, mentor_comment="Good."))
    note = transaction(lambda: service.comment(cast.mona, note, mentor_comment=" Very good. "))
    assert (note.mentor_comment, note.commented_by_id) == ("Very good.", cast.mona.id)
    assert [h.facts["comment"] for h in history("progress_note", note.id)[:2]] == ["Very good.", "Good."]
    assert told("progress.commented") == {cast.dora.id}


def test_neither_the_holder_nor_strangers_comment(cast: Cast, write):
    note = write(cast.make_claim(state="active"))
    for person in (cast.dora, cast.otto, cast.admin):
        with pytest.raises(Forbidden):
            transaction(lambda person=person: service.comment(person, note, mentor_comment="Good."))
    with pytest.raises(Refused, match="Write the comment"):
        transaction(lambda: service.comment(cast.nils, note, mentor_comment=" "))
