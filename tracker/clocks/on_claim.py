"""What a claim's page shows of its clock."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.claims.models import Claim
from tracker.clocks import queries, rules
from tracker.errors import Refused
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.text import Text


def on_claim(claim: Claim, who: Actor) -> dict[str, Any]:
    """The clock of ``claim`` for whoever may read it, for ``clocks/_on_claim.html``.

    ``state``, ``report_by`` and ``lapses_on`` as in ``rules.Clock``; ``handing_over``: it is paused because a hand-over
    waits; ``snooze_to``: the last day after a snooze taken now, None when the reader can't take one; ``undo_by``: the last
    day on which its lapse can be undone, ``can_undo`` and ``why_not`` for the reader; ``asked`` and ``asked_at``: who was
    asked to answer because nobody did.
    """
    row, now = queries.row_of(claim.id), clock.now()
    facts = queries.facts(row)
    found = rules.clock(facts, now)
    escalated = queries.wait(row).escalated
    return {
        "state": found.state, "report_by": found.report_by, "lapses_on": found.lapses_on, "zone": row.time_zone,
        "handing_over": facts.held_up and row.state in rules.TICKING, "snooze_days": row.snooze_days,
        "snoozed_before": facts.snoozed_until is not None, "mine": claim.user_id == who.id,
        "snooze_to": _snooze_to(claim, who, facts, now),
        "asked_at": claim.escalated_at if escalated else None,
        "asked": claim.escalated_to.display_name if escalated and claim.escalated_to else "",
        **_undo(claim, who, row.time_zone, now),
    }  # fmt: skip


def _snooze_to(claim: Claim, who: Actor, facts: rules.Facts, now: dt.datetime) -> dt.date | None:
    if not allowed(who, P.CLAIM_HOLD, claim):
        return None
    try:
        until = rules.snoozed_until(facts, now)
    except Refused:
        return None
    return _last_day(until, facts.zone)


def _undo(claim: Claim, who: Actor, zone: str, now: dt.datetime) -> dict[str, Any]:
    until = queries.undo_until(claim)
    why_not: Text | None = None
    if until is not None:
        try:
            why_not = queries.why_not_undone(claim)
        except Refused as refusal:
            why_not = refusal.message
    may = until is not None and allowed(who, P.CLAIM_UNDO_LAPSE, claim)
    return {
        "undo_by": _last_day(until, zone) if until else None, "can_undo": may and why_not is None,
        "why_not": why_not if may else None,
    }  # fmt: skip


def _last_day(until: dt.datetime, zone: str) -> dt.date:
    return (until - dt.timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date()
