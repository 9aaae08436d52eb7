"""Carrying one task, and all that a quarter leaves unfinished."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from tests.budgets.test_service import RATE, cny, set_budget
from tests.rewards.test_acceptance import accept, handed_in
from tests.support.cast import Cast
from tests.support.statements import statements
from tests.tasks.test_service import edit, events, told
from tracker.budgets.queries import figures
from tracker.budgets.rules import Sum
from tracker.carries import queries, service
from tracker.claims import service as claims
from tracker.claims.eligibility import claim_options
from tracker.claims.queries import claims_export
from tracker.claims.verdicts import why_closed
from tracker.clocks.queries import row_of, wait
from tracker.cycles.models import Cycle
from tracker.cycles.quarters import next_quarter
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.permissions import ANYBODY, SYSTEM
from tracker.programmes.models import Programme
from tracker.tasks import service as tasks
from tracker.tasks.models import Task

#: A day of 2026Q4, two weeks before its end.
NOW = dt.datetime(2026, 12, 14, 8, tzinfo=dt.UTC)
pytestmark = pytest.mark.usefixtures("december")


@pytest.fixture
def december() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


def later(cast: Cast, quarter: str = "", state: str = "planning", **columns: Any) -> Cycle:
    """The next quarter of AKG: claims until 10 March, acceptance until 24 March."""
    cycle = Cycle(
        **{
            "sig_id": cast.akg.id, "programme_id": cast.programme.id, "quarter": quarter or next_quarter(cast.cycle.quarter),
            "state": "planning", "claims_until": dt.date(2027, 3, 10), "accept_by": dt.date(2027, 3, 24), **columns,
        }
    )  # fmt: skip
    db.session.add(cycle)
    db.session.flush()
    if state != "planning":
        cycle.state = "open"
        db.session.flush()
        cycle.state = state
    db.session.commit()
    return cycle


def carry(cast: Cast, task: Task | None = None, *, by: Any = None, **typed: Any) -> Task:
    return transaction(lambda: service.carry_task(by or cast.mona, task or cast.task, **typed))


def refresh(cast: Cast, cycle: Cycle | None = None, *, by: Any = None, **typed: Any) -> list[Task]:
    return transaction(lambda: service.refresh_cycle(by or cast.mona, cycle or cast.cycle, **typed))


# -- one --------------------------------------------------------------------------------------------


def test_a_carried_task_keeps_its_reference_and_moves_to_the_next_quarter(cast: Cast) -> None:
    target, reference = later(cast), cast.task.reference
    claim = cast.make_claim(cast.dora, state="active")
    waiting = cast.make_claim(cast.otto, state="waiting")
    kept = claim.state, claim.due_on, claim.terms, claim.seat_no
    task = carry(cast)
    assert (task.cycle, task.reference, task.state, task.version) == (target, reference, "published", 2)
    assert (task.expected_on, task.accept_by) == (dt.date(2027, 3, 10), dt.date(2027, 3, 24))
    assert (claim.state, claim.due_on, claim.terms, claim.seat_no) == kept and waiting.state == "waiting"
    (event,) = events("task.carried")
    assert told(event) == {cast.dora.id, cast.otto.id, cast.nils.id} and event.actor_id == cast.mona.id
    assert (event.facts["from_quarter"], event.facts["to_quarter"]) == ("2026Q4", "2027Q1")
    assert event.facts["changes"] == [
        ["expected_on", cast.cycle.claims_until.isoformat(), "2027-03-10"],
        ["accept_by", cast.cycle.accept_by.isoformat(), "2027-03-24"],
    ]


def test_the_days_may_be_chosen_within_the_quarter(cast: Cast) -> None:
    later(cast)
    task = carry(cast, expected_on=dt.date(2027, 2, 1), accept_by=dt.date(2027, 2, 20))
    assert (task.expected_on, task.accept_by) == (dt.date(2027, 2, 1), dt.date(2027, 2, 20))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"expected_on": dt.date(2026, 12, 31)}, "expected_on"),
        ({"expected_on": dt.date(2027, 3, 1), "accept_by": dt.date(2027, 2, 1)}, "expected_on"),
        ({"accept_by": dt.date(2027, 3, 25)}, "accept_by"),
        ({"quarter": "2027Q2"}, "quarter"),
        ({"quarter": "2026Q4"}, "quarter"),
    ],
)
def test_days_that_do_not_fit_are_refused_at_the_field(cast: Cast, typed: dict[str, Any], field: str) -> None:
    later(cast)
    with pytest.raises(Refused) as refusal:
        carry(cast, **typed)
    assert refusal.value.field == field
    db.session.refresh(cast.task)
    assert cast.task.cycle_id == cast.cycle.id and events("task.carried") == []


def test_it_goes_into_the_next_quarter_that_is_planned_or_open_and_accepts_work(cast: Cast) -> None:
    with pytest.raises(Refused, match="Plan it first"):
        carry(cast)
    later(cast, "2026Q3")
    later(cast, "2027Q1", state="closed")
    with pytest.raises(Refused, match="Plan it first"):
        carry(cast)
    far = later(cast, "2027Q3", claims_until=dt.date(2027, 9, 1), accept_by=dt.date(2027, 9, 20))
    near = later(cast, "2027Q2", claims_until=dt.date(2027, 6, 1), accept_by=dt.date(2027, 6, 20), state="open")
    assert [cycle.quarter for cycle in queries.targets(cast.cycle)] == ["2027Q2", "2027Q3"]
    assert carry(cast).cycle == near
    assert carry(cast, quarter="2027Q3").cycle == far
    assert [event.facts["to_quarter"] for event in events("task.carried")] == ["2027Q2", "2027Q3"]


def test_what_has_ended_was_never_published_or_belongs_elsewhere_stays(cast: Cast) -> None:
    later(cast)
    withdrawn, finished, draft, ready = (
        cast.make_task(), cast.make_task(seats=1), cast.make_task(state="draft"), cast.make_task(state="ready"),
    )  # fmt: skip
    db.session.commit()
    transaction(lambda: claims.withdraw_task(cast.mona, withdrawn, reason="Done elsewhere."))
    accept(cast.nils, handed_in(cast, task=finished), points=20)
    for task, words in (
        (withdrawn, "withdrawn"),
        (finished, "finished"),
        (draft, "never published"),
        (ready, "never published"),
    ):
        with pytest.raises(Refused, match=words):
            carry(cast, task)
    other = Programme(slug="other", name="Other")
    db.session.add(other)
    db.session.flush()
    queries.targets(cast.cycle)[0].programme_id = other.id
    db.session.commit()
    with pytest.raises(Refused, match="another programme"):
        carry(cast)


def test_a_wage_that_the_next_quarter_does_not_pay_is_changed_first(cast: Cast) -> None:
    later(cast)
    cast.make_rules(valid_from=dt.date(2027, 1, 1), wage_scheme="none", wage={})
    db.session.commit()
    with pytest.raises(Refused, match="pays none"):
        carry(cast)
    edit(cast, cast.task, pays_wage=False)
    assert carry(cast).wage_reserve is None


def test_who_may_carry(cast: Cast) -> None:
    later(cast)
    for who in (cast.dora, cast.nils, cast.fay, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            carry(cast, by=who)
        with pytest.raises(Forbidden):
            refresh(cast, by=who)
    cast.make_claim(cast.max)
    with pytest.raises(Forbidden):
        carry(cast, by=cast.max)
    carry(cast, by=cast.mona)


def test_an_edit_that_was_read_before_is_stale(cast: Cast) -> None:
    later(cast)
    version = cast.task.version
    carry(cast)
    with pytest.raises(Refused, match=r"Mona changed .*Latest acceptance: .* → 2027-03-24"):
        edit(cast, cast.task, by=cast.max, version=version, points=25)


# -- what goes on -----------------------------------------------------------------------------------


def test_a_claim_goes_on_in_a_quarter_that_is_only_planned(cast: Cast) -> None:
    target = later(cast)
    claim = handed_in(cast)
    carry(cast)
    days = wait(row_of(claim.id))
    assert days.accept_by == dt.date(2027, 3, 24)
    assert why_closed(claim) == ""
    options = claim_options(cast.otto, cast.task)
    assert not options.can_apply and "isn't open yet" in str(options.reason)
    accept(cast.nils, claim, points=20)
    assert claim.state == "accepted" and claim.accepted_in_id is None
    assert figures(target).used == cny(20, 20 * RATE) and figures(cast.cycle).taken == Sum()


def test_opening_the_quarter_publishes_what_was_carried_too(cast: Cast) -> None:
    target = later(cast)
    with pytest.raises(Refused, match="Nothing of"):
        transaction(lambda: tasks.publish_cycle(cast.mona, target))
    carry(cast)
    transaction(lambda: tasks.publish_cycle(cast.mona, target))
    assert target.state == "open" and events("cycle.published")[-1].facts["references"] == [cast.task.reference]
    assert events("cycle.published")[-1].facts["tasks"] == 1
    assert claim_options(cast.otto, cast.task).can_apply
    with pytest.raises(Refused, match="Nothing of"):
        transaction(lambda: tasks.publish_cycle(cast.mona, target))


def test_a_free_seat_goes_to_the_waitlist_once_claims_are_open_again(cast: Cast) -> None:
    cast.cycle.claims_until = dt.date(2026, 12, 1)
    claim = cast.make_claim(cast.otto, state="waiting")
    later(cast, state="open")
    transaction(lambda: claims.fill_seats(cast.task.id))
    assert claim.state == "waiting"
    carry(cast)
    assert claim.state == "applied"


def test_a_task_of_a_closed_quarter_can_still_be_carried(cast: Cast) -> None:
    later(cast, state="open")
    claim = cast.make_claim(cast.dora, state="active")
    transaction(lambda: claims.close_cycle(cast.mona, cast.cycle, reason="The quarter is over."))
    assert claim.state == "closed"
    carry(cast)
    assert claim_options(cast.dora, cast.task).can_apply


def test_closing_the_quarter_leaves_what_was_carried_alone(cast: Cast) -> None:
    later(cast)
    claim = cast.make_claim(cast.dora, state="active")
    carry(cast)
    transaction(lambda: claims.close_cycle(cast.mona, cast.cycle, reason="The quarter is over."))
    assert claim.state == "active"


# -- the budget -------------------------------------------------------------------------------------


def test_its_reservation_moves_and_what_was_accepted_stays(cast: Cast) -> None:
    target = later(cast)
    claim = handed_in(cast)
    accept(cast.nils, claim, points=15, comment="No float16.")
    going = handed_in(cast, user=cast.otto)
    carry(cast)
    assert claim.accepted_in_id == cast.cycle.id and going.accepted_in_id is None
    old, new = figures(cast.cycle), figures(target)
    assert (old.reserved, old.used) == (Sum(), cny(15, 15 * RATE))
    assert (new.reserved, new.used) == (cny(20, 20 * RATE), Sum())
    assert [line.reference for line in old.lines] == [cast.task.reference]
    later(cast, "2027Q2", claims_until=dt.date(2027, 6, 1), accept_by=dt.date(2027, 6, 20))
    accept(cast.nils, going, points=20)
    assert figures(target).used == cny(20, 20 * RATE) and figures(cast.cycle).used == cny(15, 15 * RATE)
    rows = {row.handle: row.quarter for row in db.session.execute(claims_export(cast.mona))}
    assert rows == {"dora": "2026Q4", "otto": "2027Q1"}


def test_the_wage_of_open_seats_is_reckoned_anew_and_that_of_claims_is_not(cast: Cast) -> None:
    target = later(cast)
    cast.task.wage_reserve, cast.task.wage_currency = 20 * RATE, "CNY"
    cast.make_rules(valid_from=dt.date(2027, 1, 1), wage={"tiers": [[10, 100000]]})
    cast.make_claim(cast.dora, state="active")
    assert carry(cast).wage_reserve == 200000
    # dora's by the terms of before: 20 points at 80.00; the free seat at 100.00
    assert figures(target).reserved == cny(40, 160000 + 200000)


def test_a_budget_that_does_not_last_refuses_it(cast: Cast) -> None:
    target = later(cast)
    other = cast.make_task(points=5, pays_wage=False, kind="community")
    db.session.commit()
    set_budget(cast, target, points=49)
    with pytest.raises(Refused) as refusal:
        refresh(cast)
    said = str(refusal.value)
    assert "The budget of AKG 2027Q1 doesn't cover this. Missing: 1 point. Left: 49 points." in said
    assert f"{other.reference}: 10 points (not covered)" in said
    db.session.rollback()
    assert {cast.task.cycle_id, other.cycle_id} == {cast.cycle.id} and events("task.carried") == []
    carry(cast)
    with pytest.raises(Refused, match="Missing: 1 point"):
        carry(cast, other)


# -- a whole quarter --------------------------------------------------------------------------------


def test_a_quarter_is_refreshed_with_claims_and_without_and_says_what_stays(cast: Cast) -> None:
    target = later(cast)
    cast.make_claim(cast.dora, state="active")
    free, draft, own = cast.make_task(), cast.make_task(state="draft"), cast.make_task()
    cast.make_claim(cast.mona, own)
    seen = [(row.task, row.obstacle) for row in queries.carries(cast.mona, cast.cycle, target)]
    assert seen == [(cast.task, ""), (free, ""), (draft, "draft"), (own, "own")]
    assert refresh(cast) == [cast.task, free]
    assert (cast.task.cycle, free.cycle, draft.cycle, own.cycle) == (target, target, cast.cycle, cast.cycle)
    (event,) = events("cycle.refreshed")
    assert (event.subject_id, event.facts["tasks"], event.facts["to_quarter"]) == (cast.cycle.id, 2, "2027Q1")
    assert len(events("task.carried")) == 2
    with pytest.raises(Refused, match="Nothing of"):
        refresh(cast)
    assert refresh(cast, by=cast.max) == [own]


def test_the_list_costs_the_same_whatever_the_quarter_holds(cast: Cast) -> None:
    target = later(cast)

    def count() -> int:
        db.session.commit()
        assert cast.mona.memberships and target.programme and cast.cycle.programme  # read
        with statements() as seen:
            queries.carries(cast.mona, cast.cycle, target)
        return len(seen)

    few = count()
    for number in range(5):
        cast.make_claim(cast.person(f"p{number}"), cast.make_task(), state="active")
    assert count() == few
