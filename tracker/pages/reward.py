"""The page of a reward line, with where its thing is sent."""

from __future__ import annotations

from flask import render_template

from tracker.events.history import history
from tracker.permissions import Permission as P
from tracker.rewards import queries
from tracker.rewards.holding import in_the_way, viewer
from tracker.rewards.models import PROPOSED, REWARD_KINDS, Reward
from tracker.rewards.rules import not_correctable, obstacle
from tracker.rewards.set_off import payment_of, returned_with, waiting_for
from tracker.rewards.views import bp as rewards
from tracker.rewards.workflow import REWARD
from tracker.settlements.queries import computes_anew
from tracker.shipping.on_reward import on_reward
from tracker.web.routes import actor, requires


@rewards.get("/rewards/<int:reward_id>/")
@requires(P.REWARD_READ, Reward)
def reward(reward: Reward) -> str:
    """One line: who proposed, approved and paid it, what it is for, and what may happen next."""
    who, payment = viewer(actor(), reward), payment_of(reward)
    why = {step: obstacle(step, reward, who, waiting_for(reward)) for step in ("approve", "pay", "return", "cancel")}
    if len(payment) > 1:
        why |= {step: why[step] or in_the_way(actor(), step, payment) for step in ("pay", "return")}
    return render_template(
        "rewards/reward.html", line=reward, states=REWARD.states, kinds=REWARD_KINDS,
        why=why, not_correctable=not_correctable(reward.label, reward.state), payment=payment, anew=returned_with(actor(), reward),
        reissued=queries.reissue_of(reward.id), entry=queries.entry_of_reward(reward.id), corrections=queries.corrections_of(reward.id),
        history=history("reward", reward.id), shipping=on_reward(reward, actor()),
        lost=reward.kind == "wage" and not computes_anew(reward.programme_id),
        nobody=reward.state == PROPOSED and not queries.approvers(reward),
    )  # fmt: skip
