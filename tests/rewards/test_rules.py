"""Pure rules: months, tiers, and why a step isn't yours."""

from __future__ import annotations

import datetime as dt
import itertools
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import Refused
from tracker.permissions import allowed
from tracker.rewards import rules
from tracker.rewards.shelf import Filters, parse_filters
from tracker.rewards.workflow import REWARD


def test_why_not_says_exactly_what_permissions_and_workflow_refuse() -> None:
    """Every state, person and role: there is an obstacle just where the step would be refused."""
    people = (1, 2)
    seen = 0
    for state, points, receiver, proposer, acceptor, approver in itertools.product(
        REWARD.states, (None, 5), people, people, (None, *people), (None, *people)
    ):
        line = SimpleNamespace(
            state=state, points=points, user_id=receiver, proposed_by_id=proposer, acceptor_ids={acceptor},
            approved_by_id=approver, amount=None if points else 100, sig_id=7, label="x",
        )  # fmt: skip
        for maintains, finance in itertools.product((False, True), repeat=2):
            membership = SimpleNamespace(role="maintainer", sig_id=7, since=dt.date(2000, 1, 1), until=None)
            actor = SimpleNamespace(
                id=1, is_admin=False, is_finance=finance, memberships=[membership] if maintains else []
            )
            viewer = rules.Viewer(id=1, maintains=maintains, is_finance=finance, accepted=acceptor == 1)
            for step in REWARD:
                if step.permission is None:
                    continue
                may = allowed(actor, step.permission, line) and state in step.sources
                final = points is not None and (
                    step.action in ("pay", "return") or (step.action == "cancel" and state == "approved")
                )
                assert (rules.obstacle(step.action, line, viewer) is None) == (may and not final)
                seen += 1
    assert seen == 6 * 2 * 2 * 2 * 3 * 3 * 4 * 4
    nobody = rules.Viewer(id=None, maintains=False, is_finance=False)
    assert rules.obstacle("approve", line, nobody) is not None


def test_filters_are_read_and_written_back() -> None:
    asked = {"sig": "akg", "quarter": "2026Q4", "month": "2026-11", "state": "paid", "kind": "bonus", "mine": "1"}
    filters = parse_filters({**asked, "programme": "", "page": "x"})
    assert filters.arguments() == asked
    assert filters.without("state").arguments() == {k: v for k, v in asked.items() if k != "state"}
    assert parse_filters({}) == Filters()


@pytest.mark.parametrize("name", ["sig", "programme", "quarter", "month", "state", "kind", "mine"])
def test_a_filter_that_cannot_be_is_refused_by_name(name: str) -> None:
    for value in ("..", "2026-00!", "x y", "1'", "\x00", "☃"):
        with pytest.raises(Refused) as refused:
            parse_filters({name: value})
        assert refused.value.field == name


@given(st.integers(-(10**9), 10**9), st.integers(1, 1000), st.text(max_size=5))
def test_points_are_taken_only_within_the_terms(points: int, most: int, comment: str) -> None:
    try:
        assert rules.check_points(points, most, comment) == points
    except Refused:
        assert not 1 <= points <= most or (points < most and not comment.strip())
    else:
        assert 1 <= points <= most and (points == most or comment.strip())
