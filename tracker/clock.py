"""The only reader of time. Tests freeze it; everything else asks here."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo


def now() -> dt.datetime:
    """This moment as an aware datetime in UTC."""
    return dt.datetime.now(dt.UTC)


def today(zone: str = "UTC") -> dt.date:
    """The calendar day it is now in ``zone`` (an IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()
