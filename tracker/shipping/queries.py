"""What is asked about things and where they go: rows, never an address in the clear."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db
from tracker.permissions import Actor
from tracker.programmes.models import Programme
from tracker.rewards.models import APPROVED, CANCELLED, PAID, Reward
from tracker.rewards.queries import accepted_by
from tracker.shipping.models import ShippingAddress
from tracker.shipping.rules import KEPT, READY, SENT, WAITING
from tracker.shipping.shelf import Filters
from tracker.sigs.models import Sig
from tracker.tasks.models import Task


def things() -> ColumnElement[bool]:
    """The condition that a line is for a thing, as ``Reward.is_thing`` has it."""
    return and_(Reward.kind.in_(("prize", "bonus")), Reward.amount.is_(None), Reward.points.is_(None))


def find_address(reward_id: int) -> ShippingAddress | None:
    """The row of a line, sealed; None where there is no address, or none any more."""
    return db.session.get(ShippingAddress, reward_id, populate_existing=True)


def _standing() -> ColumnElement[str]:
    """rules.standing in SQL; needs an outer join to the address."""
    return case(
        (Reward.state == PAID, SENT),
        (and_(Reward.state == APPROVED, ShippingAddress.reward_id.is_not(None)), READY),
        (Reward.state == APPROVED, WAITING),
        else_="",
    )


def _joined(query: Select[*tuple[Any, ...]], filters: Filters) -> Select[*tuple[Any, ...]]:
    query = (
        query.select_from(Reward)
        .outerjoin(ShippingAddress, ShippingAddress.reward_id == Reward.id)
        .join(Sig, Sig.id == Reward.sig_id)
        .join(Programme, Programme.id == Reward.programme_id)
        .where(things(), Reward.state.in_((APPROVED, PAID)))
    )
    pairs = ((filters.sig, Sig.slug), (filters.programme, Programme.slug), (filters.quarter, Reward.quarter))
    return query.where(*(column == value for value, column in pairs if value))


def rows(filters: Filters, actor: Actor) -> Select[*tuple[Any, ...]]:
    """What the list shows of each thing, and what ``rewards.rules.obstacle`` asks of it; to be paged by id."""
    approver = aliased(User)
    return (
        _joined(
            select(
                Reward.id, Reward.version, Reward.state, Reward.kind, Reward.description, Reward.quarter, Reward.sig_id,
                Reward.user_id, Reward.proposed_by_id, Reward.approved_by_id, Reward.points, Reward.amount,
                Reward.approved_at, Reward.paid_at, Reward.payment_reference, accepted_by(actor).label("viewer_accepted"),
                ShippingAddress.entered_at, ShippingAddress.exported_at, _standing().label("standing"),
                Sig.slug.label("sig_slug"), Sig.name.label("sig"), Sig.name_zh.label("sig_zh"), Programme.slug.label("programme"),
                Task.reference, User.handle, User.display_name.label("receiver"), approver.display_name.label("approved_by"),
            ),
            filters,
        )
        .join(User, User.id == Reward.user_id)
        .outerjoin(approver, approver.id == Reward.approved_by_id)
        .outerjoin(Task, Task.id == Reward.task_id)
        .where(_standing() == filters.standing)
    )  # fmt: skip


def counts(filters: Filters) -> dict[str, int]:
    """Standing → things, under the other filters."""
    query = _joined(select(_standing().label("standing"), func.count().label("things")), filters)
    return {row.standing: row.things for row in db.session.execute(query.group_by("standing"))}


def picked(ids: list[int], actor: Actor) -> list[Row[Any]]:
    """Those of the lines that are ready to be sent, as ``rows``, by id."""
    return list(db.session.execute(rows(Filters(), actor).where(Reward.id.in_(ids)).order_by(Reward.id)))


def to_send(filters: Filters) -> Select[int]:
    """Ids of the lines that are ready to be sent, under the other filters."""
    query: Any = _joined(select(Reward.id), filters)
    found: Select[int] = query.where(_standing() == READY)
    return found


def ids_past_keeping() -> list[int]:
    """Ids of the lines whose address has been kept long enough."""
    query = (
        select(ShippingAddress.reward_id)
        .join(Reward, Reward.id == ShippingAddress.reward_id)
        .where(or_(Reward.paid_at <= clock.now() - KEPT, Reward.state == CANCELLED))
        .order_by(ShippingAddress.reward_id)
    )
    return list(db.session.scalars(query))
