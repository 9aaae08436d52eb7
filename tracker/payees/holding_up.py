"""What keeps a person's data from being removed: payments, and what rooms above this one register."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tracker import clock
from tracker.payees import rules
from tracker.payees.queries import needed_for_payments
from tracker.text import Text

StillOpen = Callable[[int], Iterable[Text]]
_still_open: list[StillOpen] = []


def still_open(ask: StillOpen) -> StillOpen:
    """Register what is asked about a person (id) before the data goes: a sentence for each thing that will need it."""
    _still_open.append(ask)
    return ask


def what_holds_up(user_id: int, *, retention_days: int) -> list[Text]:
    """Why the data of a person can't go yet, a sentence each; none: it goes with the next nightly job."""
    needed = needed_for_payments(user_id)
    found: list[Text] = [*rules.holds_removal_up(needed, now=clock.now(), retention_days=retention_days)]
    for ask in _still_open:
        found.extend(ask(user_id))
    return found
