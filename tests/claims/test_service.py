"""The steps of a claim, through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.seats import fill_every_seat
from tracker import clock
from tracker.claims import eligibility, queries, service
from tracker.claims.models import Claim
from tracker.claims.seats import fill_seats
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events import Event, Notice
from tracker.permissions import ANYBODY
from tracker.programmes.models import Agreement
from tracker.programmes.queries import has_signed


def do(step: Any, *arguments: Any, **facts: Any) -> Any:
    return transaction(lambda: step(*arguments, **facts))


def make(cast: Cast, **columns: Any) -> Any:
    task = cast.make_task(**columns)
    db.session.commit()
    return task


def refusal(step: Any, *arguments: Any, **facts: Any) -> str:
    with pytest.raises(Refused) as caught:
        do(step, *arguments, **facts)
    return str(caught.value.message)


def events(claim: Any, kind: str = "claim") -> list[str]:
    query = select(Event.name).where(Event.subject_type == kind, Event.subject_id == claim.id).order_by(Event.id)
    return list(db.session.scalars(query))


def told(name: str) -> set[str]:
    query = select(Notice.user_id).join(Event).where(Event.name == name)
    return set(db.session.scalars(query))  # type: ignore[arg-type]


def seats(task: Any) -> tuple[int, int, int, str]:
    db.session.refresh(task)
    return task.seats_held, task.seats_accepted, task.waiting_count, task.availability


def apply(cast: Cast, user: Any = None, task: Any = None, **facts: Any) -> Claim:
    claim: Claim = do(service.apply, user or cast.dora, task or cast.task, **{"plan": "As loops.", **facts})
    return claim


# -- applying -------------------------------------------------------------------------------------


def test_an_application_takes_a_seat_and_tells_who_answers(cast: Cast) -> None:
    claim = apply(cast, promised_on=cast.task.expected_on, hours_per_week=10)
    assert (claim.state, claim.seat_no, claim.hold_no) == ("applied", 1, 1)
    assert claim.answer_by is not None and claim.answer_by > clock.now() + dt.timedelta(days=2)
    assert seats(cast.task) == (1, 0, 0, "open")
    assert events(claim) == ["claim.applied"]
    assert told("claim.applied") == {cast.nils.id, cast.mona.id, cast.max.id}


def test_it_refuses_a_second_live_claim(cast: Cast) -> None:
    apply(cast)
    assert "You have a claim on this task" in refusal(service.apply, cast.dora, cast.task, plan="x")


def test_it_refuses_above_the_limit_and_names_the_tasks(cast: Cast) -> None:
    first, second, third = (make(cast) for _ in range(3))
    apply(cast, task=first)
    apply(cast, task=second)
    said = refusal(service.apply, cast.dora, third, plan="x")
    assert "You hold 2 tasks" in said and first.reference in said and second.reference in said


def test_it_refuses_when_all_seats_are_taken_and_names_who(cast: Cast) -> None:
    task = make(cast, seats=1)
    apply(cast, cast.otto, task)
    assert "Otto since" in refusal(service.apply, cast.dora, task, plan="x")
    assert seats(task) == (1, 0, 0, "under_review")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("email_verified_at", None, "isn't verified"), ("affiliation", "", "affiliation")],
)
def test_it_refuses_an_unfinished_account(cast: Cast, column: str, value: Any, said: str) -> None:
    setattr(cast.dora, column, value)
    db.session.commit()
    assert said in refusal(service.apply, cast.dora, cast.task, plan="x")


def test_it_refuses_mentors(cast: Cast) -> None:
    assert "You mentor this task" in refusal(service.apply, cast.nils, cast.task, plan="x", agree=True)


def test_it_refuses_after_the_window_and_after_the_quarter(cast: Cast) -> None:
    cast.cycle.claims_until = clock.today() - dt.timedelta(days=2)
    db.session.commit()
    assert "Claims closed on" in refusal(service.apply, cast.dora, cast.task, plan="x")
    cast.cycle.state = "closed"
    db.session.commit()
    assert "quarter of this task is closed" in refusal(service.apply, cast.dora, cast.task, plan="x")


def test_it_refuses_a_draft(cast: Cast) -> None:
    assert "isn't open for claims" in refusal(service.apply, cast.dora, make(cast, state="draft"), plan="x")


@pytest.mark.parametrize("state", ["failed", "released"])
def test_it_refuses_who_gave_the_task_up(cast: Cast, state: str) -> None:
    cast.make_claim(state=state)
    assert "goes to others" in refusal(service.apply, cast.dora, cast.task, plan="x")


def test_it_refuses_during_the_cooldown_and_says_until_when(cast: Cast) -> None:
    for _ in range(3):
        cast.make_claim(task=make(cast), state="released")
    assert "You can claim again on" in refusal(service.apply, cast.dora, cast.task, plan="x")
    old = clock.now() - dt.timedelta(days=31)
    for claim in db.session.scalars(select(Claim)):
        claim.decided_at = old
    db.session.commit()
    assert apply(cast).state == "applied"


def test_a_wage_needs_the_agreement_which_a_tick_signs(cast: Cast) -> None:
    eve = cast.person("eve")
    db.session.commit()
    with pytest.raises(Refused) as caught:
        do(service.apply, eve, cast.task, plan="x")
    assert caught.value.field == "agree"
    apply(cast, eve, agree=True)
    assert has_signed(eve.id, cast.programme)
    assert db.session.query(Agreement).filter(Agreement.user_id == eve.id).count() == 1


@pytest.mark.parametrize("days", [-500, 500])
def test_the_promise_lies_before_the_expected_day(cast: Cast, days: int) -> None:
    with pytest.raises(Refused) as caught:
        apply(cast, promised_on=clock.today() + dt.timedelta(days=days))
    assert caught.value.field == "promised_on"


def test_a_plan_is_needed_and_a_person(cast: Cast) -> None:
    with pytest.raises(Refused) as caught:
        apply(cast, plan=" ")
    assert caught.value.field == "plan"
    with pytest.raises(Forbidden):
        do(service.apply, ANYBODY, cast.task, plan="x")


# -- the waitlist ---------------------------------------------------------------------------------


def full(cast: Cast) -> tuple[Any, Claim, Claim]:
    """A task with one seat, held by otto; dora waits."""
    task = make(cast, seats=1)
    holds = apply(cast, cast.otto, task)
    waits = do(service.join_waitlist, cast.dora, task, plan="x")
    return task, holds, waits


def test_the_waitlist_takes_nobody_while_a_seat_is_free(cast: Cast) -> None:
    assert "A seat of this task is free" in refusal(service.join_waitlist, cast.dora, cast.task, plan="x")
    assert "You mentor" in refusal(service.join_waitlist, cast.nils, cast.task, plan="x", agree=True)


def test_a_freed_seat_goes_to_the_first_in_line(cast: Cast) -> None:
    task, holds, waits = full(cast)
    eve = cast.person("eve")
    db.session.commit()
    second = do(service.join_waitlist, eve, task, plan="x", agree=True)
    assert (queries.place_in_queue(waits), queries.place_in_queue(second)) == (1, 2)
    assert queries.queue_places(eve.id) == {second.id: 2}
    do(service.reject, cast.nils, holds, reason="Another plan is better.")
    db.session.expire_all()
    assert (holds.state, waits.state, second.state) == ("rejected", "applied", "waiting")
    assert waits.seat_no == 1 and waits.hold_no == 1 and waits.answer_by is not None
    assert events(waits) == ["claim.waitlisted", "claim.promoted"]
    assert seats(task) == (1, 0, 1, "under_review")
    assert queries.place_in_queue(waits) == 0


def test_who_cant_take_the_seat_is_passed_over_and_told_once(cast: Cast) -> None:
    task, holds, waits = full(cast)
    eve = cast.person("eve")
    db.session.commit()
    second = do(service.join_waitlist, eve, task, plan="x", agree=True)
    for _ in range(2):
        apply(cast, task=make(cast))
    do(service.withdraw, cast.otto, holds)
    db.session.expire_all()
    assert (waits.state, second.state) == ("waiting", "applied")
    assert events(waits) == ["claim.waitlisted", "claim.skipped"]
    assert told("claim.skipped") == {cast.dora.id}
    do(service.withdraw, eve, second)
    assert events(waits).count("claim.skipped") == 1
    assert do(fill_seats, task.id) is None


def test_the_nightly_job_fills_what_is_free(cast: Cast) -> None:
    task, holds, waits = full(cast)
    task.seats = 2
    db.session.commit()
    assert fill_every_seat() == 1
    db.session.expire_all()
    assert waits.state == "applied" and seats(task) == (2, 0, 0, "under_review")
    assert fill_every_seat() == 0


def test_several_free_seats_are_filled_one_after_the_other(cast: Cast) -> None:
    task, holds, waits = full(cast)
    eve = cast.person("eve")
    db.session.commit()
    second = do(service.join_waitlist, eve, task, plan="x", agree=True)
    task.seats = 3
    db.session.commit()
    fill_every_seat()
    db.session.expire_all()
    assert {waits.state, second.state} == {"applied"}


def test_a_newcomer_doesnt_take_the_seat_of_who_waits(cast: Cast) -> None:
    task, holds, waits = full(cast)
    eve = cast.person("eve")
    task.seats = 2
    db.session.commit()
    assert "first of the waitlist" in refusal(service.apply, eve, task, plan="x", agree=True)
    assert do(service.join_waitlist, eve, task, plan="x", agree=True).state == "waiting"


def test_nobody_moves_up_after_the_window(cast: Cast) -> None:
    task, holds, waits = full(cast)
    cast.cycle.claims_until = clock.today() - dt.timedelta(days=2)
    db.session.commit()
    do(service.withdraw, cast.otto, holds)
    db.session.expire_all()
    assert waits.state == "waiting" and events(waits) == ["claim.waitlisted"]


def test_leaving_the_waitlist_frees_no_seat(cast: Cast) -> None:
    task, _holds, waits = full(cast)
    do(service.withdraw, cast.dora, waits, reason="Too long.")
    assert waits.state == "withdrawn" and seats(task) == (1, 0, 0, "under_review")


# -- answering and working ------------------------------------------------------------------------


def test_approving_keeps_the_terms_and_sets_the_due_day(cast: Cast) -> None:
    promised = clock.today() + dt.timedelta(days=3)
    claim = do(service.approve, cast.nils, apply(cast, promised_on=promised))
    assert (claim.state, claim.due_on, claim.approved_by_id, claim.answer_by) == (
        "active",
        promised,
        cast.nils.id,
        None,
    )
    assert claim.terms["points"] == 20 and claim.terms["criteria"] == "Unit tests pass."
    other = do(service.approve, cast.mona, apply(cast, cast.otto))
    assert other.due_on == cast.task.expected_on
    assert told("claim.approved") == {cast.dora.id, cast.otto.id}


def test_nobody_answers_their_own_application(cast: Cast) -> None:
    claim = apply(cast, cast.mona, agree=True)
    for step, facts in ((service.approve, {}), (service.reject, {"reason": "x"})):
        with pytest.raises(Forbidden):
            do(step, cast.mona, claim, **facts)
    with pytest.raises(Forbidden):
        do(service.approve, cast.otto, claim)


def test_an_illegal_step_names_state_and_holder(cast: Cast) -> None:
    claim = cast.make_claim(state="submitted")
    said = refusal(service.approve, cast.nils, claim)
    assert "Submitted" in said and "Dora" in said


@pytest.mark.parametrize("step", [service.reject, service.fail])
def test_a_reason_is_needed(cast: Cast, step: Any) -> None:
    claim = cast.make_claim(state="applied")
    assert "Say why" in refusal(step, cast.nils, claim, reason="  ")


def test_the_design_document_comes_before_the_hand_in(cast: Cast) -> None:
    task = make(cast, needs_design=True)
    claim = cast.make_claim(task=task, state="active")
    said = refusal(service.submit, cast.dora, claim, summary="Done", links=["https://example.org/1"])
    assert "design document" in said
    do(service.send_design, cast.dora, claim, link="https://example.org/design")
    assert claim.state == "design_review" and claim.answer_by is not None
    assert "Say why" in refusal(service.answer_design, cast.nils, claim, accepted=False)
    do(service.answer_design, cast.nils, claim, accepted=False, comment="Name the schedule.")
    assert claim.state == "active" and claim.designs[-1].accepted is False and claim.design_accepted_at is None
    do(service.send_design, cast.dora, claim, link="https://example.org/design2", summary="Named.")
    do(service.answer_design, cast.mona, claim, accepted=True)
    assert claim.design_accepted_at is not None and claim.designs[-1].accepted is True
    assert "is accepted" in refusal(service.send_design, cast.dora, claim, link="https://example.org/3")
    do(service.submit, cast.dora, claim, summary="Done", links=["https://example.org/1"])
    assert claim.state == "submitted"
    assert events(claim) == [
        "claim.design_sent", "claim.design_returned", "claim.design_sent", "claim.design_accepted", "claim.submitted"
    ]  # fmt: skip


def test_a_task_without_design_takes_no_document(cast: Cast) -> None:
    claim = cast.make_claim(state="active")
    assert "needs no design" in refusal(service.send_design, cast.dora, claim, link="https://example.org")


def test_handing_in_changes_and_again(cast: Cast) -> None:
    claim = cast.make_claim(state="active")
    assert "report" in refusal(service.submit, cast.dora, claim, summary=" ", links=["https://example.org"])
    assert "link" in refusal(service.submit, cast.dora, claim, summary="Done", links=[])
    do(service.submit, cast.dora, claim, summary="Done", links=["https://example.org/1"])
    assert claim.answer_by is not None and claim.submitted_at is not None
    assert "Say why" in refusal(service.request_changes, cast.nils, claim, comment="")
    do(service.request_changes, cast.nils, claim, comment="Test int32.")
    assert claim.state == "changes_requested" and claim.submissions[-1].verdict == "changes"
    do(service.submit, cast.dora, claim, summary="Done again", links=["https://example.org/2"])
    assert len(claim.submissions) == 2
    do(service.fail, cast.nils, claim, reason="Not there.")
    assert claim.state == "failed" and claim.submissions[-1].verdict == "fail" and claim.seat_no is None


def test_releasing_is_a_strike_and_frees_the_seat(cast: Cast) -> None:
    claim = cast.make_claim(state="active")
    do(service.release, cast.dora, claim, reason="No time.")
    assert (claim.state, claim.seat_no, claim.reason) == ("released", None, "No time.")
    strikes = eligibility.strikes_of(cast.dora.id, cast.programme)
    assert [(s.reference, s.state) for s in strikes] == [(cast.task.reference, "released")]
    with pytest.raises(Forbidden):
        do(service.release, cast.otto, cast.make_claim(task=make(cast), state="active"))


def test_failing_before_a_hand_in_reviews_nothing(cast: Cast) -> None:
    claim = cast.make_claim(state="active")
    do(service.fail, cast.mona, claim, reason="Silent for weeks.")
    assert claim.state == "failed" and claim.submissions == []


def test_a_claim_that_isnt_there(cast: Cast) -> None:
    for number in (0, 99, 2**40):
        with pytest.raises(Missing):
            queries.get_claim(number)


def test_options_without_rules_and_without_a_person(cast: Cast) -> None:
    options = queries.claim_options(ANYBODY, cast.task)
    assert not options.signed_in and not options.can_apply and options.seats_free == 2
    cast.rules.valid_from = clock.today() + dt.timedelta(days=30)
    db.session.commit()
    options = queries.claim_options(cast.dora, cast.task)
    assert not options.can_apply and not options.can_wait and options.reason == ""
