"""What is asked about payees, contracts and exclusions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import joinedload

from tracker.accounts.models import User
from tracker.accounts.queries import find_user
from tracker.db import db, find
from tracker.errors import Missing
from tracker.payees.models import Contract, Payee, PayeeLook, PayExclusion, PurgeRequest
from tracker.payees.rules import Needed
from tracker.payees.secrets import dates_of
from tracker.programmes.models import Programme
from tracker.programmes.queries import get_programme
from tracker.rewards.models import Reward
from tracker.rewards.queries import to_come


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person as somebody whom payments go to: what permissions are asked about."""

    user: User

    @property
    def user_id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.display_name or self.user.handle

    @property
    def path(self) -> str:
        return f"/payees/{self.user.handle}/"


@dataclass(frozen=True, slots=True)
class ContractPlace:
    """A person's contract with a programme, whether or not there is one yet."""

    recipient: Recipient
    programme: Programme
    contract: Contract | None

    @property
    def user_id(self) -> int:
        return self.recipient.user_id

    @property
    def path(self) -> str:
        return f"{self.recipient.path}contracts/{self.programme.slug}"


def get_recipient(handle: str) -> Recipient:
    """The person with this handle; by handle alone, an address isn't to be tried here. Raises Missing."""
    user = find_user(handle) if "@" not in handle else None
    if user is None:
        raise Missing(f"person {handle}")
    return Recipient(user)


def get_contract_place(handle: str, slug: str) -> ContractPlace:
    """Raises Missing where there is no such person or programme."""
    recipient, programme = get_recipient(handle), get_programme(slug)
    return ContractPlace(recipient, programme, find_contract(recipient.user_id, programme.id))


def get_exclusion(handle: str, exclusion_id: int) -> PayExclusion:
    """An exclusion of this person. Raises Missing."""
    found = find(PayExclusion, exclusion_id)
    if found is None or found.user_id != get_recipient(handle).user_id:
        raise Missing(f"exclusion {exclusion_id}")
    return found


# -- of one person --------------------------------------------------------------------------------


def find_payee(user_id: int) -> Payee | None:
    """The payee data of a person, sealed."""
    return db.session.get(Payee, user_id)


def find_contract(user_id: int, programme_id: int) -> Contract | None:
    """The contract of a person with a programme."""
    return db.session.scalar(
        select(Contract)
        .where(Contract.user_id == user_id, Contract.programme_id == programme_id)
        .options(joinedload(Contract.programme))
    )


def get_contract(user_id: int, programme: Programme) -> Contract:
    """As ``find_contract``. Raises Missing."""
    if (found := find_contract(user_id, programme.id)) is None:
        raise Missing(f"contract with {programme.slug}")
    return found


def contracts_of(user_id: int) -> list[Contract]:
    """The contracts of a person, by programme."""
    query = (
        select(Contract)
        .join(Programme, Programme.id == Contract.programme_id)
        .where(Contract.user_id == user_id)
        .order_by(Programme.name, Contract.id)
        .options(joinedload(Contract.programme))
    )
    return list(db.session.scalars(query))


def all_exclusions_of(user_id: int) -> list[PayExclusion]:
    """Every exclusion of a person, newest first."""
    query = (
        select(PayExclusion)
        .where(PayExclusion.user_id == user_id)
        .order_by(PayExclusion.since.desc(), PayExclusion.id.desc())
        .options(joinedload(PayExclusion.programme), joinedload(PayExclusion.set_by))
    )
    return list(db.session.scalars(query))


def looks_at(user_id: int) -> Select[*tuple[Any, ...]]:
    """Who looked at a person's data: id, at, kind, reason, who; to be paged by id."""
    return (
        select(
            PayeeLook.id, PayeeLook.at, PayeeLook.kind, PayeeLook.reason,
            func.coalesce(func.nullif(User.display_name, ""), User.handle).label("who"),
        )
        .join(User, User.id == PayeeLook.looker_id)
        .where(PayeeLook.user_id == user_id)
    )  # fmt: skip


def asked_for_removal(user_id: int) -> PurgeRequest | None:
    """The person's wish to have the data removed."""
    return db.session.get(PurgeRequest, user_id)


def needed_for_payments(user_id: int) -> Needed:
    """What payments still need the person's data for. Points need none, and neither do things."""
    money = Reward.user_id == user_id, Reward.amount.is_not(None)
    row = db.session.execute(
        select(
            func.count().filter(to_come()).label("on_the_way"),
            func.max(Reward.paid_at).label("last_paid_at"),
        ).where(*money)
    ).one()
    return Needed(on_the_way=row.on_the_way, last_paid_at=row.last_paid_at)


def lacks_payee_data(user_id: int) -> bool:
    """Whether money is on the way to the person and nobody knows where to."""
    return needed_for_payments(user_id).on_the_way > 0 and find_payee(user_id) is None


def removals_asked() -> list[Row[Any]]:
    """Everybody who asked for removal, longest first: user_id, handle."""
    query = select(PurgeRequest.user_id, User.handle).join(User, User.id == PurgeRequest.user_id)
    return list(db.session.execute(query.order_by(PurgeRequest.asked_at, PurgeRequest.user_id)))


# -- for the rooms above --------------------------------------------------------------------------


def contract_ends(programme_id: int, user_id: int | None = None) -> dict[int, dt.date]:
    """Person → the last day of their contract with the programme, where there is one with an end; of one person where
    ``user_id`` is given. Raises sealing.Broken."""
    query = select(Contract).where(Contract.programme_id == programme_id)
    if user_id is not None:
        query = query.where(Contract.user_id == user_id)
    ends = {contract.user_id: dates_of(contract).ends_on for contract in db.session.scalars(query)}
    return {person: day for person, day in ends.items() if day is not None}


def exclusions_on(programme_id: int, day: dt.date) -> dict[int, str]:
    """Person → kind of the exclusion from the programme's wages that holds on ``day`` (models.EXCLUSION_KINDS)."""
    query = select(PayExclusion).where(PayExclusion.programme_id == programme_id).order_by(PayExclusion.since)
    return {row.user_id: row.kind for row in db.session.scalars(query) if row.holds_on(day)}


def exclusions_of(user_id: int, programme_id: int) -> list[PayExclusion]:
    """The exclusions of a person from the programme's wages, oldest first."""
    query = select(PayExclusion).where(PayExclusion.user_id == user_id, PayExclusion.programme_id == programme_id)
    return list(db.session.scalars(query.order_by(PayExclusion.since)))
