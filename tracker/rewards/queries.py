"""What is asked about points and rewards. Money is fen, by currency; lists are rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, Select, and_, cast, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from tracker.accounts.models import User
from tracker.accounts.queries import finance_ids, is_called
from tracker.claims.models import Claim
from tracker.db import db, find
from tracker.errors import Missing
from tracker.events import Event, audience
from tracker.events.people import Told, told
from tracker.ledger.models import Transfer
from tracker.ledger.queries import Credited, signed
from tracker.permissions import SYSTEM, Actor, maintained_sigs
from tracker.programmes.models import Programme
from tracker.rewards.models import (
    APPROVED,
    CANCELLED,
    IN_BATCH,
    PAID,
    PROPOSED,
    RETURNED,
    PayoutBatch,
    Reward,
    RewardAcceptor,
)
from tracker.rewards.set_off import waiting_first
from tracker.rewards.shelf import Filters
from tracker.sigs.models import Sig
from tracker.sigs.queries import maintainer_ids
from tracker.tasks.models import Task


def get_reward(reward_id: int) -> Reward:
    """The line with this id. Raises Missing."""
    if (found := find(Reward, reward_id)) is None:
        raise Missing(f"reward {reward_id}")
    return found


def reward_of_claim(claim_id: int) -> list[Reward]:
    """The lines that were proposed for a claim, oldest first."""
    return list(db.session.scalars(select(Reward).where(Reward.claim_id == claim_id).order_by(Reward.id)))


def corrections_of(reward_id: int) -> list[Row[Any]]:
    """Lines that correct this one: id, description, state."""
    query = (
        select(Reward.id, Reward.description, Reward.state).where(Reward.corrects_id == reward_id).order_by(Reward.id)
    )
    return list(db.session.execute(query))


def waiting_twin(
    proposer_id: int, sig_id: int, user_id: int, kind: str, description: str, amount: int | None, currency: str,
    points: int | None,
) -> int | None:  # fmt: skip
    """The id of the same line by the same proposer that nobody approved yet: a form that was sent twice."""
    return db.session.scalar(
        select(Reward.id).where(
            Reward.state == PROPOSED, Reward.proposed_by_id == proposer_id, Reward.sig_id == sig_id,
            Reward.user_id == user_id, Reward.kind == kind, Reward.description == description,
            Reward.amount.is_not_distinct_from(amount), Reward.currency == currency,
            Reward.points.is_not_distinct_from(points),
        ).limit(1)
    )  # fmt: skip


def reissue_of(reward_id: int) -> int | None:
    """The id of the line that pays a returned one anew."""
    return db.session.scalar(select(Reward.id).where(Reward.reissues_id == reward_id, Reward.state != CANCELLED))


def standing_correction(reward_id: int) -> int | None:
    """A correction of a line that isn't cancelled."""
    return db.session.scalar(
        select(func.min(Reward.id)).where(Reward.corrects_id == reward_id, Reward.state != CANCELLED)
    )


def corrected_so_far(reward_id: int, *, apart_from: int = 0) -> int:
    """Fen that the corrections of a line add to it, proposed ones too; ``apart_from`` is left out."""
    query = select(func.coalesce(func.sum(Reward.amount), 0)).where(
        Reward.corrects_id == reward_id,
        Reward.state != CANCELLED,
        Reward.reissues_id.is_(None),
        Reward.id != apart_from,
    )
    return int(db.session.scalar(query) or 0)


def entry_of_claim(claim_id: int) -> Transfer | None:
    """The points that a claim brought."""
    return db.session.scalar(select(Transfer).where(Transfer.claim_id == claim_id, Transfer.kind == "points"))


def entry_of_reward(reward_id: int) -> Row[Any] | None:
    """(points, month) that a correction booked."""
    query: Any = (
        select(signed().label("points"), Transfer.month)
        .join(Credited, Credited.id == Transfer.credit_id)
        .where(Transfer.reward_id == reward_id, Transfer.kind == "points")
    )
    return next(iter(db.session.execute(query)), None)


def accepted_claim(user_id: int, task_id: int) -> Claim | None:
    """The person's accepted claim on the task."""
    return db.session.scalar(
        select(Claim).where(Claim.user_id == user_id, Claim.task_id == task_id, Claim.state == "accepted")
    )


def waiting_claims(task_id: int) -> list[Claim]:
    """Who still waits for a seat of the task, first in line first."""
    return list(
        db.session.scalars(select(Claim).where(Claim.task_id == task_id, Claim.state == "waiting").order_by(Claim.id))
    )


def told_if_accepted(claim: Claim, acceptor_id: int | None) -> list[int]:
    """Whom accepting the claim tells besides its claimant: who may approve the prize that its terms promise."""
    if not claim.terms.get("prize") and not claim.terms.get("prize_amount"):
        return []
    prize = SimpleNamespace(
        sig_id=claim.sig_id, proposed_by_id=acceptor_id, acceptor_ids={acceptor_id}, user_id=claim.user_id
    )
    return list(approvers(prize))


def last_event(reward_id: int) -> Told | None:
    """The newest event of a line."""
    query = (
        select(
            Event.name,
            Event.at,
            Event.facts,
            func.coalesce(func.nullif(User.display_name, ""), User.handle).label("who"),
        )
        .outerjoin(User, User.id == Event.actor_id)
        .where(Event.subject_type == "reward", Event.subject_id == reward_id)
        .order_by(Event.id.desc())
        .limit(1)
    )
    return next(iter(told(db.session.execute(query))), None)


# -- points ---------------------------------------------------------------------------------------


def entries_of(user_id: int) -> list[Row[Any]]:
    """Every points entry of a person, oldest first: id, programme_id, points, reason, accepted_at, month, for_wage, claim_id,
    reward_id, reference, title, accepted_by."""
    other = aliased(User)
    query = (
        select(
            Transfer.id, Transfer.programme_id, signed().label("points"), Transfer.reason,
            Transfer.at.label("accepted_at"), Transfer.month, Transfer.for_wage, Transfer.claim_id, Transfer.reward_id, Task.reference,
            Task.title, other.display_name.label("accepted_by"),
        )
        .join(Credited, Credited.id == Transfer.credit_id)
        .outerjoin(Task, Task.id == Transfer.task_id)
        .join(other, other.id == Transfer.by_id)
        .where(Transfer.user_id == user_id, Transfer.kind == "points")
        .order_by(Transfer.at, Transfer.id)
    )  # fmt: skip
    return list(db.session.execute(query))


def programmes_of(user_id: int) -> list[Programme]:
    """The programmes in which the person has a claim, points or a reward, by name."""
    ids = (
        select(Claim.programme_id).where(Claim.user_id == user_id)
        .union(
            select(Transfer.programme_id).where(Transfer.user_id == user_id, Transfer.kind == "points"),
            select(Reward.programme_id).where(Reward.user_id == user_id),
        )
    )  # fmt: skip
    return list(
        db.session.scalars(select(Programme).where(Programme.id.in_(ids)).order_by(Programme.name, Programme.id))
    )


# -- money ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Money:
    """What a person was paid and what is still to come (``to_come``): currency → fen."""

    paid: dict[str, int]
    on_the_way: dict[str, int]


def money_of(user_id: int) -> Money:
    """What a person was paid, and what is on the way."""
    query = (
        select(Reward.currency, func.sum(Reward.amount).filter(Reward.state == PAID), func.sum(Reward.amount).filter(to_come()))
        .where(Reward.user_id == user_id, Reward.amount.is_not(None))
        .group_by(Reward.currency)
        .order_by(Reward.currency)
    )  # fmt: skip
    found = Money({}, {})
    for currency, paid, on_the_way in db.session.execute(query):
        found.paid.update({currency: int(paid)} if paid is not None else {})
        found.on_the_way.update({currency: int(on_the_way)} if on_the_way is not None else {})
    return found


def came_back() -> ColumnElement[bool]:
    """The condition that a line came back from the bank and nothing pays it anew; a line of an erased account was given up."""
    again, receiver = aliased(Reward), aliased(User)
    anew = exists().where(again.reissues_id == Reward.id, again.state != CANCELLED)
    erased = exists().where(receiver.id == Reward.user_id, receiver.erased_at.is_not(None))
    return and_(Reward.state == RETURNED, ~anew, ~erased)


def to_come() -> ColumnElement[bool]:
    """The condition that what a line is worth is still on the way: proposed, approved, in a batch, or to be paid anew."""
    return or_(Reward.state.in_((PROPOSED, APPROVED, IN_BATCH)), came_back())


# -- lists ----------------------------------------------------------------------------------------


def visible_to(actor: Actor, sig_id: Any = Reward.sig_id, user_id: Any = Reward.user_id) -> Any:
    """The condition that the actor may read a line (``reward:read``); the same for points by their columns."""
    if actor is SYSTEM or actor.is_admin or actor.is_finance:
        return true()
    if actor.id is None:
        return false()
    return or_(user_id == actor.id, sig_id.in_(sorted(maintained_sigs(actor))))


def _conditions(filters: Filters, actor: Actor) -> list[Any]:
    pairs = (
        (filters.sig, Sig.slug), (filters.programme, Programme.slug), (filters.quarter, Reward.quarter),
        (filters.month, Reward.month), (filters.state, Reward.state), (filters.kind, Reward.kind),
    )  # fmt: skip
    found: list[Any] = [column == value for value, column in pairs if value]
    if filters.person:
        found.append(Reward.user_id.in_(select(User.id).where(is_called(filters.person))))
    return [*found, Reward.user_id == actor.id] if filters.mine else found


def joined(query: Select[*tuple[Any, ...]], filters: Filters, actor: Actor) -> Select[*tuple[Any, ...]]:
    """``query`` over the lines that fit and that the actor may read, with their SIG and programme."""
    return (
        query.select_from(Reward)
        .join(Sig, Sig.id == Reward.sig_id)
        .join(Programme, Programme.id == Reward.programme_id)
        .where(and_(visible_to(actor), *_conditions(filters, actor)))
    )


def reward_rows(filters: Filters, actor: Actor) -> Select[*tuple[Any, ...]]:
    """What the list shows of each line; to be paged by id."""
    proposer, approver, payer = aliased(User), aliased(User), aliased(User)
    return (
        joined(
            select(
                Reward.id, Reward.state, Reward.kind, Reward.description, Reward.points, Reward.amount, Reward.currency,
                Reward.month, Reward.sig_id, Reward.user_id, Reward.proposed_by_id, Reward.approved_by_id,
                accepted_by(actor).label("viewer_accepted"), waiting_first().label("set_off"), PayoutBatch.number.label("batch"), Reward.version, Reward.proposed_at, Reward.approved_at, Reward.paid_at,
                Sig.name.label("sig"), Sig.name_zh.label("sig_zh"), Task.reference, User.display_name.label("receiver"),
                proposer.display_name.label("proposed_by"), approver.display_name.label("approved_by"),
                payer.display_name.label("paid_by"),
            ),
            filters, actor,
        )
        .join(User, User.id == Reward.user_id)
        .join(proposer, proposer.id == Reward.proposed_by_id)
        .outerjoin(approver, approver.id == Reward.approved_by_id)
        .outerjoin(payer, payer.id == Reward.paid_by_id)
        .outerjoin(Task, Task.id == Reward.task_id)
        .outerjoin(PayoutBatch, PayoutBatch.id == Reward.batch_id)
    )  # fmt: skip


def lines_to_approve(ids: list[int], actor: Actor) -> list[Row[Any]]:
    """Those of the lines that the actor may approve now: what the list shows of each, by id."""
    return list(
        db.session.execute(
            reward_rows(Filters(), actor).where(Reward.id.in_(ids), approvable_by(actor)).order_by(Reward.id)
        )
    )


def accepted_by(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor accepted work that a line is for: whoever did can't approve it."""
    return exists().where(RewardAcceptor.reward_id == Reward.id, RewardAcceptor.user_id == actor.id)


def sums(filters: Filters, actor: Actor) -> list[Row[Any]]:
    """(currency, lines, fen) of everything that the filters ask for; what was cancelled or came back only where they ask for it."""
    # PostgreSQL sums a BIGINT to a NUMERIC, which no amount is.
    fen = cast(func.sum(Reward.amount), BigInteger).label("fen")
    columns = (Reward.currency, func.count().label("lines"), fen)
    query = joined(select(*columns), filters, actor).where(Reward.amount.is_not(None))
    if not filters.state:
        query = query.where(Reward.state.not_in((RETURNED, CANCELLED)))
    return list(db.session.execute(query.group_by(Reward.currency).order_by(Reward.currency)))


def counts(filters: Filters, actor: Actor) -> dict[str, int]:
    """State → lines under the other filters."""
    query = joined(select(Reward.state, func.count().label("lines")), filters.without("state"), actor).group_by(
        Reward.state
    )
    return {row.state: row.lines for row in db.session.execute(query)}


def rewards_of(user_id: int) -> list[Row[Any]]:
    """The lines that a person receives, newest first: id, kind, description, points, amount, currency, state, sig,
    sig_zh, reference, paid_at, payment_reference."""
    query = (
        select(
            Reward.id, Reward.kind, Reward.description, Reward.month, Reward.points, Reward.amount, Reward.currency,
            Reward.state, Reward.paid_at, Reward.payment_reference, Reward.reason, Sig.name.label("sig"), Sig.name_zh.label("sig_zh"),
            Task.reference,
        )
        .join(Sig, Sig.id == Reward.sig_id)
        .outerjoin(Task, Task.id == Reward.task_id)
        .where(Reward.user_id == user_id)
        .order_by(Reward.id.desc())
    )  # fmt: skip
    return list(db.session.execute(query))


def approvable_by(actor: Actor) -> Any:
    """The condition that the actor may approve a line now: ``reward:approve`` in SQL, on a proposed line."""
    return and_(
        Reward.state == PROPOSED,
        true() if actor.is_finance else Reward.sig_id.in_(sorted(maintained_sigs(actor))),
        Reward.proposed_by_id != actor.id,
        Reward.user_id != actor.id,
        ~accepted_by(actor),
    )


def payable_by(actor: Actor) -> Any:
    """The condition that the actor may mark a line as paid now: ``reward:pay`` in SQL; points aren't paid."""
    return and_(
        Reward.state.in_((APPROVED, IN_BATCH)),
        true() if actor.is_finance else false(),
        Reward.points.is_(None),
        # What takes money back is set off by a batch, with what its person receives.
        or_(Reward.state == IN_BATCH, Reward.amount.is_(None), and_(Reward.amount > 0, waiting_first().is_(None))),
        Reward.approved_by_id != actor.id,
        Reward.user_id != actor.id,
    )


def reissuable_by(actor: Actor) -> Any:
    """The condition that the actor may propose what pays a line anew that came back: ``reward:reissue`` in SQL."""
    theirs = true() if actor.is_finance else Reward.sig_id.in_(sorted(maintained_sigs(actor)))
    return and_(came_back(), theirs, Reward.user_id != actor.id)


# -- who is told ----------------------------------------------------------------------------------


@audience("receiver")
def _receiver(reward: Any) -> Iterable[int]:
    return [reward.user_id]


@audience("proposer")
def _proposer(reward: Any) -> Iterable[int]:
    return [reward.proposed_by_id]


@audience("approvers")
def approvers(reward: Any) -> Iterable[int]:
    """Who may approve the line: maintainers of its SIG and finance, but who proposed, accepted or receives it."""
    barred = {reward.proposed_by_id, reward.user_id, *reward.acceptor_ids}
    return sorted({*maintainer_ids(reward.sig_id), *finance_ids()} - barred)
