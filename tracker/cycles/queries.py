"""What is asked about cycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from tracker import clock
from tracker.cycles.models import OPEN, Cycle
from tracker.cycles.quarters import is_quarter, quarter_of
from tracker.db import db
from tracker.errors import Missing
from tracker.sigs.models import Sig

#: Quarters are cut in this zone unless a SIG says otherwise.
ZONE = "Asia/Shanghai"


def current_quarter(zone: str = ZONE) -> str:
    """The quarter it is now."""
    return quarter_of(clock.today(zone))


def find_cycle(sig_id: int, quarter: str) -> Cycle | None:
    """The SIG's cycle of a quarter."""
    return db.session.scalar(select(Cycle).where(Cycle.sig_id == sig_id, Cycle.quarter == quarter))


def get_cycle(sig_slug: str, quarter: str) -> Cycle:
    """The cycle of a SIG's slug and a quarter. Raises Missing."""
    cycle = None
    if is_quarter(quarter):
        cycle = db.session.scalar(select(Cycle).join(Sig).where(Sig.slug == sig_slug, Cycle.quarter == quarter))
    if cycle is None:
        raise Missing(f"quarter {quarter} of {sig_slug}")
    return cycle


def cycles_of(sig_id: int) -> Sequence[Any]:
    """The SIG's quarters, newest first: quarter, state, claims_until, accept_by, published_at, closed_at."""
    query = (
        select(Cycle.quarter, Cycle.state, Cycle.claims_until, Cycle.accept_by, Cycle.published_at, Cycle.closed_at)
        .where(Cycle.sig_id == sig_id)
        .order_by(Cycle.quarter.desc())
    )
    return db.session.execute(query).all()


def newest_cycle(sig_id: int) -> Cycle | None:
    """The SIG's open cycle, else the newest it has."""
    return db.session.scalar(
        select(Cycle)
        .where(Cycle.sig_id == sig_id)
        .order_by((Cycle.state == OPEN).desc(), Cycle.quarter.desc())
        .limit(1)
    )
