"""Claims: a person's hold on a task, with what was designed, handed in and reviewed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Json, Rules
from tracker.tasks.models import Task
from tracker.text import LazyString, _l

STATES: dict[str, LazyString] = {
    "applied": _l("Applied"),
    "waiting": _l("Waiting"),
    "active": _l("Active"),
    "design_review": _l("Design review"),
    "submitted": _l("Submitted"),
    "changes_requested": _l("Changes requested"),
    "accepted": _l("Accepted"),
    "rejected": _l("Declined"),
    "withdrawn": _l("Withdrawn"),
    "failed": _l("Failed"),
    "released": _l("Released"),
    "lapsed": _l("Lapsed"),
    "handed_over": _l("Handed over"),
    "closed": _l("Closed"),
}
#: Count against the person's limit.
HOLDING = ("applied", "active", "design_review", "submitted", "changes_requested")
#: Hold a seat of the task: an accepted claim keeps it.
SEATED = (*HOLDING, "accepted")
#: Not ended.
LIVE = (*HOLDING, "waiting")
#: Wait for a mentor or maintainer.
UNANSWERED = ("applied", "design_review", "submitted")


def _in(states: tuple[str, ...]) -> str:
    return "state IN (" + ", ".join(f"'{state}'" for state in states) + ")"


class Claim(Model):
    """A person's hold on a task.

    ``seat_no`` numbers the seats of the task (1 … seats) while one is held, ``hold_no`` the person's live claims of
    the programme (1 … limit of ``rules``): unique numbers below a bound are how the database itself refuses
    one too many. ``terms`` is the task as it was when the claim was approved.
    """

    __tablename__ = "claim"
    __table_args__ = (
        one_of("state", tuple(STATES)),
        CheckConstraint(f"({_in(SEATED)}) = (seat_no IS NOT NULL)", name="seat_while_held"),
        CheckConstraint(f"({_in(HOLDING)}) = (hold_no IS NOT NULL)", name="hold_while_live"),
        CheckConstraint("seat_no IS NULL OR seat_no BETWEEN 1 AND 100", name="seat_no_range"),
        CheckConstraint("hold_no IS NULL OR hold_no BETWEEN 1 AND 100", name="hold_no_range"),
        CheckConstraint("(state = 'accepted') = (points IS NOT NULL)", name="points_when_accepted"),
        CheckConstraint("points IS NULL OR points BETWEEN 1 AND 1000", name="points_range"),
        CheckConstraint("accepted_in_id IS NULL OR state = 'accepted'", name="accepted_in_a_quarter"),
        Index("uq_claim_seat", "task_id", "seat_no", unique=True,
              sqlite_where=text("seat_no IS NOT NULL"), postgresql_where=text("seat_no IS NOT NULL")),
        Index("uq_claim_hold", "user_id", "programme_id", "hold_no", unique=True,
              sqlite_where=text("hold_no IS NOT NULL"), postgresql_where=text("hold_no IS NOT NULL")),
        Index("uq_claim_live", "task_id", "user_id", unique=True,
              sqlite_where=text(_in((*LIVE, "accepted"))), postgresql_where=text(_in((*LIVE, "accepted")))),
        Index("ix_claim_task_id_state", "task_id", "state"),
        Index("ix_claim_user_id_state", "user_id", "state"),
        Index("ix_claim_accepted_in_id", "accepted_in_id",
              sqlite_where=text("accepted_in_id IS NOT NULL"), postgresql_where=text("accepted_in_id IS NOT NULL")),
        Index("ix_claim_unanswered", "answer_by",
              sqlite_where=text(_in(UNANSWERED)), postgresql_where=text(_in(UNANSWERED))),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="RESTRICT"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    #: The rules that were in force when it was made.
    rules_id: Mapped[int] = mapped_column(ForeignKey("programme_rules.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(20))
    seat_no: Mapped[int | None]
    hold_no: Mapped[int | None]
    plan: Mapped[str] = mapped_column(Text)
    experience: Mapped[str] = mapped_column(Text, default="")
    hours_per_week: Mapped[int | None]
    promised_on: Mapped[dt.date | None]
    terms: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: When it came into its present state; since then somebody waits.
    state_since: Mapped[dt.datetime] = mapped_column(UTC)
    applied_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: By when a mentor or maintainer has to answer the application, the design document or the hand-in.
    answer_by: Mapped[dt.datetime | None] = mapped_column(UTC)
    approved_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    due_on: Mapped[dt.date | None]
    design_accepted_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: When and by whom it ended: accepted, rejected, failed, released …
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    points: Mapped[int | None]
    #: The quarter whose budget it used, where its task was carried into another one since.
    accepted_in_id: Mapped[int | None] = mapped_column(ForeignKey("cycle.id", ondelete="RESTRICT"))
    reason: Mapped[str] = mapped_column(Text, default="")
    #: The claim that was handed over to this one.
    from_claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"))
    #: When its holder was last warned that it lapses, and until when a snooze keeps it; one snooze per claim.
    warned_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    snoozed_until: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: When an answer that is late was passed on, and to whom.
    escalated_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    escalated_to_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    task: Mapped[Task] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    rules: Mapped[Rules] = relationship()
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    escalated_to: Mapped[User | None] = relationship(foreign_keys=[escalated_to_id])
    designs: Mapped[list[DesignDocument]] = relationship(back_populates="claim", order_by="DesignDocument.id")
    submissions: Mapped[list[Submission]] = relationship(back_populates="claim", order_by="Submission.id")

    @property
    def sig_id(self) -> int:
        return self.task.sig_id

    @property
    def mentor_ids(self) -> set[int]:
        return self.task.mentor_ids

    @property
    def live_claimant_ids(self) -> set[int]:
        return self.task.live_claimant_ids

    @property
    def needs_design(self) -> bool:
        """As the terms say, once they are kept."""
        return bool(self.terms.get("needs_design", self.task.needs_design))

    @property
    def most_points(self) -> int:
        """The points of the terms, once they are kept: the most that accepting brings."""
        return int(self.terms.get("points") or self.task.points or 0)

    @property
    def label(self) -> str:
        return self.task.reference

    @property
    def path(self) -> str:
        return f"/claims/{self.id}/"


class DesignDocument(Model):
    """A design document sent for a claim, and the answer to it."""

    __tablename__ = "design_document"
    __table_args__ = (Index("ix_design_document_decided_by_id", "decided_by_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"), index=True)
    link: Mapped[str] = mapped_column(String(500))
    summary: Mapped[str] = mapped_column(Text, default="")
    sent_at: Mapped[dt.datetime] = mapped_column(UTC)
    accepted: Mapped[bool | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    claim: Mapped[Claim] = relationship(back_populates="designs")
    decided_by: Mapped[User | None] = relationship()


class Submission(Model):
    """What was handed in (a report in Markdown and at least one link) and the review of it."""

    __tablename__ = "submission"
    __table_args__ = (
        one_of("verdict", ("", "accept", "changes", "fail")),
        Index("ix_submission_reviewed_by_id", "reviewed_by_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id", ondelete="RESTRICT"), index=True)
    summary: Mapped[str] = mapped_column(Text)
    links: Mapped[list[str]] = mapped_column(Json)
    submitted_at: Mapped[dt.datetime] = mapped_column(UTC)
    verdict: Mapped[str] = mapped_column(String(10), default="")
    points: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    reviewed_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    reviewed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))

    claim: Mapped[Claim] = relationship(back_populates="submissions")
    reviewed_by: Mapped[User | None] = relationship()


_TAKEN = _l("Somebody was quicker: all seats of this task are taken. You can join the waitlist.")
_LIMIT = _l("You hold as many tasks as this programme allows. Hand one in or release it first.")
explain("uq_claim_seat", _TAKEN, columns="claim.task_id, claim.seat_no")
explain("claim_seat_above_seats", _TAKEN)
explain("uq_claim_hold", _LIMIT, columns="claim.user_id, claim.programme_id, claim.hold_no")
explain("claim_hold_above_limit", _LIMIT)
explain("uq_claim_live", _l("You have a claim on this task already."), columns="claim.task_id, claim.user_id")
