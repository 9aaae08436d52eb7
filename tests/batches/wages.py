"""R2CN's own example, settled: 15 points in March, 45 in April, 65 in May, in steps of 40 at 50 yuan a point."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock
from tracker.accounts.models import ForgeAccount
from tracker.db import db, transaction
from tracker.rewards import service as rewards
from tracker.rewards.models import Reward
from tracker.settlements import service as settlements

MONTHS = (("2026-03", 15), ("2026-04", 45), ("2026-05", 65))


def settled_may(cast: Cast) -> Reward:
    """Dora's proposed wage of May 2026; mona committed the settlements."""
    cast.rules.wage_scheme, cast.rules.wage = "steps", {"rate": 5000, "step": 40, "cap": 120}
    db.session.add(ForgeAccount(user_id=cast.dora.id, forge="github", handle="dora-gh"))
    db.session.commit()
    for month, points in MONTHS:
        with clock.pretend(dt.datetime.fromisoformat(f"{month}-15T12:00:00+08:00")):
            claim = cast.make_claim(task=cast.make_task(points=points), state="submitted")
            transaction(lambda claim=claim, points=points: rewards.accept_claim(cast.nils, claim, points=points))
    for month, _points in MONTHS:
        transaction(lambda month=month: settlements.commit_settlement(cast.mona, cast.programme, month=month))
    return db.session.scalars(select(Reward).where(Reward.month == "2026-05", Reward.kind == "wage")).one()
