"""Proposed sets of rules: all numbers at once, decided by somebody else than who proposed them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Json, Programme, Rules
from tracker.text import LazyString, _l

STATES: dict[str, LazyString] = {
    "proposed": _l("proposed"),
    "approved": _l("approved"),
    "declined": _l("declined"),
    "withdrawn": _l("withdrawn"),
}
PROPOSED = "proposed"
_OPEN = text("state = 'proposed'")


class RuleChange(Model):
    """A set of rules that somebody proposes for a programme, in force from ``valid_from`` once somebody else approves it.

    ``numbers``: every column of Rules but its day, money in fen. ``base_id``: the set that it was compared with; None where the
    programme has none yet. ``rules_id``: the set that it became. Nothing of a proposal is edited: it is withdrawn and made anew.
    """

    __tablename__ = "rule_change"
    __table_args__ = (
        one_of("state", tuple(STATES)),
        CheckConstraint("reason <> ''", name="why"),
        CheckConstraint(
            "state <> 'approved' OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL AND rules_id IS NOT NULL"
            " AND decided_by_id <> proposed_by_id)",
            name="four_eyes",
        ),
        CheckConstraint(
            "state <> 'declined' OR (decided_by_id IS NOT NULL AND decided_at IS NOT NULL AND decision <> ''"
            " AND decided_by_id <> proposed_by_id)",
            name="declined_by_another",
        ),
        CheckConstraint(
            "state <> 'withdrawn' OR (decided_by_id = proposed_by_id AND decided_by_id IS NOT NULL"
            " AND decided_at IS NOT NULL AND decision <> '')",
            name="withdrawn_by_proposer",
        ),
        CheckConstraint("(rules_id IS NOT NULL) = (state = 'approved')", name="became_rules"),
        Index("uq_rule_change_open", "programme_id", "valid_from", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_rule_change_rules_id", "rules_id", unique=True),
        Index("ix_rule_change_programme_id_id", "programme_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    valid_from: Mapped[dt.date]
    numbers: Mapped[dict[str, Any]] = mapped_column(Json)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("programme_rules.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=PROPOSED)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    proposed_at: Mapped[dt.datetime] = mapped_column(UTC)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: What whoever decided said about it.
    decision: Mapped[str] = mapped_column(Text, default="")
    rules_id: Mapped[int | None] = mapped_column(ForeignKey("programme_rules.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1)

    programme: Mapped[Programme] = relationship()
    base: Mapped[Rules | None] = relationship(foreign_keys=[base_id])
    rules: Mapped[Rules | None] = relationship(foreign_keys=[rules_id])
    proposed_by: Mapped[User] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def programme_sig_ids(self) -> set[int]:
        return self.programme.programme_sig_ids

    @property
    def label(self) -> str:
        return f"{self.programme.name} {self.valid_from.isoformat()}"

    @property
    def path(self) -> str:
        return f"{self.programme.path}changes/{self.id}/"


explain("ck_rule_change_four_eyes", _l("Whoever proposed the rules can't approve them."))
explain(
    "ck_rule_change_declined_by_another", _l("Whoever proposed the rules withdraws them. Somebody else declines them.")
)
explain(
    "uq_rule_change_open",
    _l("A change from this day on is proposed already. It is decided or withdrawn first."),
    columns="rule_change.programme_id, rule_change.valid_from",
)
explain("rule_change_frozen", _l("A proposal isn't edited. Withdraw it and propose another."))
explain("rule_change_decided", _l("What was decided stays."))
