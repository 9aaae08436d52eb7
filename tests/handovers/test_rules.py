"""What stands against a hand-over, over plain facts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tracker.claims.models import STATES
from tracker.claims.rules import Condition
from tracker.errors import Refused
from tracker.handovers import rules
from tracker.handovers.models import STATES as OFFER_STATES

UNTIL = dt.date(2026, 11, 30)


def facts(**columns: Any) -> rules.Facts:
    return rules.Facts(**{"name": "Otto", "confirmers": 1, "claims_until": UNTIL, "sig": "AKG", **columns})


def unmet(*codes: str) -> list[Condition]:
    return [Condition(code, False, "You hold 2 tasks: GE-1, GE-2.") for code in codes]


def said(check: Any, *arguments: Any, **named: Any) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        check(*arguments, **named)
    return str(caught.value.message), caught.value.field


def test_an_offer_stands_as_its_claim_does() -> None:
    for state in OFFER_STATES:
        for claim_state in STATES:
            found = rules.standing(state, claim_state)
            if state not in ("offered", "accepted") or claim_state == "active":
                assert found == state
            elif claim_state in ("design_review", "submitted", "changes_requested", "applied", "waiting"):
                assert found == rules.HALTED
            else:
                assert found == rules.ENDED


def test_nothing_stands_against_a_fair_offer(app: Any) -> None:
    rules.check_offer(facts())


@pytest.mark.parametrize(
    ("columns", "words", "field"),
    [
        ({"open_offer": True}, "offered to somebody already", None),
        ({"known": False}, "Nobody has this handle", "receiver"),
        ({"is_giver": True}, "That is you", "receiver"),
        ({"unmet": unmet("window")}, "closed on 30 November 2026", None),
        ({"unmet": unmet("published")}, "nobody can take it over", None),
        ({"unmet": unmet("mentor")}, "Otto mentors this task", "receiver"),
        ({"confirmers": 0}, "nobody could confirm it", None),
    ],
)
def test_what_is_public_is_said_as_it_is(app: Any, columns: Any, words: str, field: str | None) -> None:
    found = said(rules.check_offer, facts(**columns))
    assert words in found[0] and found[1] == field


@pytest.mark.parametrize("code", ["own", "first", "email", "profile", "cooldown", "limit"])
def test_why_else_somebody_cant_take_it_is_theirs_to_know(app: Any, code: str) -> None:
    found = {said(rules.check_offer, facts(unmet=unmet(code))), said(rules.check_offer, facts(suspended=True))}
    [(words, field)] = found
    assert "Otto doesn't meet the conditions" in words and "GE-1" not in words and field == "receiver"
    words, _field = said(rules.check_confirm, "Otto", suspended=False, unmet=unmet(code))
    assert "Otto doesn't meet the conditions" in words and "GE-1" not in words


def test_who_accepts_is_told_exactly_and_says_how(app: Any) -> None:
    assert said(rules.check_accept, unmet("limit"), "Tests.") == ("You hold 2 tasks: GE-1, GE-2.", None)
    assert said(rules.check_accept, [], "  ")[1] == "plan"
    rules.check_accept([], "Tests.")
    rules.check_confirm("Otto", suspended=False, unmet=[])
