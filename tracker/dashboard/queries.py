"""What waits for a person, and how the quarter stands: rows for the dashboard, nothing more than it shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, and_, cast, exists, func, or_, select

from tracker.accounts.models import User
from tracker.claims.models import LIVE, UNANSWERED, Claim
from tracker.cycles.models import CLOSED, Cycle
from tracker.dashboard.rooms import Waiting, waiting_for
from tracker.db import db
from tracker.ledger.models import Transfer
from tracker.ledger.queries import Credited, signed
from tracker.permissions import Actor, maintained_sigs
from tracker.programmes.months import months_of
from tracker.rewards.models import IN_BATCH, Reward
from tracker.rewards.queries import approvable_by, payable_by, reissuable_by
from tracker.shipping.models import ShippingAddress
from tracker.shipping.queries import things
from tracker.tasks.models import DRAFT, PUBLISHED, Task, TaskMentor

#: Rows shown of each sort; the counts say how many there are.
SHOWN = 50
SORTS = ("claims", "reviews", "meetings", "roles", "rewards", "tasks")


@dataclass(frozen=True, slots=True)
class Queue:
    """``rows`` oldest first; ``counts`` by sort over everything, not only what is shown."""

    rows: list[Waiting]
    counts: dict[str, int]
    late: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def queue(actor: Actor, now: dt.datetime, only: str = "") -> Queue:
    """What waits for ``actor``, of the sort ``only`` or of all; ``now`` says what is late."""
    sigs = maintained_sigs(actor)
    claims = _waiting_claims(actor, sigs)
    rewards = _waiting_rewards(actor)
    drafts = select(Task).where(Task.state == DRAFT, Task.sig_id.in_(sigs))
    counts = _counts(claims, rewards, drafts, now)
    rows: list[Waiting] = []
    if only in ("", "claims", "reviews"):
        rows += _claim_rows(claims, only)
    if only in ("", "rewards"):
        rows += _reward_rows(rewards)
    if only in ("", "tasks"):
        rows += _draft_rows(drafts)
    others = waiting_for(actor)
    rows += [row for row in others if only in ("", row.sort)]
    counts["reviews"] += sum(row.sort == "reviews" for row in others)
    counts["rewards"] += sum(row.sort == "rewards" for row in others)
    counts["meetings"] = sum(row.sort == "meetings" for row in others)
    counts["roles"] = sum(row.sort == "roles" for row in others)
    late = counts.pop("late") + sum(row.answer_by is not None and row.answer_by < now for row in others)
    return Queue(sorted(rows, key=lambda row: row.since)[:SHOWN], counts, late)


def _waiting_claims(actor: Actor, sigs: set[int]) -> Select[Any]:
    mentored = exists().where(TaskMentor.task_id == Task.id, TaskMentor.user_id == actor.id)
    return (
        select(Claim)
        .join(Task, Task.id == Claim.task_id)
        .where(
            Claim.state.in_(UNANSWERED),
            Task.id.not_in(select(Claim.task_id).where(Claim.user_id == actor.id, Claim.state.in_(LIVE))),
            or_(Task.sig_id.in_(sigs), mentored),
        )
    )


def _waiting_rewards(actor: Actor) -> Select[Any]:
    """What the actor may approve, pay or, where it came back, pay anew; a thing whose receiver gave no address yet waits for them, and
    lines of a batch wait as one, with their batch."""
    no_address = and_(things(), ~exists().where(ShippingAddress.reward_id == Reward.id))
    open_ = or_(approvable_by(actor), and_(payable_by(actor), ~no_address), reissuable_by(actor))
    return select(Reward).where(open_, Reward.state != IN_BATCH)


def _counts(claims: Select[Any], rewards: Select[Any], drafts: Select[Any], now: dt.datetime) -> dict[str, int]:
    """One statement for all figures above the queue."""
    each = claims.with_only_columns(Claim.state, Claim.answer_by).subquery()
    applied = func.count().filter(each.c.state == "applied")
    reviews = func.count().filter(each.c.state != "applied")
    late = func.count().filter(each.c.answer_by < now)
    row = db.session.execute(
        select(
            select(applied).select_from(each).scalar_subquery(),
            select(reviews).select_from(each).scalar_subquery(),
            select(late).select_from(each).scalar_subquery(),
            rewards.with_only_columns(func.count()).scalar_subquery(),
            drafts.with_only_columns(func.count()).scalar_subquery(),
        )
    ).one()
    return {"claims": row[0], "reviews": row[1], "rewards": row[3], "tasks": row[4], "late": row[2]}


def _claim_rows(claims: Select[Any], only: str) -> list[Waiting]:
    if only == "claims":
        claims = claims.where(Claim.state == "applied")
    elif only == "reviews":
        claims = claims.where(Claim.state != "applied")
    query = (
        claims.join(User, User.id == Claim.user_id)
        .with_only_columns(
            Claim.id, Claim.state, Claim.state_since, Claim.answer_by, Task.reference, Task.title, User.display_name
        )
        .order_by(Claim.state_since)
        .limit(SHOWN)
    )
    return [
        Waiting(
            "claims" if r.state == "applied" else "reviews", r.state, r.reference, r.title, r.display_name,
            r.state_since, r.answer_by, f"/claims/{r.id}/",
        )
        for r in db.session.execute(query)
    ]  # fmt: skip


def _reward_rows(rewards: Select[Any]) -> list[Waiting]:
    since = func.coalesce(Reward.returned_at, Reward.approved_at, Reward.proposed_at).label("since")
    query = (
        rewards.join(User, User.id == Reward.user_id)
        .with_only_columns(Reward.id, Reward.state, Reward.kind, Reward.description, since, Reward.amount, User.display_name)
        .order_by(since)
        .limit(SHOWN)
    )  # fmt: skip
    return [
        Waiting("rewards", "to_send" if r.state == "approved" and r.amount is None else r.state, r.kind, r.description, r.display_name, r.since, None,
                f"/rewards/{r.id}/")
        for r in db.session.execute(query)
    ]  # fmt: skip


def _draft_rows(drafts: Select[Any]) -> list[Waiting]:
    query = (
        drafts.outerjoin(User, User.id == Task.author_id)
        .with_only_columns(Task.reference, Task.title, Task.created_at, User.display_name)
        .order_by(Task.created_at)
        .limit(SHOWN)
    )
    return [
        Waiting(
            "tasks", DRAFT, r.reference, r.title, r.display_name or "", r.created_at, None, f"/tasks/{r.reference}/"
        )
        for r in db.session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class Quarter:
    """How the live quarters of some SIGs stand. Money in fen by currency and state."""

    cycles: Sequence[Any]
    tasks: dict[str, int]
    points: int
    money: list[Any]


def quarter_figures(sigs: set[int]) -> Quarter:
    """Tasks by availability, points accepted and rewards of the cycles of ``sigs`` that aren't closed."""
    live = select(Cycle.id).where(Cycle.sig_id.in_(sigs), Cycle.state != CLOSED)
    cycles = db.session.execute(
        select(Cycle.quarter, Cycle.state).where(Cycle.id.in_(live)).distinct().order_by(Cycle.quarter)
    ).all()
    tasks = db.session.execute(
        select(Task.availability, func.count())
        .where(Task.cycle_id.in_(live), Task.state.in_((PUBLISHED, "closed")))
        .group_by(Task.availability)
    ).all()
    quarters = [row.quarter for row in cycles]
    # By the ledger's months, as the ranking has them: corrections belong to no task.
    months = [month for quarter in quarters for month in months_of(quarter)]
    points = db.session.scalar(
        select(func.coalesce(func.sum(signed()), 0))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(Transfer.sig_id.in_(sigs), Transfer.month.in_(months), Transfer.kind == "points")
    )
    money = db.session.execute(
        # PostgreSQL sums a BIGINT to a NUMERIC, which no amount is.
        select(
            Reward.currency,
            Reward.state,
            func.count().label("lines"),
            cast(func.sum(Reward.amount), BigInteger).label("amount"),
        )
        .where(Reward.sig_id.in_(sigs), Reward.quarter.in_(quarters), Reward.amount.is_not(None))
        .group_by(Reward.currency, Reward.state)
        .order_by(Reward.currency, Reward.state)
    ).all()
    return Quarter(cycles, {row[0]: row[1] for row in tasks}, int(points or 0), list(money))


def quarters_to_plan(sigs: set[int]) -> dict[int, str]:
    """SIG id → its newest quarter that isn't closed: the one in planning, else the open one."""
    query = (
        select(Cycle.sig_id, func.max(Cycle.quarter))
        .where(Cycle.sig_id.in_(sigs), Cycle.state != CLOSED)
        .group_by(Cycle.sig_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def points_by_day(sigs: set[int], since: dt.datetime) -> list[tuple[dt.datetime, int]]:
    """(accepted_at, points) of the SIGs since a moment, for the chart by week."""
    rows = db.session.execute(
        select(Transfer.at, signed().label("points"))
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(Transfer.sig_id.in_(sigs), Transfer.at >= since, Transfer.kind == "points")
        .order_by(Transfer.at)
    )
    return [(row.at, row.points) for row in rows]
