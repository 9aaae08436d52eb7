"""The steps that clocks take by themselves: warning, lapsing, asking somebody else, closing for a late review.

Each runs in a transaction of its own, holds the claim and looks again: what isn't due any more (somebody reported,
another worker was quicker) is left alone, and False is returned.
"""

from __future__ import annotations

from tracker import clock
from tracker.calendars.queries import calendar
from tracker.claims import lapses
from tracker.claims.steps import hold
from tracker.clocks import queries, rules
from tracker.events import record
from tracker.permissions import SYSTEM


def warn(claim_id: int) -> bool:
    """Tell the holder that the claim lapses unless something comes, and on which day."""
    claim = hold(claim_id)
    row, now = queries.row_of(claim_id), clock.now()
    found = rules.clock(queries.facts(row), now)
    if not found.warning_due(now) or found.lapses_on is None:
        return False
    claim.warned_at = now
    record(SYSTEM, "claim.warned", claim, lapses_on=found.lapses_on.isoformat())
    return True


def lapse(claim_id: int) -> bool:
    """End the claim; its seat goes to the next person."""
    claim = hold(claim_id)
    row, now = queries.row_of(claim_id), clock.now()
    found = rules.clock(queries.facts(row), now)
    if not found.lapse_due(now) or found.running_since is None:
        return False
    lapses.lapse(claim, since=rules.day_of(found.running_since, row.time_zone))
    return True


def escalate(claim_id: int) -> bool:
    """Ask a second maintainer for an answer that is late; once for each wait."""
    claim = hold(claim_id)
    row, now = queries.row_of(claim_id), clock.now()
    if not rules.escalation_due(queries.wait(row), now):
        return False
    person = queries.second_person(claim)
    claim.escalated_at, claim.escalated_to_id = now, person
    record(
        SYSTEM, "claim.escalated", claim, tell=[person] if person else [], holder_id=claim.user_id, person_id=person,
        since=rules.day_of(claim.state_since, row.time_zone).isoformat(),
    )  # fmt: skip
    return True


def close_late(claim_id: int) -> bool:
    """Close a claim whose reviewer was late when its task stopped accepting work."""
    claim = hold(claim_id)
    if not rules.late_close_due(queries.wait(queries.row_of(claim_id)), clock.now(), calendar()):
        return False
    lapses.close_late(claim)
    return True
