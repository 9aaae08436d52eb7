"""Payee data, contracts and exclusions. What is sealed can't be read without the keys, which are kept outside the database."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme
from tracker.text import LazyString, _l

EXCLUSION_KINDS: dict[str, LazyString] = {
    "employee": _l("Employed by a member organisation"),
    "other": _l("Another reason"),
}
LOOK_KINDS: dict[str, LazyString] = {
    "payee": _l("Legal name, ID and account"),
    "agreement": _l("Signed agreement"),
    "contract": _l("Contract dates"),
    "batch": _l("Payout batch"),
    "address": _l("Shipping address"),
}


class Payee(Model):
    """Who is paid, as the bank needs it: legal name, ID number, bank and account as one sealed text (``payees.secrets``)."""

    __tablename__ = "payee"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: The person asked to have it removed; done by the nightly job once nothing needs it any more.
    purge_asked_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)

    user: Mapped[User] = relationship()

    @property
    def label(self) -> str:
        return str(_l("Payee data"))

    @property
    def path(self) -> str:
        return "/account/payee"

    @property
    def id(self) -> int:
        return self.user_id


class Contract(Model):
    """A person's contract with a programme: its first and last day and the signed agreement (a PDF), both sealed."""

    __tablename__ = "contract"
    __table_args__ = (Index("uq_contract_user_id_programme_id", "user_id", "programme_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"), index=True)
    #: ``{"starts_on": …, "ends_on": …}``
    sealed: Mapped[str] = mapped_column(Text)
    #: The scan of the signed agreement; empty where there is none.
    agreement: Mapped[str] = mapped_column(Text, default="")
    updated_at: Mapped[dt.datetime] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)

    user: Mapped[User] = relationship()
    programme: Mapped[Programme] = relationship()

    @property
    def label(self) -> str:
        return str(_l("Contract"))

    @property
    def path(self) -> str:
        return "/account/payee"


class PayExclusion(Model):
    """A person isn't paid wages by a programme from ``since`` to ``until`` (open while None), and why."""

    __tablename__ = "pay_exclusion"
    __table_args__ = (
        one_of("kind", tuple(EXCLUSION_KINDS)),
        CheckConstraint("until IS NULL OR until >= since", name="dates_in_order"),
        Index("uq_pay_exclusion_user_id_programme_id_since", "user_id", "programme_id", "since", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    set_at: Mapped[dt.datetime] = mapped_column(UTC)

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    programme: Mapped[Programme] = relationship()
    set_by: Mapped[User] = relationship(foreign_keys=[set_by_id])

    def holds_on(self, day: dt.date) -> bool:
        """Whether the person is excluded on ``day``."""
        return self.since <= day and (self.until is None or self.until >= day)

    @property
    def label(self) -> str:
        return str(EXCLUSION_KINDS[self.kind])

    @property
    def path(self) -> str:
        return "/rewards/mine"


class PayeeLook(Model):
    """Somebody of finance looked at sealed data of a person; never changed, and shown to that person."""

    __tablename__ = "payee_look"
    __table_args__ = (one_of("kind", tuple(LOOK_KINDS)), Index("ix_payee_look_user_id_id", "user_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    looker_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    at: Mapped[dt.datetime] = mapped_column(UTC)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    looker: Mapped[User] = relationship(foreign_keys=[looker_id])


explain(
    "uq_pay_exclusion_user_id_programme_id_since",
    _l("This exclusion is noted already."),
    columns="pay_exclusion.user_id, pay_exclusion.programme_id, pay_exclusion.since",
)
