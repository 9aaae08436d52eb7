"""Which lines a list or an export is asked for: read from an address or a command, checked, and written back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tracker.cycles.quarters import is_quarter
from tracker.errors import Refused
from tracker.programmes.months import is_month
from tracker.rewards.models import REWARD_KINDS
from tracker.rewards.workflow import REWARD
from tracker.sigs.rules import is_slug
from tracker.text import LazyString, _l

#: Filters by their names in the address, as people read them.
NAMES: dict[str, LazyString] = {
    "sig": _l("SIG"),
    "programme": _l("Programme"),
    "quarter": _l("Quarter"),
    "month": _l("Month"),
    "state": _l("State"),
    "kind": _l("Kind"),
    "person": _l("Person"),
    "mine": _l("Only mine"),
}


_GOOD: dict[str, Callable[[str], bool]] = {
    "sig": is_slug,
    "programme": is_slug,
    "quarter": is_quarter,
    "month": is_month,
    "state": lambda text: text in REWARD.states,
    "kind": lambda text: text in REWARD_KINDS,
    "person": lambda text: len(text) <= 80 and "\x00" not in text,
    "mine": lambda text: text == "1",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty asks for everything; ``person`` is a part of the receiver's name or handle, ``mine`` is ``1`` for the lines that the
    reader receives."""

    sig: str = ""
    programme: str = ""
    quarter: str = ""
    month: str = ""
    state: str = ""
    kind: str = ""
    person: str = ""
    mine: str = ""

    def without(self, name: str) -> Filters:
        """The same without one filter."""
        return self.with_value(name, "")

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


def unknown(name: str, value: str) -> Refused:
    """The refusal of a filter's value."""
    return Refused(
        _l("%(filter)s: there is no “%(value)s”.", filter=NAMES[name], value=" ".join(value.split())[:60]), field=name
    )
