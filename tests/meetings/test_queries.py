"""The agenda, who hasn't reported, lists."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Missing
from tracker.meetings import queries, service
from tracker.permissions import ANYBODY


def lines(meeting, reader=ANYBODY):
    return {line.reference: line for area in queries.agenda(meeting, reader) for line in area.rows}


def test_it_groups_live_claims_by_area_and_leaves_the_others_out(cast: Cast, call):
    second = cast.make_task(area_id=cast.backend_area.id)
    third = cast.make_task(area_id=None)
    for person, task, state in ((cast.dora, second, "active"), (cast.dora, third, "submitted"), (cast.otto, cast.task, "applied"),
                                (cast.otto, second, "released")):  # fmt: skip
        cast.make_claim(person, task, state=state)
    areas = queries.agenda(call())
    assert [(area.name, [line.reference for line in area.rows]) for area in areas] == [
        ("Backend iteration", [second.reference]), ("", [third.reference]),
    ]  # fmt: skip


def test_without_a_note_for_the_meeting_it_says_not_reported(cast: Cast, call, write):
    call(days=-5)
    meeting, claim = call(days=9), cast.make_claim(state="active")
    assert not lines(meeting)[cast.task.reference].reported
    write(claim, ago=6, done="Before the last meeting.")
    line = lines(meeting)[cast.task.reference]
    assert not line.reported and line.done == "Before the last meeting."
    write(claim, ago=1, done="Since then.", percent=60)
    line = lines(meeting)[cast.task.reference]
    assert line.reported and (line.done, line.percent) == ("Since then.", 60)


def test_a_note_that_names_the_meeting_counts_however_old(cast: Cast, call, write):
    call(days=-5)
    meeting, claim = call(days=9), cast.make_claim(state="active")
    write(claim, ago=6, meeting=meeting)
    assert lines(meeting)[cast.task.reference].reported


def test_cancelled_meetings_and_other_kinds_dont_divide_the_time(cast: Cast, call, write):
    off = call(days=-2)
    call(days=-1, kind="seminar")
    transaction(lambda: service.cancel_meeting(cast.mona, off, reason="A holiday."))
    write(cast.make_claim(state="active"), ago=3)
    assert lines(call())[cast.task.reference].reported


def test_a_past_meeting_keeps_the_claims_and_notes_of_its_day(cast: Cast, call, write):
    with clock.pretend(clock.now() - dt.timedelta(days=10)):
        claim = cast.make_claim(state="active")
    meeting = call(days=-5)
    write(claim, ago=6, done="Then.")
    write(claim, ago=1, done="Now.")
    late = cast.make_task()
    cast.make_claim(cast.otto, late, state="active")
    found = lines(meeting)
    assert set(found) == {cast.task.reference} and found[cast.task.reference].done == "Then."
    claim.state = "released"
    claim.seat_no = claim.hold_no = None
    claim.decided_at = clock.now()
    db.session.commit()
    assert cast.task.reference in lines(meeting) and cast.task.reference not in lines(call())


def test_it_knows_who_may_open_the_claim(cast: Cast, call):
    cast.make_claim(state="active")
    meeting = call()
    readable = {person.handle: lines(meeting, person)[cast.task.reference].readable
                for person in (cast.dora, cast.otto, cast.nils, cast.mona, cast.fay, cast.admin)}  # fmt: skip
    assert readable == {"dora": True, "otto": False, "nils": True, "mona": True, "fay": False, "admin": True}
    assert not lines(meeting)[cast.task.reference].readable


def test_two_hundred_live_claims_take_two_statements(cast: Cast, call, write):
    cast.rules.live_claims_per_person = 100
    db.session.commit()
    call(days=-5)
    people = [cast.dora, cast.otto, cast.fay, cast.finn]
    for index in range(200):
        claim = cast.make_claim(people[index % 4], cast.make_task(), state="active")
        if index < 3:
            write(claim, people[index % 4])
    meeting = call()
    _ = meeting.ends_at, cast.mona.memberships
    with statements() as seen:
        areas = queries.agenda(meeting, cast.mona)
    assert sum(len(area.rows) for area in areas) == 200
    assert len(seen) <= 2, seen


# -- not reported ---------------------------------------------------------------------------------


def test_holders_without_a_report_for_the_next_meeting_are_named(cast: Cast, call, write):
    call(days=-5)
    meeting = call(days=2)
    call(days=16)
    second = cast.make_task()
    claim = cast.make_claim(state="active")
    cast.make_claim(cast.otto, second, state="submitted")
    write(claim, ago=6)
    rows = queries.not_reported([cast.akg.id, cast.ge.id])
    assert [(row.reference, row.holder, row.meeting_id) for row in rows] == [
        (cast.task.reference, "Dora", meeting.id), (second.reference, "Otto", meeting.id),
    ]  # fmt: skip
    assert rows[0].last_note_at is not None and rows[1].last_note_at is None
    write(claim)
    assert [row.holder for row in queries.not_reported([cast.akg.id])] == ["Otto"]


def test_without_sigs_or_meetings_nobody_is_missing(cast: Cast, call):
    cast.make_claim(state="active")
    assert queries.not_reported([]) == [] and queries.not_reported([cast.akg.id]) == []


# -- lists ----------------------------------------------------------------------------------------


def test_the_next_meeting_is_the_one_that_ends_next(cast: Cast, call):
    assert queries.next_meeting(cast.akg.id) is None
    call(days=-3)
    _later, running = call(days=5), call(days=-0.02, minutes_long=120)
    assert queries.next_meeting(cast.akg.id).id == running.id
    assert queries.next_meeting(cast.akg.id, "seminar") is None
    school = call(days=-20, kind="summer_school", minutes_long=420)
    school.days = 30
    db.session.commit()
    assert queries.next_meeting(cast.akg.id).id == school.id == queries.next_meeting(cast.akg.id, "summer_school").id


def test_newest_notes_come_in_one_statement(cast: Cast, write):
    first, second = cast.make_claim(state="active"), cast.make_claim(cast.otto, state="active")
    write(first, ago=3)
    newest = write(first, done="Newest.")
    ids = [first.id, second.id]
    assert queries.newest_note(first.id).id == newest.id
    db.session.commit()
    with statements() as seen:
        found = queries.newest_notes(ids)
    assert len(seen) == 1 and found[ids[0]].done == "Newest." and ids[1] not in found
    assert queries.newest_notes([]) == {}


@pytest.mark.parametrize("key", [0, -1, 2**31, 10**20])
def test_ids_out_of_range_are_missing(app, key):
    assert queries.find_meeting(key) is None and queries.find_meeting(None) is None
    with pytest.raises(Missing):
        queries.get_meeting(key)
    with pytest.raises(Missing):
        queries.get_note(key)


def test_the_export_has_the_notes_that_one_may_read(cast: Cast, write):
    note = write(cast.make_claim(state="active"), links=["https://example.org/1"])

    def rows(actor, **filters):
        return db.session.execute(queries.progress_export(actor, **filters)).all()

    assert [row.note for row in rows(cast.mona, sig="akg", state="active", quarter=cast.cycle.quarter)] == [note.id]
    assert rows(cast.otto) == [] and rows(ANYBODY) == [] and rows(cast.mona, programme="other") == []
    assert len(rows(cast.dora, mine=True)) == 1 and rows(cast.mona, mine=True) == []
    assert ",".join(rows(cast.admin)[0]._fields) == (
        "note,claim,task,sig,handle,meeting,percent,done,next,blockers,links,written_at,mentor_comment"
    )
