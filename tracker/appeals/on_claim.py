"""What a claim's page shows of an appeal."""

from __future__ import annotations

from typing import Any

from tracker.appeals import queries
from tracker.appeals.models import STATES
from tracker.claims.models import Claim
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P


def on_claim(claim: Claim, who: Actor) -> dict[str, Any]:
    """The appeal on ``claim``, for ``appeals/_on_claim.html``.

    ``appeal`` (None: there was none, or the reader may not see it: a mentor may be who it is about), ``states``; what the
    reader can do: ``can_appeal`` with ``until``, the last day (also for others, while the verdict can still be appealed),
    ``can_answer``, ``can_withdraw`` with ``answerers``, who are told of it.
    """
    appeal = queries.find_appeal(claim.id)
    mine = allowed(who, P.CLAIM_HOLD, claim)
    possible = claim.state == "failed" and queries.why_not(claim, appealed=appeal is not None) is None
    is_open = appeal is not None and appeal.state == "open"
    readable = appeal is not None and allowed(who, P.APPEAL_READ, appeal)
    return {
        "appeal": appeal if readable else None, "states": STATES, "mine": mine, "can_appeal": mine and possible,
        "until": queries.last_day(claim) if possible else None,
        "can_answer": is_open and allowed(who, P.APPEAL_ANSWER, appeal), "can_withdraw": is_open and mine,
        "answerers": queries.answerers(claim, appeal.failed_by_id) if appeal is not None and is_open and mine else [],
    }  # fmt: skip
