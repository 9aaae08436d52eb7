"""Who speaks at a seminar, and who signed up for a campus activity or a summer school."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain
from tracker.meetings.models import Meeting
from tracker.person_name import PersonName
from tracker.text import _l


class Speaker(Model):
    """A talk of a meeting: who gives it (with or without an account), about what, how long."""

    __tablename__ = "speaker"
    __table_args__ = (
        CheckConstraint("minutes_long BETWEEN 1 AND 480", name="minutes_range"),
        Index("ix_speaker_meeting_id_position", "meeting_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    position: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    name: Mapped[str] = mapped_column(PersonName(80))
    affiliation: Mapped[str] = mapped_column(String(120), default="")
    topic: Mapped[str] = mapped_column(String(200))
    #: Markdown.
    summary: Mapped[str] = mapped_column(Text, default="")
    minutes_long: Mapped[int] = mapped_column(default=30)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)

    meeting: Mapped[Meeting] = relationship()
    user: Mapped[User | None] = relationship()

    @property
    def sig_id(self) -> int:
        return self.meeting.sig_id

    @property
    def organiser_ids(self) -> set[int]:
        return self.meeting.organiser_ids

    @property
    def label(self) -> str:
        return self.topic

    @property
    def path(self) -> str:
        return self.meeting.path


class SignUp(Model):
    """A person's place on the list of a meeting; ``place_no`` numbers the places while it is held, None: waits."""

    __tablename__ = "sign_up"
    __table_args__ = (
        Index("uq_sign_up_meeting_id_user_id", "meeting_id", "user_id", unique=True),
        Index("uq_sign_up_place", "meeting_id", "place_no", unique=True,
              sqlite_where=text("place_no IS NOT NULL"), postgresql_where=text("place_no IS NOT NULL")),
        Index("ix_sign_up_user_id", "user_id"),
        CheckConstraint("place_no IS NULL OR place_no BETWEEN 1 AND 10000", name="place_no_range"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    place_no: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(300), default="")
    signed_up_at: Mapped[dt.datetime] = mapped_column(UTC)
    cancelled_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    meeting: Mapped[Meeting] = relationship()
    user: Mapped[User] = relationship()

    @property
    def sig_id(self) -> int:
        return self.meeting.sig_id

    @property
    def organiser_ids(self) -> set[int]:
        return self.meeting.organiser_ids

    @property
    def label(self) -> str:
        return self.meeting.label

    @property
    def path(self) -> str:
        return self.meeting.path


explain(
    "uq_sign_up_meeting_id_user_id", _l("You are on the list already."), columns="sign_up.meeting_id, sign_up.user_id"
)
explain("uq_sign_up_place", _l("Somebody was quicker. Send it again to get the next place."),
        columns="sign_up.meeting_id, sign_up.place_no")  # fmt: skip
