"""Reviewing a hand-in: points, prize, the end of a task."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from tests.support.cast import Cast
from tracker.claims.models import Claim, Submission
from tracker.clock import now
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.events.history import history
from tracker.ledger.models import Transfer
from tracker.permissions import ANYBODY, SYSTEM
from tracker.rewards import service
from tracker.rewards.models import Reward


def handed_in(cast: Cast, **columns: Any) -> Claim:
    claim = cast.make_claim(state="submitted", **columns)
    db.session.add(Submission(claim_id=claim.id, summary="Done.", links=["https://example.org/1"], submitted_at=now()))
    db.session.commit()
    return claim


def accept(actor: Any, claim: Claim, **typed: Any) -> Claim:
    return transaction(lambda: service.accept_claim(actor, claim, **{"points": 20, **typed}))


def test_accepting_books_the_points_once(cast: Cast) -> None:
    claim = accept(cast.nils, handed_in(cast), comment="Well done.")
    entry = db.session.scalars(select(Transfer)).one()
    assert (entry.claim_id, entry.amount, entry.user_id, entry.by_id) == (
        claim.id,
        20,
        cast.dora.id,
        cast.nils.id,
    )
    assert claim.state == "accepted" and claim.points == 20 and claim.seat_no == 1 and claim.hold_no is None
    assert claim.decided_by_id == cast.nils.id and claim.answer_by is None
    with pytest.raises(Refused):
        accept(cast.nils, claim)
    assert len(db.session.scalars(select(Transfer)).all()) == 1


def test_the_review_stands_on_the_newest_hand_in(cast: Cast) -> None:
    claim = accept(cast.mona, handed_in(cast), points=15, comment="No float16.")
    submission = claim.submissions[-1]
    assert (submission.verdict, submission.points, submission.comment) == ("accept", 15, "No float16.")
    assert submission.reviewed_by_id == cast.mona.id and submission.reviewed_at == claim.decided_at


def test_accepting_is_one_event_and_tells_the_claimant(cast: Cast) -> None:
    claim = accept(cast.nils, handed_in(cast))
    event = db.session.scalars(select(Event).where(Event.subject_type == "claim")).one()
    assert event.name == "claim.accepted" and event.facts["points"] == 20 and event.facts["after"] == "accepted"
    assert db.session.scalars(select(Notice.user_id).where(Notice.event_id == event.id)).all() == [claim.user_id]


@pytest.mark.parametrize("points", [None, 0, -1, 21, 10**6])
def test_points_are_between_one_and_the_terms(cast: Cast, points: int | None) -> None:
    claim = handed_in(cast)
    with pytest.raises(Refused) as refused:
        accept(cast.nils, claim, points=points, comment="x")
    assert refused.value.field == "points" and "20" in str(refused.value)


def test_fewer_points_need_a_comment(cast: Cast) -> None:
    claim = handed_in(cast)
    with pytest.raises(Refused) as refused:
        accept(cast.nils, claim, points=19, comment="  ")
    assert refused.value.field == "comment"


def test_the_terms_count_and_not_the_task_of_today(cast: Cast) -> None:
    claim = handed_in(cast, terms={**cast.task.terms, "points": 25})
    assert accept(cast.nils, claim, points=25).points == 25


def test_only_mentors_and_maintainers_accept_and_never_the_claimant(cast: Cast) -> None:
    claim = handed_in(cast, user=cast.otto)
    for nobody in (cast.dora, cast.otto, cast.admin, cast.fay, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            accept(nobody, claim)
    own = handed_in(cast, user=cast.mona)
    with pytest.raises(Forbidden):
        accept(cast.mona, own)


@pytest.mark.parametrize("state", ["applied", "active", "changes_requested", "accepted", "released"])
def test_only_what_was_handed_in_is_accepted(cast: Cast, state: str) -> None:
    claim = cast.make_claim(state=state)
    with pytest.raises(Refused):
        accept(cast.nils, claim)
    assert not db.session.scalars(select(Transfer)).all()


def test_a_prize_of_the_terms_is_proposed_by_the_acceptor_and_its_approvers_are_told(cast: Cast) -> None:
    terms = {**cast.task.terms, "prize": "A development board", "prize_amount": 80000, "prize_currency": "CNY"}
    claim = accept(cast.mona, handed_in(cast, terms=terms))
    line = db.session.scalars(select(Reward)).one()
    assert (line.kind, line.state, line.amount, line.currency) == ("prize", "proposed", 80000, "CNY")
    assert (line.claim_id, line.user_id, line.proposed_by_id, line.acceptor_ids) == (
        claim.id, cast.dora.id, cast.mona.id, {cast.mona.id},
    )  # fmt: skip
    event = db.session.scalars(select(Event).where(Event.name == "claim.accepted")).one()
    assert event.facts["reward"] == line.id
    told = set(db.session.scalars(select(Notice.user_id).where(Notice.event_id == event.id)))
    assert told == {cast.dora.id, cast.max.id, cast.fay.id, cast.finn.id}
    assert not db.session.scalars(select(Event).where(Event.name == "reward.proposed")).all()


def test_a_prize_that_is_not_money_and_one_without_a_text(cast: Cast) -> None:
    accept(cast.mona, handed_in(cast, terms={**cast.task.terms, "prize": "A board"}))
    accept(
        cast.mona,
        handed_in(cast, user=cast.otto, terms={**cast.task.terms, "prize_amount": 100, "prize_currency": "CNY"}),
    )
    board, money = db.session.scalars(select(Reward).order_by(Reward.id)).all()
    assert board.amount is None and board.currency == ""
    assert money.amount == 100 and cast.task.reference in money.description


def test_without_a_prize_nothing_is_proposed(cast: Cast) -> None:
    accept(cast.nils, handed_in(cast))
    assert not db.session.scalars(select(Reward)).all()


def test_the_task_closes_with_its_last_seat_and_who_waits_is_told(cast: Cast) -> None:
    first, second = handed_in(cast), handed_in(cast, user=cast.otto)
    waiting = cast.make_claim(user=cast.person("wendy"), state="waiting")
    accept(cast.nils, first)
    db.session.refresh(cast.task)
    assert cast.task.state == "published" and cast.task.seats_accepted == 1
    accept(cast.nils, second)
    assert cast.task.state == "closed" and cast.task.ended_at is not None and cast.task.availability == "finished"
    assert cast.task.waiting_count == 0
    db.session.refresh(waiting)
    assert waiting.state == "closed"
    assert history("claim", waiting.id)[0].reason == "The task is finished: its last seat was accepted."
    names = db.session.scalars(select(Event.name).order_by(Event.id)).all()
    assert names[-3:] == ["claim.accepted", "claim.closed", "task.closed"]
    told = db.session.scalars(select(Notice.user_id).join(Notice.event).where(Event.name == "claim.closed")).all()
    assert told == [waiting.user_id]


def test_months_are_cut_in_the_zone_of_the_programme(cast: Cast) -> None:
    first, second = handed_in(cast), handed_in(cast, user=cast.otto)
    year = now().year
    with time_machine.travel(dt.datetime(year, 12, 31, 15, 30, tzinfo=dt.UTC), tick=False):  # 23:30 in Beijing
        accept(cast.mona, first)
    with time_machine.travel(dt.datetime(year, 12, 31, 16, 30, tzinfo=dt.UTC), tick=False):  # 00:30 in Beijing
        accept(cast.mona, second)
    months = db.session.scalars(select(Transfer.month).order_by(Transfer.id)).all()
    assert months == [f"{year}-12", f"{year + 1}-01"]


# -- the three verdicts -----------------------------------------------------------------------------


def review(actor: Any, claim: Claim, verdict: str, **typed: Any) -> Claim:
    return transaction(lambda: service.review_claim(actor, claim, verdict=verdict, **typed))


def test_a_review_accepts_returns_or_fails(cast: Cast) -> None:
    assert review(cast.nils, handed_in(cast), "accept", points=20).state == "accepted"
    returned = review(cast.nils, handed_in(cast, user=cast.otto), "changes", comment="Add float16.")
    assert returned.state == "changes_requested" and returned.submissions[-1].verdict == "changes"
    third = cast.make_task(seats=1)
    db.session.commit()
    failed = review(cast.nils, handed_in(cast, user=cast.otto, task=third), "fail", comment="Copied.")
    assert failed.state == "failed" and failed.reason == "Copied." and failed.submissions[-1].verdict == "fail"


@pytest.mark.parametrize("verdict", ["changes", "fail"])
def test_returning_and_failing_need_a_comment(cast: Cast, verdict: str) -> None:
    claim = handed_in(cast)
    with pytest.raises(Refused) as refused:
        review(cast.nils, claim, verdict, comment=" ")
    assert refused.value.field == "comment"


def test_there_is_no_fourth_verdict(cast: Cast) -> None:
    claim = handed_in(cast)
    with pytest.raises(Refused) as refused:
        review(cast.nils, claim, "maybe")
    assert refused.value.field == "verdict"
