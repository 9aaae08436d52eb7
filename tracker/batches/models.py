"""Layouts of payout files, what a batch froze, and the bank's answers. Files are sealed; what is frozen never changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker import clock, sealing
from tracker.accounts.models import User
from tracker.batches.seeds import SEEDS
from tracker.db import UTC, Model, explain, one_of
from tracker.rewards.models import PayoutBatch, Reward
from tracker.text import LazyString, _l

ROWS: dict[str, LazyString] = {"line": _l("A row for each line"), "person": _l("A row for each person")}
ENCODINGS: dict[str, LazyString] = {
    "utf-8-sig": _l("UTF-8 with byte order mark"),
    "gb18030": _l("GB18030, for programs that don't read UTF-8"),
}
Json = JSON().with_variant(JSONB(), "postgresql")


class Layout(Model):
    """How a payout file looks, in one version: ``columns`` are ``{"heading": …, "field": …}`` with fields of ``fields.FIELDS``.

    An edit is a new version and ends the one before; one version at most of a slug isn't ended.
    """

    __tablename__ = "payout_layout"
    __table_args__ = (
        one_of("rows", tuple(ROWS)),
        one_of("encoding", tuple(ENCODINGS)),
        Index("uq_payout_layout_slug_version", "slug", "version", unique=True),
        Index("uq_payout_layout_active", "slug", unique=True, sqlite_where=text("ended_at IS NULL"),
              postgresql_where=text("ended_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80))
    name_zh: Mapped[str] = mapped_column(String(80), default="")
    rows: Mapped[str] = mapped_column(String(6))
    encoding: Mapped[str] = mapped_column(String(10))
    columns: Mapped[list[dict[str, str]]] = mapped_column(Json)
    #: Nobody: it came with the tracker.
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])

    @property
    def snapshot(self) -> dict[str, Any]:
        """What a frozen file keeps of the layout that it was made by."""
        return {
            name: getattr(self, name) for name in ("slug", "version", "name", "name_zh", "rows", "encoding", "columns")
        }

    @property
    def label(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return f"/rewards/batches/layouts/{self.slug}/"


class BatchLine(Model):
    """A line of a batch at its place: what was frozen, also after the batch was cancelled."""

    __tablename__ = "payout_batch_line"
    __table_args__ = (Index("uq_payout_batch_line_batch_id_reward_id", "batch_id", "reward_id", unique=True),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batch.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reward_id: Mapped[int] = mapped_column(ForeignKey("reward.id", ondelete="RESTRICT"))
    amount: Mapped[int] = mapped_column(BigInteger)

    batch: Mapped[PayoutBatch] = relationship()
    reward: Mapped[Reward] = relationship()


class BatchFile(Model):
    """The exact bytes of a batch in one layout (sealed), their SHA-256 and size, and the layout as it was then."""

    __tablename__ = "payout_file"
    __table_args__ = (Index("uq_payout_file_batch_id_slug", "batch_id", "slug", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batch.id", ondelete="RESTRICT"))
    slug: Mapped[str] = mapped_column(String(40))
    layout: Mapped[dict[str, Any]] = mapped_column(Json)
    sealed: Mapped[str] = mapped_column(Text, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(UTC)

    batch: Mapped[PayoutBatch] = relationship()


class Workbook(Model):
    """A frozen file as an Excel workbook (sealed), made from its bytes once somebody asked for it, and kept."""

    __tablename__ = "payout_workbook"

    file_id: Mapped[int] = mapped_column(ForeignKey("payout_file.id", ondelete="RESTRICT"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text, deferred=True)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    made_at: Mapped[dt.datetime] = mapped_column(UTC)

    file: Mapped[BatchFile] = relationship()


class ResultFile(Model):
    """The bank's answer to a batch as it was uploaded (sealed): without a fault, and applied once, not yet, or set aside.

    ``paid`` and ``returned`` are how many lines it says so of, ``amount`` the fen of those that it says are paid.
    """

    __tablename__ = "payout_result"
    __table_args__ = (
        one_of("encoding", ("utf-8", "gb18030")),
        Index("uq_payout_result_batch_id_sha256", "batch_id", "sha256", unique=True),
        CheckConstraint("(applied_at IS NULL) = (applied_by_id IS NULL)", name="applied_by_somebody"),
        CheckConstraint("applied_at IS NULL OR set_aside_at IS NULL", name="applied_or_set_aside"),
        CheckConstraint("paid >= 0 AND returned >= 0 AND paid + returned > 0", name="says_something"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("payout_batch.id", ondelete="RESTRICT"))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    encoding: Mapped[str] = mapped_column(String(10))
    sealed: Mapped[str] = mapped_column(Text, deferred=True)
    paid: Mapped[int]
    returned: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    uploaded_at: Mapped[dt.datetime] = mapped_column(UTC)
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    applied_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    set_aside_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    batch: Mapped[PayoutBatch] = relationship()
    uploaded_by: Mapped[User] = relationship(foreign_keys=[uploaded_by_id])
    applied_by: Mapped[User | None] = relationship(foreign_keys=[applied_by_id])

    @property
    def path(self) -> str:
        return f"{self.batch.path}results/{self.id}/"


FILE = sealing.column(BatchFile, "sealed", lambda row: f"batch-file:{row.batch_id}:{row.slug}")
WORKBOOK = sealing.column(Workbook, "sealed", lambda row: f"batch-workbook:{row.file_id}")
RESULT = sealing.column(ResultFile, "sealed", lambda row: f"batch-result:{row.batch_id}:{row.sha256}")


def plant_layouts(connection: Connection) -> None:
    """Put the layouts that come with the tracker into a database that never had them; harmless when run again.

    One that was edited or retired since stays as it is.
    """
    known = set(connection.scalars(select(Layout.slug)))
    rows = [{**seed, "version": 1, "created_at": clock.now()} for seed in SEEDS if seed["slug"] not in known]
    if rows:
        connection.execute(insert(Layout), rows)


@event.listens_for(Layout.__table__, "after_create")
def _plant(_table: Table, connection: Connection, **_options: Any) -> None:
    """Also where the schema is made from the models."""
    plant_layouts(connection)


explain("uq_payout_layout_active", _l("There is a layout with this short name already."), columns="payout_layout.slug")
explain(
    "uq_payout_layout_slug_version",
    _l("Somebody else changed this layout meanwhile. Look at it again."),
    columns="payout_layout.slug, payout_layout.version",
)
explain(
    "uq_payout_result_batch_id_sha256",
    _l("This file was uploaded a moment ago."),
    columns="payout_result.batch_id, payout_result.sha256",
)
explain("payout_batch_numbered", _l("Another batch was frozen at the same moment. Try once more."))
explain("reward_in_its_batch", _l("A line is in a batch only as that batch froze it."))
explain("payout_batch_cancelled_paid", _l("Lines of this batch are paid or returned: it can't be cancelled any more."))
_FROZEN = _l("What a batch froze never changes.")
explain("payout_file_frozen", _FROZEN)
explain("payout_file_resealed", _FROZEN)
explain("payout_workbook_frozen", _FROZEN)
explain("payout_result_frozen", _FROZEN)
explain("payout_batch_line_append_only", _FROZEN)
