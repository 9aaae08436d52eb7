"""Sets of promotion rules, dated, and which SIG goes by which."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Json
from tracker.sigs.models import COMMITTER, CONTRIBUTOR, MAINTAINER, Sig
from tracker.text import Text as Words
from tracker.text import _l

#: Roles that are voted on, in the order of their weight.
VOTED = (CONTRIBUTOR, COMMITTER, MAINTAINER)

TAKEN: Words = _l("There is a rule for this role from this day on already. Choose another day.")


class RuleSet(Model):
    """How a community promotes people. The four numbers are months after which the inactivity report names somebody
    (domain.md, section 8)."""

    __tablename__ = "promotion_rule_set"
    __table_args__ = tuple(
        CheckConstraint(f"{column} BETWEEN 1 AND 120", name=f"{column}_range")
        for column in ("committer_months", "maintainer_meeting_months", "maintainer_months", "sig_meeting_months")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    #: A Committer without activity.
    committer_months: Mapped[int] = mapped_column(default=6)
    #: A Maintainer without a meeting, and without activity.
    maintainer_meeting_months: Mapped[int] = mapped_column(default=3)
    maintainer_months: Mapped[int] = mapped_column(default=6)
    #: A SIG without a meeting.
    sig_meeting_months: Mapped[int] = mapped_column(default=3)

    @property
    def label(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return f"/promotions/rules/{self.slug}/"


class DatedRule(Model):
    """How one role of a set is reached from ``valid_from`` on; written once. ``rule`` empty: not by this set any more.

    Of several for one day the newest holds: it was entered before that day came.
    """

    __tablename__ = "promotion_rule"
    __table_args__ = (
        one_of("role", VOTED),
        Index("ix_promotion_rule_set_id_role_valid_from", "set_id", "role", "valid_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("promotion_rule_set.id", ondelete="RESTRICT"))
    role: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[dt.date]
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    reason: Mapped[str] = mapped_column(String(500), default="")
    #: Empty for one that was imported.
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)

    rule_set: Mapped[RuleSet] = relationship()
    created_by: Mapped[User | None] = relationship()


class SigRuleSet(Model):
    """The set that a SIG goes by."""

    __tablename__ = "promotion_rule_sig"

    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="CASCADE"), primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("promotion_rule_set.id", ondelete="RESTRICT"), index=True)

    sig: Mapped[Sig] = relationship()
    rule_set: Mapped[RuleSet] = relationship()


explain(
    "uq_promotion_rule_set_slug", _l("There is a set with this short name already."), columns="promotion_rule_set.slug"
)
explain("promotion_rule_used", TAKEN)
