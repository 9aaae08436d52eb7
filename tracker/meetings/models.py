"""Meetings of a SIG and the progress notes reported at them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Json
from tracker.sigs.models import Sig
from tracker.text import LazyString, _l

PLANNED, HELD, CANCELLED = "planned", "held", "cancelled"
MEETING_KINDS: dict[str, LazyString] = {
    "regular": _l("Regular meeting"),
    "seminar": _l("Technical seminar"),
    "campus_activity": _l("Campus activity"),
    "summer_school": _l("Summer school"),
}


class Meeting(Model):
    """A meeting of a SIG: starts at ``starts_at`` (UTC), shown in ``time_zone``, lasts ``minutes_long`` minutes.

    Its minutes are Markdown; everybody reads them once they are published.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        one_of("kind", tuple(MEETING_KINDS)),
        one_of("state", (PLANNED, HELD, CANCELLED)),
        CheckConstraint("minutes_long BETWEEN 5 AND 10080", name="length_range"),
        Index("uq_meeting_sig_id_starts_at_kind", "sig_id", "starts_at", "kind", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20), default="regular")
    state: Mapped[str] = mapped_column(String(10), default=PLANNED)
    title: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[dt.datetime] = mapped_column(UTC, index=True)
    time_zone: Mapped[str] = mapped_column(String(40))
    minutes_long: Mapped[int] = mapped_column(default=90)
    #: Where to join: a link or a room.
    place: Mapped[str] = mapped_column(String(300), default="")
    organiser_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: What else is on the agenda, Markdown.
    agenda: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    minutes_published_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)

    sig: Mapped[Sig] = relationship()
    organiser: Mapped[User | None] = relationship()

    @property
    def ends_at(self) -> dt.datetime:
        return self.starts_at + dt.timedelta(minutes=self.minutes_long)

    @property
    def label(self) -> str:
        return self.title or f"{self.sig.name} {self.starts_at.astimezone(ZoneInfo(self.time_zone)):%Y-%m-%d}"

    @property
    def path(self) -> str:
        return f"/meetings/{self.id}/"


class ProgressNote(Model):
    """What a holder reports on a claim, for a meeting or for none."""

    __tablename__ = "progress_note"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent_range"),
        Index("ix_progress_note_claim_id_id", "claim_id", "id"),
        Index("ix_progress_note_meeting_id", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    percent: Mapped[int]
    done: Mapped[str] = mapped_column(Text)
    next: Mapped[str] = mapped_column(Text, default="")
    blockers: Mapped[str] = mapped_column(Text, default="")
    links: Mapped[list[str]] = mapped_column(Json, default=list)
    written_at: Mapped[dt.datetime] = mapped_column(UTC)
    mentor_comment: Mapped[str] = mapped_column(Text, default="")
    commented_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    commented_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    claim: Mapped[Claim] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    author: Mapped[User] = relationship(foreign_keys=[author_id])
    commented_by: Mapped[User | None] = relationship(foreign_keys=[commented_by_id])

    # The predicates of permissions ask these of the claim.
    @property
    def sig_id(self) -> int:
        return self.claim.sig_id

    @property
    def user_id(self) -> int:
        return self.claim.user_id

    @property
    def mentor_ids(self) -> set[int]:
        return self.claim.mentor_ids

    @property
    def live_claimant_ids(self) -> set[int]:
        return self.claim.live_claimant_ids

    @property
    def label(self) -> str:
        return self.claim.label

    @property
    def path(self) -> str:
        return self.claim.path


explain(
    "uq_meeting_sig_id_starts_at_kind", _l("The SIG has a meeting of this kind at this time already."),
    columns="meeting.sig_id, meeting.starts_at, meeting.kind",
)  # fmt: skip
