"""What is done with points and rewards, in one place: each step needs another pair of eyes.

Reviewing is in ``acceptance``, proposing in ``proposals``, approving and cancelling in ``approvals``, paying in ``payments``.
"""

from __future__ import annotations

from tracker.rewards.acceptance import accept_claim, review_claim
from tracker.rewards.approvals import MOST_AT_ONCE, approve_reward, approve_rewards, cancel_reward
from tracker.rewards.payments import pay_reward, return_reward
from tracker.rewards.proposals import edit_reward, propose_reward, reissue_reward

__all__ = [
    "MOST_AT_ONCE", "accept_claim", "approve_reward", "approve_rewards", "cancel_reward", "edit_reward", "pay_reward", "propose_reward",
    "reissue_reward", "return_reward", "review_claim",
]  # fmt: skip
