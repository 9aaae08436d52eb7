"""A settlement as a table: the columns of its CSV, for the page and for ``tracker settle``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tracker.programmes.models import Programme
from tracker.settlements import queries, service
from tracker.web.csv import Amount

COLUMNS = (
    "handle", "display_name", "month", "before", "earned", "carried_over", "converted", "total", "gross", "settled",
    "payable", "held", "currency", "excluded", "reward", "state",
)  # fmt: skip


def rows(programme: Programme, month: str) -> Iterator[Sequence[Any]]:
    """The committed lines of a month, or those of its preview (state ``preview``). Money in fen, as ``Amount``.

    Raises Refused, before the first row, for a month that can't be settled now.
    """
    done = queries.find_settlement(programme.id, month)
    if done is not None:
        return _frozen(month, done.currency, queries.lines_of(done.id))
    return _preview(service.preview(programme, month))


def _frozen(month: str, currency: str, lines: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for line in lines:
        yield (
            line.handle, line.name, month, line.before, line.earned, line.carried_over, line.converted,
            line.before + line.earned, Amount(line.gross), Amount(line.settled), Amount(line.payable), Amount(line.held),
            currency, line.excluded, line.reward_id, line.state or "",
        )  # fmt: skip


def _preview(found: service.Preview) -> Iterator[Sequence[Any]]:
    for line in found.lines:
        m = line.month
        yield (
            line.person.handle, line.person.name, found.month, m.before, m.earned, m.carried_over, m.converted, m.total,
            Amount(m.gross), Amount(m.settled), Amount(m.payable), Amount(m.held), found.rules.wage_currency,
            line.person.excluded, None, "preview",
        )  # fmt: skip
