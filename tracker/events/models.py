"""The diary's rows and the notices made from them (each an inbox line and an outgoing mail)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.db import UTC, Model, one_of

#: How a step came in.
VIA = ("page", "api", "command", "job")


_WAITING = "mail IN ('queued', 'sending')"


class Event(Model):
    """One step, never changed or removed; ``hash`` chains it to the one before.

    Refers to people by id, so that erasing a person leaves the diary whole.
    """

    __tablename__ = "event"
    __table_args__ = (
        one_of("via", VIA),
        Index("ix_event_subject", "subject_type", "subject_id", "id"),
        Index("ix_event_sig_id_id", "sig_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UTC)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    via: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(60), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int]
    sig_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    #: Unique, so that the chain can't fork.
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class Notice(Model):
    """One person told of one event: unread until ``read_at``, its mail waiting while ``mail`` is queued."""

    __tablename__ = "notice"
    __table_args__ = (
        one_of("mail", ("queued", "sending", "sent", "failed")),
        Index("uq_notice_event_id_user_id", "event_id", "user_id", unique=True),
        Index("ix_notice_user_id_id", "user_id", "id"),
        Index(
            "ix_notice_waiting", "next_try_at",
            sqlite_where=text(_WAITING), postgresql_where=text(_WAITING),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    read_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    mail: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime] = mapped_column(UTC)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    error: Mapped[str] = mapped_column(String(300), default="")

    event: Mapped[Event] = relationship(lazy="raise_on_sql")
