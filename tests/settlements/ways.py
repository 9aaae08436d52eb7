"""Short ways to points and settlements, through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from tests.support.cast import Cast
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.rewards import service as rewards
from tracker.rewards.models import Reward
from tracker.settlements import service
from tracker.settlements.models import Settlement

BEIJING = ZoneInfo("Asia/Shanghai")


def beijing(text: str) -> dt.datetime:
    """``2026-10-31 23:30`` on Beijing's clocks."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def earn(cast: Cast, user: User, points: int, at: str = "2026-10-15 12:00", by: Any = None, **columns: Any) -> Claim:
    """``points`` accepted by ``by`` (nils) at a moment of Beijing."""
    with time_machine.travel(beijing(at), tick=False):
        task = cast.make_task(points=points, **columns)
        claim = cast.make_claim(user, task, state="submitted")
        actor = by or cast.nils
        return transaction(lambda: rewards.accept_claim(actor, claim, points=points))


def correct(cast: Cast, user: User, points: int, at: str) -> Reward:
    """A correction of points that mona proposes and max approves."""
    with time_machine.travel(beijing(at), tick=False):
        line = transaction(
            lambda: rewards.propose_reward(
                cast.mona,
                cast.akg,
                user=user,
                kind="correction",
                description=f"Counted {points} wrongly",
                points=points,
            )
        )
        return transaction(lambda: rewards.approve_reward(cast.max, line, version=line.version))


def commit(
    cast: Cast, month: str = "2026-10", actor: Any = None, at: str = "2027-06-01 09:00", **given: Any
) -> Settlement:
    """Settle a month, by mona."""
    who = actor or cast.mona
    with time_machine.travel(beijing(at), tick=False):
        return transaction(lambda: service.commit_settlement(who, cast.programme, month=month, **given))


def wages(user: User) -> list[Reward]:
    """The wage lines of a person, oldest first."""
    return list(db.session.query(Reward).filter(Reward.user_id == user.id, Reward.kind == "wage").order_by(Reward.id))


def approve(cast: Cast, line: Reward, actor: Any = None) -> Reward:
    """By max, who maintains the SIG and accepted nothing."""
    seen = line.version
    return transaction(lambda: rewards.approve_reward(actor or cast.max, line, version=seen))
