"""Meetings of a SIG and the progress notes reported at them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.meetings.sittings import sittings
from tracker.programmes.models import Json
from tracker.sigs.models import Sig
from tracker.text import LazyString, _l

TO_CONFIRM, PLANNED, HELD, PUBLISHED = "to_confirm", "planned", "held", "minutes_published"
SKIPPED, POSTPONED, CANCELLED = "skipped", "postponed", "cancelled"
#: It won't take place, or not at its time: nobody missed it.
OFF = (SKIPPED, POSTPONED, CANCELLED)
#: It took place.
OVER = (HELD, PUBLISHED)
_ON = "state NOT IN ('to_confirm', 'skipped', 'postponed', 'cancelled')"
MEETING_KINDS: dict[str, LazyString] = {
    "regular": _l("Regular meeting"),
    "seminar": _l("Technical seminar"),
    "campus_activity": _l("Campus activity"),
    "summer_school": _l("Summer school"),
}


class Meeting(Model):
    """A meeting of a SIG: starts at ``starts_at`` (UTC), shown in ``time_zone``, lasts ``minutes_long`` minutes on each of
    ``days`` days in a row.

    An occurrence of a series has ``series_id`` and the day that its rule gave, ``series_on``; while a person has to confirm
    the day, ``options`` holds the possible ones. Its minutes are Markdown; everybody reads them once they are published.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        one_of("kind", tuple(MEETING_KINDS)),
        one_of("state", (TO_CONFIRM, PLANNED, HELD, PUBLISHED, SKIPPED, POSTPONED, CANCELLED)),
        CheckConstraint("minutes_long BETWEEN 5 AND 10080", name="length_range"),
        CheckConstraint("days BETWEEN 1 AND 31", name="days_range"),
        Index(
            "uq_meeting_sig_id_starts_at_kind",
            "sig_id",
            "starts_at",
            "kind",
            unique=True,
            sqlite_where=text(_ON),
            postgresql_where=text(_ON),
        ),
        Index(
            "uq_meeting_series_id_series_on",
            "series_id",
            "series_on",
            unique=True,
            sqlite_where=text("series_on IS NOT NULL"),
            postgresql_where=text("series_on IS NOT NULL"),
        ),
        Index("ix_meeting_organiser_id", "organiser_id"),
        Index("ix_meeting_vice_organiser_id", "vice_organiser_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20), default="regular")
    state: Mapped[str] = mapped_column(String(20), default=PLANNED)
    title: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[dt.datetime] = mapped_column(UTC, index=True)
    time_zone: Mapped[str] = mapped_column(String(40))
    minutes_long: Mapped[int] = mapped_column(default=90)
    days: Mapped[int] = mapped_column(default=1)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_series.id", ondelete="RESTRICT"))
    series_on: Mapped[dt.date | None]
    #: ISO dates to choose from, while the day waits to be confirmed.
    options: Mapped[list[str]] = mapped_column(Json, default=list)
    #: A person confirmed, moved or changed it: its series leaves it alone.
    by_hand: Mapped[bool] = mapped_column(default=False)
    #: What its series did to it, and why: codes of meetings.remarks.
    remarks: Mapped[list[str]] = mapped_column(Json, default=list)
    #: The common theme of a seminar.
    theme: Mapped[str] = mapped_column(String(200), default="")
    #: Where to join: a link or a room.
    place: Mapped[str] = mapped_column(String(300), default="")
    organiser_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    vice_organiser_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    #: The member organisation whose turn it is, where the rota names one.
    organisation: Mapped[str] = mapped_column(String(120), default="")
    #: Proposals are taken between these two moments; empty: until it begins.
    agenda_opens_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    agenda_closes_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: People sign up until then; empty: there is no list. ``places``: how many may come; empty: any number.
    signup_until: Mapped[dt.datetime | None] = mapped_column(UTC)
    places: Mapped[int | None]
    #: Who came without an account, one name a line.
    guests: Mapped[str] = mapped_column(Text, default="")
    #: What else is on the agenda, Markdown.
    agenda: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    minutes_published_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    changed_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    held_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)

    sig: Mapped[Sig] = relationship()
    organiser: Mapped[User | None] = relationship(foreign_keys=[organiser_id])
    vice_organiser: Mapped[User | None] = relationship(foreign_keys=[vice_organiser_id])

    @property
    def ends_at(self) -> dt.datetime:
        """The end of its last day: the same clock time there as on the first, also across summer time."""
        if self.days == 1:
            return self.starts_at + dt.timedelta(minutes=self.minutes_long)
        return sittings(self)[-1][1]

    @property
    def organiser_ids(self) -> set[int]:
        """Who runs it."""
        return {number for number in (self.organiser_id, self.vice_organiser_id) if number is not None}

    def agenda_is_open(self, now: dt.datetime) -> bool:
        """Whether proposals are taken at ``now``: a planned meeting, after the opening, before the cut-off."""
        if self.state not in (TO_CONFIRM, PLANNED):
            return False
        opens, closes = self.agenda_opens_at or self.created_at, self.agenda_closes_at or self.starts_at
        return opens <= now < closes

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


class CalendarFeed(Model):
    """A person's secret calendar address: this row's id, signed. A revoked one answers as if it had never been."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index("uq_calendar_feed_live", "user_id", unique=True,
              sqlite_where=text("revoked_at IS NULL"), postgresql_where=text("revoked_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    user: Mapped[User] = relationship()

    @property
    def label(self) -> str:
        return ""

    @property
    def path(self) -> str:
        return "/account/calendar"


explain(
    "uq_meeting_sig_id_starts_at_kind", _l("The SIG has a meeting of this kind at this time already."),
    columns="meeting.sig_id, meeting.starts_at, meeting.kind",
)  # fmt: skip
explain("uq_meeting_series_id_series_on", _l("The series has a meeting of this day already."),
        columns="meeting.series_id, meeting.series_on")  # fmt: skip
