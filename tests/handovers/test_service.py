"""The steps of a hand-over, through the services."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from tests.handovers.conftest import do, events, refused, reload, told
from tests.support.cast import Cast
from tracker import clock
from tracker.claims import service as claims
from tracker.claims.eligibility import gather, strikes_of
from tracker.claims.models import Claim
from tracker.claims.rules import failed
from tracker.db import db
from tracker.errors import Forbidden, Missing
from tracker.events import Event
from tracker.handovers import service
from tracker.handovers.models import HandOver
from tracker.programmes.models import Agreement
from tracker.programmes.queries import has_signed
from tracker.tasks.models import Task

# -- offering -------------------------------------------------------------------------------------


def test_an_offer_is_told_to_the_receiver_alone(cast: Cast, claim: Claim) -> None:
    made = do(service.offer_hand_over, cast.dora, claim, receiver=" @Otto ", message=" Mind the cache. ")
    assert (made.state, made.user_id, made.offered_by_id, made.message) == (
        "offered",
        cast.otto.id,
        cast.dora.id,
        "Mind the cache.",
    )
    assert told("handover.offered") == {cast.otto.id}
    assert events(made) == ["handover.offered"]
    assert reload(claim).state == "active"


@pytest.mark.parametrize("who", ["otto", "nils", "mona", "admin"])
def test_only_the_holder_offers(cast: Cast, claim: Claim, who: str) -> None:
    with pytest.raises(Forbidden):
        do(service.offer_hand_over, getattr(cast, who), claim, receiver="otto")


@pytest.mark.parametrize(
    "state", ["applied", "waiting", "submitted", "changes_requested", "accepted", "failed", "closed"]
)
def test_only_an_active_claim_is_offered(cast: Cast, state: str) -> None:
    said, field = refused(service.offer_hand_over, cast.dora, cast.make_claim(state=state), receiver="otto")
    assert "“Hand over” isn't possible now" in said and field is None


@pytest.mark.parametrize(
    ("receiver", "words"),
    [
        ("dora", "That is you"), ("nobody", "Nobody has this handle"), ("otto@example.org", "Nobody has this handle"),
        ("nils", "Nils mentors this task"), ("fay", ""),
    ],
)  # fmt: skip
def test_the_receiver_is_somebody_who_could_have_it(cast: Cast, claim: Claim, receiver: str, words: str) -> None:
    if not words:  # she hasn't signed the agreement: that is asked when she accepts
        assert do(service.offer_hand_over, cast.dora, claim, receiver=receiver).user_id == cast.fay.id
        return
    said, field = refused(service.offer_hand_over, cast.dora, claim, receiver=receiver)
    assert words in said and field == "receiver"


def test_what_somebody_holds_elsewhere_isnt_told(cast: Cast, claim: Claim) -> None:
    held = [cast.make_claim(cast.otto, cast.make_task(), "active") for _ in range(2)]
    said, field = refused(service.offer_hand_over, cast.dora, claim, receiver="otto")
    assert "Otto doesn't meet the conditions" in said and field == "receiver"
    assert not any(each.task.reference in said for each in held)


def test_a_suspended_account_reads_like_any_other_that_cant(cast: Cast, claim: Claim) -> None:
    cast.otto.suspended_at = clock.now()
    db.session.commit()
    assert "doesn't meet the conditions" in refused(service.offer_hand_over, cast.dora, claim, receiver="otto")[0]


def test_it_is_offered_to_one_at_a_time(cast: Cast, claim: Claim, offered: HandOver) -> None:
    said, _field = refused(service.offer_hand_over, cast.dora, claim, receiver="fay")
    assert "offered to somebody already" in said
    do(service.withdraw_hand_over, cast.dora, offered)
    assert do(service.offer_hand_over, cast.dora, claim, receiver="fay").state == "offered"


def test_after_the_window_nobody_takes_it(cast: Cast, claim: Claim) -> None:
    cast.cycle.claims_until = clock.today("Asia/Shanghai") - dt.timedelta(days=1)
    db.session.commit()
    said, field = refused(service.offer_hand_over, cast.dora, claim, receiver="otto")
    assert "nobody can take it over any more" in said and field is None


def test_somebody_must_be_there_to_confirm(cast: Cast) -> None:
    claim = cast.make_claim(cast.mona, state="active")
    cast.task.mentors.clear()
    db.session.commit()
    said, _field = refused(service.offer_hand_over, cast.mona, claim, receiver="max")
    assert "Nobody but the two of you maintains AKG" in said
    assert do(service.offer_hand_over, cast.mona, claim, receiver="otto").state == "offered"  # max confirms


# -- answering ------------------------------------------------------------------------------------


def test_accepting_asks_a_maintainer(cast: Cast, offered: HandOver) -> None:
    made = do(service.accept_hand_over, cast.otto, offered, plan=" Tests next. ")
    assert (made.state, made.plan, made.decided_at) == ("accepted", "Tests next.", None)
    assert made.accepted_at is not None
    assert told("handover.accepted") == {cast.mona.id, cast.max.id, cast.dora.id}
    assert reload(offered.claim).state == "active"


@pytest.mark.parametrize("step", ["accept", "decline"])
@pytest.mark.parametrize("who", ["dora", "nils", "mona", "admin", "fay"])
def test_only_the_receiver_answers(cast: Cast, offered: HandOver, step: str, who: str) -> None:
    facts = {"plan": "Mine."} if step == "accept" else {}
    with pytest.raises(Forbidden):
        do(getattr(service, f"{step}_hand_over"), getattr(cast, who), offered, **facts)


def test_a_plan_is_needed(cast: Cast, offered: HandOver) -> None:
    assert refused(service.accept_hand_over, cast.otto, offered, plan="  ")[1] == "plan"


def test_the_agreement_is_signed_where_the_terms_pay_a_wage(cast: Cast, claim: Claim) -> None:
    offered = do(service.offer_hand_over, cast.dora, claim, receiver="fay")
    said, field = refused(service.accept_hand_over, cast.fay, offered, plan="Mine.")
    assert "pays a wage" in said and field == "agree"
    assert do(service.accept_hand_over, cast.fay, offered, plan="Mine.", agree=True).state == "accepted"
    assert has_signed(cast.fay.id, cast.programme)


def test_the_terms_decide_about_the_wage_and_not_the_task_of_today(cast: Cast) -> None:
    claim = cast.make_claim(task=cast.make_task(pays_wage=False), state="active")
    claim.terms = {**claim.terms, "pays_wage": True}
    db.session.commit()
    offered = do(service.offer_hand_over, cast.dora, claim, receiver="fay")
    assert refused(service.accept_hand_over, cast.fay, offered, plan="Mine.")[1] == "agree"
    assert do(service.accept_hand_over, cast.fay, offered, plan="Mine.", agree=True).state == "accepted"
    assert has_signed(cast.fay.id, cast.programme)


def test_who_accepts_is_told_what_stands_against_it(cast: Cast, offered: HandOver) -> None:
    held = [cast.make_claim(cast.otto, cast.make_task(), "active") for _ in range(2)]
    said, field = refused(service.accept_hand_over, cast.otto, offered, plan="Mine.")
    assert all(each.task.reference in said for each in held) and field is None
    assert reload(offered).state == "offered"


@pytest.mark.parametrize("state", ["offered", "accepted"])
def test_declining_tells_the_holder_who_keeps_the_task(cast: Cast, request: Any, state: str) -> None:
    hand_over = request.getfixturevalue(state)
    made = do(service.decline_hand_over, cast.otto, hand_over, reason=" No time. ")
    assert (made.state, made.reason, made.decided_by_id) == ("declined", "No time.", cast.otto.id)
    assert made.decided_at is not None
    assert told("handover.declined") == {cast.dora.id}
    assert reload(made.claim).state == "active"


@pytest.mark.parametrize("state", ["offered", "accepted"])
def test_the_holder_takes_it_back(cast: Cast, request: Any, state: str) -> None:
    hand_over = request.getfixturevalue(state)
    for other in (cast.otto, cast.mona, cast.admin):
        with pytest.raises(Forbidden):
            do(service.withdraw_hand_over, other, hand_over)
    made = do(service.withdraw_hand_over, cast.dora, hand_over)
    assert (made.state, made.decided_by_id) == ("withdrawn", cast.dora.id)
    assert told("handover.withdrawn") == {cast.otto.id}


# -- confirming -----------------------------------------------------------------------------------


def test_confirmed_the_one_claim_ends_and_the_other_begins_in_its_seat(
    cast: Cast, claim: Claim, accepted: HandOver
) -> None:
    claim.due_on = claim.task.expected_on - dt.timedelta(days=3)
    claim.design_accepted_at = clock.now() - dt.timedelta(days=9)
    claim.terms = {**claim.terms, "points": 17, "needs_design": True}
    design, due, terms = claim.design_accepted_at, claim.due_on, claim.terms
    db.session.commit()
    made = do(service.confirm_hand_over, cast.mona, accepted)
    old, new = reload(claim), db.session.get_one(Claim, made.new_claim_id)
    assert (old.state, old.seat_no, old.hold_no, old.decided_by_id) == ("handed_over", None, None, cast.mona.id)
    assert old.decided_at is not None
    assert (new.state, new.user_id, new.seat_no, new.hold_no) == ("active", cast.otto.id, 1, 1)
    assert (new.plan, new.terms, new.due_on, new.design_accepted_at) == ("Tests next.", terms, due, design)
    assert (new.from_claim_id, new.approved_by_id, new.most_points, new.needs_design) == (
        old.id,
        cast.mona.id,
        17,
        True,
    )
    assert new.approved_at == new.state_since and new.state_since >= accepted.accepted_at == new.applied_at
    assert (made.state, made.decided_by_id) == ("confirmed", cast.mona.id)


def test_everybody_concerned_is_told_and_both_histories_say_it(cast: Cast, claim: Claim, accepted: HandOver) -> None:
    made = do(service.confirm_hand_over, cast.mona, accepted)
    assert told("handover.confirmed") == {cast.dora.id, cast.otto.id}
    assert told("claim.taken_over") == {cast.nils.id}
    assert told("claim.handed_over") == set()
    assert events(claim) == ["claim.handed_over"]
    assert events(db.session.get_one(Claim, made.new_claim_id)) == ["claim.taken_over"]
    assert events(made) == ["handover.offered", "handover.accepted", "handover.confirmed"]
    facts = db.session.scalars(select(Event.facts).where(Event.name == "claim.taken_over")).one()
    assert (facts["holder_id"], facts["person_id"]) == (cast.otto.id, cast.dora.id)


def test_the_seat_passes_on_also_where_all_are_taken_and_people_wait(cast: Cast, waiting: Any) -> None:
    cast.make_claim(cast.person("eve"), cast.task, "active")
    claim = cast.make_claim(state="active")
    first = waiting("wei")
    offered = do(service.offer_hand_over, cast.dora, claim, receiver="otto")
    do(service.accept_hand_over, cast.otto, offered, plan="Mine.")
    made = do(service.confirm_hand_over, cast.mona, offered)
    assert db.session.get_one(Claim, made.new_claim_id).seat_no == 2
    assert reload(first).state == "waiting"
    task = reload(cast.task)
    assert (task.seats_held, task.waiting_count, task.availability) == (2, 1, "taken")


def test_it_keeps_its_own_seat_where_a_lower_one_is_free(cast: Cast) -> None:
    other = cast.make_claim(cast.person("eve"), cast.task, "active")
    claim = cast.make_claim(state="active")
    do(claims.release, other.user, other)
    offered = do(service.offer_hand_over, cast.dora, claim, receiver="otto")
    do(service.accept_hand_over, cast.otto, offered, plan="Mine.")
    made = do(service.confirm_hand_over, cast.max, offered)
    assert db.session.get_one(Claim, made.new_claim_id).seat_no == 2


def test_it_is_no_strike_and_the_task_can_be_claimed_again(cast: Cast, accepted: HandOver) -> None:
    do(service.confirm_hand_over, cast.mona, accepted)
    assert strikes_of(cast.dora.id, cast.programme) == []
    assert failed(gather(cast.dora, db.session.get_one(Task, cast.task.id))) == []
    assert do(claims.apply, cast.dora, cast.task, plan="Again.").state == "applied"


@pytest.mark.parametrize("who", ["dora", "otto", "nils", "fay", "admin"])
@pytest.mark.parametrize("step", ["confirm", "refuse"])
def test_only_a_maintainer_decides(cast: Cast, accepted: HandOver, who: str, step: str) -> None:
    facts = {"reason": "No."} if step == "refuse" else {}
    with pytest.raises(Forbidden):
        do(getattr(service, f"{step}_hand_over"), getattr(cast, who), accepted, **facts)


def test_a_maintainer_who_waits_for_the_task_doesnt_decide(cast: Cast, accepted: HandOver) -> None:
    cast.make_claim(cast.max, cast.task, "waiting")
    for step, facts in ((service.confirm_hand_over, {}), (service.refuse_hand_over, {"reason": "No."})):
        with pytest.raises(Forbidden):
            do(step, cast.max, accepted, **facts)
    assert do(service.confirm_hand_over, cast.mona, accepted).state == "confirmed"


def test_a_maintainer_who_gives_or_receives_doesnt_decide(cast: Cast) -> None:
    cast.task.mentors.clear()
    db.session.add(Agreement(user_id=cast.max.id, programme_id=cast.programme.id, version=dt.date(2025, 1, 1),
                             signed_at=clock.now()))  # fmt: skip
    claim = cast.make_claim(state="active")
    offered = do(service.offer_hand_over, cast.dora, claim, receiver="max")
    do(service.accept_hand_over, cast.max, offered, plan="Mine.")
    with pytest.raises(Forbidden):
        do(service.confirm_hand_over, cast.max, offered)
    assert do(service.confirm_hand_over, cast.mona, offered).state == "confirmed"


def test_an_offer_that_wasnt_accepted_isnt_confirmed(cast: Cast, offered: HandOver) -> None:
    assert "“Confirm the hand-over” isn't possible" in refused(service.confirm_hand_over, cast.mona, offered)[0]
    assert (
        "“Refuse the hand-over” isn't possible" in refused(service.refuse_hand_over, cast.mona, offered, reason="x")[0]
    )


def _at_the_limit(cast: Cast) -> None:
    for _number in range(2):
        cast.make_claim(cast.otto, cast.make_task(), "active")


def _suspended(cast: Cast) -> None:
    cast.otto.suspended_at = clock.now()


def _unverified(cast: Cast) -> None:
    cast.otto.email_verified_at = None


def _mentors(cast: Cast) -> None:
    cast.task.mentors.append(cast.otto)


def _waits(cast: Cast) -> None:
    cast.make_claim(cast.otto, cast.task, "waiting")


def _released_before(cast: Cast) -> None:
    cast.make_claim(cast.otto, cast.task, "released")


def _window_closed(cast: Cast) -> None:
    cast.cycle.claims_until = clock.today("Asia/Shanghai") - dt.timedelta(days=1)


def _new_agreement(cast: Cast) -> None:
    cast.programme.agreement_on = dt.date(2026, 11, 1)


@pytest.mark.parametrize(
    "meanwhile",
    [_at_the_limit, _suspended, _unverified, _mentors, _waits, _released_before, _window_closed, _new_agreement],
    ids=lambda each: each.__name__.strip("_"),
)
def test_every_guard_is_asked_again_when_it_is_confirmed(cast: Cast, accepted: HandOver, meanwhile: Any) -> None:
    meanwhile(cast)
    db.session.commit()
    said, _field = refused(service.confirm_hand_over, cast.mona, accepted)
    assert "Otto doesn't meet the conditions" in said
    assert (reload(accepted).state, reload(accepted.claim).state) == ("accepted", "active")


def test_refusing_needs_a_reason_that_both_read(cast: Cast, claim: Claim, accepted: HandOver) -> None:
    assert refused(service.refuse_hand_over, cast.mona, accepted, reason=" ")[1] == "reason"
    made = do(service.refuse_hand_over, cast.mona, accepted, reason=" Finish it first. ")
    assert (made.state, made.reason, made.decided_by_id) == ("refused", "Finish it first.", cast.mona.id)
    assert told("handover.refused") == {cast.dora.id, cast.otto.id}
    assert reload(claim).state == "active"


# -- when the claim goes its own way --------------------------------------------------------------


@pytest.mark.parametrize("state", ["offered", "accepted"])
@pytest.mark.parametrize("how", ["release", "fail", "withdraw_task"])
def test_an_offer_ends_with_its_claim(cast: Cast, claim: Claim, request: Any, state: str, how: str) -> None:
    hand_over = request.getfixturevalue(state)
    if how == "release":
        do(claims.release, cast.dora, claim)
    elif how == "fail":
        do(claims.fail, cast.nils, claim, reason="Not done.")
    else:
        do(claims.withdraw_task, cast.mona, cast.task, reason="Not needed.")
    if state == "offered":
        said, _field = refused(service.accept_hand_over, cast.otto, hand_over, plan="Mine.")
    else:
        said, _field = refused(service.confirm_hand_over, cast.mona, hand_over)
    assert "“Hand over” isn't possible now" in said
    assert db.session.scalars(select(Claim).where(Claim.user_id == cast.otto.id)).all() == []


def test_an_offer_waits_while_the_work_is_reviewed(cast: Cast, claim: Claim, accepted: HandOver) -> None:
    do(claims.submit, cast.dora, claim, summary="Done.", links=["https://example.org/pr/1"])
    assert "“Hand over” isn't possible now" in refused(service.confirm_hand_over, cast.mona, accepted)[0]
    do(claims.request_changes, cast.nils, claim, comment="Tests.")
    assert "“Hand over” isn't possible now" in refused(service.confirm_hand_over, cast.mona, accepted)[0]
    assert do(service.decline_hand_over, cast.otto, accepted).state == "declined"


def test_what_is_decided_stays(cast: Cast, accepted: HandOver) -> None:
    do(service.confirm_hand_over, cast.mona, accepted)
    for step, who, facts in (
        (service.accept_hand_over, cast.otto, {"plan": "x"}), (service.decline_hand_over, cast.otto, {}),
        (service.withdraw_hand_over, cast.dora, {}), (service.confirm_hand_over, cast.max, {}),
        (service.refuse_hand_over, cast.max, {"reason": "x"}),
    ):  # fmt: skip
        assert "in the state “confirmed”" in refused(step, who, accepted, **facts)[0]


def test_the_task_goes_from_hand_to_hand(cast: Cast, accepted: HandOver) -> None:
    first = do(service.confirm_hand_over, cast.mona, accepted)
    second = db.session.get_one(Claim, first.new_claim_id)
    offered = do(service.offer_hand_over, cast.otto, second, receiver="dora")
    do(service.accept_hand_over, cast.dora, offered, plan="Back.")
    made = do(service.confirm_hand_over, cast.mona, offered)
    third = db.session.get_one(Claim, made.new_claim_id)
    assert (third.user_id, third.from_claim_id, third.seat_no) == (cast.dora.id, second.id, 1)


def test_there_is_no_such_offer(cast: Cast, offered: HandOver) -> None:
    with pytest.raises(Missing):
        do(service.withdraw_hand_over, cast.dora, SimpleNamespace(id=offered.id + 99))
