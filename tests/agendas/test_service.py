"""Proposing, answering, ordering and hearing items."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock
from tracker.agendas import queries, service
from tracker.agendas.models import Proposal
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events.models import Event, Notice
from tracker.permissions import ANYBODY
from tracker.text import _day


def told(name: str) -> list[int]:
    """Who was told of the events of that name."""
    query = select(Notice.user_id).join(Event, Event.id == Notice.event_id).where(Event.name == name)
    return sorted(db.session.scalars(query))


def events(proposal: Proposal) -> list[str]:
    query = select(Event.name).where(Event.subject_type == "proposal", Event.subject_id == proposal.id)
    return list(db.session.scalars(query.order_by(Event.id)))


def titles(meeting: Any) -> list[str]:
    return [row.title for row in queries.accepted_items(meeting.id)]


# -- proposing ------------------------------------------------------------------------------------


def test_anybody_signed_in_proposes_and_the_organiser_is_told(cast: Cast, call, propose):
    meeting = call()
    proposal = propose(meeting, cast.otto, "  The IR \n draft ", kind="topic", details=" Read it. ", minutes_long=25)
    assert (proposal.title, proposal.details, proposal.state) == ("The IR draft", "Read it.", "proposed")
    assert (proposal.sig_id, proposal.meeting_id, proposal.minutes_long) == (cast.akg.id, meeting.id, 25)
    assert events(proposal) == ["proposal.made"] and told("proposal.made") == [cast.nils.id]


def test_without_an_organiser_the_maintainers_are_told(cast: Cast, call, propose):
    propose(call(organiser_id=None))
    assert told("proposal.made") == sorted([cast.mona.id, cast.max.id])


def test_visitors_propose_nothing(cast: Cast, call, propose):
    with pytest.raises(Forbidden):
        propose(call(), ANYBODY)


def test_before_the_opening_and_after_the_cut_off_it_says_when_and_what_to_do(cast: Cast, call, propose):
    meeting, later = call(days=10), call(days=24)
    with pytest.raises(Refused, match=r"opens on .* at .* \(Asia/Shanghai\).*ask Nils"):
        propose(meeting)
    with clock.pretend(meeting.agenda_opens_at):
        propose(meeting)
    with clock.pretend(meeting.agenda_closes_at), pytest.raises(Refused) as refused:
        propose(meeting, cast.otto)
    day = str(_day(later.starts_at.astimezone(ZoneInfo("Asia/Shanghai")).date()))
    assert f"Propose it for the next meeting, on {day}, or ask Nils" in str(refused.value)


def test_without_times_an_agenda_is_open_until_the_meeting_begins(cast: Cast, call, propose):
    meeting = call(days=40, agenda_opens_at=None, agenda_closes_at=None)
    propose(meeting)
    with clock.pretend(meeting.starts_at), pytest.raises(Refused, match="closed on"):
        propose(meeting, cast.otto)


def test_who_runs_the_meeting_adds_items_until_it_has_ended(cast: Cast, call, propose):
    meeting, early = call(days=0.5), call(days=20)
    for index, person in enumerate((cast.nils, cast.mona, cast.max)):
        propose(meeting, person, f"Late {index}")
        propose(early, person, f"Early {index}")
    with pytest.raises(Refused, match="closed on"):
        propose(meeting, cast.admin)
    meeting.state = "held"
    db.session.commit()
    with pytest.raises(Refused, match="is over"):
        propose(meeting, cast.nils, "Too late")


@pytest.mark.parametrize("state", ["cancelled", "skipped", "postponed"])
def test_a_meeting_that_falls_away_takes_nothing(cast: Cast, call, propose, state):
    meeting = call(state="skipped" if state == "skipped" else "planned")
    meeting.state = state
    db.session.commit()
    with pytest.raises(Refused, match="doesn't take place"):
        propose(meeting, cast.nils)


def test_the_same_item_is_proposed_once_by_a_person_for_a_meeting(cast: Cast, call, propose):
    meeting, other = call(), call(days=5)
    first = propose(meeting)
    with pytest.raises(Refused, match="already"):
        propose(meeting, title="softmax on  an FPGA")
    propose(meeting, cast.otto)
    propose(other)
    transaction(lambda: service.withdraw_proposal(cast.dora, first))
    propose(meeting)


def test_ten_proposals_of_a_person_wait_and_the_organisers_are_free(cast: Cast, call, propose):
    meeting = call()
    for index in range(10):
        propose(meeting, title=f"Item {index}")
        propose(meeting, cast.nils, title=f"Item {index}")
    with pytest.raises(Refused, match="10 proposals of yours"):
        propose(meeting, title="One more")
    propose(meeting, cast.nils, title="One more")


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"kind": "party"}, "kind"), ({"minutes_long": 481}, "minutes_long"), ({"title": " "}, "title")],
)
def test_what_can_not_be_is_refused_at_the_field(cast: Cast, call, propose, fields, field):
    with pytest.raises(Refused) as refused:
        propose(call(), **fields)
    assert refused.value.field == field


# -- changing and withdrawing ---------------------------------------------------------------------


def edit(who: Any, proposal: Proposal, **fields: Any) -> Proposal:
    values = {"version": proposal.version, "kind": "topic", "title": "Another title", "minutes_long": 5, **fields}
    return transaction(lambda: service.edit_proposal(who, proposal, **values))


def test_the_proposer_changes_it_while_it_waits(cast: Cast, call, propose):
    proposal = propose(call())
    edit(cast.dora, proposal)
    assert (proposal.title, proposal.kind, proposal.minutes_long, proposal.version) == ("Another title", "topic", 5, 2)
    edit(cast.dora, proposal)
    assert proposal.version == 2 and events(proposal) == ["proposal.made", "proposal.edited"]
    with pytest.raises(Refused, match="changed since"):
        edit(cast.dora, proposal, version=1, title="Stale")
    for person in (cast.nils, cast.mona, cast.otto):
        with pytest.raises(Forbidden):
            edit(person, proposal, title="Theirs")


def test_after_the_cut_off_or_once_it_is_answered_it_stays_as_it_is(cast: Cast, call, propose, accepted):
    proposal = propose(call())
    with clock.pretend(proposal.meeting.agenda_closes_at), pytest.raises(Refused, match="closed on"):
        edit(cast.dora, proposal)
    with pytest.raises(Refused, match="on the agenda"):
        edit(cast.dora, accepted(call(days=4)))


def test_a_change_makes_no_second_one_of_the_same_title(cast: Cast, call, propose):
    meeting = call()
    propose(meeting, title="Another title")
    with pytest.raises(Refused, match="already"):
        edit(cast.dora, propose(meeting))


def test_it_is_withdrawn_by_its_proposer_alone_also_from_the_agenda(cast: Cast, call, accepted):
    proposal = accepted(call())
    for person in (cast.nils, cast.mona, cast.otto):
        with pytest.raises(Forbidden):
            transaction(lambda who=person: service.withdraw_proposal(who, proposal))
    transaction(lambda: service.withdraw_proposal(cast.dora, proposal))
    assert proposal.state == "withdrawn" and told("proposal.withdrawn") == [cast.nils.id]
    with pytest.raises(Refused, match="withdrawn"):
        transaction(lambda: service.withdraw_proposal(cast.dora, proposal))


# -- answering ------------------------------------------------------------------------------------


def test_accepted_items_line_up_and_their_proposers_are_told(cast: Cast, call, accepted):
    meeting = call()
    accepted(meeting, title="First")
    accepted(meeting, cast.otto, "Second")
    assert titles(meeting) == ["First", "Second"]
    assert told("proposal.accepted") == sorted([cast.dora.id, cast.otto.id])


def test_organisers_and_maintainers_answer_nobody_else(cast: Cast, call, propose):
    proposal = propose(call(organiser_id=cast.otto.id))
    for person in (cast.dora, cast.nils, cast.fay, cast.admin, ANYBODY):
        with pytest.raises(Forbidden):
            transaction(lambda who=person: service.accept_proposal(who, proposal))
        with pytest.raises(Forbidden):
            transaction(lambda who=person: service.decline_proposal(who, proposal, reason="No."))
        with pytest.raises(Forbidden):
            transaction(lambda who=person: service.defer_proposal(who, proposal))
    transaction(lambda: service.accept_proposal(cast.otto, proposal))
    transaction(lambda: service.decline_proposal(cast.mona, proposal, reason="No time."))


def test_declining_needs_a_reason_that_the_proposer_reads(cast: Cast, call, propose):
    proposal = propose(call())
    with pytest.raises(Refused) as refused:
        transaction(lambda: service.decline_proposal(cast.nils, proposal, reason="  "))
    assert refused.value.field == "reason"
    transaction(lambda: service.decline_proposal(cast.nils, proposal, reason=" Not for us. "))
    assert (proposal.state, proposal.reason) == ("declined", "Not for us.") and told("proposal.declined") == [
        cast.dora.id
    ]
    with pytest.raises(Refused, match="declined"):
        transaction(lambda: service.accept_proposal(cast.nils, proposal))


@pytest.mark.parametrize("state", ["held", "cancelled"])
def test_nothing_is_put_on_the_agenda_of_a_meeting_that_is_over_or_off(cast: Cast, call, propose, state):
    proposal = propose(call())
    proposal.meeting.state = state
    db.session.commit()
    with pytest.raises(Refused, match="isn't to come"):
        transaction(lambda: service.accept_proposal(cast.nils, proposal))


# -- the order, and what was heard ----------------------------------------------------------------


def test_items_change_places(cast: Cast, call, accepted, propose):
    meeting = call()
    waiting = propose(meeting, title="Four")
    first, second, third = (accepted(meeting, title=name) for name in ("One", "Two", "Three"))
    transaction(lambda: service.place_item(cast.nils, third, up=True))
    transaction(lambda: service.place_item(cast.nils, first, up=False))
    assert titles(meeting) == ["Three", "One", "Two"]
    with pytest.raises(Refused, match="first already"):
        transaction(lambda: service.place_item(cast.nils, third, up=True))
    with pytest.raises(Refused, match="last already"):
        transaction(lambda: service.place_item(cast.nils, second, up=False))
    with pytest.raises(Forbidden):
        transaction(lambda: service.place_item(cast.dora, first, up=True))
    with pytest.raises(Refused, match="isn't on the agenda"):
        transaction(lambda: service.place_item(cast.nils, waiting, up=True))
    accepted(meeting, title="Five")
    assert titles(meeting) == ["Three", "One", "Two", "Five"]


def test_an_item_is_heard_and_unheard(cast: Cast, call, accepted):
    proposal = accepted(call())
    with pytest.raises(Forbidden):
        transaction(lambda: service.hear_item(cast.dora, proposal))
    transaction(lambda: service.hear_item(cast.nils, proposal))
    assert proposal.state == "heard" and titles(proposal.meeting) == [proposal.title]
    transaction(lambda: service.unhear_item(cast.nils, proposal))
    assert proposal.state == "accepted" and events(proposal)[-2:] == ["proposal.heard", "proposal.unheard"]


def test_what_was_heard_is_settled_once_the_minutes_are_published(cast: Cast, call, accepted):
    proposal = accepted(call())
    proposal.meeting.minutes_published_at = clock.now()
    db.session.commit()
    with pytest.raises(Refused, match="minutes of .* are published"):
        transaction(lambda: service.hear_item(cast.nils, proposal))
    off = accepted(call(days=5))
    off.meeting.state = "cancelled"
    db.session.commit()
    with pytest.raises(Refused, match="doesn't take place"):
        transaction(lambda: service.hear_item(cast.nils, off))


def test_a_proposal_is_never_deleted(cast: Cast, call, propose):
    proposal = propose(call())
    with pytest.raises(Exception, match="proposal"):
        transaction(lambda: db.session.delete(proposal))


def test_clock_times_of_the_cut_off_are_those_of_the_meeting(cast: Cast, call, propose):
    closes = dt.datetime(2026, 12, 1, 23, 30, tzinfo=dt.UTC)
    meeting = call(days=30, agenda_closes_at=closes, agenda_opens_at=None)
    with clock.pretend(closes), pytest.raises(Refused, match="closed on 2 December 2026 at 07:30"):
        propose(meeting)
