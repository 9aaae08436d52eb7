"""What is fair about internship reports."""

from __future__ import annotations

import pytest

from tracker.errors import Refused
from tracker.reports import rules
from tracker.reports.rules import Needed

BOTH = Needed(report=True, comment=True)


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        ({"points": 60, "within_months": 6, "mentor_comment": True, "report": True}, BOTH),
        ({"points": 60, "within_months": 6, "mentor_comment": False, "report": True}, Needed(report=True)),
        ({"points": 60, "within_months": 6, "mentor_comment": True}, Needed(comment=True)),
        ({"points": 60, "within_months": 6}, Needed()),
        ({}, Needed()),
    ],
)  # fmt: skip
def test_what_is_needed_is_what_the_rules_say(certificate: dict[str, object], expected: Needed) -> None:
    assert rules.needed(certificate) == expected
    assert bool(expected) == (expected.report or expected.comment)


@pytest.mark.parametrize(("needs", "works", "words"), [(Needed(), True, "asks for no internship report"),
                                                        (BOTH, False, "you hold no task")])  # fmt: skip
def test_a_report_needs_rules_and_work(needs: Needed, works: bool, words: str) -> None:
    with pytest.raises(Refused, match=words):
        rules.check_start("MindSpore", needs, works=works)
    rules.check_start("MindSpore", BOTH, works=True)


@pytest.mark.parametrize("state", ["handed_in", "accepted"])
def test_what_others_read_stays(state: str) -> None:
    with pytest.raises(Refused, match="its words stay"):
        rules.check_writing(state)
    for open_state in ("draft", "changes_requested"):
        rules.check_writing(open_state)


@pytest.mark.parametrize(
    ("draft", "before", "number", "needs", "words"),
    [
        (" \n", None, 1, BOTH, "The report is empty"),
        ("Same.", "Same.", 2, BOTH, "Nothing is changed"),
        ("New.", "Old.", rules.MOST_VERSIONS + 1, BOTH, "at most 50 versions"),
    ],
)  # fmt: skip
def test_a_hand_in_says_something_new(draft: str, before: str | None, number: int, needs: Needed, words: str) -> None:
    with pytest.raises(Refused, match=words):
        rules.check_hand_in(draft, before, number, needs)


def test_where_the_comment_alone_is_needed_an_empty_report_asks_for_it() -> None:
    rules.check_hand_in("", None, 1, Needed(comment=True))
    rules.check_hand_in("New.", "Old.", rules.MOST_VERSIONS, BOTH)


@pytest.mark.parametrize(
    ("verdict", "needs", "fine"),
    [("accept", BOTH, False), ("accept", Needed(report=True), True), ("changes", Needed(report=True), False)],
)
def test_words_are_needed_where_the_certificate_or_the_intern_needs_them(
    verdict: str, needs: Needed, fine: bool
) -> None:
    rules.check_assessment(verdict, "Good.", needs)
    if fine:
        rules.check_assessment(verdict, " ", needs)
        return
    with pytest.raises(Refused) as caught:
        rules.check_assessment(verdict, " ", needs)
    assert caught.value.field == "text"
