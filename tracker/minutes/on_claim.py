"""What meetings decided on a claim, and what is to do for it, for its page."""

from __future__ import annotations

from typing import Any

from tracker.claims.models import Claim
from tracker.minutes import queries
from tracker.permissions import Actor


def on_claim(claim: Claim, who: Actor) -> dict[str, Any]:
    """``decisions`` and ``items``, newest first; for readers of the claim."""
    decisions, items = queries.of_claim(claim.id)
    return {"decisions": decisions, "items": items}
