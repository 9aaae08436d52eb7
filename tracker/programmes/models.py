"""Programmes: the dated rules under which SIGs run tasks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.wages import Scheme, scheme_of
from tracker.sigs.models import Sig
from tracker.text import _l

WAGE_SCHEMES = ("tiers", "steps", "none")
#: JSON that PostgreSQL stores as jsonb.
Json = JSON().with_variant(JSONB(), "postgresql")


class Programme(Model):
    """The rules under which one or more SIGs run tasks; months and quarters are cut in ``time_zone``."""

    __tablename__ = "programme"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120), default="")
    time_zone: Mapped[str] = mapped_column(String(40), default="Asia/Shanghai")
    #: Date of the internship agreement that people sign; empty where none is needed.
    agreement_on: Mapped[dt.date | None]
    agreement_text: Mapped[str] = mapped_column(default="")

    rules: Mapped[list[Rules]] = relationship(back_populates="programme", order_by="Rules.valid_from")
    sigs: Mapped[list[Sig]] = relationship(secondary="programme_sig", order_by="Sig.name")

    @property
    def programme_sig_ids(self) -> set[int]:
        """The SIGs that run their tasks under it: their maintainers have a say in its money."""
        return {sig.id for sig in self.sigs}

    @property
    def label(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return f"/rules/{self.slug}/"


class ProgrammeSig(Model):
    """A SIG runs its tasks under this programme unless a cycle says otherwise; one programme per SIG."""

    __tablename__ = "programme_sig"

    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"), primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"), index=True)


class Rules(Model):
    """One dated set of a programme's numbers, in force from ``valid_from`` until the next begins.

    ``wage``: ``{"tiers": [[points, fen], …]}`` or ``{"rate": fen, "step": points, "cap": points}``.
    ``certificate``: ``{"points": …, "within_months": …, "mentor_comment": …, "report": …}``.
    ``excellent_intern``: ``{"points": …, "task_of_at_least": …}``.
    """

    __tablename__ = "programme_rules"
    __table_args__ = (
        Index("uq_programme_rules_programme_id_valid_from", "programme_id", "valid_from", unique=True),
        one_of("wage_scheme", WAGE_SCHEMES),
        CheckConstraint("live_claims_per_person BETWEEN 1 AND 100", name="live_claims_range"),
        CheckConstraint("seats_per_task BETWEEN 1 AND 100", name="seats_range"),
        CheckConstraint("warn_before_lapse_days < lapse_after_days", name="warn_before_lapse"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    valid_from: Mapped[dt.date]
    live_claims_per_person: Mapped[int]
    seats_per_task: Mapped[int] = mapped_column(default=1)
    answer_within_working_days: Mapped[int]
    review_within_working_days: Mapped[int]
    lapse_after_days: Mapped[int]
    warn_before_lapse_days: Mapped[int]
    snooze_days: Mapped[int]
    undo_days: Mapped[int]
    appeal_days: Mapped[int]
    design_document_within_days: Mapped[int | None]
    strike_limit: Mapped[int]
    strike_window_days: Mapped[int]
    cooldown_days: Mapped[int]
    wage_scheme: Mapped[str] = mapped_column(String(10), default="none")
    wage_currency: Mapped[str] = mapped_column(String(3), default="CNY")
    wage: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    certificate: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    excellent_intern: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)

    programme: Mapped[Programme] = relationship(back_populates="rules")

    @property
    def scheme(self) -> Scheme:
        """How points become money under these rules."""
        return scheme_of(self.wage_scheme, self.wage_currency, self.wage)


class Agreement(Model):
    """A person signed a programme's agreement, in the version of a date."""

    __tablename__ = "agreement"
    __table_args__ = (
        Index("uq_agreement_user_id_programme_id_version", "user_id", "programme_id", "version", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    version: Mapped[dt.date]
    signed_at: Mapped[dt.datetime] = mapped_column(UTC)

    user: Mapped[User] = relationship()


explain("uq_programme_slug", _l("There is a programme with this slug already."), columns="programme.slug")
