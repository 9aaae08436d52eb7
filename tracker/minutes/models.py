"""What is noted while a meeting runs, and the minutes that come of it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain
from tracker.meetings.models import Meeting
from tracker.programmes.models import Json
from tracker.text import _l


class _OfAMeeting:
    """What the permissions ask of rows that belong to a meeting."""

    meeting: Mapped[Meeting]

    @property
    def sig_id(self) -> int:
        return self.meeting.sig_id

    @property
    def organiser_ids(self) -> set[int]:
        return self.meeting.organiser_ids

    @property
    def path(self) -> str:
        return self.meeting.path


class Report(_OfAMeeting, Model):
    """What was said about a claim at a meeting. It becomes a progress note when the meeting ends (``note_id``)."""

    __tablename__ = "meeting_report"
    __table_args__ = (
        CheckConstraint("percent IS NULL OR percent BETWEEN 0 AND 100", name="percent_range"),
        Index("uq_meeting_report_meeting_id_claim_id", "meeting_id", "claim_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"), index=True)
    percent: Mapped[int | None]
    done: Mapped[str] = mapped_column(Text, default="")
    next: Mapped[str] = mapped_column(Text, default="")
    blockers: Mapped[str] = mapped_column(Text, default="")
    #: When its turn was over.
    heard_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    written_at: Mapped[dt.datetime] = mapped_column(UTC)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1)
    note_id: Mapped[int | None] = mapped_column(ForeignKey("progress_note.id", ondelete="RESTRICT"))

    meeting: Mapped[Meeting] = relationship()
    claim: Mapped[Claim] = relationship()
    written_by: Mapped[User | None] = relationship()

    @property
    def label(self) -> str:
        return self.claim.label


class Discussion(_OfAMeeting, Model):
    """What belongs to a meeting as a whole: what was said on ``interfaces`` and standards, titles of the items that
    weren't heard (``carried``), and the draft that its minutes began with (``drafted``, in ``language``), so that what
    is noted later can be merged into them."""

    __tablename__ = "meeting_discussion"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"), primary_key=True)
    interfaces: Mapped[str] = mapped_column(Text, default="")
    carried: Mapped[list[str]] = mapped_column(Json, default=list)
    drafted: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    written_at: Mapped[dt.datetime] = mapped_column(UTC)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    meeting: Mapped[Meeting] = relationship()
    written_by: Mapped[User | None] = relationship()

    @property
    def label(self) -> str:
        return self.meeting.label


class Attendance(_OfAMeeting, Model):
    """Whether a person was at a meeting; without a row nobody said."""

    __tablename__ = "attendance"
    __table_args__ = (Index("uq_attendance_meeting_id_user_id", "meeting_id", "user_id", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    present: Mapped[bool]
    noted_at: Mapped[dt.datetime] = mapped_column(UTC)
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    meeting: Mapped[Meeting] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])

    @property
    def label(self) -> str:
        return self.meeting.label


class Decision(_OfAMeeting, Model):
    """What a meeting decided, on a claim or in general."""

    __tablename__ = "decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"), index=True)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    meeting: Mapped[Meeting] = relationship()
    claim: Mapped[Claim | None] = relationship()

    @property
    def label(self) -> str:
        return self.meeting.label


class ActionItem(_OfAMeeting, Model):
    """What somebody is to do after a meeting: ``user`` owns it (None: nobody yet), ``due_on`` or no day."""

    __tablename__ = "action_item"
    __table_args__ = (Index("ix_action_item_user_id_done_at", "user_id", "done_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"), index=True)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    text: Mapped[str] = mapped_column(String(500))
    due_on: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    done_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    meeting: Mapped[Meeting] = relationship()
    claim: Mapped[Claim | None] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=[user_id])

    @property
    def label(self) -> str:
        return self.text


class MinutesVersion(Model):
    """Minutes as they were published: number 1, then corrections, each with its reason. Written once."""

    __tablename__ = "minutes_version"
    __table_args__ = (Index("uq_minutes_version_meeting_id_number", "meeting_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    number: Mapped[int]
    #: Markdown.
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[dt.datetime] = mapped_column(UTC)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    meeting: Mapped[Meeting] = relationship()
    published_by: Mapped[User | None] = relationship()


explain("uq_minutes_version_meeting_id_number", _l("Somebody else corrected the minutes meanwhile. Reload the page."),
        columns="minutes_version.meeting_id, minutes_version.number")  # fmt: skip
