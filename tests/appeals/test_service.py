"""The steps of an appeal, through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from tests.handovers.conftest import do, events, refused, reload, told
from tests.support.cast import Cast
from tracker import clock
from tracker.appeals import service
from tracker.appeals.models import Appeal
from tracker.claims import service as claims
from tracker.claims.eligibility import strikes_of
from tracker.claims.models import Claim
from tracker.claims.seats import fill_seats
from tracker.db import db
from tracker.errors import Forbidden
from tracker.events import Event
from tracker.sigs.models import Membership
from tracker.working_days import add_working_days

DAY = dt.timedelta(days=1)

# -- making one -----------------------------------------------------------------------------------


def test_an_appeal_names_who_failed_it_and_has_a_day(cast: Cast, claim: Claim) -> None:
    made = do(service.make_appeal, cast.dora, claim, text=" Red on main too. ")
    assert (made.state, made.text, made.failed_by_id) == ("open", "Red on main too.", cast.nils.id)
    assert made.answer_by == add_working_days(made.made_at, 5, "Asia/Shanghai")
    assert told("appeal.made") == {cast.mona.id, cast.max.id}
    assert events(made) == ["appeal.made"]
    assert reload(claim).state == "failed"


@pytest.mark.parametrize("who", ["otto", "nils", "mona", "admin"])
def test_only_the_claimant_appeals(cast: Cast, claim: Claim, who: str) -> None:
    with pytest.raises(Forbidden):
        do(service.make_appeal, getattr(cast, who), claim, text="No.")


@pytest.mark.parametrize("state", ["active", "submitted", "accepted", "rejected", "released", "closed"])
def test_only_what_failed_can_be_appealed(cast: Cast, state: str) -> None:
    said, _field = refused(service.make_appeal, cast.dora, cast.make_claim(state=state), text="No.")
    assert "Only a claim that was failed" in said


def test_it_is_possible_for_the_programmes_days(cast: Cast, claim: Claim) -> None:
    cast.rules.appeal_days = 2
    db.session.commit()
    with clock.pretend(clock.now() + 3 * DAY):
        assert "An appeal was possible until" in refused(service.make_appeal, cast.dora, claim, text="Late.")[0]
    with clock.pretend(clock.now() + 2 * DAY):
        assert do(service.make_appeal, cast.dora, claim, text="In time.").state == "open"


def test_there_is_one_appeal_per_claim(cast: Cast, claim: Claim, appeal: Appeal) -> None:
    assert "there is one only" in refused(service.make_appeal, cast.dora, claim, text="Again.")[0]
    do(service.withdraw_appeal, cast.dora, appeal)
    assert "there is one only" in refused(service.make_appeal, cast.dora, claim, text="Again.")[0]


def test_it_needs_words(cast: Cast, claim: Claim) -> None:
    assert refused(service.make_appeal, cast.dora, claim, text=" ")[1] == "text"


def test_administrators_are_asked_where_no_maintainer_may_answer(cast: Cast) -> None:
    claim = cast.make_claim(state="active")
    for row in db.session.scalars(select(Membership).where(Membership.user_id == cast.max.id)):
        row.until = clock.today()
    db.session.commit()
    do(claims.fail, cast.mona, claim, reason="Red.")
    appeal = do(service.make_appeal, cast.dora, claim, text="No.")
    assert told("appeal.made") == {cast.mona.id, cast.admin.id}  # she reads that there is one
    with pytest.raises(Forbidden):
        do(service.dismiss_appeal, cast.mona, appeal, answer="No.")
    assert do(service.uphold_appeal, cast.admin, appeal).state == "upheld"


# -- answering ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["dora", "otto", "nils", "fay"])
@pytest.mark.parametrize("step", ["uphold", "dismiss"])
def test_others_dont_answer(cast: Cast, appeal: Appeal, who: str, step: str) -> None:
    with pytest.raises(Forbidden):
        do(getattr(service, f"{step}_appeal"), getattr(cast, who), appeal, answer="No.")


@pytest.mark.parametrize("step", ["uphold", "dismiss"])
def test_who_failed_it_doesnt_answer_nor_who_waits(cast: Cast, step: str) -> None:
    claim = cast.make_claim(state="active")
    do(claims.fail, cast.mona, claim, reason="Red.")
    appeal = do(service.make_appeal, cast.dora, claim, text="No.")
    cast.make_claim(cast.max, cast.task, "waiting")
    for person in (cast.mona, cast.max):
        with pytest.raises(Forbidden):
            do(getattr(service, f"{step}_appeal"), person, appeal, answer="No.")


def test_upheld_the_claim_goes_on_in_a_free_seat(cast: Cast, claim: Claim, appeal: Appeal) -> None:
    due = claim.due_on
    later = clock.now() + DAY
    with clock.pretend(later):
        made = do(service.uphold_appeal, cast.mona, appeal, answer=" You are right. ")
    assert (made.state, made.answer, made.answered_by_id) == ("upheld", "You are right.", cast.mona.id)
    assert made.answered_at == later
    back = reload(claim)
    assert (back.state, back.seat_no, back.hold_no, back.due_on) == ("changes_requested", 1, 1, due)
    assert (back.decided_at, back.decided_by_id, back.reason, back.warned_at) == (None, None, "", None)
    assert back.state_since == later
    assert told("appeal.upheld") == {cast.dora.id, cast.nils.id}
    assert events(claim)[-1] == "claim.reopened" and events(made) == ["appeal.made", "appeal.upheld"]
    assert reload(cast.task).seats_held == 1
    assert strikes_of(cast.dora.id, cast.programme) == []
    do(claims.submit, cast.dora, claim, summary="Green.", links=["https://example.org/pr/7"])
    assert reload(claim).state == "submitted"


def test_it_goes_on_though_the_old_seat_is_taken_where_another_is_free(
    cast: Cast, claim: Claim, appeal: Appeal
) -> None:
    cast.make_claim(cast.otto, cast.task, "active")
    do(service.uphold_appeal, cast.mona, appeal)
    back = reload(claim)
    assert (back.state, back.seat_no) == ("changes_requested", 2)


def _seats_taken(cast: Cast) -> None:
    for name in ("eve", "lan"):
        cast.make_claim(cast.person(name), cast.task, "active")


def _at_the_limit(cast: Cast) -> None:
    for _number in range(2):
        cast.make_claim(cast.dora, cast.make_task(), "active")


def _task_withdrawn(cast: Cast) -> None:
    do(claims.withdraw_task, cast.mona, cast.task, reason="Not needed.")


def _quarter_closed(cast: Cast) -> None:
    do(claims.close_cycle, cast.mona, cast.cycle, reason="Over.")


def _mentors_it_now(cast: Cast) -> None:
    cast.task.mentors.append(cast.dora)


def _somebody_is_about_to_get_the_seats(cast: Cast) -> None:
    cast.task.seats = 1
    cast.make_claim(cast.otto, cast.task, "waiting")


@pytest.mark.parametrize(
    ("meanwhile", "code"),
    [
        (_seats_taken, "no_seat_now"), (_at_the_limit, "limit_now"), (_task_withdrawn, "not_open_now"),
        (_quarter_closed, "not_open_now"), (_mentors_it_now, "mentor"), (_somebody_is_about_to_get_the_seats, "no_seat_now"),
    ],
)  # fmt: skip
def test_upheld_where_it_cant_go_on_it_is_closed_without_a_strike(
    cast: Cast, claim: Claim, appeal: Appeal, meanwhile: Any, code: str
) -> None:
    meanwhile(cast)
    db.session.commit()
    assert do(service.uphold_appeal, cast.mona, appeal, answer="Right.").state == "upheld"
    closed = reload(claim)
    assert (closed.state, closed.seat_no, closed.hold_no, closed.reason) == ("closed", None, None, "")
    assert closed.decided_by_id == cast.mona.id
    assert strikes_of(cast.dora.id, cast.programme) == []
    event = db.session.scalars(select(Event).where(Event.name == "claim.cleared")).one()
    assert event.facts["reason_code"] == code
    assert told("claim.cleared") == {cast.dora.id} and cast.dora.id in told("appeal.upheld")


def test_whose_appeal_was_right_may_claim_the_task_again(cast: Cast, claim: Claim, appeal: Appeal) -> None:
    others = [cast.make_claim(cast.person(name), cast.task, "active") for name in ("eve", "lan")]
    said = "Your work on this task was failed on"
    assert said in refused(claims.apply, cast.dora, cast.task, plan="Again.")[0]
    do(service.uphold_appeal, cast.mona, appeal)
    do(claims.release, others[0].user, others[0])
    assert do(claims.apply, cast.dora, cast.task, plan="Again.").state == "applied"


def test_dismissed_the_claim_stays_failed(cast: Cast, claim: Claim, appeal: Appeal) -> None:
    assert refused(service.dismiss_appeal, cast.max, appeal, answer=" ")[1] == "answer"
    made = do(service.dismiss_appeal, cast.max, appeal, answer="Main is green.")
    assert (made.state, made.answer, made.answered_by_id) == ("dismissed", "Main is green.", cast.max.id)
    assert told("appeal.dismissed") == {cast.dora.id}
    failed = reload(claim)
    assert (failed.state, failed.reason) == ("failed", "The **tests** are red.")
    assert "Your work on this task was failed" in refused(claims.apply, cast.dora, cast.task, plan="Again.")[0]


def test_the_claimant_withdraws_it(cast: Cast, claim: Claim, appeal: Appeal) -> None:
    for other in (cast.otto, cast.mona, cast.admin):
        with pytest.raises(Forbidden):
            do(service.withdraw_appeal, other, appeal)
    assert do(service.withdraw_appeal, cast.dora, appeal).state == "withdrawn"
    assert told("appeal.withdrawn") == {cast.mona.id, cast.max.id}
    assert reload(claim).state == "failed"


@pytest.mark.parametrize("first", ["uphold", "dismiss", "withdraw"])
def test_it_is_answered_once(cast: Cast, appeal: Appeal, first: str) -> None:
    if first == "withdraw":
        do(service.withdraw_appeal, cast.dora, appeal)
    else:
        do(getattr(service, f"{first}_appeal"), cast.mona, appeal, answer="So.")
    for step, who, facts in (
        (service.uphold_appeal, cast.max, {"answer": "x"}), (service.dismiss_appeal, cast.max, {"answer": "x"}),
        (service.withdraw_appeal, cast.dora, {}),
    ):  # fmt: skip
        assert "isn't possible now" in refused(step, who, appeal, **facts)[0]


def test_a_claim_that_fails_again_has_had_its_appeal(cast: Cast, claim: Claim, appeal: Appeal) -> None:
    do(service.uphold_appeal, cast.mona, appeal)
    do(claims.fail, cast.nils, claim, reason="Still red.")
    assert "there is one only" in refused(service.make_appeal, cast.dora, claim, text="Again.")[0]


def test_the_next_of_the_waitlist_keeps_the_seat_that_the_verdict_freed(cast: Cast) -> None:
    task = cast.make_task(seats=1)
    claim = cast.make_claim(task=task, state="active")
    cast.make_claim(cast.otto, task, "waiting")
    do(claims.fail, cast.nils, claim, reason="Red.")
    do(fill_seats, task.id)
    appeal = do(service.make_appeal, cast.dora, claim, text="No.")
    do(service.uphold_appeal, cast.mona, appeal)
    assert reload(claim).state == "closed"
    assert db.session.scalars(select(Claim.state).where(Claim.user_id == cast.otto.id)).one() == "applied"
