"""Which certificates a list or an export is asked for: read from an address or a command, checked, and written back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tracker.certificates.models import KINDS
from tracker.cycles.quarters import is_quarter
from tracker.rewards.shelf import unknown
from tracker.sigs.rules import is_slug
from tracker.text import LazyString, _l

STATES: dict[str, LazyString] = {"valid": _l("valid"), "revoked": _l("revoked")}

_GOOD: dict[str, Callable[[str], bool]] = {
    "sig": is_slug,
    "programme": is_slug,
    "quarter": is_quarter,
    "state": lambda text: text in STATES,
    "kind": lambda text: text in KINDS,
    "mine": lambda text: text == "1",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty asks for everything; the quarter is the one of the day of issue; ``mine`` is ``1`` for the reader's own."""

    sig: str = ""
    programme: str = ""
    quarter: str = ""
    state: str = ""
    kind: str = ""
    mine: str = ""

    def with_value(self, name: str, value: str) -> Filters:
        """The same with another value of one filter."""
        changed: dict[str, Any] = {name: value}
        return replace(self, **changed)

    def arguments(self) -> dict[str, str]:
        """For an address."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


def parse_filters(args: Mapping[str, Any]) -> Filters:
    """Read filters; other names are left alone. Raises Refused naming the filter at fault."""
    read: dict[str, str] = {}
    for name, good in _GOOD.items():
        value = str(args.get(name) or "").strip()
        if value and not good(value):
            raise unknown(name, value)
        read[name] = value
    return Filters(**read)
