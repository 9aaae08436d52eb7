"""What people propose for a meeting's agenda."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, one_of
from tracker.meetings.models import Meeting
from tracker.sigs.models import Sig
from tracker.text import LazyString, _l

PROPOSAL_KINDS: dict[str, LazyString] = {
    "topic": _l("Topic"),
    "demo": _l("Demo of a stage result"),
    "organisation": _l("Organisation of the SIG"),
}
STATES: dict[str, LazyString] = {
    "proposed": _l("waits for an answer"),
    "accepted": _l("on the agenda"),
    "deferred": _l("deferred to a later meeting"),
    "declined": _l("declined"),
    "withdrawn": _l("withdrawn"),
    "heard": _l("heard"),
}
#: Everybody reads these.
ON_AGENDA = ("accepted", "heard")
#: Not answered yet, or put off.
WAITING = ("proposed", "deferred")
OPEN = (*WAITING, "accepted")


class Proposal(Model):
    """An optional item, proposed for ``meeting`` (or, deferred, for the SIG's next one that isn't there yet).

    ``minutes_long`` is its time box; ``position`` orders the accepted ones.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        one_of("kind", tuple(PROPOSAL_KINDS)),
        one_of("state", tuple(STATES)),
        CheckConstraint("minutes_long BETWEEN 1 AND 480", name="minutes_range"),
        Index("ix_proposal_meeting_id_state", "meeting_id", "state"),
        Index("ix_proposal_sig_id_state", "sig_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    #: The meeting that it was put off from last: it waits for a later one of the same kind.
    deferred_from_id: Mapped[int | None] = mapped_column(ForeignKey("meeting.id", ondelete="RESTRICT"))
    #: The proposer.
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[str] = mapped_column(String(20), default="topic")
    state: Mapped[str] = mapped_column(String(20), default="proposed")
    title: Mapped[str] = mapped_column(String(200))
    #: Markdown.
    details: Mapped[str] = mapped_column(Text, default="")
    minutes_long: Mapped[int] = mapped_column(default=15)
    position: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    #: How often it was deferred.
    deferrals: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    version: Mapped[int] = mapped_column(default=1)

    sig: Mapped[Sig] = relationship()
    meeting: Mapped[Meeting | None] = relationship(foreign_keys=[meeting_id])
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    @property
    def organiser_ids(self) -> set[int]:
        """Of its meeting."""
        return self.meeting.organiser_ids if self.meeting else set()

    @property
    def on_agenda(self) -> bool:
        return self.state in ON_AGENDA

    @property
    def label(self) -> str:
        return self.title

    @property
    def path(self) -> str:
        return f"{self.meeting.path}agenda" if self.meeting else f"{self.sig.path}"
