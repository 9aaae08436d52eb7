"""Which things the list is asked for: read from an address, checked, and written back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tracker.cycles.quarters import is_quarter
from tracker.errors import Refused
from tracker.shipping.rules import READY, STANDINGS
from tracker.sigs.rules import is_slug
from tracker.text import LazyString, _l

NAMES: dict[str, LazyString] = {
    "standing": _l("State"),
    "sig": _l("SIG"),
    "programme": _l("Programme"),
    "quarter": _l("Quarter"),
}
_GOOD: dict[str, Callable[[str], bool]] = {
    "standing": lambda text: text in STANDINGS,
    "sig": is_slug,
    "programme": is_slug,
    "quarter": is_quarter,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """``standing`` is one of rules.STANDINGS; the others, empty, ask for everything."""

    standing: str = READY
    sig: str = ""
    programme: str = ""
    quarter: str = ""

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
            raise Refused(
                _l("%(filter)s: there is no “%(value)s”.", filter=NAMES[name], value=" ".join(value.split())[:60]),
                field=name,
            )
        if value:
            read[name] = value
    return Filters(**read)
