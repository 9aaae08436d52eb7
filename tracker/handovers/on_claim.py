"""What a claim's page shows of hand-overs."""

from __future__ import annotations

from typing import Any

from tracker.claims.models import Claim
from tracker.claims.queries import get_claim
from tracker.handovers import queries, rules
from tracker.handovers.models import OPEN
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P


def on_claim(claim: Claim, who: Actor) -> dict[str, Any]:
    """Where ``claim`` came from and goes to, for ``handovers/_on_claim.html``; people by name, rows as ``queries.around``.

    ``offer``: the open offer, or the newest that was declined or refused while the claim is active; ``standing``: how the
    newest stands; ``path``: its page, empty where the reader may not see it. ``before`` and ``after``: the hand-over that
    began and the one that ended this claim, ``before_path`` and ``after_path`` the other claim where the reader may see that;
    ``design``: a design document accepted before. ``can_offer``: the reader may offer it now.
    """
    rows = queries.around(claim)
    own = queries.newest(rows, claim.id)
    standing = rules.standing(own.state, claim.state) if own else ""
    shown = own is not None and (
        own.state in OPEN or (claim.state == "active" and own.state in ("declined", "refused"))
    )
    offer = own if shown else None
    before = next((row for row in rows if row.new_claim_id == claim.id), None)
    after = own if own and own.state == "confirmed" else None
    mine = allowed(who, P.CLAIM_HOLD, claim)
    return {
        "mine": mine, "offer": offer, "standing": standing, "path": _offer_path(offer, who), "before": before,
        "before_path": _claim_path(before and before.claim_id, who), "after": after,
        "after_path": _claim_path(after and after.new_claim_id, who),
        "design": queries.accepted_design(claim) if before and claim.state in ("active", "changes_requested") else None,
        "can_offer": mine and claim.state == "active" and standing not in OPEN,
    }  # fmt: skip


def _offer_path(offer: Any, who: Actor) -> str:
    if offer is None or not allowed(who, P.HANDOVER_READ, queries.get_hand_over(offer.id)):
        return ""
    return f"/handovers/{offer.id}/"


def _claim_path(claim_id: int | None, who: Actor) -> str:
    if claim_id is None:
        return ""
    other = get_claim(claim_id)
    return other.path if allowed(who, P.CLAIM_READ, other) else ""
