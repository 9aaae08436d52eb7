"""A quarter's results as they were put before everybody, and what was objected to them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.cycles.models import Cycle
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Json
from tracker.text import LazyString, _l

#: Working days of a window.
LEAST_DAYS, USUAL_DAYS, MOST_DAYS = 3, 5, 30
STATES: dict[str, LazyString] = {
    "open": _l("waits for an answer"),
    "upheld": _l("upheld"),
    "dismissed": _l("dismissed"),
}


class PublicNotice(Model):
    """The results of a SIG's quarter, frozen when they were opened: written once, corrected by another notice that names it.

    ``rows`` are dictionaries as ``results.Row`` has them. Whether it is open is computed from ``closes_at`` and its objections.
    """

    __tablename__ = "public_notice"
    __table_args__ = (
        CheckConstraint(f"days BETWEEN {LEAST_DAYS} AND {MOST_DAYS}", name="days_range"),
        CheckConstraint("closes_at > opened_at", name="closes_later"),
        CheckConstraint("count > 0", name="not_empty"),
        CheckConstraint("corrects_id IS NULL OR note <> ''", name="correction_says_why"),
        Index("uq_public_notice_first", "cycle_id", unique=True, sqlite_where=text("corrects_id IS NULL"),
              postgresql_where=text("corrects_id IS NULL")),
        Index("uq_public_notice_corrects_id", "corrects_id", unique=True),
        Index("ix_public_notice_sig_id_id", "sig_id", "id"),
        Index("ix_public_notice_closes_at", "closes_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id", ondelete="RESTRICT"), index=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("public_notice.id", ondelete="RESTRICT"))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    opened_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: Working days of the window, and the first moment after it: midnight in the SIG's zone as it was then.
    days: Mapped[int]
    closes_at: Mapped[dt.datetime] = mapped_column(UTC)
    time_zone: Mapped[str] = mapped_column(String(40))
    with_amounts: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    count: Mapped[int]
    rows: Mapped[list[dict[str, Any]]] = mapped_column(Json, deferred=True)

    cycle: Mapped[Cycle] = relationship()
    opened_by: Mapped[User] = relationship()
    corrects: Mapped[PublicNotice | None] = relationship(remote_side="PublicNotice.id")

    @property
    def last_day(self) -> dt.date:
        """The last day of the window, in its zone."""
        return (self.closes_at - dt.timedelta(seconds=1)).astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def label(self) -> str:
        return self.cycle.label

    @property
    def path(self) -> str:
        return f"/public-notices/{self.id}/"


class Objection(Model):
    """What a person objected to one row of a notice, or to the whole (``row_no`` 0); answered once, by somebody it isn't about."""

    __tablename__ = "objection"
    __table_args__ = (
        one_of("state", tuple(STATES)),
        CheckConstraint("row_no >= 0", name="row_range"),
        CheckConstraint("text <> ''", name="says_what"),
        CheckConstraint(
            "state = 'open' OR (answered_by_id IS NOT NULL AND answered_at IS NOT NULL AND answer <> ''"
            " AND answered_by_id <> user_id AND answered_by_id <> COALESCE(about_id, 0))",
            name="answered_by_another",
        ),
        CheckConstraint("state <> 'upheld' OR follows <> ''", name="says_what_follows"),
        Index("uq_objection_notice_id_user_id_row_no", "notice_id", "user_id", "row_no", unique=True),
        Index("ix_objection_open", "notice_id", sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("public_notice.id", ondelete="RESTRICT"), index=True)
    row_no: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    #: Whom the row is about; nobody where it is the whole.
    about_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[dt.datetime] = mapped_column(UTC)
    state: Mapped[str] = mapped_column(String(10), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
    #: Of one that is upheld: what is done about it.
    follows: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    answered_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    notice: Mapped[PublicNotice] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    about: Mapped[User | None] = relationship(foreign_keys=[about_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])

    @property
    def sig_id(self) -> int:
        return self.notice.sig_id

    @property
    def label(self) -> str:
        return self.notice.label

    @property
    def path(self) -> str:
        """Its place on the notice's page."""
        return f"{self.notice.path}#objection-{self.id}"


_BEGUN = _l("Somebody opened a public notice of this quarter a moment ago. Look at it first: a correction names it.")
explain("uq_public_notice_first", _BEGUN, columns="public_notice.cycle_id")
explain("uq_public_notice_corrects_id", _BEGUN, columns="public_notice.corrects_id")
explain(
    "uq_objection_notice_id_user_id_row_no",
    _l("You objected to this already. It is answered on the notice's page."),
    columns="objection.notice_id, objection.user_id, objection.row_no",
)
explain("objection_in_window", _l("The window for objections is over."))
explain(
    "ck_objection_answered_by_another",
    _l("Whoever objected, or is the person it is about, doesn't answer an objection."),
)
