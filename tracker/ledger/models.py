"""Accounts and the transfers between them: append-only, each balanced in itself, each booked once."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme
from tracker.text import LazyString, _l

#: The unit of points; every other unit is a currency, counted in its minor unit (fen).
POINTS = "points"
#: issued, rewards, bank: a programme's · earned, payable: a person's within a programme.
ACCOUNT_KINDS: dict[str, LazyString] = {
    "issued": _l("Points given out"),
    "earned": _l("Points earned"),
    "rewards": _l("Rewards"),
    "payable": _l("To be paid"),
    "bank": _l("Bank"),
}
#: points: accepted work or a correction · owed: an approved line · paid: its payment. Debit, then credit.
TRANSFER_KINDS: dict[str, tuple[str, str]] = {
    "points": ("issued", "earned"),
    "owed": ("rewards", "payable"),
    "paid": ("payable", "bank"),
}


class LedgerAccount(Model):
    """An account of a programme, or of a person within it, in one unit. Its balance is a query over its transfers.

    ``key`` (``payable:3:17:CNY``) is unique, so that two writers make the same account once.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        one_of("kind", tuple(ACCOUNT_KINDS)),
        CheckConstraint("(user_id IS NULL) = (kind IN ('issued', 'rewards', 'bank'))", name="whose"),
        CheckConstraint("(unit = 'points') = (kind IN ('issued', 'earned'))", name="unit_of_kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    unit: Mapped[str] = mapped_column(String(6))

    programme: Mapped[Programme] = relationship()
    user: Mapped[User | None] = relationship()


class Transfer(Model):
    """``amount`` (above 0; points, or fen of the currency ``unit``) from the account ``debit`` to the account ``credit``.

    What would be negative is the transfer with both ends swapped; a reversal is one that names what it takes back, at most once.
    ``user_id`` is whose it is, ``by_id`` who accepted, approved, paid or took back. ``month`` (``2026-11``) is cut in the
    programme's zone from ``at``. ``digest`` is what the diary's event names, so that the chain of the diary seals the ledger.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        one_of("kind", tuple(TRANSFER_KINDS)),
        CheckConstraint("amount BETWEEN 1 AND 1000000000000", name="amount_range"),
        CheckConstraint("debit_id <> credit_id", name="two_accounts"),
        CheckConstraint("by_id <> user_id", name="not_ones_own"),
        Index("uq_ledger_transfer_reverses_id", "reverses_id", unique=True),
        Index("ix_ledger_transfer_debit_id", "debit_id"),
        Index("ix_ledger_transfer_credit_id", "credit_id"),
        Index("ix_ledger_transfer_user_id_programme_id", "user_id", "programme_id"),
        Index("ix_ledger_transfer_programme_id_kind_month", "programme_id", "kind", "month"),
        Index("ix_ledger_transfer_sig_id_at", "sig_id", "at"),
        Index("ix_ledger_transfer_claim_id", "claim_id"),
        Index("ix_ledger_transfer_reward_id", "reward_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    #: Says what is booked (``claim:7``, ``reward:12:paid``): booking it again is refused.
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    debit_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id", ondelete="RESTRICT"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id", ondelete="RESTRICT"))
    unit: Mapped[str] = mapped_column(String(6))
    amount: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[dt.datetime] = mapped_column(UTC)
    month: Mapped[str] = mapped_column(String(7))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="RESTRICT"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"))
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    #: Of points: whether wages are paid for them. A task that pays no wage gives points all the same.
    for_wage: Mapped[bool] = mapped_column(default=False)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transfer.id", ondelete="RESTRICT"))
    digest: Mapped[str] = mapped_column(String(64))

    debit: Mapped[LedgerAccount] = relationship(foreign_keys=[debit_id])
    credit: Mapped[LedgerAccount] = relationship(foreign_keys=[credit_id])
    by: Mapped[User] = relationship(foreign_keys=[by_id])


explain("uq_ledger_transfer_key", _l("This is booked already."), columns="ledger_transfer.key")
explain("uq_ledger_transfer_reverses_id", _l("This was taken back already."), columns="ledger_transfer.reverses_id")
explain("ck_ledger_transfer_not_ones_own", _l("Nobody books points or money for themselves."))
