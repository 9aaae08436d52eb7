"""What the worker does about ballots each minute: those that the clock has closed are counted."""

from __future__ import annotations

from functools import partial

from tracker.db import follow_up
from tracker.events.worker import every_minute
from tracker.promotions.ballots import count_due
from tracker.promotions.queries import due_ballots


@every_minute
def count_due_ballots() -> int:
    """Count what is due, each in a transaction of its own right after; how many are. The nightly job does it as well."""
    due = due_ballots()
    for promotion_id in due:
        follow_up(partial(count_due, promotion_id))
    return len(due)
