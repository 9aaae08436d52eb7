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


#: digest: waits for the day's digest. none: the person doesn't want mail of this kind.
MAIL_STATES = ("queued", "sending", "sent", "failed", "digest", "none")
_WAITING = "mail IN ('queued', 'sending')"
_IN_DIGEST = "mail = 'digest'"


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
        one_of("mail", MAIL_STATES),
        Index("uq_notice_event_id_user_id", "event_id", "user_id", unique=True),
        Index("ix_notice_user_id_id", "user_id", "id"),
        Index(
            "ix_notice_waiting", "next_try_at",
            sqlite_where=text(_WAITING), postgresql_where=text(_WAITING),
        ),
        Index("ix_notice_digest", "user_id", sqlite_where=text(_IN_DIGEST), postgresql_where=text(_IN_DIGEST)),
        Index("ix_notice_mailing_id", "mailing_id"),
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
    #: The digest that it is part of: its ``mail`` is "sent" from then on, and whether that has left is the mailing's state.
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id", ondelete="RESTRICT"))

    event: Mapped[Event] = relationship(lazy="raise_on_sql")


class Mailing(Model):
    """A mail that isn't one notice: a person's digest of a day, or an announcement to a SIG's list. Written as it is sent.

    ``key`` is unique: what has been made once isn't made again (``digest:<user>:<day>``, ``agenda:<meeting>:<n>``).
    """

    __tablename__ = "mailing"
    __table_args__ = (
        one_of("kind", ("digest", "agenda", "minutes")),
        one_of("mail", MAIL_STATES),
        Index("ix_mailing_kind_created_at", "kind", "created_at"),
        Index("ix_mailing_waiting", "next_try_at", sqlite_where=text(_WAITING), postgresql_where=text(_WAITING)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    #: Whose digest; empty for a list.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    mail: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime] = mapped_column(UTC)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    error: Mapped[str] = mapped_column(String(300), default="")


class NoticeChoice(Model):
    """How a person wants mail of a kind of notices: at once (also without a row), in the day's digest, or not at all."""

    __tablename__ = "notice_choice"
    __table_args__ = (one_of("mail", ("at_once", "daily", "off")),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    mail: Mapped[str] = mapped_column(String(10))


class JobRun(Model):
    """A run of a scheduled job: one per ``slot`` (the nightly's is its day) however many workers there are.

    ``beat_at`` is renewed while it works; a run whose beat stopped is taken over by the next worker.
    """

    __tablename__ = "job_run"
    __table_args__ = (Index("uq_job_run_job_slot", "job", "slot", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(40))
    slot: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[dt.datetime] = mapped_column(UTC)
    beat_at: Mapped[dt.datetime] = mapped_column(UTC)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    attempts: Mapped[int] = mapped_column(default=1)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"), default=dict)
    error: Mapped[str] = mapped_column(String(300), default="")


class Once(Model):
    """Something that jobs do once, however often and by how many workers they run: its unique name."""

    __tablename__ = "once"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UTC)
