"""Files that are made in the background: who asked for what, how far it is, and where the file is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.events.sentences import REASONS
from tracker.programmes.models import Json
from tracker.text import _l

QUEUED, RUNNING, DONE = "queued", "running", "done"
FAILED, CANCELLED, EXPIRED = "failed", "cancelled", "expired"
LIVE = (QUEUED, RUNNING)
_LIVE = "state IN ('queued', 'running')"
#: A file that was made can be downloaded so long.
KEPT = dt.timedelta(hours=24)
#: Why a file couldn't be made, as events say it.
ERRORS = {name: REASONS[f"export_{name}"] for name in ("rights", "refused", "too_many", "broken")}


class ExportJob(Model):
    """A workbook that somebody asked for: ``kind`` under ``filters``, with headings in ``lang``.

    ``request`` is the same for the same kind, filters and language: a person has one live job of each. ``attempts`` numbers
    who works at it, ``beat_at`` is that one's sign of life; ``rights`` is what decided which rows the file holds.
    """

    __tablename__ = "export_job"
    __table_args__ = (
        one_of("state", (QUEUED, RUNNING, DONE, FAILED, CANCELLED, EXPIRED)),
        one_of("lang", ("en", "zh")),
        one_of("error", ("", *ERRORS)),
        CheckConstraint("(state = 'failed') = (error <> '')", name="failed_with_error"),
        CheckConstraint("state NOT IN ('done', 'expired') OR (sha256 <> '' AND finished_at IS NOT NULL)", name="made_whole"),
        CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="done_of_total"),
        Index("uq_export_job_user_id_request", "user_id", "request", unique=True,
              sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)),
        Index("ix_export_job_live", "id", sqlite_where=text(_LIVE), postgresql_where=text(_LIVE)),
        Index("ix_export_job_user_id_id", "user_id", "id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20))
    filters: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    lang: Mapped[str] = mapped_column(String(2))
    request: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default=QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    #: Rows in all, once they are read.
    total: Mapped[int | None]
    error: Mapped[str] = mapped_column(String(10), default="")
    file_name: Mapped[str] = mapped_column(String(80))
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    rights: Mapped[str] = mapped_column(String(64), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    started_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    beat_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    user: Mapped[User] = relationship()

    @property
    def expires_at(self) -> dt.datetime | None:
        """Until when the file can be downloaded."""
        return self.finished_at and self.finished_at + KEPT

    @property
    def label(self) -> str:
        return self.file_name

    @property
    def path(self) -> str:
        return f"/exports/jobs/{self.id}/"


explain(
    "uq_export_job_user_id_request",
    _l("You asked for this file already, and it is being made."),
    columns="export_job.user_id, export_job.request",
)
