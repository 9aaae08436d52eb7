"""Committed settlements: frozen, one per programme and month, in order."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme, Rules
from tracker.rewards.models import Reward
from tracker.text import LazyString, _l

#: Why a person's payable isn't paid now. It stays open: a later settlement pays it when the reason is gone. An erased account's
#: is given up.
EXCLUSIONS: dict[str, LazyString] = {
    "unsigned": _l("The agreement isn't signed"),
    "employee": _l("Employed by a member organisation"),
    "other": _l("Excluded by finance"),
    "erased": _l("The account was erased, and its wages were given up"),
}


class Settlement(Model):
    """A month of a programme, committed: ``count`` wage lines of ``amount`` fen in all, by the rules of its last day."""

    __tablename__ = "settlement"
    __table_args__ = (
        Index("uq_settlement_programme_id_month", "programme_id", "month", unique=True),
        CheckConstraint("count >= 0 AND amount >= 0", name="sums_range"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    month: Mapped[str] = mapped_column(String(7))
    rules_id: Mapped[int] = mapped_column(ForeignKey("programme_rules.id", ondelete="RESTRICT"))
    currency: Mapped[str] = mapped_column(String(3))
    count: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    committed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    committed_at: Mapped[dt.datetime] = mapped_column(UTC)

    programme: Mapped[Programme] = relationship()
    rules: Mapped[Rules] = relationship()
    committed_by: Mapped[User] = relationship()

    @property
    def programme_sig_ids(self) -> set[int]:
        return self.programme.programme_sig_ids

    @property
    def label(self) -> str:
        return f"{self.programme.name} {self.month}"

    @property
    def path(self) -> str:
        return f"/settlements/{self.programme.slug}/{self.month}/"


class SettlementLine(Model):
    """A person's figures of a settled month (see ``wages.Month``), and the wage line that came of them.

    ``payable`` is 0 or more. With ``excluded`` it isn't paid and doesn't count as settled. ``converted`` are the points that
    the line pays for; they count only while its wage line isn't cancelled.
    """

    __tablename__ = "settlement_line"
    __table_args__ = (
        Index("uq_settlement_line_settlement_id_user_id", "settlement_id", "user_id", unique=True),
        Index("ix_settlement_line_user_id", "user_id"),
        Index("uq_settlement_line_reward_id", "reward_id", unique=True),
        one_of("excluded", ("", *EXCLUSIONS)),
        CheckConstraint("payable >= 0 AND held >= 0", name="never_taken_back"),
        CheckConstraint("(reward_id IS NOT NULL) = (payable > 0 AND excluded = '')", name="paid_by_a_line"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    settlement_id: Mapped[int] = mapped_column(ForeignKey("settlement.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    before: Mapped[int]
    earned: Mapped[int]
    carried_over: Mapped[int]
    converted: Mapped[int]
    gross: Mapped[int] = mapped_column(BigInteger)
    settled: Mapped[int] = mapped_column(BigInteger)
    payable: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int] = mapped_column(BigInteger)
    contract_ended: Mapped[bool] = mapped_column(default=False)
    excluded: Mapped[str] = mapped_column(String(10), default="")
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"))

    settlement: Mapped[Settlement] = relationship()
    user: Mapped[User] = relationship()
    reward: Mapped[Reward | None] = relationship()


explain(
    "uq_settlement_programme_id_month",
    _l("This month is settled already."),
    columns="settlement.programme_id, settlement.month",
)
explain("settlement_in_order", _l("A later month is settled already: months are settled in order."))
explain(
    "programme_rules_settled", _l("A month on that day or later is settled. Rules begin after the last settled month.")
)
explain(
    "programme_rules_used", _l("A month was settled by these rules: they stay as they are. Add rules that begin later.")
)
explain(
    "programme_rules_currency",
    _l("Months of the programme were settled in another currency: its wages stay in that one."),
)
explain("settlement_currency", _l("Months of the programme were settled in another currency."))
