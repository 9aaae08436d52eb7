"""Rules read from what people write, and the outcome of votes by them, held against a count of its own."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import seeds
from tracker.promotions.rule import HALF, MAJORITY, Outcome, Votes, as_json, outcome, parse_rule
from tracker.promotions.rules import Holding, held_since, months_after
from tracker.promotions.sentences import sentences

FOUR = Votes(4)
ballots = st.lists(st.sampled_from(["for", "against", "abstain"]), max_size=12)


def votes(yes: int = 0, no: int = 0, aside: int = 0) -> list[str]:
    return ["for"] * yes + ["against"] * no + ["abstain"] * aside


@pytest.mark.parametrize(
    ("threshold", "electors", "cast", "expected"),
    [
        (MAJORITY, 5, votes(2, 1), (True, "majority")),
        (MAJORITY, 5, votes(1, 2), (False, "no_majority")),
        (MAJORITY, 4, votes(2, 2), (False, "tie")),
        (HALF, 4, votes(2, 2), (False, "tie")),
        (HALF, 4, votes(2, 1), (True, "majority")),
        (MAJORITY, 5, votes(2), (False, "quorum")),  # 2 of 5 is less than half
        (MAJORITY, 4, votes(2), (True, "majority")),  # 2 of 4 is half
        (MAJORITY, 6, votes(1, 0, 2), (True, "majority")),  # abstentions take part, and don't count
        (MAJORITY, 3, votes(0, 0, 3), (False, "tie")),
        (MAJORITY, 3, [], (False, "quorum")),
        (MAJORITY, 1, votes(1), (True, "majority")),
        (MAJORITY, 0, [], (False, "nobody")),
        (FOUR, 9, votes(4), (True, "enough")),
        (FOUR, 9, votes(3, 0, 6), (False, "too_few")),
        (FOUR, 9, votes(8, 1), (False, "objected")),
        (FOUR, 3, votes(3), (True, "all")),
        (FOUR, 3, votes(2, 0, 1), (False, "not_all")),
        (FOUR, 3, votes(2), (False, "not_all")),
        (FOUR, 0, [], (False, "nobody")),
        (Votes(2, 1), 5, votes(2, 1), (True, "enough")),
        (Votes(2, 1), 5, votes(3, 2), (False, "objected")),
    ],
)
def test_the_outcome_is_that_of_the_rule(threshold: Any, electors: int, cast: list[str], expected: Any) -> None:
    assert outcome(threshold, electors, cast) == Outcome(*expected)


@given(ballots, st.integers(0, 6))
def test_a_share_passes_just_when_more_are_for_it_and_half_took_part(cast: list[str], silent: int) -> None:
    electors = len(cast) + silent
    balance = sum({"for": 1, "against": -1, "abstain": 0}[vote] for vote in cast)
    for threshold in (MAJORITY, HALF):
        assert outcome(threshold, electors, cast).passed == (electors > 0 and silent <= len(cast) and balance > 0)


@given(ballots, st.integers(0, 6), st.integers(1, 6), st.integers(0, 2))
def test_a_number_passes_just_when_so_many_or_all_are_for_it(
    cast: list[str], silent: int, asked: int, most: int
) -> None:
    electors = len(cast) + silent
    enough = len([v for v in cast if v == "for"]) >= (asked if electors >= asked else max(electors, 1))
    expected = enough and len([v for v in cast if v == "against"]) <= most
    assert outcome(Votes(asked, most), electors, cast).passed == expected


@given(ballots, st.integers(0, 6), st.randoms())
def test_the_order_of_votes_says_nothing(cast: list[str], silent: int, dice: Any) -> None:
    other = list(cast)
    dice.shuffle(other)
    for threshold in (MAJORITY, FOUR):
        electors = len(cast) + silent
        assert outcome(threshold, electors, cast) == outcome(threshold, electors, other)


# -- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", seeds.load()["promotion_rules"], ids=lambda entry: entry["slug"])
def test_what_is_written_is_read_back(entry: dict[str, Any]) -> None:
    for role in ("contributor", "committer", "maintainer"):
        if role in entry:
            rule = parse_rule(role, entry[role])
            assert parse_rule(role, as_json(rule)) == rule
            assert as_json(rule) == {**entry[role]}


def test_the_seeds_say_what_the_communities_say() -> None:
    mindspore, cann = seeds.load()["promotion_rules"]
    maintainer = parse_rule("maintainer", mindspore["maintainer"])
    assert (maintainer.begins, maintainer.for_months, maintainer.recommendations) == ("contributor", 12, 1)
    committer = parse_rule("committer", cann["committer"])
    assert (committer.threshold, committer.hours, committer.of_repository) == (Votes(4, 0), 72, True)
    assert parse_rule("maintainer", cann["maintainer"]).threshold == HALF


GOOD = {"from": "member", "electorate": ["maintainer"], "pass": "majority", "at": "meeting"}


@pytest.mark.parametrize(
    "change",
    [
        {"from": "maintainer"}, {"from": "committer"}, {"from": None}, {"electorate": []}, {"electorate": "maintainer"},
        {"electorate": ["boss"]}, {"pass": "all"}, {"pass": {"in_favour": 0}}, {"pass": {"in_favour": True}},
        {"pass": {"in_favour": 4, "of": 5}}, {"at": "home"}, {"at": "meeting", "hours": 72}, {"for_months": -1},
        {"for_months": 1.5}, {"needs": ["cv"]}, {"scope": "repository"}, {"nominated_by": ["boss"]}, {"more": 1},
        {"recommendations_by_maintainers": "1"},
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_rule("contributor", {**GOOD, **change})


def test_hours_are_needed_where_there_is_no_meeting() -> None:
    without = {key: value for key, value in GOOD.items() if key != "at"}
    for hours in (None, 0, 10**6, "72"):
        with pytest.raises(ValueError, match="hours"):
            parse_rule("contributor", {**without, "hours": hours})
    assert parse_rule("contributor", {**without, "hours": 72}).hours == 72


def test_a_rule_reads_as_sentences(app: Any) -> None:
    with app.test_request_context():
        mindspore, cann = seeds.load()["promotion_rules"]
        said = " ".join(map(str, sentences(parse_rule("contributor", mindspore["contributor"]))))
        assert "The SIG votes at a meeting: Maintainer, Contributor, the candidate aside." in said
        assert "a majority of the votes for and against, abstentions aside; a tie fails" in said
        said = " ".join(map(str, sentences(parse_rule("committer", cann["committer"]))))
        assert "at least 3 months" in said and "over 72 hours" in said and "at least 4 votes in favour" in said


# -- time in a role --------------------------------------------------------------------------------------

TODAY = dt.date(2026, 11, 27)


def test_time_in_a_role_runs_on_where_one_follows_the_other_without_a_day_between() -> None:
    first = Holding("contributor", dt.date(2025, 1, 1), dt.date(2026, 1, 1))
    then = Holding("maintainer", dt.date(2026, 1, 1), None)
    assert held_since([first, then], "contributor", TODAY) == dt.date(2025, 1, 1)
    assert held_since([first, then], "maintainer", TODAY) == dt.date(2026, 1, 1)
    later = Holding("contributor", dt.date(2026, 1, 3), None)
    assert held_since([first, later], "contributor", TODAY) == dt.date(2026, 1, 3)


def test_a_role_that_ended_or_is_lower_is_none() -> None:
    assert held_since([Holding("contributor", dt.date(2025, 1, 1), TODAY)], "contributor", TODAY) is None
    assert held_since([Holding("member", dt.date(2025, 1, 1), None)], "contributor", TODAY) is None
    assert held_since([], "member", TODAY) is None


def test_months_end_with_the_month() -> None:
    assert months_after(dt.date(2025, 11, 30), 3) == dt.date(2026, 2, 28)
