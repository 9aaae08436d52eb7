"""Payee data, contracts and exclusions. What is sealed can't be read without the keys, which are kept outside the database."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from tracker import sealing
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
#: A person's own page of everything here.
OWN_PAGE = "/account/payee"


class Payee(Model):
    """Who is paid, as the bank needs it: legal name, ID number, bank and account as one sealed text (``payees.secrets``)."""

    __tablename__ = "payee"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[dt.datetime] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)

    id: Mapped[int] = synonym("user_id")
    user: Mapped[User] = relationship()

    label = "payee data"
    path = OWN_PAGE


class PurgeRequest(Model):
    """The person asked to have payee data and contracts removed; the nightly job does it once nothing needs them any more."""

    __tablename__ = "purge_request"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)
    asked_at: Mapped[dt.datetime] = mapped_column(UTC)

    id: Mapped[int] = synonym("user_id")
    user: Mapped[User] = relationship()

    label = "payee data"
    path = OWN_PAGE


class Contract(Model):
    """A person's contract with a programme: its first and last day and the signed agreement (a PDF), both sealed."""

    __tablename__ = "contract"
    __table_args__ = (
        Index("uq_contract_user_id_programme_id", "user_id", "programme_id", unique=True),
        CheckConstraint("(agreement_at IS NULL) = (agreement = '')", name="agreement_has_a_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"), index=True)
    #: ``{"starts_on": …, "ends_on": …}``
    sealed: Mapped[str] = mapped_column(Text)
    #: When the agreement was uploaded; None where there is none.
    agreement_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    updated_at: Mapped[dt.datetime] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)
    #: The signed agreement, up to 2 MiB: read only where it is asked for, and last in its row, so that nothing lies behind it.
    agreement: Mapped[str] = mapped_column(Text, default="", deferred=True)

    user: Mapped[User] = relationship()
    programme: Mapped[Programme] = relationship()

    path = OWN_PAGE

    @property
    def label(self) -> str:
        return self.programme.name


class PayExclusion(Model):
    """A person isn't paid wages by a programme from ``since`` to ``until`` (open while None), and why."""

    __tablename__ = "pay_exclusion"
    __table_args__ = (
        one_of("kind", tuple(EXCLUSION_KINDS)),
        CheckConstraint("until IS NULL OR until >= since", name="dates_in_order"),
        CheckConstraint("kind <> 'other' OR note <> ''", name="other_with_note"),
        Index("uq_pay_exclusion_user_id_programme_id_since", "user_id", "programme_id", "since", unique=True),
        Index(
            "uq_pay_exclusion_open", "user_id", "programme_id", unique=True,
            sqlite_where=text("until IS NULL"), postgresql_where=text("until IS NULL"),
        ),
    )  # fmt: skip

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

    path = OWN_PAGE

    def holds_on(self, day: dt.date) -> bool:
        """Whether the person is excluded on ``day``."""
        return self.since <= day and (self.until is None or self.until >= day)

    @property
    def label(self) -> str:
        return self.programme.name


class PayeeLook(Model):
    """Somebody of finance looked at sealed data of a person; never changed, and shown to that person."""

    __tablename__ = "payee_look"
    __table_args__ = (
        one_of("kind", tuple(LOOK_KINDS)),
        CheckConstraint("length(reason) >= 5", name="with_reason"),
        Index("ix_payee_look_user_id_id", "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    looker_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    at: Mapped[dt.datetime] = mapped_column(UTC)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(300))

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    looker: Mapped[User] = relationship(foreign_keys=[looker_id])


#: What is sealed; ``payees.secrets`` writes and reads it.
PAYEE = sealing.column(Payee, "sealed", lambda row: f"payee:{row.user_id}")
DATES = sealing.column(Contract, "sealed", lambda row: f"contract:{row.user_id}:{row.programme_id}")
AGREEMENT = sealing.column(Contract, "agreement", lambda row: f"agreement:{row.user_id}:{row.programme_id}")

explain(
    "uq_pay_exclusion_user_id_programme_id_since",
    _l("This exclusion is noted already."),
    columns="pay_exclusion.user_id, pay_exclusion.programme_id, pay_exclusion.since",
)
explain(
    "uq_pay_exclusion_open",
    _l("An exclusion without a last day is noted already. End that one first."),
    columns="pay_exclusion.user_id, pay_exclusion.programme_id",
)
explain(
    "uq_contract_user_id_programme_id",
    _l("Somebody else entered this contract meanwhile. Reload the page."),
    columns="contract.user_id, contract.programme_id",
)
explain("pay_exclusion_frozen", _l("An exclusion stays as it was noted. End it, and note another."))
