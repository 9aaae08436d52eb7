"""What the rules page of a programme shows of changes."""

from __future__ import annotations

from typing import Any

from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.rule_changes import queries


def on_programme(programme: Programme, who: Actor) -> dict[str, Any]:
    """For ``rule_changes/_on_programme.html``: whether the reader ``reads`` changes, ``proposes`` and ``simulates``; where they
    read, the ``waiting`` proposals, and for each set of rules the change that it came from (``came_from``), as
    ``queries.change_rows``."""
    reads = allowed(who, P.RULES_READ, programme)
    return {
        "reads": reads,
        "proposes": allowed(who, P.RULES_PROPOSE, programme),
        "simulates": allowed(who, P.WAGE_SIMULATE, programme),
        "waiting": queries.open_changes(programme.id) if reads else [],
        "came_from": queries.changes_by_rules(programme.id) if reads else {},
    }
