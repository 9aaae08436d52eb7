"""Votes at meetings that go on, come, have been, or don't take place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.promotions.conftest import Groups
from tests.support.client import Client
from tracker import clock, nightly
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice
from tracker.meetings import service as meetings
from tracker.meetings.models import Meeting
from tracker.promotions import queries, service


def meeting_at(groups: Groups, **away: float) -> Meeting:
    made = Meeting(sig_id=groups.cast.akg.id, starts_at=clock.now() + dt.timedelta(**away), time_zone="Asia/Shanghai",
                   created_at=clock.now())  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


def test_a_vote_isnt_moved_to_where_it_could_be_closed_at_once(groups: Groups, client: Client) -> None:
    made = groups.voting()
    began, goes_on, comes = meeting_at(groups, hours=-11), meeting_at(groups, minutes=-1), meeting_at(groups, days=2)
    mona = client.sign_in(groups.cast.mona)
    for meeting in (began, goes_on):
        with pytest.raises(Refused, match="Choose a planned meeting"):
            transaction(lambda meeting=meeting: service.move_ballot(groups.cast.mona, made, meeting=meeting))
        mona.post(f"{made.path}move", 422, meeting=str(meeting.id))
    mona.post(f"{made.path}move", meeting=str(comes.id))
    mona.post(f"{made.path}close", 409)


def test_a_vote_is_opened_at_a_meeting_that_goes_on_but_at_none_that_is_over(groups: Groups) -> None:
    made, over = groups.nominated(), meeting_at(groups, hours=-2)
    with pytest.raises(Refused, match="Choose a planned meeting"):
        transaction(lambda: service.open_ballot(groups.cast.mona, made, meeting=over))
    assert transaction(lambda: service.open_ballot(groups.cast.mona, made, meeting=groups.meeting)).state == "voting"


def test_a_vote_whose_meeting_is_off_asks_its_maintainers_alone(
    groups: Groups, client: Client, later: Callable[[float], Any]
) -> None:
    made, cast = groups.nominated(), groups.cast
    meeting = meeting_at(groups, hours=20)
    transaction(lambda: service.open_ballot(cast.mona, made, meeting=meeting))
    assert [row.what for row in queries.waiting_for(groups.cleo)] == ["vote"]
    assert queries.to_remind() == [made.id]
    transaction(lambda: meetings.cancel_meeting(cast.mona, meeting, reason="The room is taken."))
    assert queries.to_remind() == []
    assert queries.waiting_for(groups.cleo) == []
    for who in (cast.mona, cast.max):
        assert [(row.what, row.due) for row in queries.waiting_for(who)] == [("move", None)]
    assert "Vote without a meeting" in client.sign_in(cast.mona).get("/dashboard/").get_data(as_text=True)
    assert "Vote at another meeting" in client.get("/promotions/").get_data(as_text=True)
    nightly.run_by_hand()
    assert not db.session.scalars(select(Event).where(Event.name == "promotion.vote_missing")).all()
    transaction(lambda: service.move_ballot(cast.mona, made, meeting=meeting_at(groups, days=1)))
    assert [row.what for row in queries.waiting_for(groups.cleo)] == ["vote"]


def test_whoever_would_have_voted_learns_that_the_meeting_is_off(groups: Groups) -> None:
    cast, meeting = groups.cast, meeting_at(groups, hours=20)
    made = groups.nominated()
    transaction(lambda: service.open_ballot(cast.mona, made, meeting=meeting))
    transaction(lambda: meetings.cancel_meeting(cast.mona, meeting, reason="The room is taken."))
    told = select(Notice.user_id).join(Event, Event.id == Notice.event_id).where(Event.name == "promotion.ballot_off")
    assert set(db.session.scalars(told)) == {cast.dora.id, cast.max.id, groups.cleo.id}  # mona did it
    # What is closed, and what is held elsewhere, isn't spoken of.
    other = meeting_at(groups, hours=40)
    transaction(lambda: service.move_ballot(cast.mona, made, meeting=other))
    transaction(lambda: service.withdraw_promotion(cast.dora, made))
    transaction(lambda: meetings.cancel_meeting(cast.mona, other, reason="No topics."))
    assert len(db.session.scalars(told).all()) == 3
