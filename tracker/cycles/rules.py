"""What dates a cycle may have: pure functions."""

from __future__ import annotations

import datetime as dt

from tracker.cycles.quarters import bounds, is_quarter
from tracker.errors import Refused
from tracker.text import _l


def default_dates(quarter: str) -> tuple[dt.date, dt.date]:
    """(last day to claim, last day of acceptance): three weeks and seven days before the quarter's last day."""
    last = bounds(quarter)[1]
    return last - dt.timedelta(weeks=3), last - dt.timedelta(days=7)


def check_quarter(quarter: str, today: dt.date) -> None:
    """A quarter that isn't over can be planned, at most two years ahead. Raises Refused."""
    if not is_quarter(quarter):
        raise Refused(_l("A quarter such as 2026Q4 is asked for here."), field="quarter")
    first, last = bounds(quarter)
    if last < today:
        raise Refused(_l("%(quarter)s is over. Plan this quarter or a later one.", quarter=quarter), field="quarter")
    if first > today + dt.timedelta(days=731):
        raise Refused(_l("%(quarter)s is more than two years ahead.", quarter=quarter), field="quarter")


def check_dates(quarter: str, claims_until: dt.date, accept_by: dt.date) -> None:
    """Both days lie in the quarter (acceptance up to 31 days after it), claiming ends first. Raises Refused."""
    first, last = bounds(quarter)
    if not first <= claims_until <= last:
        raise Refused(
            _l(
                "Claiming ends within the quarter: from %(first)s to %(last)s.",
                first=first.isoformat(),
                last=last.isoformat(),
            ),
            field="claims_until",
        )
    if accept_by < claims_until:
        raise Refused(_l("The last acceptance can't be before the last day to claim."), field="accept_by")
    if accept_by > last + dt.timedelta(days=31):
        raise Refused(
            _l("Work is accepted at most 31 days after the quarter ends on %(last)s.", last=last.isoformat()),
            field="accept_by",
        )
