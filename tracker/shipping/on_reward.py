"""What a line's page shows of the thing that is sent."""

from __future__ import annotations

from typing import Any

from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.rewards.models import Reward
from tracker.shipping import queries, rules


def on_reward(reward: Reward, who: Actor) -> dict[str, Any] | None:
    """Where the thing of ``reward`` stands, for ``shipping/_on_reward.html``; None for money and points.

    ``standing``: see rules.STANDINGS; ``entered_at``, ``exported_at``: of its address, None without one; ``deleted_from``:
    when a sent thing's address goes; ``mine``, ``finance``: who reads.
    """
    if not reward.is_thing:
        return None
    row = queries.find_address(reward.id)
    return {
        "standing": rules.standing(reward.state, has_address=row is not None),
        "entered_at": row.entered_at if row else None,
        "exported_at": row.exported_at if row else None,
        "deleted_from": rules.deleted_from(reward.paid_at) if reward.paid_at else None,
        "mine": allowed(who, P.ADDRESS_HOLD, reward),
        "finance": allowed(who, P.SHIPPING_READ, reward),
    }
