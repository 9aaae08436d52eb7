"""What is asked about hand-overs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.orm import aliased

from tracker.accounts.models import User
from tracker.claims.models import LIVE, Claim, DesignDocument
from tracker.db import db, find
from tracker.errors import Missing
from tracker.handovers.models import OPEN, HandOver
from tracker.permissions import Actor, maintained_sigs
from tracker.sigs.queries import maintainer_ids
from tracker.tasks.models import Task

#: Rows shown of each list.
SHOWN = 50
_Giver, _Receiver = aliased(User), aliased(User)


def get_hand_over(hand_over_id: int) -> HandOver:
    """The hand-over with this id. Raises Missing."""
    if (found := find(HandOver, hand_over_id)) is None:
        raise Missing(f"hand-over {hand_over_id}")
    return found


def has_open_offer(claim_id: int) -> bool:
    """Whether the claim is offered to somebody."""
    query = select(HandOver.id).where(HandOver.claim_id == claim_id, HandOver.state.in_(OPEN)).limit(1)
    return db.session.scalar(query) is not None


def confirmers(claim: Claim, receiver_id: int) -> list[int]:
    """User ids of who could confirm that the claim goes to the receiver, as ``handover:confirm`` says it."""
    out = {claim.user_id, receiver_id, *claim.live_claimant_ids}
    return [person for person in maintainer_ids(claim.sig_id) if person not in out]


def accepted_design(claim: Claim) -> DesignDocument | None:
    """The design document that was accepted for the claim, or for one that it came from; None where there is none."""
    if claim.design_accepted_at is None:
        return None
    query = select(DesignDocument).where(DesignDocument.claim_id == claim.id, DesignDocument.accepted.is_(True))
    own = db.session.scalar(query.order_by(DesignDocument.id.desc()).limit(1))
    if own is not None or claim.from_claim_id is None:
        return own
    return accepted_design(db.session.get_one(Claim, claim.from_claim_id))


# -- lists ----------------------------------------------------------------------------------------


def _rows() -> Any:
    """Hand-overs with their claim, task and people, by name."""
    return (
        select(
            HandOver.id, HandOver.state, HandOver.claim_id, HandOver.new_claim_id, HandOver.user_id, HandOver.message,
            HandOver.reason, HandOver.offered_at, HandOver.accepted_at, HandOver.decided_at, Claim.state.label("claim_state"),
            Claim.due_on, Claim.user_id.label("giver_id"), Task.reference, Task.title, Task.sig_id,
            func.coalesce(func.nullif(_Giver.display_name, ""), _Giver.handle).label("giver"),
            func.coalesce(func.nullif(_Receiver.display_name, ""), _Receiver.handle).label("receiver"),
        )
        .select_from(HandOver)
        .join(Claim, Claim.id == HandOver.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(_Giver, _Giver.id == Claim.user_id)
        .join(_Receiver, _Receiver.id == HandOver.user_id)
    )  # fmt: skip


def around(claim: Claim) -> list[Row[Any]]:
    """The hand-overs of a claim and of the one it came from, newest first, in one statement: id, state, claim_id,
    new_claim_id, user_id, giver_id, message, reason, offered_at, accepted_at, decided_at, claim_state, due_on, reference,
    title, sig_id, giver and receiver (names)."""
    ids = [claim.id, claim.from_claim_id] if claim.from_claim_id else [claim.id]
    return list(db.session.execute(_rows().where(HandOver.claim_id.in_(ids)).order_by(HandOver.id.desc()).limit(SHOWN)))


def newest(rows: Sequence[Row[Any]], claim_id: int) -> Row[Any] | None:
    """The newest of ``around`` that hands this very claim over."""
    return next((row for row in rows if row.claim_id == claim_id), None)


def offers_for(user_id: int) -> list[Row[Any]]:
    """Offers of tasks to the person that stand (``state`` says whether they accepted), oldest first: as ``around``."""
    query = _rows().where(HandOver.user_id == user_id, HandOver.state.in_(OPEN), Claim.state == "active")
    return list(db.session.execute(query.order_by(HandOver.offered_at, HandOver.id).limit(SHOWN)))


# -- what waits for whom --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A hand-over that waits for the reader: ``mine`` is an offer to them, else they may confirm what ``receiver`` accepted.
    There is no day by which (``due``)."""

    hand_over_id: int
    mine: bool
    reference: str
    title: str
    giver: str
    receiver: str
    path: str
    since: dt.datetime
    due: dt.datetime | None = None


def waiting_for(who: Actor) -> list[Waiting]:
    """Offers to ``who``, and accepted ones that they may confirm as a maintainer, oldest first; in one statement."""
    if who.id is None:
        return []
    involved = select(Claim.task_id).where(Claim.user_id == who.id, Claim.state.in_(LIVE))
    to_confirm = and_(
        HandOver.state == "accepted", Task.sig_id.in_(sorted(maintained_sigs(who))), HandOver.user_id != who.id,
        Task.id.not_in(involved),
    )  # fmt: skip
    to_answer = and_(HandOver.state == "offered", HandOver.user_id == who.id)
    since = func.coalesce(HandOver.accepted_at, HandOver.offered_at)
    query = _rows().where(Claim.state == "active", or_(to_answer, to_confirm)).order_by(since, HandOver.id).limit(SHOWN)
    return [_waiting(row) for row in db.session.execute(query)]


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        hand_over_id=row.id, mine=row.state == "offered", reference=row.reference, title=row.title, giver=row.giver,
        receiver=row.receiver, path=f"/handovers/{row.id}/", since=row.accepted_at or row.offered_at,
    )  # fmt: skip
