"""The months that are over are settled, and most of their wages approved: one waits for a second approval."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracker.db import db
from tracker.programmes.months import next_month
from tracker.rewards import service as rewards
from tracker.rewards.models import PROPOSED, Reward
from tracker.settlements import queries, service

if TYPE_CHECKING:
    from tracker.demo.story import Story


def settle(story: Story) -> None:
    """By mona, on the third day of the month after, as far as the story has come."""
    programme = story.programmes["mindspore-internship"]
    zone = ZoneInfo(programme.time_zone)
    while (month := queries.due_month(programme.id)) is not None:
        day = dt.datetime.fromisoformat(f"{next_month(month)}-03T10:00").replace(tzinfo=zone)
        if day > story.end:
            return
        story.on(day, partial(service.commit_settlement, story.who("mona"), programme, month=month))


def approve_most(story: Story) -> None:
    """All wages but the newest, by fay, the day after."""
    wages = select(Reward.id, Reward.version, Reward.proposed_at).where(Reward.kind == "wage", Reward.state == PROPOSED)
    for line in db.session.execute(wages.order_by(Reward.id)).all()[:-1]:
        reward = db.session.get_one(Reward, line.id)
        approve = partial(rewards.approve_reward, story.who("fay"), reward, version=line.version)
        story.on(line.proposed_at + dt.timedelta(days=1), approve)
