"""The programme of a meeting: adding, changing, ordering and removing talks."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tracker.activities import queries, rules, service
from tracker.activities.models import Speaker
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events.models import Event
from tracker.meetings import service as meetings


def topics(meeting) -> list[str]:
    return [row.topic for row in queries.speakers_of(meeting.id)]


def test_talks_stand_in_the_order_in_which_they_were_added(cast: Cast, event, talk):
    meeting = event()
    for topic in ("One", "Two", "Three"):
        talk(meeting, topic)
    assert topics(meeting) == ["One", "Two", "Three"]
    assert [e.name for e in db.session.query(Event)] == ["speaker.added"] * 3


def test_an_account_gives_name_and_affiliation(cast: Cast, event, talk):
    meeting = event()
    made = talk(meeting, name="", user=cast.dora)
    assert (made.name, made.affiliation) == ("Dora", "Example Institute")
    other = talk(meeting, name="D. Ora", user=cast.dora, affiliation="Elsewhere")
    assert (other.name, other.affiliation, other.user_id) == ("D. Ora", "Elsewhere", cast.dora.id)


def test_a_talk_needs_somebody_and_a_meeting_that_takes_place(cast: Cast, event, talk, monkeypatch):
    meeting = event()
    with pytest.raises(Refused, match="who speaks") as refusal:
        talk(meeting, name=" ")
    assert refusal.value.field == "name"
    monkeypatch.setattr(rules, "MOST_TALKS", 1)
    first = talk(meeting)
    with pytest.raises(Refused, match="at most 1 talks"):
        talk(meeting)
    transaction(lambda: meetings.cancel_meeting(cast.mona, meeting, reason="A storm"))
    with pytest.raises(Refused, match="doesn't take place"):
        transaction(lambda: service.edit_speaker(cast.nils, first, topic="Other", name="Ada"))


def test_a_talk_is_changed_moved_and_removed(cast: Cast, event, talk):
    meeting = event()
    one, two, three = (talk(meeting, topic) for topic in ("One", "Two", "Three"))
    one_name = one.name
    transaction(lambda: service.edit_speaker(cast.mona, two, topic="Second", name="Bo", minutes_long=45))
    assert (two.topic, two.name, two.minutes_long) == ("Second", "Bo", 45)
    transaction(lambda: service.move_speaker(cast.nils, three, up=True))
    assert topics(meeting) == ["One", "Three", "Second"]
    transaction(lambda: service.move_speaker(cast.nils, one, up=False))
    assert topics(meeting) == ["Three", "One", "Second"]
    with pytest.raises(Refused, match="first already"):
        transaction(lambda: service.move_speaker(cast.nils, three, up=True))
    with pytest.raises(Refused, match="last already"):
        transaction(lambda: service.move_speaker(cast.nils, two, up=False))
    transaction(lambda: service.remove_speaker(cast.nils, one))
    assert topics(meeting) == ["Three", "Second"]
    removed = db.session.query(Event).order_by(Event.id.desc()).first()
    assert removed.name == "speaker.removed" and removed.facts["thing"] == "One"
    assert one_name not in str(removed.facts), "people are named by id: nobody prunes the diary"


def test_only_organisers_and_maintainers_write_the_programme(cast: Cast, event, talk):
    meeting = event()
    made = talk(meeting)
    for who in (cast.dora, cast.fay, cast.admin):
        for work in (
            lambda who=who: service.add_speaker(who, meeting, topic="One", name="Ada"),
            lambda who=who: service.edit_speaker(who, made, topic="One", name="Ada"),
            lambda who=who: service.move_speaker(who, made, up=True),
            lambda who=who: service.remove_speaker(who, made),
        ):
            with pytest.raises(Forbidden):
                transaction(work)
    assert topics(meeting) == ["Fusion"]


def test_a_talk_that_somebody_else_removed_is_missing(cast: Cast, event, talk):
    made = talk(event())
    assert made.topic
    db.session.execute(Speaker.__table__.delete())
    db.session.commit()
    with pytest.raises(Missing):
        transaction(lambda: service.remove_speaker(cast.nils, made))
