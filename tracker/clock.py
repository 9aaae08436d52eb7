"""The only reader of time. Tests freeze it, the demo builds a past; everything else asks here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

_pretended: ContextVar[dt.datetime | None] = ContextVar("pretended", default=None)


def now() -> dt.datetime:
    """This moment as an aware datetime in UTC."""
    return _pretended.get() or dt.datetime.now(dt.UTC)


def today(zone: str = "UTC") -> dt.date:
    """The calendar day it is now in ``zone`` (an IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def pretend(moment: dt.datetime) -> Iterator[None]:
    """Take ``moment`` for now: the demo tells a quarter's past through the services of today."""
    token = _pretended.set(moment.astimezone(dt.UTC))
    try:
        yield
    finally:
        _pretended.reset(token)
