"""A SIG's quarter."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme
from tracker.sigs.models import Sig
from tracker.text import _l

PLANNING, OPEN, CLOSED = "planning", "open", "closed"


class Cycle(Model):
    """One SIG in one calendar quarter (``2026Q4``), under one programme."""

    __tablename__ = "cycle"
    __table_args__ = (
        Index("uq_cycle_sig_id_quarter", "sig_id", "quarter", unique=True),
        one_of("state", (PLANNING, OPEN, CLOSED)),
        CheckConstraint("claims_until <= accept_by", name="claims_before_acceptance"),
        CheckConstraint("budget_points IS NULL OR budget_points BETWEEN 0 AND 1000000", name="budget_points_range"),
        CheckConstraint("budget_amount IS NULL OR budget_amount BETWEEN 0 AND 10000000000", name="budget_amount_range"),
        CheckConstraint("(budget_amount IS NULL) = (budget_currency = '')", name="budget_has_currency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    quarter: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(10), default=PLANNING)
    #: Last day to claim and last day to have work accepted, in the programme's zone.
    claims_until: Mapped[dt.date]
    accept_by: Mapped[dt.date]
    #: The next number of a task reference of this cycle.
    next_number: Mapped[int] = mapped_column(default=1)
    #: What its tasks may reserve and use together: points, and fen of a currency. None: no limit.
    budget_points: Mapped[int | None]
    budget_amount: Mapped[int | None] = mapped_column(BigInteger)
    budget_currency: Mapped[str] = mapped_column(String(3), default="")
    published_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)

    sig: Mapped[Sig] = relationship()
    programme: Mapped[Programme] = relationship()

    @property
    def label(self) -> str:
        return f"{self.sig.name} {self.quarter}"

    @property
    def path(self) -> str:
        return f"/sigs/{self.sig.slug}/quarters/{self.quarter}/"


explain("uq_cycle_sig_id_quarter", _l("This quarter of the SIG exists already."), columns="cycle.sig_id, cycle.quarter")
