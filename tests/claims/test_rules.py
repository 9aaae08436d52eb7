"""The rules of claims, as pure functions."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tracker.claims import rules
from tracker.claims.models import LIVE, SEATED, STATES
from tracker.claims.rules import CLAIMANT, NOBODY, REVIEWER, SEAT
from tracker.errors import Refused
from tracker.tasks import summary

TODAY = dt.date(2026, 11, 20)
NUMBERS = rules.Numbers(limit=2, strike_limit=3, strike_window_days=180, cooldown_days=30)


def facts(**changed: Any) -> rules.Facts:
    return rules.Facts(**{"today": TODAY, "numbers": NUMBERS, "claims_until": dt.date(2026, 12, 4), **changed})


def strike(days_ago: int, state: str = "released") -> rules.Strike:
    return rules.Strike(1, "AKG-2026Q4-001", state, TODAY - dt.timedelta(days=days_ago))


def text(code: str, found: rules.Facts) -> str:
    return next(str(c.text) for c in rules.conditions(found) if c.code == code)


def test_who_meets_everything_may_apply() -> None:
    assert rules.failed(facts()) == []
    rules.check_apply(facts())


@pytest.mark.parametrize(
    ("code", "changed", "said"),
    [
        ("published", {"published": False}, "isn't open"),
        ("window", {"cycle_open": False}, "quarter of this task is closed"),
        ("window", {"claims_until": dt.date(2026, 11, 19)}, "Claims closed on 19 November 2026"),
        ("own", {"earlier": [rules.Earlier(7, "applied", TODAY)]}, "You have a claim on this task"),
        ("own", {"earlier": [rules.Earlier(7, "waiting", TODAY)]}, "on the waitlist"),
        ("own", {"earlier": [rules.Earlier(7, "accepted", TODAY)]}, "was accepted on"),
        ("first", {"earlier": [rules.Earlier(7, "failed", TODAY)]}, "was failed on 20 November 2026"),
        ("first", {"earlier": [rules.Earlier(7, "released", TODAY)]}, "You released this task"),
        ("first", {"earlier": [rules.Earlier(7, "lapsed", TODAY)]}, "lapsed on"),
        ("mentor", {"is_mentor": True}, "You mentor"),
        ("email", {"email_verified": False}, "isn't verified"),
        ("profile", {"profile_gaps": ["affiliation"]}, "still needs: affiliation"),
        ("profile", {"profile_gaps": ["display_name", "affiliation"]}, "display name, affiliation"),
        ("cooldown", {"strikes": [strike(1), strike(2), strike(3, "lapsed")]}, "on 19 December 2026"),
        ("agreement", {"agreement_on": dt.date(2025, 1, 1), "agreed": False}, "agreement of 1 January 2025"),
        ("limit", {"held": [rules.Held(1, "AKG-1"), rules.Held(2, "AKG-2")]}, "You hold 2 tasks"),
        ("seat", {"holders": [rules.Holder("Su He", dt.date(2026, 10, 30))]}, "Su He since 30 October 2026"),
        ("seat", {"seats": 2, "seats_promised": 1, "holders": [rules.Holder("Su He", TODAY)]}, "first of the waitlist"),
    ],
)
def test_a_guard_says_why_and_what_next(code: str, changed: dict[str, Any], said: str) -> None:
    found = facts(**changed)
    assert [c.code for c in rules.failed(found)] == [code]
    assert said in text(code, found)
    with pytest.raises(Refused):
        rules.check_apply(found)


def test_an_earlier_claim_that_was_declined_doesnt_count() -> None:
    earlier = [rules.Earlier(number, state, TODAY) for number, state in enumerate(("rejected", "withdrawn", "closed"))]
    assert rules.failed(facts(earlier=earlier)) == []


def test_the_waitlist_leaves_out_seat_and_limit() -> None:
    full = facts(holders=[rules.Holder("Su He", TODAY)], held=[rules.Held(1, "A"), rules.Held(2, "B")])
    rules.check_waitlist(full)
    with pytest.raises(Refused, match="A seat of this task is free"):
        rules.check_waitlist(facts())
    with pytest.raises(Refused, match="mentor"):
        rules.check_waitlist(facts(is_mentor=True))


def test_strikes_count_within_the_window_only() -> None:
    strikes = [strike(191), strike(180), strike(10)]
    assert rules.strikes_in_window(strikes, TODAY, NUMBERS) == strikes[1:]
    assert rules.cooldown_until(strikes, TODAY, NUMBERS) is None
    assert "2 strikes of 3" in text("cooldown", facts(strikes=strikes))


def test_a_cooldown_lasts_although_the_oldest_strike_leaves_the_window() -> None:
    strikes = [strike(181), strike(6), strike(3)]
    assert rules.cooldown_until(strikes, TODAY, NUMBERS) == TODAY + dt.timedelta(days=27)
    assert "3 tasks" in text("cooldown", facts(strikes=strikes))
    assert rules.cooldown_until([strike(184), strike(6), strike(3)], TODAY, NUMBERS) is None


def test_the_cooldown_counts_from_the_newest_strike_and_ends() -> None:
    strikes = [strike(90), strike(60), strike(29)]
    assert rules.cooldown_until(strikes, TODAY, NUMBERS) == TODAY + dt.timedelta(days=1)
    assert rules.cooldown_until([strike(90), strike(60), strike(30)], TODAY, NUMBERS) is None


def test_what_releasing_costs() -> None:
    assert rules.release_cost([], TODAY, NUMBERS) == rules.Cost(0, 1, 3, None)
    cost = rules.release_cost([strike(5), strike(9)], TODAY, NUMBERS)
    assert (cost.before, cost.after, cost.cooldown_until) == (2, 3, TODAY + dt.timedelta(days=30))


@pytest.mark.parametrize(("day", "good"), [(None, True), (TODAY, True), (dt.date(2026, 12, 18), True),
                                           (dt.date(2026, 12, 19), False), (dt.date(2026, 11, 19), False)])  # fmt: skip
def test_a_promise(day: dt.date | None, good: bool) -> None:
    if good:
        rules.check_promise(day, TODAY, dt.date(2026, 12, 18))
    else:
        with pytest.raises(Refused):
            rules.check_promise(day, TODAY, dt.date(2026, 12, 18))
    rules.check_promise(day and max(day, TODAY), TODAY, None)


def test_the_lowest_free_number() -> None:
    assert rules.lowest_free([], 2) == 1
    assert rules.lowest_free([1, 3], 3) == 2
    assert rules.lowest_free([1, 2], 2) is None


def test_every_state_has_a_next_step() -> None:
    at = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    who = {state: rules.next_step(state, answer_by=at, due_on=TODAY, place=2).who for state in STATES}
    assert {state for state, name in who.items() if name == NOBODY} == set(STATES) - set(LIVE)
    assert {s: who[s] for s in LIVE} == {
        "applied": REVIEWER, "design_review": REVIEWER, "submitted": REVIEWER, "waiting": SEAT, "active": CLAIMANT,
        "changes_requested": CLAIMANT,
    }  # fmt: skip
    design = rules.next_step("active", needs_design=True, approved_at=at, design_within_days=14)
    assert (design.path, design.by) == ("design", at + dt.timedelta(days=14))
    assert rules.next_step("active", needs_design=True).by is None
    assert rules.next_step("active", needs_design=True, design_accepted=True, due_on=TODAY).by == TODAY


def test_the_summary_knows_the_same_states() -> None:
    assert set(summary.SEATED) == set(SEATED)
