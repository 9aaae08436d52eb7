"""What is noted while a meeting runs: reports, attendance, decisions, action items."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete

from tests.minutes.test_service import noted, published, told
from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event
from tracker.meetings.models import Meeting
from tracker.minutes import queries, service
from tracker.minutes.attendance import expected_at
from tracker.minutes.models import ActionItem, Report
from tracker.minutes.reports import General
from tracker.minutes.rules import Said


def events(name):
    return db.session.query(Event).filter_by(name=name).count()


def drafted(actor, meeting, claim, base=None, **said):
    values = {"done": "", "next": "", "blockers": "", "percent": None, **said}
    return transaction(lambda: service.save_draft(actor, meeting, claim, base=base or Said(), **values))


# -- reports --------------------------------------------------------------------------------------


def test_two_organisers_texts_are_merged(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.mona, meeting, claim, done="From Mona.", blockers="CI.")
    saved = noted(cast.max, meeting, claim, done="From Max.", next="Tests.")
    assert saved.said == Said("From Mona.\nFrom Max.", "Tests.", "CI.")


def test_the_percent_that_was_replaced_is_told(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.mona, meeting, claim, percent=45)
    saved = noted(cast.max, meeting, claim, percent=60)
    assert (saved.said.percent, saved.overruled, saved.by) == (60, 45, "Mona") and saved.at is not None


def test_typing_begins_with_the_holders_report_also_when_it_came_in_since(cast: Cast, call, live, write):
    meeting, claim = call(), live()
    noted(cast.mona, meeting, claim)
    write(claim, meeting=meeting, done="Reported late.", percent=70)
    saved = noted(cast.mona, meeting, claim, done="Typed.")
    assert saved.said.done == "Reported late.\nTyped." and saved.said.percent == 70


def test_a_turn_that_is_over_is_ticked_and_recorded_once(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.mona, meeting, claim, heard=False)
    assert db.session.query(Report).one().heard_at is None
    noted(cast.mona, meeting, claim)
    heard_at = db.session.query(Report).one().heard_at
    noted(cast.max, meeting, claim, done="More.")
    assert db.session.query(Report).one().heard_at == heard_at is not None
    assert events("meeting.reported") == 3


def test_drafts_are_no_events_and_make_no_row_of_nothing(cast: Cast, call, live, write):
    meeting, claim = call(), live()
    write(claim, meeting=meeting)
    before = db.session.query(Event).count()
    drafted(cast.mona, meeting, claim, base=Said("A kernel.", percent=40), done="A kernel.", percent=40)
    assert db.session.query(Report).count() == 0
    drafted(cast.mona, meeting, claim, base=Said("A kernel.", percent=40), done="A kernel. More", percent=40)
    report = db.session.query(Report).one()
    assert (report.done, report.heard_at, report.written_by_id) == ("A kernel. More", None, cast.mona.id)
    assert db.session.query(Event).count() == before


@pytest.mark.parametrize("state", ["applied", "rejected", "accepted", "released"])
def test_a_claim_that_is_not_on_the_agenda_gets_no_report(cast: Cast, call, live, state):
    """Its notes say how the work went; those who run a meeting can't write into a claim that isn't live."""
    meeting, claim = call(), live(state=state)
    for write in (noted, drafted):
        with pytest.raises(Refused, match="no such claim"):
            write(cast.mona, meeting, claim, done="Words of somebody else.")
    assert db.session.query(Report).count() == 0


def test_a_claim_that_ended_while_the_meeting_ran_is_reported_on(cast: Cast, call, live):
    meeting = call()
    claim = live(state="released", decided_at=clock.now())
    noted(cast.mona, meeting, claim, done="It goes to somebody else.")
    assert db.session.query(Report).one().done == "It goes to somebody else."


def test_a_claim_of_another_sig_and_strangers_are_refused(cast: Cast, call, live):
    meeting, claim = call(), live()
    other = call(sig=cast.ge, who=cast.nils)
    with pytest.raises(Refused, match="another SIG"):
        noted(cast.nils, other, claim, done="x")
    for stranger in (cast.nils, cast.dora, cast.admin):
        with pytest.raises(Forbidden):
            noted(stranger, meeting, claim, done="x")
    meeting.vice_organiser_id = cast.otto.id
    db.session.commit()
    noted(cast.otto, meeting, claim, done="The vice organiser notes.")


def test_published_minutes_take_no_notes(cast: Cast, call, live):
    meeting, claim = published(cast, call()), live()
    for late in (
        lambda: service.note_report(cast.mona, meeting, claim, base=Said(), done="x", next="", blockers="", percent=1),
        lambda: service.save_draft(cast.mona, meeting, claim, base=Said(), done="x", next="", blockers="", percent=1),
        lambda: service.note_discussion(cast.mona, meeting, base=General(), interfaces="x", guests=""),
        lambda: service.save_discussion(cast.mona, meeting, base=General(), interfaces="x", guests=""),
        lambda: service.note_attendance(cast.mona, meeting, present={cast.dora.id: True}),
        lambda: service.add_decision(cast.mona, meeting, text="x"),
        lambda: service.add_action_item(cast.mona, meeting, text="x"),
    ):
        with pytest.raises(Refused, match="as a correction"):
            transaction(late)


# -- in general -----------------------------------------------------------------------------------


def test_the_discussion_and_the_guests_are_merged(cast: Cast, call):
    meeting = call()

    def note(actor, **said):
        values = {"interfaces": "", "guests": "", **said}
        return transaction(lambda: service.note_discussion(actor, meeting, base=General(), **values))

    note(cast.mona, interfaces="From Mona.", guests="Gu Est")
    assert note(cast.max, interfaces="From Max.", guests="Wang") == General("From Mona.\nFrom Max.", "Gu Est\nWang")
    assert events("meeting.discussed") == 2 and db.session.get(Meeting, meeting.id).guests == "Gu Est\nWang"


def test_who_was_there_is_noted_person_by_person(cast: Cast, call):
    meeting = call()
    transaction(lambda: service.note_attendance(cast.mona, meeting, present={cast.dora.id: True, cast.otto.id: True}))
    transaction(lambda: service.note_attendance(cast.max, meeting, present={cast.otto.id: False}))
    assert {(row.handle, row.present) for row in queries.attendance_of(meeting.id)} == {("dora", True), ("otto", False)}
    with pytest.raises(Refused, match="no account"):
        transaction(lambda: service.note_attendance(cast.mona, meeting, present={99_999: True}))
    with pytest.raises(Forbidden):
        transaction(lambda: service.note_attendance(cast.dora, meeting, present={cast.dora.id: True}))


def test_holders_mentors_maintainers_and_organisers_are_expected(cast: Cast, call, live):
    meeting = call()
    live()
    cast.member(cast.fay, cast.akg, "maintainer", until=clock.today())
    transaction(lambda: service.note_attendance(cast.mona, meeting, present={cast.finn.id: True}))
    expected = {person.handle: person.present for person in expected_at(meeting)}
    assert expected == {"dora": None, "nils": None, "mona": None, "max": None, "finn": True}


# -- decisions and action items -------------------------------------------------------------------


def test_decisions_are_noted_and_removed(cast: Cast, call, live):
    meeting, claim = call(), live()
    decision = transaction(lambda: service.add_decision(cast.mona, meeting, text=" Softmax  goes in. ", claim=claim))
    assert decision.text == "Softmax goes in."
    with pytest.raises(Refused, match="noted already"):
        transaction(lambda: service.add_decision(cast.max, meeting, text="Softmax goes in.", claim=claim))
    with pytest.raises(Refused, match="Write what it is"):
        transaction(lambda: service.add_decision(cast.max, meeting, text="  "))
    with pytest.raises(Forbidden):
        transaction(lambda: service.remove_decision(cast.dora, meeting, decision_id=decision.id))
    transaction(lambda: service.remove_decision(cast.max, meeting, decision_id=decision.id))
    assert queries.decisions_of(meeting.id) == [] and events("meeting.decision_removed") == 1
    with pytest.raises(Refused, match="any more"):
        transaction(lambda: service.remove_decision(cast.max, meeting, decision_id=decision.id))


def test_the_owner_of_an_action_item_is_told(cast: Cast, call, live):
    meeting, claim = call(), live()
    item = transaction(
        lambda: service.add_action_item(
            cast.mona, meeting, text="Restart CI", owner=cast.otto, due_on=dt.date(2026, 12, 1), claim=claim
        )
    )
    transaction(lambda: service.add_action_item(cast.mona, meeting, text="Find a room"))
    assert told("action_item.assigned") == {cast.otto.id} and events("action_item.added") == 1
    (row, _room) = queries.action_items_of(meeting.id)
    assert (row.text, row.handle, row.due_on, row.reference) == (
        "Restart CI", "otto", dt.date(2026, 12, 1), cast.task.reference,
    )  # fmt: skip
    with pytest.raises(Refused, match="noted already"):
        transaction(lambda: service.add_action_item(cast.max, meeting, text="Restart CI", owner=cast.otto, claim=claim))
    assert item.user_id == cast.otto.id


def test_an_action_item_that_somebody_else_removed_since_the_page_was_asked_for_is_refused(cast: Cast, call):
    meeting = call()
    item = transaction(lambda: service.add_action_item(cast.mona, meeting, text="Restart CI", owner=cast.otto))
    db.session.execute(delete(ActionItem).execution_options(synchronize_session=False))
    db.session.commit()
    for step in (service.finish_action_item, service.reopen_action_item):
        with pytest.raises(Refused, match="removed meanwhile"):
            transaction(lambda step=step: step(cast.otto, item))


def test_action_items_are_done_reopened_and_removed(cast: Cast, call):
    meeting = call()
    item = transaction(lambda: service.add_action_item(cast.mona, meeting, text="Restart CI", owner=cast.otto))
    with pytest.raises(Refused, match="open already"):
        transaction(lambda: service.reopen_action_item(cast.otto, item))
    for stranger in (cast.dora, cast.nils):
        with pytest.raises(Forbidden):
            transaction(lambda who=stranger: service.finish_action_item(who, item))
    with clock.pretend(dt.datetime(2026, 11, 30, 17, tzinfo=dt.UTC)):  # 1 December in Beijing
        transaction(lambda: service.finish_action_item(cast.otto, item))
    assert queries.open_action_items(cast.akg.id) == []
    with pytest.raises(Refused, match="was done on 1 Dec"):
        transaction(lambda: service.finish_action_item(cast.mona, item))
    with pytest.raises(Refused, match="Take the tick back"):
        transaction(lambda: service.remove_action_item(cast.mona, meeting, item_id=item.id))
    transaction(lambda: service.reopen_action_item(cast.mona, item))
    assert [row.text for row in queries.open_action_items(cast.akg.id)] == ["Restart CI"]
    transaction(lambda: service.remove_action_item(cast.mona, meeting, item_id=item.id))
    with pytest.raises(Refused, match="any more"):
        transaction(lambda: service.remove_action_item(cast.mona, meeting, item_id=item.id))
    with pytest.raises(Refused, match="removed meanwhile"):
        transaction(lambda: service.finish_action_item(cast.mona, item))


def test_open_items_of_earlier_meetings_are_known(cast: Cast, call):
    before, meeting = call(hours=24 * 14), call()
    for when, text in ((before, "Old"), (meeting, "New")):
        transaction(lambda when=when, text=text: service.add_action_item(cast.mona, when, text=text))
    assert [row.text for row in queries.open_action_items(cast.akg.id, before=meeting)] == ["Old"]
    assert {row.text for row in queries.open_action_items(cast.akg.id)} == {"Old", "New"}
