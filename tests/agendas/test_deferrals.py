"""How proposals come to a later meeting."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agendas.test_service import events, told
from tests.support.cast import Cast
from tracker import clock
from tracker.agendas import service
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.meetings.service import cancel_meeting
from tracker.permissions import SYSTEM


def end(meeting: Any, state: str = "held") -> None:
    meeting.state = state
    db.session.commit()


def test_it_goes_to_the_next_meeting_of_the_same_kind_that_takes_place(cast: Cast, call, propose):
    meeting, off, seminar, following = (
        call(),
        call(days=10),
        call(days=11, kind="seminar"),
        call(days=17, organiser_id=cast.otto.id),
    )
    call(days=31)
    end(off, "cancelled")
    proposal = propose(meeting)
    transaction(lambda: service.defer_proposal(cast.nils, proposal, reason=" Too full. "))
    assert proposal.meeting_id == following.id != seminar.id
    assert (proposal.state, proposal.deferrals, proposal.reason) == ("deferred", 1, "Too full.")
    assert told("proposal.deferred") == sorted([cast.dora.id, cast.otto.id])
    transaction(lambda: service.accept_proposal(cast.otto, proposal))
    assert (proposal.state, proposal.reason) == ("accepted", "")


def test_without_a_later_meeting_it_waits_and_is_taken_up(cast: Cast, call, propose, accepted):
    proposal = accepted(call())
    transaction(lambda: service.defer_proposal(cast.nils, proposal))
    assert (proposal.state, proposal.meeting_id, proposal.position) == ("deferred", None, 0)
    for refused in (service.defer_proposal, service.accept_proposal):
        with pytest.raises(Refused, match="waits for"):
            transaction(lambda step=refused: step(cast.mona, proposal))
    seminar, following = call(days=20, kind="seminar"), call(days=30, organiser_id=cast.otto.id)
    with pytest.raises(Forbidden):
        transaction(lambda: service.adopt_deferred(cast.dora, following))
    with pytest.raises(Refused, match="Nothing waits"):
        transaction(lambda: service.adopt_deferred(cast.mona, seminar))
    transaction(lambda: service.adopt_deferred(cast.otto, following))
    assert proposal.meeting_id == following.id and proposal.state == "deferred"
    assert events(proposal)[-1] == "proposal.attached" and told("proposal.attached") == [cast.dora.id]
    end(following, "held")
    with pytest.raises(Refused, match="isn't to come"):
        transaction(lambda: service.adopt_deferred(cast.mona, following))


def test_its_proposer_changes_and_withdraws_it_while_it_waits_for_a_meeting(cast: Cast, call, propose):
    proposal = propose(call())
    transaction(lambda: service.defer_proposal(cast.nils, proposal))
    transaction(lambda: service.edit_proposal(cast.dora, proposal, version=1, kind="topic", title="Shorter"))
    transaction(lambda: service.withdraw_proposal(cast.dora, proposal))
    assert (proposal.title, proposal.state) == ("Shorter", "withdrawn")


def test_what_was_not_heard_drops_to_the_next_meeting(cast: Cast, call, propose, accepted):
    meeting, following = call(), call(days=17)
    heard, absent, unanswered = (
        accepted(meeting, title="Heard"),
        accepted(meeting, cast.otto, "Absent"),
        propose(meeting, title="Asked"),
    )
    declined = propose(meeting, title="Declined")
    transaction(lambda: service.decline_proposal(cast.nils, declined, reason="No."))
    transaction(lambda: service.hear_item(cast.nils, heard))
    with pytest.raises(Forbidden):
        transaction(lambda: service.carry_over(cast.dora, meeting))
    moved = transaction(lambda: service.carry_over(cast.nils, meeting))
    assert [proposal.id for proposal in moved] == [absent.id, unanswered.id]
    assert {(p.state, p.meeting_id, p.deferrals) for p in moved} == {("deferred", following.id, 1)}
    assert (heard.state, heard.meeting_id) == ("heard", meeting.id) and declined.meeting_id == meeting.id
    assert events(absent)[-1] == "proposal.carried_over"
    assert told("proposal.carried_over") == sorted([cast.dora.id, cast.otto.id])
    assert transaction(lambda: service.carry_over(cast.nils, meeting)) == []


def test_absent_proposers_items_drop_and_the_others_stay(cast: Cast, call, propose, accepted):
    meeting, following = call(), call(days=17)
    here, away, asked = (
        accepted(meeting, title="Here"),
        accepted(meeting, cast.otto, "Away"),
        propose(meeting, cast.otto, "Asked"),
    )
    transaction(lambda: service.drop_absent(cast.nils, meeting, present_ids=[cast.dora.id]))
    assert (here.state, here.meeting_id) == ("accepted", meeting.id)
    assert (away.state, away.meeting_id) == ("deferred", following.id)
    assert (asked.state, asked.meeting_id) == ("proposed", meeting.id)


@pytest.mark.parametrize("who", ["nils", "mona", "system"])
def test_a_meeting_that_falls_away_gives_its_items_to_the_next(cast: Cast, call, propose, accepted, who):
    meeting, following = call(), call(days=17)
    items = [accepted(meeting, title="One"), propose(meeting, title="Two")]
    end(meeting, "cancelled")
    transaction(lambda: service.release_items(SYSTEM if who == "system" else getattr(cast, who), meeting))
    assert {(p.state, p.meeting_id) for p in items} == {("deferred", following.id)}


def test_the_night_brings_what_waits_to_its_meeting_once(cast: Cast, call, propose, accepted):
    meeting, published, postponed, last = call(), call(days=4), call(days=5), call(days=6)
    lost = propose(last, title="Lost")
    transaction(lambda: service.defer_proposal(cast.nils, lost))
    off = propose(meeting, title="Its meeting is cancelled")
    left, stays = accepted(published, title="Left behind"), propose(postponed, title="Stays")
    for item, state in ((meeting, "cancelled"), (published, "minutes_published"), (postponed, "postponed")):
        end(item, state)
    assert transaction(lambda: service.attach_deferred(SYSTEM, cast.akg.id)) == 2
    assert (lost.meeting_id, off.meeting_id, left.meeting_id) == (None, last.id, last.id)
    assert (off.state, left.state, stays.meeting_id) == ("deferred", "deferred", postponed.id)
    following = call(days=30)
    assert transaction(lambda: service.attach_deferred(SYSTEM, cast.akg.id)) == 1
    assert transaction(lambda: service.attach_deferred(SYSTEM, cast.akg.id)) == 0
    assert lost.meeting_id == following.id and events(lost)[-1] == "proposal.attached"
    with pytest.raises(Forbidden):
        transaction(lambda: service.attach_deferred(cast.nils, cast.akg.id))


def test_a_seminars_item_waits_for_a_seminar(cast: Cast, call, propose):
    seminar = call(kind="seminar")
    proposal = propose(seminar)
    call(days=10)
    transaction(lambda: service.defer_proposal(cast.nils, proposal))
    assert proposal.meeting_id is None
    assert transaction(lambda: service.attach_deferred(SYSTEM, cast.akg.id)) == 0
    later = call(days=40, kind="seminar")
    assert transaction(lambda: service.attach_deferred(SYSTEM, cast.akg.id)) == 1 and proposal.meeting_id == later.id


def test_after_the_meeting_the_next_one_is_one_that_is_to_come(cast: Cast, call, accepted):
    meeting, passed, coming = call(days=2), call(days=4), call(days=30)
    proposal = accepted(meeting)
    with clock.pretend(passed.ends_at):
        transaction(lambda: service.carry_over(cast.nils, meeting))
    assert proposal.meeting_id == coming.id


def test_cancelling_a_meeting_passes_its_items_on_in_the_same_step(cast: Cast, call, accepted):
    meeting, following = call(), call(days=17)
    proposal = accepted(meeting)
    transaction(lambda: cancel_meeting(cast.mona, meeting, reason="The room is flooded."))
    assert (proposal.meeting_id, proposal.state) == (following.id, "deferred")
