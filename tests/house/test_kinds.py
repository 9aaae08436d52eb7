"""Every action of the diary belongs to a kind that a person can choose about, or to the account."""

from __future__ import annotations

import pytest

from tracker.accounts.forms import NoticesForm
from tracker.events.actions import ACTIONS
from tracker.events.kinds import ACCOUNT, BY_ACTION, BY_SUBJECT, CHOSEN, KINDS, actions_of, kind_of


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_it_has_a_kind(name: str) -> None:
    assert name in BY_ACTION or name.split(".")[0] in BY_SUBJECT, "give it a kind in events/kinds.py"
    assert kind_of(name) in KINDS


def test_no_kind_is_named_for_an_action_that_is_not_there() -> None:
    assert set(BY_ACTION) <= set(ACTIONS)
    assert {name.split(".")[0] for name in ACTIONS} >= set(BY_SUBJECT)


@pytest.mark.parametrize("kind", CHOSEN)
def test_a_kind_that_one_chooses_about_tells_somebody_something(kind: str) -> None:
    assert any(ACTIONS[name].told or "missing" in name for name in actions_of(kind, ACTIONS))


def test_what_is_told_by_mail_alone_is_about_the_account() -> None:
    assert {kind_of(name) for name, action in ACTIONS.items() if not action.inbox} == {ACCOUNT}


def test_the_page_asks_about_every_kind_but_the_account() -> None:
    assert {name for name in dir(NoticesForm) if name in KINDS} == set(CHOSEN) == set(KINDS) - {ACCOUNT}
