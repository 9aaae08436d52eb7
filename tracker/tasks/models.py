"""Tasks: what is to be done, what it gives, and the summary of its claims that the board shows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.accounts.models import User
from tracker.cycles.models import Cycle
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Json
from tracker.sigs.models import Area, Sig
from tracker.text import LazyString, _l

if TYPE_CHECKING:
    from tracker.claims.models import Claim

DRAFT, READY, PUBLISHED, CLOSED, WITHDRAWN = "draft", "ready", "published", "closed", "withdrawn"

KINDS: dict[str, LazyString] = {
    "community": _l("Community task"),
    "crowd_intelligence": _l("Crowd-intelligence task"),
    "internship": _l("Internship task"),
}
DIFFICULTIES = ("L1", "L2", "L3")
BACKENDS = ("NPU", "GPU", "CPU", "FPGA")
#: Derived from the claims: a seat is free · all seats held and somebody waits for an answer · all held · all accepted.
AVAILABILITIES: dict[str, LazyString] = {
    "open": _l("Open"),
    "under_review": _l("Under review"),
    "taken": _l("Taken"),
    "finished": _l("Finished"),
}
#: The six texts in Markdown, in the order of the page.
TEXTS: dict[str, LazyString] = {
    "background": _l("Background"),
    "requirement": _l("Requirement"),
    "environment": _l("Environment"),
    "criteria": _l("Acceptance criteria"),
    "submit_to": _l("Where to send the pull request"),
    "guidance": _l("Guidance"),
}


class Task(Model):
    """A task of a cycle. Money is integer fen with a currency; texts are Markdown.

    ``seats_held``, ``seats_accepted``, ``waiting_count`` and ``availability`` sum up its claims; they are written in
    the transaction that changes a claim, and ``tracker rebuild`` computes them anew.
    """

    __tablename__ = "task"
    __table_args__ = (
        one_of("state", (DRAFT, READY, PUBLISHED, CLOSED, WITHDRAWN)),
        one_of("kind", tuple(KINDS)),
        one_of("difficulty", ("", *DIFFICULTIES)),
        one_of("availability", tuple(AVAILABILITIES)),
        CheckConstraint("points IS NULL OR points BETWEEN 1 AND 1000", name="points_range"),
        CheckConstraint("hours IS NULL OR hours BETWEEN 1 AND 10000", name="hours_range"),
        CheckConstraint("seats BETWEEN 1 AND 100", name="seats_range"),
        CheckConstraint("seats_held BETWEEN 0 AND seats", name="seats_held_range"),
        CheckConstraint("prize_amount IS NULL OR prize_amount BETWEEN 1 AND 10000000000", name="prize_range"),
        CheckConstraint("(prize_amount IS NULL) = (prize_currency = '')", name="prize_has_currency"),
        CheckConstraint("wage_reserve IS NULL OR (pays_wage AND wage_reserve >= 0)", name="wage_reserve_range"),
        CheckConstraint("(wage_reserve IS NULL) = (wage_currency = '')", name="wage_reserve_has_currency"),
        CheckConstraint(
            "expected_on IS NULL OR accept_by IS NULL OR expected_on <= accept_by", name="expected_in_time"
        ),
        Index("ix_task_board", "state", "availability", "published_at", "id"),
        Index("ix_task_cycle_id_state", "cycle_id", "state"),
        Index("ix_task_sig_id", "sig_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(24), unique=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id", ondelete="RESTRICT"))
    sig_id: Mapped[int] = mapped_column(ForeignKey("sig.id", ondelete="RESTRICT"))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id", ondelete="RESTRICT"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20), default="community")
    points: Mapped[int | None]
    difficulty: Mapped[str] = mapped_column(String(2), default="")
    hours: Mapped[int | None]
    backends: Mapped[list[str]] = mapped_column(Json, default=list)
    language: Mapped[str] = mapped_column(String(80), default="")
    seats: Mapped[int] = mapped_column(default=1)
    expected_on: Mapped[dt.date | None]
    accept_by: Mapped[dt.date | None]
    needs_design: Mapped[bool] = mapped_column(default=False)
    prize: Mapped[str] = mapped_column(String(200), default="")
    prize_amount: Mapped[int | None] = mapped_column(BigInteger)
    prize_currency: Mapped[str] = mapped_column(String(3), default="")
    pays_wage: Mapped[bool] = mapped_column(default=False)
    #: What a seat's wage may come to (fen), by the rules known when it was published or its points last changed.
    wage_reserve: Mapped[int | None] = mapped_column(BigInteger)
    wage_currency: Mapped[str] = mapped_column(String(3), default="")
    gives_certificate: Mapped[bool] = mapped_column(default=False)
    background: Mapped[str] = mapped_column(Text, default="")
    requirement: Mapped[str] = mapped_column(Text, default="")
    environment: Mapped[str] = mapped_column(Text, default="")
    criteria: Mapped[str] = mapped_column(Text, default="")
    submit_to: Mapped[str] = mapped_column(Text, default="")
    guidance: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    published_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTC)
    version: Mapped[int] = mapped_column(default=1)
    #: Words and Chinese character pairs of title and texts; see tasks.search.
    search: Mapped[str] = mapped_column(Text, default="")
    seats_held: Mapped[int] = mapped_column(default=0)
    seats_accepted: Mapped[int] = mapped_column(default=0)
    waiting_count: Mapped[int] = mapped_column(default=0)
    availability: Mapped[str] = mapped_column(String(15), default="open")

    cycle: Mapped[Cycle] = relationship()
    sig: Mapped[Sig] = relationship()
    area: Mapped[Area | None] = relationship()
    mentors: Mapped[list[User]] = relationship(secondary="task_mentor", order_by="User.display_name")
    # By name, against the direction of imports: only live claims, for the predicates of permissions.
    live_claims: Mapped[list[Claim]] = relationship(
        "Claim",
        primaryjoin="and_(Task.id == foreign(Claim.task_id), Claim.state.in_(('applied', 'waiting', 'active',"
        " 'design_review', 'submitted', 'changes_requested')))",
        viewonly=True,
    )

    @property
    def mentor_ids(self) -> set[int]:
        return {mentor.id for mentor in self.mentors}

    @property
    def live_claimant_ids(self) -> set[int]:
        return {claim.user_id for claim in self.live_claims}

    @property
    def is_public(self) -> bool:
        return self.published_at is not None

    @property
    def label(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def path(self) -> str:
        return f"/tasks/{self.reference}/"

    @property
    def terms(self) -> dict[str, Any]:
        """What a claim keeps of the task when it is approved."""
        return {
            "points": self.points,
            "seats": self.seats,
            "expected_on": self.expected_on and self.expected_on.isoformat(),
            "accept_by": self.accept_by and self.accept_by.isoformat(),
            "criteria": self.criteria,
            "needs_design": self.needs_design,
            "prize": self.prize,
            "prize_amount": self.prize_amount,
            "prize_currency": self.prize_currency,
            "pays_wage": self.pays_wage,
            "wage_reserve": self.wage_reserve,
            "wage_currency": self.wage_currency,
            "gives_certificate": self.gives_certificate,
        }


class TaskMentor(Model):
    """Who mentors a task."""

    __tablename__ = "task_mentor"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="RESTRICT"), primary_key=True, index=True
    )


explain("uq_task_reference", _l("This task reference is taken."), columns="task.reference")
explain("ck_task_seats_held_range", _l("More seats are held than this. Seats can't be fewer than those held."))
explain("task_seats_below_held", _l("More seats are held than this. Seats can't be fewer than those held."))
