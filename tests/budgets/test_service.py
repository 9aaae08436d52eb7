"""Setting a budget, and everything that reserves, uses and frees of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.rewards.test_acceptance import accept, handed_in
from tests.support.cast import Cast
from tests.support.statements import statements
from tests.tasks.test_service import create, edit, events, planned, told, whole
from tracker.budgets import queries, service
from tracker.budgets.queries import PUBLISHED, UNDER_TERMS, figures
from tracker.budgets.rules import Sum
from tracker.claims import models as claim_models
from tracker.claims import service as claims
from tracker.claims.verdicts import reopen
from tracker.cycles.models import Cycle
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.permissions import SYSTEM
from tracker.tasks import models as task_models
from tracker.tasks import reserve
from tracker.tasks import service as tasks
from tracker.tasks.models import Task

#: The cast's scheme pays at most 80 CNY a point.
RATE = 8000


def set_budget(cast: Cast, cycle: Cycle | None = None, *, by: Any = None, **typed: Any) -> Cycle:
    cycle = cycle or cast.cycle
    values = {"version": cycle.version, "points": None, "amount": None, "currency": "", "reason": "Agreed.", **typed}
    return transaction(lambda: service.set_budget(by or cast.fay, cycle, **values))


def cny(points: int, fen: int = 0) -> Sum:
    return Sum(points, {"CNY": fen} if fen else {})


@pytest.fixture
def empty(cast: Cast) -> Cast:
    """The cast, its published task withdrawn: nothing of the quarter is promised."""
    transaction(lambda: claims.withdraw_task(cast.mona, cast.task, reason="Done elsewhere."))
    return cast


def ready(cast: Cast, **changes: Any) -> Task:
    """A ready task: by default two seats of 20 points that pay a wage."""
    task = create(cast, **changes)
    return transaction(lambda: tasks.mark_ready(cast.mona, task))


def publish(cast: Cast, task: Task) -> Task:
    return transaction(lambda: tasks.publish_task(cast.mona, task))


def published(cast: Cast, **changes: Any) -> Task:
    return publish(cast, ready(cast, **changes))


def taken(cast: Cast) -> tuple[Sum, Sum]:
    """(reserved, used) of the cast's quarter."""
    found = figures(cast.cycle)
    return found.reserved, found.used


def state_of(task: Task) -> str:
    """As it is in the database."""
    db.session.rollback()
    db.session.refresh(task)
    return task.state


# -- setting ----------------------------------------------------------------------------------------


def test_finance_sets_it_with_a_reason_and_the_maintainers_are_told(cast: Cast) -> None:
    set_budget(cast, points=500, amount=2000000, currency="CNY", reason=" The board agreed. ")
    assert (cast.cycle.budget_points, cast.cycle.budget_amount, cast.cycle.budget_currency) == (500, 2000000, "CNY")
    assert cast.cycle.version == 2
    (event,) = events("cycle.budget_set")
    assert event.actor_id == cast.fay.id and told(event) == {cast.mona.id, cast.max.id}
    assert event.facts["reason"] == "The board agreed."
    assert (event.facts["points"], event.facts["money"]) == ("500", "CNY\u00a020,000.00")
    set_budget(cast, by=cast.admin, points=400)
    assert (cast.cycle.budget_points, cast.cycle.budget_amount, cast.cycle.budget_currency) == (400, None, "")
    assert events("cycle.budget_set")[-1].facts["before"] == {"points": "500", "money": "CNY\u00a020,000.00"}
    assert events("cycle.budget_set")[-1].facts["money"] == "–"
    set_budget(cast)
    assert cast.cycle.budget_points is None


def test_the_same_budget_again_is_no_event(cast: Cast) -> None:
    set_budget(cast, points=500)
    set_budget(cast, points=500, currency="USD")
    assert cast.cycle.version == 2 and len(events("cycle.budget_set")) == 1


def test_who_spends_a_budget_does_not_set_it(cast: Cast) -> None:
    for who in (cast.mona, cast.nils, cast.dora, SYSTEM):
        with pytest.raises(Forbidden):
            set_budget(cast, by=who, points=500)
    for who in (cast.fay, cast.admin):
        cast.member(who, cast.akg, "maintainer")
        db.session.commit()
        with pytest.raises(Forbidden):
            set_budget(cast, by=who, points=500)
    set_budget(cast, by=cast.finn, points=500)


def test_a_stale_page_is_told_the_budget_of_now(cast: Cast) -> None:
    set_budget(cast, points=500, amount=2000000, currency="CNY")
    with pytest.raises(Refused, match=r"meanwhile.*500 points, CNY.20,000\.00"):
        set_budget(cast, by=cast.finn, version=1, points=600)
    assert cast.cycle.budget_points == 500


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"points": 39}, "points"),
        ({"amount": 40 * RATE - 1, "currency": "CNY"}, "amount"),
        ({"amount": 10**9, "currency": "USD"}, "currency"),
        ({"amount": 10**9}, "currency"),
        ({"points": 500, "reason": " "}, "reason"),
    ],
)
def test_it_is_refused_below_what_is_promised(empty: Cast, typed: dict[str, Any], field: str) -> None:
    published(empty)
    with pytest.raises(Refused) as refusal:
        set_budget(empty, **typed)
    assert refusal.value.field == field
    set_budget(empty, points=40, amount=40 * RATE, currency="CNY")
    assert str(figures(empty.cycle).rest).replace("\u00a0", " ") == "0 points, CNY 0.00"


def test_the_budget_of_a_closed_quarter_stays(cast: Cast) -> None:
    cast.cycle.state = "closed"
    db.session.commit()
    with pytest.raises(Refused, match="closed"):
        set_budget(cast, points=500)


# -- reserved ---------------------------------------------------------------------------------------


def test_publishing_reserves_the_seats_and_keeps_the_wage_of_one(empty: Cast) -> None:
    assert taken(empty) == (Sum(), Sum())
    task = ready(empty, prize="A board", prize_amount=50000, prize_currency="CNY")
    assert task.wage_reserve is None and taken(empty) == (Sum(), Sum())
    publish(empty, task)
    assert (task.wage_reserve, task.wage_currency) == (20 * RATE, "CNY")
    assert taken(empty) == (cny(40, 2 * (20 * RATE + 50000)), Sum())
    unpaid = published(empty, title="No wage", kind="community", pays_wage=False, points=5, seats=1)
    assert (unpaid.wage_reserve, unpaid.wage_currency) == (None, "")
    assert taken(empty)[0].points == 45


def test_publishing_beyond_it_is_refused_with_what_is_missing(empty: Cast) -> None:
    set_budget(empty, points=70, amount=600000, currency="CNY")
    published(empty)
    task = ready(empty, title="Too much")
    with pytest.raises(Refused) as refusal:
        publish(empty, task)
    said = str(refusal.value).replace("\u00a0", " ")
    assert "Missing: 10 points, CNY 400.00. Left: 30 points, CNY 2,800.00." in said
    assert f"{task.reference}: 40 points, CNY 3,200.00 (not covered)" in said
    assert state_of(task) == "ready"
    set_budget(empty, points=80, amount=640000, currency="CNY")
    publish(empty, task)
    assert taken(empty) == (cny(80, 640000), Sum())


def test_a_budget_of_nothing_covers_what_costs_nothing_of_it(empty: Cast) -> None:
    set_budget(empty, amount=0, currency="CNY")
    with pytest.raises(Refused, match="Missing"):
        publish(empty, ready(empty))
    published(empty, title="For points", kind="community", pays_wage=False)


def test_a_prize_in_another_currency_is_refused_where_money_is_limited(empty: Cast) -> None:
    abroad = {
        "kind": "community",
        "pays_wage": False,
        "prize": "A board",
        "prize_amount": 5000,
        "prize_currency": "USD",
    }
    set_budget(empty, points=1000)
    published(empty, **abroad)
    assert taken(empty)[0].money == {"USD": 10000}
    with pytest.raises(Refused, match=r"another currency.*Limit points alone"):
        set_budget(empty, amount=10**8, currency="CNY")
    cycle = planned(empty)
    set_budget(empty, cycle, amount=10**8, currency="CNY")
    dates = {"expected_on": dt.date(2031, 3, 1), "accept_by": dt.date(2031, 3, 10)}
    task = transaction(lambda: tasks.create_task(empty.mona, cycle, **whole(empty, **abroad, **dates)))
    transaction(lambda: tasks.mark_ready(empty.mona, task))
    with pytest.raises(Refused, match=r"no money in the currency of USD.100\.00"):
        transaction(lambda: tasks.publish_cycle(empty.mona, cycle))


def test_a_quarter_is_published_as_a_whole_or_not_at_all(cast: Cast) -> None:
    cycle = planned(cast)
    dates = {"expected_on": dt.date(2031, 3, 1), "accept_by": dt.date(2031, 3, 10)}
    made = []
    for number in range(3):
        fields = whole(cast, title=f"T{number}", **dates)
        task = transaction(lambda fields=fields: tasks.create_task(cast.mona, cycle, **fields))  # type: ignore[misc]
        made.append(transaction(lambda task=task: tasks.mark_ready(cast.mona, task)))  # type: ignore[misc]
    set_budget(cast, cycle, points=100, amount=10**7, currency="CNY")
    with pytest.raises(Refused) as refusal:
        transaction(lambda: tasks.publish_cycle(cast.mona, cycle))
    said = str(refusal.value).replace("\u00a0", " ")
    assert "Missing: 20 points. Left: 100 points, CNY 100,000.00." in said
    assert said.endswith("; ".join(
        f"{task.reference}: 40 points, CNY 3,200.00{' (not covered)' if task is made[2] else ''}" for task in made
    ))  # fmt: skip
    assert [state_of(task) for task in made] == ["ready"] * 3 and cycle.state == "planning"
    transaction(lambda: tasks.return_task(cast.mona, made[1]))
    transaction(lambda: tasks.publish_cycle(cast.mona, cycle))
    assert [state_of(task) for task in made] == ["published", "draft", "published"]
    assert figures(cycle).left == cny(20, 10**7 - 4 * 20 * RATE)


# -- edits ------------------------------------------------------------------------------------------


def test_an_edit_that_takes_more_is_held_against_the_budget(empty: Cast) -> None:
    task = published(empty)
    set_budget(empty, points=50, amount=400000, currency="CNY")
    for changes in ({"points": 26}, {"seats": 3}, {"prize": "P", "prize_amount": 40001, "prize_currency": "CNY"}):
        with pytest.raises(Refused, match="Missing"):
            edit(empty, task, **changes)
        db.session.rollback()
        assert taken(empty) == (cny(40, 320000), Sum())
    edit(empty, task, prize="P", prize_amount=40000, prize_currency="CNY")
    assert figures(empty.cycle).left == Sum(10)
    edit(empty, task, points=15)
    assert task.wage_reserve == 15 * RATE
    assert taken(empty) == (cny(30, 320000), Sum())
    edit(empty, task, pays_wage=False)
    assert (task.wage_reserve, task.wage_currency) == (None, "")
    assert taken(empty) == (cny(30, 80000), Sum())


def test_an_edit_that_costs_nothing_more_passes_whatever_was_promised(empty: Cast) -> None:
    task = published(empty)
    empty.cycle.budget_points = 1  # promised before there was a budget
    db.session.commit()
    edit(empty, task, criteria="All tests pass.")
    edit(empty, task, points=10)
    with pytest.raises(Refused, match="Missing: 21 points"):
        edit(empty, task, points=11)


def test_a_change_of_rules_prices_anew_only_what_is_changed(empty: Cast) -> None:
    task = published(empty)
    empty.make_rules(valid_from=dt.date(2025, 2, 1), wage={"tiers": [[10, 100000]]})
    db.session.commit()
    edit(empty, task, criteria="All tests pass.")
    assert task.wage_reserve == 20 * RATE
    edit(empty, task, points=21)
    assert task.wage_reserve == 210000


# -- used and freed ---------------------------------------------------------------------------------


def held(cast: Cast, task: Task, who: Any = None) -> claim_models.Claim:
    return handed_in(cast, task=task, user=who or cast.dora)


def test_what_is_accepted_is_used_and_the_rest_is_free(empty: Cast) -> None:
    task = published(empty, prize="A board", prize_amount=50000, prize_currency="CNY")
    claim = held(empty, task)
    assert taken(empty) == (cny(40, 420000), Sum())
    accept(empty.nils, claim, points=15, comment="No float16.")
    assert taken(empty) == (cny(20, 210000), cny(15, 15 * RATE + 50000))
    (line,) = figures(empty.cycle).lines[-1:]
    assert (line.seats, line.accepted, line.path) == (2, 1, task.path)


def test_a_claim_is_reckoned_by_the_terms_it_was_approved_under(empty: Cast) -> None:
    task = published(empty)
    claim = held(empty, task)
    assert claim.terms["wage_reserve"] == 20 * RATE and claim.terms["wage_currency"] == "CNY"
    edit(empty, task, points=10, pays_wage=False)
    assert taken(empty) == (cny(30, 20 * RATE), Sum())
    accept(empty.nils, claim, points=20)
    assert taken(empty) == (Sum(10), cny(20, 20 * RATE))


def test_a_task_that_ends_frees_what_was_not_accepted(empty: Cast) -> None:
    task = published(empty)
    accept(empty.nils, held(empty, task), points=20)
    transaction(lambda: claims.withdraw_task(empty.mona, task, reason="Done elsewhere."))
    assert taken(empty) == (Sum(), cny(20, 20 * RATE))
    single = published(empty, title="One seat", seats=1)
    accept(empty.nils, held(empty, single, empty.otto), points=20)
    assert single.state == "closed" and taken(empty) == (Sum(), cny(40, 40 * RATE))


def test_closing_a_quarter_frees_what_was_not_accepted(empty: Cast) -> None:
    accept(empty.nils, held(empty, published(empty)), points=5, comment="Half.")
    transaction(lambda: claims.close_cycle(empty.mona, empty.cycle, reason="The quarter is over."))
    assert taken(empty) == (Sum(), cny(5, 5 * RATE))


def test_what_comes_back_by_an_appeal_is_honoured_though_the_budget_fell_short(empty: Cast) -> None:
    task = published(empty, seats=1)
    claim = held(empty, task)
    transaction(lambda: claims.fail(empty.nils, claim, reason="Too slow."))
    edit(empty, task, points=5)
    set_budget(empty, points=5)
    transaction(lambda: reopen(empty.mona, claims.hold(claim.id)))
    assert figures(empty.cycle).left == Sum(-15)
    with pytest.raises(Refused, match="Missing"):
        published(empty, title="More", kind="community", pays_wage=False, points=1, seats=1)


# -- what was published before reserves were kept ----------------------------------------------------


def test_what_has_no_reserve_yet_is_reckoned_by_the_rules_and_rebuilding_keeps_it(cast: Cast) -> None:
    assert cast.task.wage_reserve is None
    claim = handed_in(cast)
    del claim.terms["wage_reserve"]
    claim.terms = dict(claim.terms)
    db.session.commit()
    assert taken(cast) == (cny(40, 40 * RATE), Sum())
    accept(cast.nils, claim, points=10, comment="Half.")
    before = taken(cast)
    assert before == (cny(20, 20 * RATE), cny(10, 10 * RATE))
    draft = cast.make_task(state="draft")
    db.session.commit()
    assert transaction(reserve.rebuild) == 1 and transaction(reserve.rebuild) == 0
    assert cast.task.wage_reserve == 20 * RATE and draft.wage_reserve is None
    assert taken(cast) == before


def test_the_words_that_the_figures_read_by_are_those_of_the_models() -> None:
    assert set(UNDER_TERMS) == set(claim_models.SEATED) - {"applied"}
    assert PUBLISHED == task_models.PUBLISHED


def test_the_figures_cost_the_same_whatever_the_quarter_holds(cast: Cast) -> None:
    cycle = cast.cycle
    assert cycle.state == "open"  # read
    with statements() as few:
        figures(cycle)
    for number in range(5):
        cast.make_claim(cast.person(f"p{number}"), cast.make_task(), state="active")
    assert cycle.state == "open"
    with statements() as many:
        figures(cycle)
    assert len(many) == len(few) <= 3


def test_without_a_budget_publishing_reads_no_figures(empty: Cast) -> None:
    first, second = ready(empty), ready(empty, title="Another")
    with statements(of="SELECT claim.task_id") as free:
        publish(empty, first)
    set_budget(empty, points=500)
    with statements(of="SELECT claim.task_id") as limited:
        publish(empty, second)
    assert not free and limited


def test_amounts_beyond_an_integer_are_summed(empty: Cast) -> None:
    task = published(empty, prize="A house", prize_amount=10**10, prize_currency="CNY", pays_wage=False)
    accept(empty.nils, held(empty, task), points=20)
    assert taken(empty) == (cny(20, 10**10), cny(20, 10**10))
    assert queries.budget_of(empty.cycle).limits is False
