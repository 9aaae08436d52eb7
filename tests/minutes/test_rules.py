"""Merging what two people typed: nothing is lost, nothing is doubled without need."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.comparing import compared
from tracker.errors import Refused
from tracker.minutes import rules
from tracker.minutes.rules import Said, combine, merge, overruled

LINES = st.lists(st.sampled_from(["a", "b", "ab", "c", "", "d e", "d e f"]), max_size=7).map("\n".join)
TEXTS = LINES | st.text(alphabet="xy \n", max_size=12)


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


@given(TEXTS, TEXTS, TEXTS)
def test_every_line_that_either_added_is_there_or_goes_on(base, theirs, mine):
    merged = _lines(merge(base, theirs, mine))
    for text in (theirs, mine):
        for line in _lines(text):
            if line not in _lines(base):
                assert any(kept.startswith(line.rstrip()) for kept in merged), (base, theirs, mine, merged)


@given(TEXTS, TEXTS)
def test_who_changed_nothing_gets_the_others_text(base, other):
    assert merge(base, other, base) == other
    assert merge(base, base, other) == other


@given(TEXTS, TEXTS)
def test_the_same_change_twice_is_one(base, text):
    assert merge(base, text, text) == text


@given(TEXTS, TEXTS, TEXTS)
def test_it_invents_nothing(base, theirs, mine):
    assert set(_lines(merge(base, theirs, mine))) <= {*_lines(base), *_lines(theirs), *_lines(mine)}


@given(TEXTS, TEXTS, st.text(alphabet="xyz", min_size=1, max_size=5))
def test_a_line_added_behind_survives_whatever_the_other_did(base, theirs, added):
    mine = f"{base}\n{added}" if base else added
    assert any(line.startswith(added) for line in _lines(merge(base, theirs, mine)))


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "merged"),
    [
        ("", "Softmax", "Kernel", "Softmax\nKernel"),
        ("a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC"),
        ("a", "a\nb", "a\nc", "a\nb\nc"),
        # typed on after the other's line came in before mine
        ("Ker", "Softmax\nKer", "Kernel", "Softmax\nKernel"),
        # an answer that was lost: the same sentence, typed further
        ("", "Ker", "Kernel", "Kernel"),
        # deleting and editing keeps the edit
        ("a\nb\nc", "a\nc", "a\nB\nc", "a\nB\nc"),
        ("a\nb\nc", "a\nB\nc", "a\nc", "a\nB\nc"),
        ("a\nb", "", "a\nb\nc", "c"),
        ("a\nb", "a", "b", ""),
    ],
)
def test_cases_that_people_meet(base, theirs, mine, merged):
    assert merge(base, theirs, mine) == merged


def test_the_later_percent_wins_and_the_other_is_told():
    base, theirs, mine = Said(percent=40), Said(percent=45), Said(percent=60)
    assert combine(base, theirs, mine).percent == 60 and overruled(base, theirs, mine) == 45
    assert combine(base, theirs, base).percent == 45 and overruled(base, theirs, base) is None
    assert combine(base, base, mine).percent == 60 and overruled(base, base, mine) is None
    assert combine(base, theirs, theirs).percent == 45 and overruled(base, theirs, theirs) is None
    # an emptied field deletes nothing that the other typed
    assert combine(base, theirs, Said()).percent == 45


def test_something_was_said_only_in_words():
    assert not Said(percent=40) and not Said(done="  \n") and Said(blockers="CI.")


def test_texts_of_the_same_few_lines_over_and_over_are_compared_as_wholes():
    """Line by line it would take minutes, while the meeting is held and nobody else can write."""
    old, new = ["begin", *["a", "b"] * 1500, "end"], ["begin", *["b", "b", "a"] * 1000, "end"]
    said = compared("\n".join(old), "\n".join(new))
    assert said[0] == ("same", "begin") and said[-1] == ("same", "end")
    kinds = [kind for kind, _line in said]
    assert "out" not in kinds[kinds.index("in") :] and [line for kind, line in said if kind != "out"] == new
    both = merge("begin\nend", "\n".join(old), "\n".join(new)).split("\n")
    assert both[0] == "begin" and both[-1] == "end" and both.count("a") >= 1500 and both.count("b") >= 2000
    distinct = merge("", "\n".join(f"a{n}" for n in range(2500)), "\n".join(f"b{n}" for n in range(2500))).split("\n")
    assert len(set(distinct)) == len(distinct) == 5000


def test_versions_are_compared_line_by_line():
    assert compared("a\nb", "a\nc\nd") == [("same", "a"), ("out", "b"), ("in", "c"), ("in", "d")]
    assert compared("", "a") == [("in", "a")] and compared("a", "a") == [("same", "a")]


@pytest.mark.parametrize("state", ["to_confirm", "skipped", "postponed", "cancelled", "minutes_published"])
def test_notes_are_taken_only_where_a_meeting_takes_place(state):
    with pytest.raises(Refused):
        rules.check_noting("AKG", state, state)


def test_refusals_say_what_next():
    now = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
    with pytest.raises(Refused, match="prepared here now"):
        rules.check_begun("AKG", now + dt.timedelta(minutes=1), now)
    rules.check_begun("AKG", now, now)
    with pytest.raises(Refused, match="aren't published"):
        rules.check_correction("AKG", "held", "a", "b", "c")
    for text, reason, field in (("", "why", "text"), ("a ", "why", "text"), ("b", " ", "reason")):
        with pytest.raises(Refused) as refused:
            rules.check_correction("AKG", "minutes_published", "a", text, reason)
        assert refused.value.field == field
