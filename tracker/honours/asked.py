"""What a page of the hall is asked for by its address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import request

from tracker import clock
from tracker.cycles.quarters import is_quarter
from tracker.cycles.queries import current_quarter
from tracker.db import MAX_ID
from tracker.errors import Refused
from tracker.honours.models import HONOURED
from tracker.honours.queries import Wanted
from tracker.sigs.models import Sig
from tracker.sigs.queries import all_sigs
from tracker.text import Text, _l
from tracker.web.paging import Page

#: Rows of an export that are read at once.
AT_ONCE = 500
NOTHING: Page[Any] = Page([], "", True)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; ``sigs`` are those there are to choose from."""

    sigs: list[Sig]
    sig: Sig | None = None
    quarter: str = ""
    role: str = ""
    year: int | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.sig, self.quarter, self.role)

    @property
    def of(self) -> list[int]:
        """The SIGs whose deeds are counted."""
        return [self.sig.id] if self.sig else [sig.id for sig in self.sigs]

    def arguments(self, *names: str) -> dict[str, Any]:
        """For an address: of ``names`` those that say something."""
        said = {"sig": self.sig and self.sig.slug, "quarter": self.quarter, "role": self.role, "year": self.year}
        return {name: said[name] for name in names if said[name]}


def asked_for(*, checked: bool = True) -> Asked:
    """What is asked for; nothing unless ``checked``. Raises Refused naming what is at fault."""
    sigs = all_sigs()
    if not checked:
        return Asked(sigs)
    slug, quarter, role, year = (request.args.get(name, "").strip() for name in ("sig", "quarter", "role", "year"))
    sig = next((each for each in sigs if each.slug == slug), None)
    if slug and sig is None:
        raise Refused(_l("There is no SIG “%(value)s”.", value=_short(slug)), field="sig")
    if quarter and not is_quarter(quarter):
        raise Refused(_l("“%(value)s” is no quarter such as 2026Q4.", value=_short(quarter)), field="quarter")
    if role and role not in HONOURED:
        raise Refused(_l("There is no role “%(value)s” in the hall.", value=_short(role)), field="role")
    if year and not re.fullmatch(r"20[0-9]{2}", year, re.ASCII):
        raise Refused(_l("“%(value)s” is no year such as 2026.", value=_short(year)), field="year")
    return Asked(sigs, sig, quarter, role, int(year) if year else None)


def _short(value: str) -> str:
    return " ".join(value.split())[:60]


def read() -> tuple[Asked, Text | None]:
    """What is asked for, or everything and what is wrong with it."""
    try:
        return asked_for(), None
    except Refused as refusal:
        return asked_for(checked=False), refusal.message


def quarters(chosen: str) -> list[str]:
    """The quarters to choose from: three years back from now, and the chosen one."""
    year, now = clock.today("Asia/Shanghai").year, current_quarter()
    known = [f"{each}Q{number}" for each in range(year - 2, year + 1) for number in range(1, 5)]
    return sorted({*(quarter for quarter in known if quarter <= now), *([chosen] if chosen else [])}, reverse=True)


def number(text: str) -> int:
    """A part of a page's key. Raises ValueError."""
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 11 else -1
    if not 0 <= value <= MAX_ID:
        raise ValueError(text)
    return value
