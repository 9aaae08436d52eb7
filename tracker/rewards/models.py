"""Reward lines: money, points or things, each with two pairs of eyes. What they move is booked in the ledger."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme
from tracker.sigs.models import Sig
from tracker.tasks.models import Task
from tracker.text import LazyString, _l

PROPOSED, APPROVED, IN_BATCH, PAID = "proposed", "approved", "in_batch", "paid"
RETURNED, CANCELLED = "returned", "cancelled"
#: wage: by settlement alone · prize: of a task · bonus: by hand · correction: of points or of an approved line.
REWARD_KINDS: dict[str, LazyString] = {
    "wage": _l("Wage"),
    "prize": _l("Prize"),
    "bonus": _l("Bonus"),
    "correction": _l("Correction"),
}
CURRENCIES = ("CNY", "USD", "EUR")


class PayoutBatch(Model):
    """Approved lines of one currency that are paid together: ``count`` lines of ``amount`` in all, frozen under ``number``.

    What is in it never changes; its lines are paid or returned one by one. See the room ``batches`` for its files.
    """

    __tablename__ = "payout_batch"
    __table_args__ = (
        one_of("state", ("frozen", "cancelled")),
        CheckConstraint("count > 0 AND amount > 0", name="not_empty"),
        CheckConstraint("state <> 'cancelled' OR (cancelled_by_id IS NOT NULL AND reason <> '')", name="cancelled_with_reason"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    #: ``PB-2026-014``: counted within the year.
    number: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(120), default="")
    state: Mapped[str] = mapped_column(String(10), default="frozen")
    currency: Mapped[str] = mapped_column(String(3))
    count: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    cancelled_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id])
    cancelled_by: Mapped[User | None] = relationship(foreign_keys=[cancelled_by_id])

    @property
    def label(self) -> str:
        return self.number

    @property
    def path(self) -> str:
        return f"/rewards/batches/{self.number}/"


#: Everybody has seen it with two pairs of eyes.
_APPROVED = "state IN ('approved', 'in_batch', 'paid', 'returned')"


class Reward(Model):
    """One line of money (``amount`` in fen of ``currency``), of something that isn't money, or of points.

    Never edited after approval: a correction is a new line that names what it corrects.
    """

    __tablename__ = "reward"
    __table_args__ = (
        one_of("kind", tuple(REWARD_KINDS)),
        one_of("state", (PROPOSED, APPROVED, IN_BATCH, PAID, RETURNED, CANCELLED)),
        CheckConstraint("amount IS NULL OR (amount BETWEEN -10000000000 AND 10000000000 AND amount <> 0)", name="amount_range"),
        CheckConstraint("points IS NULL OR (points BETWEEN -100000 AND 100000 AND points <> 0)", name="points_range"),
        CheckConstraint("(amount IS NULL) = (currency = '')", name="amount_has_currency"),
        CheckConstraint("amount IS NULL OR points IS NULL", name="money_or_points"),
        CheckConstraint("points IS NULL OR kind = 'correction'", name="points_by_correction"),
        CheckConstraint("amount IS NULL OR amount > 0 OR kind = 'correction'", name="negative_by_correction"),
        CheckConstraint(
            f"NOT ({_APPROVED}) OR (approved_by_id IS NOT NULL AND approved_at IS NOT NULL"
            " AND approved_by_id <> proposed_by_id AND approved_by_id <> user_id)",
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
        CheckConstraint(
            "state <> 'returned' OR (returned_by_id IS NOT NULL AND returned_at IS NOT NULL AND reason <> ''"
            " AND returned_by_id <> user_id AND amount IS NOT NULL)",
            name="returned_with_reason",
        ),
        CheckConstraint("state <> 'in_batch' OR (batch_id IS NOT NULL AND amount IS NOT NULL)", name="in_a_batch"),
        CheckConstraint("batch_id IS NULL OR state IN ('in_batch', 'paid', 'returned')", name="batch_of_its_payment"),
        CheckConstraint("(kind = 'wage') = (settlement_id IS NOT NULL)", name="wage_by_settlement"),
        Index("uq_reward_prize_claim_id", "claim_id", unique=True,
              sqlite_where=text("kind = 'prize' AND state <> 'cancelled' AND reissues_id IS NULL"),
              postgresql_where=text("kind = 'prize' AND state <> 'cancelled' AND reissues_id IS NULL")),
        Index("uq_reward_settlement_id_user_id", "settlement_id", "user_id", unique=True,
              sqlite_where=text("reissues_id IS NULL"), postgresql_where=text("reissues_id IS NULL")),
        Index("uq_reward_reissues_id", "reissues_id", unique=True,
              sqlite_where=text("state <> 'cancelled'"), postgresql_where=text("state <> 'cancelled'")),
        Index("ix_reward_batch_id", "batch_id"),
        Index("ix_reward_state_id", "state", "id"),
        # Things are few among many lines of money.
        Index("ix_reward_thing", "state", "id",
              sqlite_where=text("amount IS NULL AND points IS NULL"), postgresql_where=text("amount IS NULL AND points IS NULL")),
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
    #: The returned line that it pays anew.
    reissues_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"))
    #: Of a wage: the settlement that it comes from.
    settlement_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id", ondelete="RESTRICT"))
    #: The payout batch that it is or was paid by.
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("payout_batch.id", ondelete="RESTRICT"))
    points: Mapped[int | None]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="")
    state: Mapped[str] = mapped_column(String(10), default=PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    proposed_at: Mapped[dt.datetime] = mapped_column(UTC)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    approved_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    approved_amount: Mapped[int | None] = mapped_column(BigInteger)
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    paid_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    payment_reference: Mapped[str] = mapped_column(String(100), default="")
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    returned_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    reason: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    sig: Mapped[Sig] = relationship()
    programme: Mapped[Programme] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    task: Mapped[Task | None] = relationship()
    claim: Mapped[Claim | None] = relationship()
    corrects: Mapped[Reward | None] = relationship(remote_side="Reward.id", foreign_keys=[corrects_id])
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    paid_by: Mapped[User | None] = relationship(foreign_keys=[paid_by_id])
    returned_by: Mapped[User | None] = relationship(foreign_keys=[returned_by_id])
    batch: Mapped[PayoutBatch | None] = relationship()
    reissues: Mapped[Reward | None] = relationship(remote_side="Reward.id", foreign_keys=[reissues_id])
    acceptors: Mapped[list[RewardAcceptor]] = relationship(order_by="RewardAcceptor.user_id")

    @property
    def acceptor_ids(self) -> set[int]:
        """Who accepted the work that it is for, where it is for work."""
        return {row.user_id for row in self.acceptors}

    @property
    def is_thing(self) -> bool:
        """Neither money nor points: a thing that is sent or handed over."""
        return self.amount is None and self.points is None

    @property
    def for_wage(self) -> bool:
        """Of points: a correction concerns wages unless the work that it corrects paid none."""
        return self.points is not None and (self.claim is None or bool(self.claim.terms.get("pays_wage")))

    @property
    def worth(self) -> dict[str, Any]:
        """What the line is worth (money in fen), as facts of its events."""
        if self.points is not None:
            return {"points": self.points}
        return {"amount": self.amount, "currency": self.currency} if self.amount is not None else {}

    @property
    def label(self) -> str:
        return self.description

    @property
    def label_month(self) -> str:
        """The month of a wage, by which sentences call it in the reader's language; empty for other lines."""
        return self.month if self.kind == "wage" and self.corrects_id is None else ""

    @property
    def path(self) -> str:
        return f"/rewards/{self.id}/"


class RewardAcceptor(Model):
    """Somebody who accepted work that a line is for, and therefore can't approve it. Noted when it is proposed, never changed."""

    __tablename__ = "reward_acceptor"

    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True)


explain("ck_reward_four_eyes", _l("Whoever proposed a reward, accepted the work or receives it can't approve it."))
explain("ck_reward_payer_is_another", _l("Whoever approved a reward or receives it can't pay it."))
explain("reward_acceptor_approves", _l("Whoever accepted the work that a reward is for can't approve it."))
explain(
    "ck_reward_returned_with_reason", _l("A payment that came back needs a reason, and isn't noted by who receives it.")
)
explain(
    "uq_reward_settlement_id_user_id",
    _l("This wage is proposed already."),
    columns="reward.settlement_id, reward.user_id",
)
explain("uq_reward_reissues_id", _l("This line is paid anew already."), columns="reward.reissues_id")
explain("uq_reward_prize_claim_id", _l("The prize of this claim is proposed already."), columns="reward.claim_id")
_FROZEN = _l("After approval a line isn't edited. Propose a correction, a new line.")
explain("reward_frozen", _FROZEN)
explain("reward_paid_frozen", _FROZEN)
