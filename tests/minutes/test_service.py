"""Ending a meeting, its minutes, versions and corrections."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.meetings.models import Meeting, ProgressNote
from tracker.meetings.service import cancel_meeting
from tracker.minutes import queries, service
from tracker.minutes.models import Discussion, MinutesVersion, Report
from tracker.minutes.rules import Said
from tracker.sigs.models import Follower


def told(name):
    query = db.session.query(Notice.user_id).join(Event, Event.id == Notice.event_id).filter(Event.name == name)
    return {user_id for (user_id,) in query}


def noted(actor, meeting, claim, base=None, heard=True, **said):
    values = {"done": "", "next": "", "blockers": "", "percent": None, **said}
    return transaction(lambda: service.note_report(actor, meeting, claim, base=base or Said(), heard=heard, **values))


def notes(claim):
    return db.session.query(ProgressNote).filter_by(claim_id=claim.id).order_by(ProgressNote.id).all()


def ended(actor, meeting):
    return transaction(lambda: service.end_meeting(actor, meeting))


def published(cast, meeting, text="All *well*."):
    meeting = transaction(
        lambda: service.write_minutes(
            cast.mona, meeting, minutes=text, version=db.session.get(Meeting, meeting.id).version
        )
    )
    return transaction(lambda: service.publish_minutes(cast.mona, meeting, version=meeting.version))


# -- ending ---------------------------------------------------------------------------------------


def test_what_was_typed_becomes_the_claims_note_by_who_typed_it(cast: Cast, call, live):
    meeting, claim, silent = call(), live(), live(cast.otto, cast.make_task())
    noted(cast.max, meeting, claim, done="A kernel.", next="Tests.", percent=60)
    noted(cast.mona, meeting, silent)
    meeting = ended(cast.mona, meeting)
    (note,) = notes(claim)
    assert (note.done, note.next, note.percent, note.author_id) == ("A kernel.", "Tests.", 60, cast.max.id)
    assert note.meeting_id == meeting.id and meeting.state == "held" and meeting.held_at is not None
    assert notes(silent) == []


def test_what_the_holder_reported_stands_as_it_is(cast: Cast, call, live, write):
    meeting, claim = call(), live()
    own = write(claim, ago=1, meeting=meeting, links=["https://example.org/1"])
    noted(cast.mona, meeting, claim, base=Said("A kernel.", percent=40), done="A kernel.", percent=40)
    ended(cast.mona, meeting)
    assert [note.id for note in notes(claim)] == [own.id]


def test_another_percent_is_a_note_of_its_own_with_the_holders_links(cast: Cast, call, live, write):
    meeting, claim = call(), live()
    write(claim, ago=1, meeting=meeting, links=["https://example.org/1"])
    noted(cast.mona, meeting, claim, base=Said("A kernel.", percent=40), done="A kernel.", percent=55)
    ended(cast.mona, meeting)
    own, made = notes(claim)
    assert (own.percent, own.author_id) == (40, cast.dora.id)
    assert (made.percent, made.links, made.author_id) == (55, ["https://example.org/1"], cast.mona.id)


def test_without_a_percent_the_last_one_goes_on(cast: Cast, call, live, write):
    call(hours=24 * 14)
    meeting, claim = call(), live()
    write(claim, ago=20, percent=35)
    noted(cast.mona, meeting, claim, blockers="CI.")
    ended(cast.mona, meeting)
    assert notes(claim)[-1].percent == 35 and notes(claim)[-1].blockers == "CI."


def test_a_draft_whose_turn_never_came_is_kept_too(cast: Cast, call, live):
    meeting, claim = call(), live()
    transaction(
        lambda: service.save_draft(
            cast.mona, meeting, claim, base=Said(), done="Typed.", next="", blockers="", percent=None
        )
    )
    ended(cast.mona, meeting)
    assert notes(claim)[0].done == "Typed."


def test_what_is_typed_after_the_end_changes_that_note(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.max, meeting, claim, done="A kernel.", percent=60)
    meeting = ended(cast.mona, meeting)
    noted(cast.max, meeting, claim, base=Said("A kernel.", percent=60), done="A kernel.\nAnd tests.", percent=60)
    (note,) = notes(claim)
    assert note.done == "A kernel.\nAnd tests."


def test_a_meeting_goes_on_and_ends_again_without_a_second_note(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.max, meeting, claim, done="A kernel.", percent=60)
    meeting = ended(cast.mona, meeting)
    meeting = transaction(lambda: service.resume_meeting(cast.max, meeting))
    assert meeting.state == "planned" and meeting.held_at is None
    noted(cast.max, meeting, claim, base=Said("A kernel.", percent=60), done="Two kernels.", percent=60)
    ended(cast.mona, meeting)
    assert [note.done for note in notes(claim)] == ["Two kernels."]


def test_a_meeting_ends_once_and_not_before_it_began(cast: Cast, call):
    with pytest.raises(Refused, match="hasn't begun yet"):
        ended(cast.mona, call(hours=-1))
    meeting = ended(cast.mona, call())
    with pytest.raises(Refused, match="“held”"):
        ended(cast.max, meeting)
    with pytest.raises(Forbidden):
        transaction(lambda: service.resume_meeting(cast.dora, meeting))
    with pytest.raises(Forbidden):
        ended(cast.dora, call(hours=3))


def test_items_that_were_not_heard_wait_for_the_next_meeting(cast: Cast, call):
    from tracker.agendas import service as agendas

    meeting = call(hours=-1)
    for title in ("Demo", "Layout"):
        item = transaction(
            lambda title=title: agendas.propose_item(
                cast.otto, meeting, kind="topic", title=title, details="", minutes_long=10
            )
        )
        transaction(lambda item=item: agendas.accept_proposal(cast.mona, item))
    with clock.pretend(clock.now() + dt.timedelta(hours=2)):
        transaction(lambda: agendas.hear_item(cast.mona, item))
        ended(cast.mona, meeting)
    assert db.session.get(Discussion, meeting.id).carried == ["Demo"]


# -- minutes --------------------------------------------------------------------------------------


def test_minutes_are_written_then_published_once(cast: Cast, call):
    meeting = call()
    meeting = transaction(lambda: service.write_minutes(cast.mona, meeting, minutes="All *well*.", version=1))
    assert (meeting.state, meeting.version) == ("planned", 2)
    meeting = transaction(lambda: service.publish_minutes(cast.mona, meeting, version=2))
    assert meeting.state == "minutes_published" and meeting.minutes_published_at is not None
    assert meeting.held_at is not None
    for again in (
        lambda: service.write_minutes(cast.mona, meeting, minutes="Other.", version=3),
        lambda: service.publish_minutes(cast.mona, meeting, version=3),
    ):
        with pytest.raises(Refused, match="only by a correction"):
            transaction(again)


def test_publishing_ends_a_meeting_that_nobody_ended(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.max, meeting, claim, done="A kernel.", percent=60)
    published(cast, meeting)
    assert notes(claim)[0].done == "A kernel."


def test_minutes_that_somebody_else_wrote_meanwhile_are_not_overwritten(cast: Cast, call):
    meeting = call()
    transaction(lambda: service.write_minutes(cast.max, meeting, minutes="His.", version=1))
    with pytest.raises(Refused, match="Max changed this since you opened the page: minutes"):
        transaction(lambda: service.write_minutes(cast.mona, meeting, minutes="Hers.", version=1))


def test_minutes_are_not_published_before_the_meeting_or_empty(cast: Cast, call):
    early, empty = call(hours=-3), call(hours=48)
    transaction(lambda: service.write_minutes(cast.mona, early, minutes="Prepared.", version=1))
    with pytest.raises(Refused, match="hasn't begun"):
        transaction(lambda: service.publish_minutes(cast.mona, early, version=2))
    with pytest.raises(Refused, match="no minutes yet"):
        transaction(lambda: service.publish_minutes(cast.mona, empty, version=1))


def test_a_cancelled_meeting_has_no_minutes_and_no_notes(cast: Cast, call, live):
    meeting, claim = call(hours=-3), live()
    transaction(lambda: cancel_meeting(cast.mona, meeting, reason="Nobody can come."))
    with pytest.raises(Refused, match="it has no minutes"):
        transaction(lambda: service.write_minutes(cast.mona, meeting, minutes="x", version=2))
    with pytest.raises(Refused, match="“cancelled”"):
        noted(cast.mona, meeting, claim, done="x")


# -- corrections ----------------------------------------------------------------------------------


def correct(actor, meeting, **fields):
    values = {"text": "All **very** well.", "reason": "A word was missing.", "version": meeting.version, **fields}
    return transaction(lambda: service.correct_minutes(actor, meeting, **values))


def test_a_correction_is_a_new_version_with_its_reason_and_the_followers_are_told(cast: Cast, call):
    db.session.add(Follower(user_id=cast.otto.id, sig_id=cast.akg.id))
    db.session.commit()
    meeting = published(cast, call())
    meeting = correct(cast.max, meeting)
    first, second = queries.versions_of(meeting)
    assert (first.number, first.text, first.by) == (1, "All *well*.", "Mona")
    assert (second.number, second.text, second.reason, second.by) == (
        2, "All **very** well.", "A word was missing.", "Max",
    )  # fmt: skip
    assert meeting.minutes == second.text and told("meeting.minutes_corrected") == {cast.otto.id}


def test_minutes_that_were_published_before_versions_were_kept_are_version_one(cast: Cast, call):
    meeting = call()
    meeting.minutes, meeting.minutes_published_at = "From before.", clock.now()
    meeting.held_at = clock.now()
    for state in ("held", "minutes_published"):
        meeting.state = state
        db.session.commit()
    assert [(v.number, v.text, v.by) for v in queries.versions_of(meeting)] == [(1, "From before.", "")]
    meeting = correct(cast.mona, meeting, text="From before, corrected.")
    assert [(v.number, v.text) for v in queries.versions_of(meeting)] == [
        (1, "From before."), (2, "From before, corrected."),
    ]  # fmt: skip
    assert db.session.query(MinutesVersion).count() == 2


def test_corrections_are_refused_with_the_way_on(cast: Cast, call):
    draft = call(hours=48)
    with pytest.raises(Refused, match="aren't published"):
        correct(cast.mona, draft)
    meeting = published(cast, call())
    for fields, words in (({"reason": " "}, "Say what was wrong"), ({"text": " "}, "can't be taken back"),
                          ({"text": "All *well*. "}, "say already"), ({"version": 1}, "Mona changed this")):  # fmt: skip
        with pytest.raises(Refused, match=words):
            correct(cast.mona, meeting, **fields)
    with pytest.raises(Forbidden):
        correct(cast.dora, meeting)


def test_two_corrections_at_once_are_one_and_a_refusal(cast: Cast, call):
    meeting = published(cast, call())
    seen = meeting.version
    correct(cast.max, meeting, version=seen)
    with pytest.raises(Refused, match="Max changed this"):
        correct(cast.mona, meeting, version=seen, text="Mine.")


# -- what waits -----------------------------------------------------------------------------------


def test_what_waits_are_ones_action_items_and_minutes_to_publish(cast: Cast, call):
    meeting = call(hours=5)
    call(hours=-5)
    item = transaction(
        lambda: service.add_action_item(
            cast.max, meeting, text="Restart CI", owner=cast.mona, due_on=dt.date(2030, 1, 2)
        )
    )
    found = queries.waiting_for(cast.mona)
    assert [(str(row.text), row.path) for row in found] == [
        ("Restart CI", "/action-items/"), ("Publish the minutes", f"{meeting.path}minutes"),
    ]  # fmt: skip
    assert found[0].due is not None and found[0].due.astimezone(dt.UTC).date() == dt.date(2030, 1, 2)
    transaction(lambda: service.finish_action_item(cast.mona, item))
    published(cast, meeting)
    assert queries.waiting_for(cast.mona) == [] and queries.waiting_for(cast.dora) == []


def test_reports_are_never_deleted(cast: Cast, call, live):
    meeting, claim = call(), live()
    noted(cast.max, meeting, claim, done="A kernel.")
    row = db.session.query(Report).one()
    with pytest.raises(Exception, match="never_deleted"):
        transaction(lambda: (db.session.delete(db.session.get(Report, row.id)), db.session.flush()))
