"""Points and rewards: append-only points, reward lines with two pairs of eyes, and their payments."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme
from tracker.sigs.models import Sig
from tracker.tasks.models import Task
from tracker.text import LazyString, _l

PROPOSED, APPROVED, PAID, CANCELLED = "proposed", "approved", "paid", "cancelled"
#: wage: by settlement alone · prize: of a task · bonus: by hand · correction: of points or of an approved line.
REWARD_KINDS: dict[str, LazyString] = {
    "wage": _l("Wage"),
    "prize": _l("Prize"),
    "bonus": _l("Bonus"),
    "correction": _l("Correction"),
}
CURRENCIES = ("CNY", "USD", "EUR")


class PointsEntry(Model):
    """Points of a person, never changed: one per accepted claim, or an approved correction.

    ``month`` (``2026-11``) is cut in the programme's zone from ``accepted_at``.
    """

    __tablename__ = "points_entry"
    __table_args__ = (
        CheckConstraint("points BETWEEN -100000 AND 100000 AND points <> 0", name="points_range"),
        CheckConstraint("(claim_id IS NULL) <> (reward_id IS NULL)", name="one_origin"),
        CheckConstraint("claim_id IS NULL OR points > 0", name="accepted_points_positive"),
        CheckConstraint("accepted_by_id <> user_id", name="acceptor_not_receiver"),
        Index("uq_points_entry_claim_id", "claim_id", unique=True),
        Index("uq_points_entry_reward_id", "reward_id", unique=True),
        Index("ix_points_entry_user_id_programme_id", "user_id", "programme_id"),
        Index("ix_points_entry_programme_id_month", "programme_id", "month"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="RESTRICT"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"))
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    points: Mapped[int]
    reason: Mapped[str] = mapped_column(Text, default="")
    accepted_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    accepted_at: Mapped[dt.datetime] = mapped_column(UTC)
    month: Mapped[str] = mapped_column(String(7))

    programme: Mapped[Programme] = relationship()
    sig: Mapped[Sig] = relationship()
    task: Mapped[Task | None] = relationship()
    claim: Mapped[Claim | None] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    accepted_by: Mapped[User] = relationship(foreign_keys=[accepted_by_id])


_APPROVED = "state IN ('approved', 'paid')"


class Reward(Model):
    """One line of money (``amount`` in fen of ``currency``), of something that isn't money, or of points.

    Never edited after approval: a correction is a new line that names what it corrects.
    """

    __tablename__ = "reward"
    __table_args__ = (
        one_of("kind", tuple(REWARD_KINDS)),
        one_of("state", (PROPOSED, APPROVED, PAID, CANCELLED)),
        CheckConstraint("amount IS NULL OR (amount BETWEEN -10000000000 AND 10000000000 AND amount <> 0)", name="amount_range"),
        CheckConstraint("points IS NULL OR (points BETWEEN -100000 AND 100000 AND points <> 0)", name="points_range"),
        CheckConstraint("(amount IS NULL) = (currency = '')", name="amount_has_currency"),
        CheckConstraint("amount IS NULL OR points IS NULL", name="money_or_points"),
        CheckConstraint("points IS NULL OR kind = 'correction'", name="points_by_correction"),
        CheckConstraint("amount IS NULL OR amount > 0 OR kind = 'correction'", name="negative_by_correction"),
        CheckConstraint(
            f"NOT ({_APPROVED}) OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL"
            " AND approved_by_id <> proposed_by_id AND approved_by_id <> user_id"
            " AND (accepted_by_id IS NULL OR approved_by_id <> accepted_by_id))",
            name="four_eyes",
        ),
        CheckConstraint(
            f"NOT ({_APPROVED}) OR amount IS NULL OR (approved_amount IS NOT NULL AND approved_amount = amount)",
            name="approved_amount_is_amount",
        ),
        CheckConstraint(
            "state <> 'paid' OR (paid_by_id IS NOT NULL AND paid_at IS NOT NULL AND payment_reference <> ''"
            " AND paid_by_id <> approved_by_id AND paid_by_id <> user_id AND points IS NULL)",
            name="payer_is_another",
        ),
        Index("uq_reward_prize_claim_id", "claim_id", unique=True,
              sqlite_where=text("kind = 'prize' AND state <> 'cancelled'"),
              postgresql_where=text("kind = 'prize' AND state <> 'cancelled'")),
        Index("ix_reward_state_id", "state", "id"),
        Index("ix_reward_user_id_id", "user_id", "id"),
        Index("ix_reward_sig_id_id", "sig_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    quarter: Mapped[str] = mapped_column(String(6))
    month: Mapped[str] = mapped_column(String(7))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(12))
    description: Mapped[str] = mapped_column(String(300))
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id", ondelete="RESTRICT"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"))
    points: Mapped[int | None]
    amount: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="")
    state: Mapped[str] = mapped_column(String(10), default=PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    proposed_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: Who accepted the work that it is for, where it is for work.
    accepted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    approved_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    approved_amount: Mapped[int | None]
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    paid_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    payment_reference: Mapped[str] = mapped_column(String(100), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    sig: Mapped[Sig] = relationship()
    programme: Mapped[Programme] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    task: Mapped[Task | None] = relationship()
    claim: Mapped[Claim | None] = relationship()
    corrects: Mapped[Reward | None] = relationship(remote_side="Reward.id")
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    paid_by: Mapped[User | None] = relationship(foreign_keys=[paid_by_id])

    @property
    def label(self) -> str:
        return self.description

    @property
    def path(self) -> str:
        return f"/rewards/{self.id}/"


class Payment(Model):
    """A reward was paid: at most once, never changed. ``key`` makes a repeated request the same payment."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"), unique=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    amount: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="")
    paid_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    paid_at: Mapped[dt.datetime] = mapped_column(UTC)
    reference: Mapped[str] = mapped_column(String(100))


explain("uq_points_entry_claim_id", _l("The points of this claim are booked already."), columns="points_entry.claim_id")
explain("uq_points_entry_reward_id", _l("This correction is booked already."), columns="points_entry.reward_id")
explain("uq_payment_reward_id", _l("This reward was paid already."), columns="payment.reward_id")
explain("uq_payment_key", _l("This reward was paid already."), columns="payment.key")
explain("ck_reward_four_eyes", _l("Whoever proposed a reward, accepted the work or receives it can't approve it."))
explain("ck_reward_payer_is_another", _l("Whoever approved a reward or receives it can't pay it."))
explain("uq_reward_prize_claim_id", _l("The prize of this claim is proposed already."), columns="reward.claim_id")
_FROZEN = _l("After approval a line isn't edited. Propose a correction, a new line.")
explain("reward_frozen", _FROZEN)
explain("reward_paid_frozen", _FROZEN)
