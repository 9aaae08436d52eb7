"""Which lines are to be frozen, and which batches a list is asked for: read from an address, checked, and written back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from tracker.errors import Refused
from tracker.programmes.months import is_month
from tracker.rewards.models import CURRENCIES, REWARD_KINDS
from tracker.sigs.rules import is_slug
from tracker.text import LazyString, _l

#: How the lines of a batch stand, for its list: some are open, none is, or the batch was cancelled.
STANDS: dict[str, LazyString] = {"open": _l("still open"), "done": _l("done"), "cancelled": _l("cancelled")}
#: How a line of a batch stands, for its page.
LINE_STATES: dict[str, LazyString] = {"in_batch": _l("still open"), "paid": _l("paid"), "returned": _l("returned")}

_GOOD: dict[str, Callable[[str], bool]] = {
    "programme": is_slug,
    "month": is_month,
    "kind": lambda text: text in REWARD_KINDS,
    "sig": is_slug,
    "currency": lambda text: text in CURRENCIES,
    "complete": lambda text: text == "1",
    "payer": lambda text: re.fullmatch(r"[\w.-]{1,60}", text) is not None,
    "year": lambda text: re.fullmatch(r"20[0-9]{2}", text, re.ASCII) is not None,
    "state": lambda text: text in STANDS,
}


@dataclass(frozen=True, slots=True)
class _Shelf:
    def with_value(self, name: str, value: str) -> Any:
        """The same with another value of one filter."""
        changed: dict[str, Any] = {name: value}
        return replace(self, **changed)

    def arguments(self) -> dict[str, str]:
        """For an address."""
        return {field.name: value for field in fields(self) if (value := getattr(self, field.name))}


@dataclass(frozen=True, slots=True)
class Wanted(_Shelf):
    """Approved lines to be frozen; empty asks for all. ``complete`` is ``1`` for those of people with payee data alone,
    ``payer`` the handle of who shall mark them as paid, and may."""

    programme: str = ""
    month: str = ""
    kind: str = ""
    sig: str = ""
    currency: str = ""
    complete: str = ""
    payer: str = ""


@dataclass(frozen=True, slots=True)
class Listed(_Shelf):
    """Batches of a year (``2026``) and a state of STANDS; empty asks for all."""

    year: str = ""
    state: str = ""


def parse_wanted(args: Mapping[str, Any]) -> Wanted:
    """Read filters; other names are left alone. Raises Refused naming the filter at fault."""
    return Wanted(**_read(args, Wanted))


def parse_listed(args: Mapping[str, Any]) -> Listed:
    """As ``parse_wanted``."""
    return Listed(**_read(args, Listed))


def _read(args: Mapping[str, Any], kind: type[_Shelf]) -> dict[str, str]:
    read: dict[str, str] = {}
    for field in fields(kind):
        value = str(args.get(field.name) or "").strip()
        if value and not _GOOD[field.name](value):
            said = " ".join(value.split())[:60]
            raise Refused(_l("%(filter)s: there is no “%(value)s”.", filter=field.name, value=said), field=field.name)
        read[field.name] = value
    return read
