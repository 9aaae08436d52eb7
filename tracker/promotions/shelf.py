"""Which promotions the list is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from tracker.errors import Refused
from tracker.promotions.models import STATES
from tracker.sigs.models import ROLES
from tracker.sigs.rules import is_slug
from tracker.text import LazyString, _l

#: Whose: those the reader may vote on, and those about themselves or that they nominated.
MINE: dict[str, LazyString] = {"vote": _l("where I may vote"), "own": _l("about me, or nominated by me")}


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty asks for everything; ``state`` may be open, for those that go on."""

    sig: str = ""
    role: str = ""
    state: str = ""
    mine: str = ""

    def arguments(self) -> dict[str, str]:
        """For an address."""
        return {field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name)}


def parse_filters(args: Mapping[str, Any]) -> Filters:
    """Read filters; other names are left alone. Raises Refused naming the filter at fault."""
    sig, role, state, mine = (str(args.get(name) or "").strip() for name in ("sig", "role", "state", "mine"))
    for name, label, value, good in (
        ("sig", _l("SIG"), sig, is_slug(sig)),
        ("role", _l("Role"), role, role in ROLES),
        ("state", _l("State"), state, state in (*STATES, "open")),
        ("mine", _l("Whose"), mine, mine in MINE),
    ):
        if value and not good:
            raise Refused(
                _l("%(filter)s: there is no “%(value)s”.", filter=label, value=" ".join(value.split())[:60]), field=name
            )
    return Filters(sig, role, state, mine)
