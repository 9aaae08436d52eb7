"""The quarter's money in one payout batch: frozen by fay, and what the bank says of it noted by finn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from tracker.batches import service as batches
from tracker.db import db
from tracker.money import decimal
from tracker.rewards.models import Reward

if TYPE_CHECKING:
    from tracker.demo.story import Story


def pay_in_a_batch(story: Story) -> None:
    """Approved lines of money that finn may pay; the others are paid one by one."""
    fay, finn = story.who("fay"), story.who("finn")
    query = select(Reward.id, Reward.version, Reward.amount).where(
        Reward.state == "approved",
        Reward.currency == "CNY",
        Reward.approved_by_id != finn.id,
        Reward.user_id != finn.id,
    )
    lines = list(db.session.execute(query.order_by(Reward.id)))
    if not lines:
        return
    batch = story.at(
        0.9975,
        lambda: batches.freeze_batch(
            fay, lines={line.id: line.version for line in lines}, count=len(lines),
            amount=sum(line.amount for line in lines), currency="CNY", title=f"Rewards of {story.quarter}",
        ),
    )  # fmt: skip
    rows = [f"{line.id},{decimal(line.amount)},paid,{story.quarter}-{line.id:04d}" for line in lines]
    said = "\r\n".join(["reward,amount,result,reference", *rows]).encode()
    result = story.at(0.9977, lambda: batches.upload_result(finn, batch, file=said))
    story.at(0.9979, lambda: batches.apply_result(finn, result))
