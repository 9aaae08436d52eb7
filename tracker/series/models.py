"""Series of meetings: the rule that gives their days, and who organises them in turn."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.programmes.models import Json
from tracker.sigs.models import Sig
from tracker.text import LazyString, _l

ACTIVE, ENDED = "active", "ended"
POLICIES: dict[str, LazyString] = {
    "skip": _l("skip the meeting"),
    "postpone": _l("postpone it to the next working day"),
    "keep": _l("meet all the same"),
}


class Series(Model):
    """Meetings of a SIG by a rule (see schedule.rules): at ``start`` (HH:MM) of ``time_zone``, ``minutes_long`` minutes.

    Its occurrences are meetings with ``series_id``; each keeps the day that the rule gave as ``series_on``.
    """

    __tablename__ = "meeting_series"
    __table_args__ = (
        one_of("kind", tuple(MEETING_KINDS)),
        one_of("state", (ACTIVE, ENDED)),
        one_of("holidays", tuple(POLICIES)),
        CheckConstraint("minutes_long BETWEEN 5 AND 10080", name="length_range"),
        CheckConstraint("agenda_opens_days BETWEEN 0 AND 60", name="agenda_opens_range"),
        CheckConstraint("agenda_closes_hours BETWEEN 0 AND 336", name="agenda_closes_range"),
        Index("ix_meeting_series_sig_id", "sig_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(String(20), default="regular")
    state: Mapped[str] = mapped_column(String(10), default=ACTIVE)
    title: Mapped[str] = mapped_column(String(200), default="")
    #: The rule as parse_rule reads it; an every_weeks or every_months rule always with its anchor.
    rule: Mapped[dict[str, Any]] = mapped_column(Json)
    #: The rule in the SIG's own words, where it was imported.
    worded: Mapped[str] = mapped_column(String(200), default="")
    start: Mapped[str] = mapped_column(String(5))
    time_zone: Mapped[str] = mapped_column(String(40))
    minutes_long: Mapped[int] = mapped_column(default=90)
    holidays: Mapped[str] = mapped_column(String(10), default="skip")
    place: Mapped[str] = mapped_column(String(300), default="")
    #: First and last day of the series; no last day: until it is ended.
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date | None]
    #: The agenda opens that many days before the meeting and closes that many hours before it.
    agenda_opens_days: Mapped[int] = mapped_column(default=7)
    agenda_closes_hours: Mapped[int] = mapped_column(default=24)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1)

    sig: Mapped[Sig] = relationship()
    rota: Mapped[list[RotaEntry]] = relationship(back_populates="series", order_by="RotaEntry.position")

    @property
    def label(self) -> str:
        return self.title or f"{self.sig.name}: {MEETING_KINDS[self.kind]}"

    @property
    def path(self) -> str:
        return f"/series/{self.id}/"


class RotaEntry(Model):
    """A place in the ordered list of organisers: a person, or a member organisation by name."""

    __tablename__ = "rota_entry"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (organisation = '')", name="person_or_organisation"),
        Index("uq_rota_entry_series_id_position", "series_id", "position", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("meeting_series.id", ondelete="RESTRICT"))
    position: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    organisation: Mapped[str] = mapped_column(String(120), default="")

    series: Mapped[Series] = relationship(back_populates="rota")
    user: Mapped[User | None] = relationship()


SWAP_STATES: dict[str, LazyString] = {
    "offered": _l("offered"),
    "accepted": _l("accepted by the other organiser"),
    "declined": _l("declined"),
    "withdrawn": _l("withdrawn"),
}
_OFFERED = "state = 'offered'"


class RotaSwap(Model):
    """The organiser of ``meeting`` asks the organiser of ``other`` to swap; ``user`` is who is asked."""

    __tablename__ = "rota_swap"
    __table_args__ = (
        one_of("state", tuple(SWAP_STATES)),
        CheckConstraint("meeting_id <> other_id", name="two_meetings"),
        Index(
            "uq_rota_swap_offered",
            "meeting_id",
            unique=True,
            sqlite_where=text(_OFFERED),
            postgresql_where=text(_OFFERED),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    other_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"), index=True)
    #: Who offers, and who is asked.
    offered_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="offered")
    message: Mapped[str] = mapped_column(Text, default="")
    offered_at: Mapped[dt.datetime] = mapped_column(UTC)
    answered_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    meeting: Mapped[Meeting] = relationship(foreign_keys=[meeting_id])
    other: Mapped[Meeting] = relationship(foreign_keys=[other_id])
    offered_by: Mapped[User] = relationship(foreign_keys=[offered_by_id])
    user: Mapped[User] = relationship(foreign_keys=[user_id])

    @property
    def sig_id(self) -> int:
        return self.meeting.sig_id

    @property
    def label(self) -> str:
        return self.meeting.label

    @property
    def path(self) -> str:
        return self.meeting.path


explain("uq_rota_swap_offered", _l("A swap of this meeting is offered already. Withdraw that offer first."),
        columns="rota_swap.meeting_id")  # fmt: skip
explain("uq_rota_entry_series_id_position", _l("Somebody else changed the rota meanwhile. Reload the page."),
        columns="rota_entry.series_id, rota_entry.position")  # fmt: skip
