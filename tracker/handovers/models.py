"""Handing a claim over: offered by its holder, accepted by the receiver, confirmed by a maintainer."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.text import LazyString, _l

STATES: dict[str, LazyString] = {
    "offered": _l("offered"),
    "accepted": _l("accepted by the receiver"),
    "confirmed": _l("confirmed"),
    "declined": _l("declined by the receiver"),
    "refused": _l("refused by a maintainer"),
    "withdrawn": _l("withdrawn"),
}
OPEN = ("offered", "accepted")
_OPEN = "state IN ('offered', 'accepted')"


class HandOver(Model):
    """An offer to hand a claim over to ``user`` (the receiver); at most one of a claim is open."""

    __tablename__ = "hand_over"
    __table_args__ = (
        one_of("state", tuple(STATES)),
        Index("uq_hand_over_open", "claim_id", unique=True, sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
        Index("ix_hand_over_user_id_state", "user_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"), index=True)
    #: The receiver.
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(20), default="offered")
    #: What the holder tells the receiver and the maintainer.
    message: Mapped[str] = mapped_column(Text, default="")
    #: What the receiver plans.
    plan: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    offered_at: Mapped[dt.datetime] = mapped_column(UTC)
    accepted_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: The receiver's claim, once it is confirmed.
    new_claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"))

    claim: Mapped[Claim] = relationship(foreign_keys=[claim_id])
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def sig_id(self) -> int:
        return self.claim.sig_id

    @property
    def live_claimant_ids(self) -> set[int]:
        return self.claim.live_claimant_ids

    @property
    def offered_by_id(self) -> int:
        """Who offers."""
        return self.claim.user_id

    @property
    def label(self) -> str:
        return self.claim.label

    @property
    def path(self) -> str:
        return f"/handovers/{self.id}/"


explain("uq_hand_over_open", _l("The task is offered to somebody already. Withdraw that offer first."),
        columns="hand_over.claim_id")  # fmt: skip
