"""Appeals against the verdict "failed"."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.text import LazyString, _l

STATES: dict[str, LazyString] = {
    "open": _l("waits for an answer"),
    "upheld": _l("upheld"),
    "dismissed": _l("dismissed"),
    "withdrawn": _l("withdrawn"),
}


class Appeal(Model):
    """A claimant's appeal against having failed; one per claim."""

    __tablename__ = "appeal"
    __table_args__ = (one_of("state", tuple(STATES)),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"), unique=True)
    state: Mapped[str] = mapped_column(String(20), default="open")
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(UTC)
    answer_by: Mapped[dt.datetime] = mapped_column(UTC)
    #: Who failed the claim: doesn't answer the appeal.
    failed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    claim: Mapped[Claim] = relationship()
    failed_by: Mapped[User | None] = relationship(foreign_keys=[failed_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])

    @property
    def sig_id(self) -> int:
        return self.claim.sig_id

    @property
    def user_id(self) -> int:
        return self.claim.user_id

    @property
    def live_claimant_ids(self) -> set[int]:
        return self.claim.live_claimant_ids

    @property
    def label(self) -> str:
        return self.claim.label

    @property
    def path(self) -> str:
        return self.claim.path


explain("uq_appeal_claim_id", _l("There was an appeal on this claim already."), columns="appeal.claim_id")
