"""How an event reads in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.events.actions import ACTIONS
from tracker.text import LazyString, _, _l

#: How a step came in, in words.
WAYS: dict[str, LazyString] = {
    "page": _l("by page"),
    "api": _l("by API"),
    "command": _l("by command"),
    "job": _l("by the nightly job"),
}


class _Said(dict[str, Any]):
    """Facts of an event; one that an older event doesn't have reads as a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def sentence(name: str, facts: Mapping[str, Any], actor_name: str) -> str:
    """The sentence of the action ``name`` with its ``facts``, as plain text (not HTML).

    ``actor_name`` empty: nobody, so the tracker itself. An action that isn't known any more reads as its name.
    """
    action = ACTIONS.get(name)
    if action is None:
        return name
    return str(action.sentence) % _Said({**facts, "actor": actor_name or the_tracker()})


def the_tracker() -> str:
    """Who did what nobody did: commands and jobs without a person."""
    return _("The tracker")
