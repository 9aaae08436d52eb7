"""Which public notices the list is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.cycles.quarters import is_quarter
from tracker.errors import Refused
from tracker.sigs.rules import is_slug
from tracker.text import _l


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty asks for everything."""

    sig: str = ""
    quarter: str = ""

    def arguments(self) -> dict[str, str]:
        """For an address."""
        return {name: value for name, value in (("sig", self.sig), ("quarter", self.quarter)) if value}


def parse_filters(args: Mapping[str, Any]) -> Filters:
    """Read filters; other names are left alone. Raises Refused naming the filter at fault."""
    sig, quarter = (str(args.get(name) or "").strip() for name in ("sig", "quarter"))
    for name, label, value, good in (("sig", _l("SIG"), sig, is_slug), ("quarter", _l("Quarter"), quarter, is_quarter)):
        if value and not good(value):
            raise Refused(
                _l("%(filter)s: there is no “%(value)s”.", filter=label, value=" ".join(value.split())[:60]), field=name
            )
    return Filters(sig, quarter)
