"""Proposing rules and deciding about them, through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.rule_changes.conftest import (
    DECEMBER,
    HIGHER,
    approve,
    changed,
    do,
    earn,
    events,
    propose,
    refused,
    settle,
    told,
)
from tests.support.cast import Cast
from tracker import clock
from tracker.db import db
from tracker.errors import Forbidden
from tracker.permissions import ANYBODY, SYSTEM
from tracker.programmes.models import Rules
from tracker.programmes.queries import rules_of, rules_on
from tracker.programmes.service import add_rules
from tracker.rule_changes import service
from tracker.rule_changes.rules import numbers_of
from tracker.settlements.service import preview

# -- proposing ------------------------------------------------------------------------------------


def test_a_proposal_is_told_to_finance_and_maintainers_and_changes_nothing(cast: Cast) -> None:
    change = propose(cast)
    assert (change.state, change.proposed_by_id, change.base_id, change.valid_from) == (
        "proposed", cast.mona.id, cast.rules.id, DECEMBER,
    )  # fmt: skip
    assert change.numbers == changed(cast.rules, wage=HIGHER) and change.reason == "Ten points are work too."
    assert told("rule_change.proposed") == {p.id for p in (cast.max, cast.nils, cast.fay, cast.finn)}
    assert events(change) == ["rule_change.proposed"]
    assert [rules.id for rules in rules_of(cast.programme.id)] == [cast.rules.id]


@pytest.mark.parametrize(("who", "may"), [("dora", False), ("otto", False), ("mona", True), ("nils", True), ("fay", True),
                                          ("admin", True)])  # fmt: skip
def test_maintainers_of_the_programme_finance_and_administrators_propose(cast: Cast, who: str, may: bool) -> None:
    if may:
        assert propose(cast, getattr(cast, who)).proposed_by_id == getattr(cast, who).id
    else:
        with pytest.raises(Forbidden):
            propose(cast, getattr(cast, who))


@pytest.mark.parametrize("nobody", [SYSTEM, ANYBODY])
def test_no_person_no_proposal(cast: Cast, nobody: Any) -> None:
    with pytest.raises(Forbidden):
        propose(cast, nobody)


@pytest.mark.parametrize(
    ("columns", "words", "field"),
    [
        ({"wage": {"tiers": [[20, 100000], [40, 90000]]}}, "Tier 2: 900.00 doesn't rise", "tiers"),
        ({"wage": {"tiers": [[20, 100000], [20, 110000]]}}, "Tier 2: 20 points don't rise", "tiers"),
        ({"wage": {"tiers": []}}, "1 to 50 pairs", "tiers"),
        ({"wage_scheme": "steps", "wage": {"rate": 5000, "step": 40, "cap": 100}}, "isn't a multiple of 40", "cap"),
        ({"wage_scheme": "steps", "wage": {"rate": 0, "step": 40, "cap": 120}}, "all above 0", "rate"),
        ({"live_claims_per_person": 0}, "from 1 to 100", "live_claims_per_person"),
        ({"seats_per_task": 101}, "from 1 to 100", "seats_per_task"),
        ({"undo_days": -1}, "from 0 to 10000", "undo_days"),
        ({"warn_before_lapse_days": 14}, "fewer days before a lapse", "warn_before_lapse_days"),
        ({"certificate": {"points": 60}}, "within_months", "certificate"),
        ({"design_document_within_days": 0}, "from 1 to 10000", "design_document_within_days"),
        ({"live_claims_per_person": 2}, "in force already", None),
    ],
)
def test_numbers_that_make_no_sense_are_refused_at_their_field(
    cast: Cast, columns: dict[str, Any], words: str, field: str | None
) -> None:
    said, where = refused(propose, cast, **columns)
    assert words in said and where == field


def test_the_day_is_later_than_the_newest_rules_and_not_too_far_ahead(cast: Cast) -> None:
    cast.make_rules(valid_from=dt.date(2026, 6, 1))
    db.session.commit()
    for day, words in (
        ("2026-05-01", "Rules begin on 2026-06-01 already"),
        ("2026-06-01", "already"),
        ("2030-01-01", "two years"),
    ):
        said, field = refused(propose, cast, day=dt.date.fromisoformat(day), base=rules_of(cast.programme.id)[0])
        assert words in said and field == "valid_from"


def test_a_settled_month_is_never_touched(ledger: Cast) -> None:
    settle(ledger, "2026-09")
    said, field = refused(propose, ledger, day=dt.date(2026, 9, 30))
    assert (
        said == "2026-09 is settled, and nothing that was settled changes. The rules begin on 1 October 2026 or later."
    )
    assert field == "valid_from"
    assert propose(ledger, day=dt.date(2026, 10, 1)).state == "proposed"


def test_the_currency_stays_once_months_are_paid_in_it(ledger: Cast) -> None:
    said, field = refused(propose, ledger, wage_currency="USD")
    assert "Wages are paid in CNY" in said and field == "wage_currency"
    settle(ledger, "2026-09")
    settle(ledger, "2026-10")
    assert refused(propose, ledger, wage_currency="USD")[1] == "wage_currency"
    assert propose(ledger, wage_currency="USD", wage_scheme="none", wage={}).state == "proposed"


def test_the_currency_is_free_where_nothing_was_paid_in_another(cast: Cast) -> None:
    earn(cast, cast.dora, 25, "11-15")
    assert refused(propose, cast, wage_currency="USD")[1] == "wage_currency"
    assert propose(cast, day=dt.date(2026, 11, 1), wage_currency="USD").state == "proposed"


def test_a_proposal_says_why(cast: Cast) -> None:
    numbers = changed(cast.rules, undo_days=5)
    for reason, words in (("  ", "Say why"), ("x" * 2001, "At most 2000")):
        said, field = refused(do, service.propose_rule_change, cast.mona, cast.programme, valid_from=DECEMBER, reason=reason,
                              base=cast.rules.id, **numbers)  # fmt: skip
        assert words in said and field == "reason"


def test_one_proposal_of_a_day_is_open_at_a_time(cast: Cast) -> None:
    first = propose(cast)
    said, _field = refused(propose, cast, cast.nils, undo_days=5)
    assert "proposed already" in said
    assert propose(cast, cast.nils, day=dt.date(2027, 1, 1)).state == "proposed"
    do(service.withdraw_rule_change, cast.mona, first, version=1, reason="Too early.")
    assert propose(cast, cast.nils, undo_days=5).state == "proposed"


def test_what_was_compared_with_other_rules_is_proposed_anew(cast: Cast) -> None:
    newer = cast.make_rules(valid_from=dt.date(2026, 10, 1), undo_days=9)
    db.session.commit()
    said, field = refused(propose, cast, base=cast.rules)
    assert "Other rules were added since, in force from 1 October 2026" in said and field is None
    assert propose(cast, base=newer).base_id == newer.id


def test_a_programme_without_rules_gets_its_first_ones(cast: Cast) -> None:
    numbers = numbers_of(cast.rules)
    db.session.delete(cast.rules)
    db.session.commit()
    change = do(
        service.propose_rule_change,
        cast.mona,
        cast.programme,
        valid_from=DECEMBER,
        reason="We begin.",
        base=0,
        **numbers,
    )
    approve(cast.fay, change)
    assert numbers_of(rules_on(cast.programme.id, DECEMBER)) == numbers


# -- approving ------------------------------------------------------------------------------------


def test_a_second_person_puts_them_in_force_from_their_day(ledger: Cast) -> None:
    change = approve(ledger.fay, propose(ledger))
    newest = rules_of(ledger.programme.id)[0]
    assert (change.state, change.decided_by_id, change.rules_id) == ("approved", ledger.fay.id, newest.id)
    assert numbers_of(newest) == change.numbers and newest.valid_from == DECEMBER
    assert rules_on(ledger.programme.id, dt.date(2026, 11, 30)).id == ledger.rules.id
    assert told("rule_change.approved") == {p.id for p in (ledger.mona, ledger.max, ledger.nils, ledger.finn)}
    assert events(change) == ["rule_change.proposed", "rule_change.approved"]
    assert events(ledger.programme)[-1] == "programme.rules_added"


def test_the_settlement_follows_them(ledger: Cast) -> None:
    """35 points: 1000 by the table of November, 1200 by the one from December on."""
    approve(ledger.fay, propose(ledger))
    later = dt.datetime(2027, 1, 2, tzinfo=dt.UTC)
    for month in ("2026-09", "2026-10", "2026-11"):
        settle(ledger, month, later)
    with clock.pretend(later):
        lines = {line.person.handle: line.month for line in preview(ledger.programme, "2026-12").lines}
    assert (lines["dora"].settled, lines["dora"].payable) == (100000, 20000)
    assert (lines["otto"].settled, lines["otto"].payable) == (250000, 0)


@pytest.mark.parametrize("who", ["mona", "fay", "admin"])
def test_never_the_proposer(cast: Cast, who: str) -> None:
    me = getattr(cast, who)
    change = propose(cast, me)
    for step, more in ((service.approve_rule_change, {}), (service.decline_rule_change, {"reason": "No."})):
        with pytest.raises(Forbidden):
            do(step, me, change, version=1, **more)


@pytest.mark.parametrize(
    ("who", "may"), [("max", False), ("nils", False), ("dora", False), ("finn", True), ("admin", True)]
)
def test_finance_and_administrators_approve(cast: Cast, who: str, may: bool) -> None:
    change = propose(cast)
    if may:
        assert approve(getattr(cast, who), change).state == "approved"
    else:
        with pytest.raises(Forbidden):
            approve(getattr(cast, who), change)


def test_rules_are_added_without_a_proposal_by_imports_alone(cast: Cast) -> None:
    change = propose(cast, cast.fay)
    for actor, proposal in (
        (cast.fay, None),
        (cast.mona, None),
        (cast.fay, change),
        (cast.mona, change),
        (SYSTEM, change),
    ):
        with pytest.raises(Forbidden):
            do(add_rules, actor, cast.programme, valid_from=DECEMBER, change=proposal, **change.numbers)
    assert do(add_rules, SYSTEM, cast.programme, valid_from=DECEMBER, **change.numbers).valid_from == DECEMBER


def test_a_month_that_was_settled_meanwhile_stops_it(ledger: Cast) -> None:
    change = propose(ledger, day=dt.date(2026, 9, 1))
    settle(ledger, "2026-09")
    said, _field = refused(approve, ledger.fay, change)
    assert "2026-09 is settled" in said
    assert do(service.decline_rule_change, ledger.fay, change, version=1, reason="Too late.").state == "declined"


def test_rules_that_came_meanwhile_stop_it(cast: Cast) -> None:
    """All its numbers would replace theirs, and take back what they changed."""
    early, late = propose(cast, undo_days=5), propose(cast, cast.nils, day=dt.date(2027, 1, 1), undo_days=6)
    approve(cast.fay, early)
    said, _field = refused(approve, cast.fay, late)
    assert "Other rules were added since, in force from 1 December 2026" in said
    assert db.session.query(Rules).count() == 2


def test_a_stale_page_is_told_what_happened(cast: Cast) -> None:
    change = propose(cast)
    do(service.decline_rule_change, cast.fay, change, version=1, reason="Next year.")
    said, _field = refused(do, service.approve_rule_change, cast.finn, change, version=1)
    assert "Fay declined other rules for MindSpore" in said and "(2026-11-20 12:00)" in said and "“declined”" in said
    said, _field = refused(do, service.approve_rule_change, cast.finn, change, version=2)
    assert "“Approve the rules” isn't possible now" in said


# -- the other ends -------------------------------------------------------------------------------


def test_declining_says_why_to_who_proposed(cast: Cast) -> None:
    change = propose(cast)
    assert refused(do, service.decline_rule_change, cast.fay, change, version=1, reason=" ")[1] == "reason"
    done = do(service.decline_rule_change, cast.fay, change, version=1, reason=" Next year. ")
    assert (done.state, done.decision, done.version) == ("declined", "Next year.", 2)
    assert cast.mona.id in told("rule_change.declined")


@pytest.mark.parametrize("who", ["max", "fay", "admin"])
def test_only_the_proposer_withdraws(cast: Cast, who: str) -> None:
    change = propose(cast)
    with pytest.raises(Forbidden):
        do(service.withdraw_rule_change, getattr(cast, who), change, version=1, reason="Not mine.")
    done = do(service.withdraw_rule_change, cast.mona, change, version=1, reason="A typing error.")
    assert (done.state, done.decided_by_id, done.decision) == ("withdrawn", cast.mona.id, "A typing error.")
    assert cast.fay.id in told("rule_change.withdrawn")
