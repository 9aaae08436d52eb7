"""The rows of the exports of points and rewards; money is fen."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from tracker.accounts.models import User
from tracker.cycles.quarters import bounds
from tracker.ledger.models import Transfer
from tracker.ledger.queries import Credited, signed
from tracker.permissions import Actor
from tracker.person_name import as_stored
from tracker.programmes.models import Programme
from tracker.rewards.models import PayoutBatch, Reward
from tracker.rewards.queries import joined, visible_to
from tracker.rewards.shelf import Filters
from tracker.sigs.models import Sig
from tracker.tasks.models import Task


def rewards_export(filters: Filters, actor: Actor) -> Select[*tuple[Any, ...]]:
    """Rows of the rewards export that the actor may read, by id."""
    proposer, approver, payer = aliased(User), aliased(User), aliased(User)
    return (
        joined(
            select(
                Reward.id, Sig.slug, Programme.slug, Reward.quarter, Reward.month, User.handle, as_stored(User.display_name),
                Reward.kind, Reward.description, Task.reference, Task.title, Reward.points, Reward.amount,
                Reward.currency, Reward.state, proposer.handle, Reward.proposed_at, approver.handle, Reward.approved_at,
                PayoutBatch.number, payer.handle, Reward.paid_at, Reward.payment_reference,
            ),
            filters, actor,
        )
        .join(User, User.id == Reward.user_id)
        .join(proposer, proposer.id == Reward.proposed_by_id)
        .outerjoin(approver, approver.id == Reward.approved_by_id)
        .outerjoin(payer, payer.id == Reward.paid_by_id)
        .outerjoin(PayoutBatch, PayoutBatch.id == Reward.batch_id)
        .outerjoin(Task, Task.id == Reward.task_id)
        .order_by(Reward.id)
    )  # fmt: skip


def points_export(filters: Filters, actor: Actor) -> Select[*tuple[Any, ...]]:
    """Rows of the points export that the actor may read, by id. The quarter is the one of the entry's month."""
    acceptor = aliased(User)
    query = (
        select(
            Transfer.id, Programme.slug, Sig.slug, Task.reference, Transfer.claim_id, User.handle, signed(),
            Transfer.reason, acceptor.handle, Transfer.at, Transfer.month,
        )
        .select_from(Transfer)
        .join(Credited, Credited.id == Transfer.credit_id)
        .join(Programme, Programme.id == Transfer.programme_id)
        .join(Sig, Sig.id == Transfer.sig_id)
        .join(User, User.id == Transfer.user_id)
        .join(acceptor, acceptor.id == Transfer.by_id)
        .outerjoin(Task, Task.id == Transfer.task_id)
        .where(Transfer.kind == "points", visible_to(actor, Transfer.sig_id, Transfer.user_id))
        .order_by(Transfer.id)
    )  # fmt: skip
    for value, column in (
        (filters.sig, Sig.slug),
        (filters.programme, Programme.slug),
        (filters.month, Transfer.month),
    ):
        if value:
            query = query.where(column == value)
    if filters.quarter:
        first, last = bounds(filters.quarter)
        query = query.where(Transfer.month.between(f"{first:%Y-%m}", f"{last:%Y-%m}"))
    return query.where(Transfer.user_id == actor.id) if filters.mine else query
