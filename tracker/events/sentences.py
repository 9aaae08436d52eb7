"""An event in words, in the language of whoever reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.events.actions import ACTIONS
from tracker.text import _


class _Facts(dict[str, Any]):
    """Facts of an event; one that an older event hasn't got reads as a dash."""

    def __missing__(self, _name: str) -> str:
        return "–"


def sentence(name: str, facts: Mapping[str, Any], actor: str | None) -> str:
    """What happened, as one sentence without a full stop; ``actor`` is a person's name, None for the system."""
    action = ACTIONS.get(name)
    if action is None:
        return f"{facts.get('thing', '')} · {name}"
    return str(action.sentence) % _Facts({**facts, "actor": actor or _("The system")})
