"""What is told once before a meeting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.clocks.conftest import days, do, events, night, told
from tests.support.cast import Cast
from tracker import clock
from tracker.clocks import reminders
from tracker.db import db
from tracker.meetings import service as meetings
from tracker.meetings.models import Meeting

Call = Callable[..., Any]


def test_a_missing_report_is_asked_for_once(cast: Cast, call: Call) -> None:
    claim = cast.make_claim(state="active")
    call(1)
    run = night()
    assert run.counts["remind"] == 1 and night().counts["remind"] == 0 and night(0.5).counts["remind"] == 0
    [event] = events("meeting.note_missing")
    assert told("meeting.note_missing") == [cast.dora.id]
    assert event.facts["tasks"] == claim.task.reference and event.facts["when"].startswith("20")


def test_it_is_not_asked_for_earlier_than_two_days_before(cast: Cast, call: Call) -> None:
    cast.make_claim(state="active")
    call(5)
    assert night().counts["remind"] == 0
    assert night(3).counts["remind"] == 1


def test_several_tasks_are_one_notice(cast: Cast, call: Call) -> None:
    made = [cast.make_claim(task=cast.make_task(), state="active") for _ in range(2)]
    cast.make_claim(cast.otto, made[0].task, "active")
    call(1)
    assert night().counts["remind"] == 2
    assert told("meeting.note_missing") == sorted([cast.dora.id, cast.otto.id])
    tasks = {event.facts["tasks"] for event in events("meeting.note_missing")}
    assert ", ".join(claim.task.reference for claim in made) in tasks


def test_who_reported_is_not_reminded(cast: Cast, call: Call) -> None:
    claim = cast.make_claim(state="active")
    meeting = call(1)
    do(meetings.write_note, cast.dora, claim, percent=30, done="A kernel.", meeting=meeting)
    assert night().counts["remind"] == 0
    assert do(reminders.remind, meeting.id, cast.dora.id) is False, "it came between listing and acting"


def test_a_meeting_that_does_not_take_place_asks_nobody(cast: Cast, call: Call) -> None:
    cast.make_claim(state="active")
    for state in ("cancelled", "skipped", "postponed"):
        meeting = call(1, title=state)
        meeting.state = state
        db.session.commit()
    moment = clock.now() + days(1)
    unsettled = Meeting(
        sig_id=cast.akg.id, state="to_confirm", starts_at=moment, time_zone="Asia/Shanghai", created_at=moment
    )
    db.session.add(unsettled)
    db.session.commit()
    assert night().counts["remind"] == 0
    assert do(reminders.remind, unsettled.id, cast.dora.id) is False
    call(1)
    assert night().counts["remind"] == 1


def test_a_meeting_that_has_begun_asks_nobody(cast: Cast, call: Call) -> None:
    cast.make_claim(state="active")
    call(0.02)
    assert night(0.05).counts["remind"] == 0


def test_organisers_are_told_once_that_the_agenda_is_open(cast: Cast, call: Call) -> None:
    meeting = call(10)
    assert night().counts["open_agenda"] == 0, "without a time of its own it is open from the start"
    meeting.agenda_opens_at, meeting.organiser_id = clock.now() + days(3), cast.mona.id
    db.session.commit()
    assert night().counts["open_agenda"] == 0
    assert night(3.5).counts["open_agenda"] == 1 and night(4).counts["open_agenda"] == 0
    assert told("meeting.agenda_opened") == [cast.mona.id]


def test_a_cancelled_meeting_opens_no_agenda(cast: Cast, call: Call) -> None:
    meeting = call(10)
    meeting.agenda_opens_at, meeting.state = clock.now() - days(1), "cancelled"
    db.session.commit()
    assert night().counts["open_agenda"] == 0 and do(reminders.open_agenda, meeting.id) is False
