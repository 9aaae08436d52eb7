"""Internship reports: one of a person under a programme, what was handed in as versions, and the assessments of those."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, and_
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import UTC, Model, explain, one_of
from tracker.programmes.models import Programme
from tracker.text import LazyString, _l

DRAFT, HANDED_IN, CHANGES, ACCEPTED = "draft", "handed_in", "changes_requested", "accepted"
STATES: dict[str, LazyString] = {
    DRAFT: _l("being written"),
    HANDED_IN: _l("waits for its assessment"),
    CHANGES: _l("changes requested"),
    ACCEPTED: _l("report accepted"),
}
#: What a mentor says to a version.
VERDICTS = ("accept", "changes")
#: States of the claims whose mentors and SIGs have to do with the report: work that goes on or was accepted.
WORKED = ("active", "design_review", "submitted", "changes_requested", "accepted")


class InternshipReport(Model):
    """A person's report on their internship under a programme.

    ``draft`` is theirs alone; others read what was handed in (``versions``), those aside that were taken back.
    ``version`` rises with every change, so that a page that is out of date is noticed.
    """

    __tablename__ = "internship_report"
    __table_args__ = (
        one_of("state", tuple(STATES)),
        Index("uq_internship_report_user_id_programme_id", "user_id", "programme_id", unique=True),
        Index("ix_internship_report_programme_id_state", "programme_id", "state", "state_since"),
        CheckConstraint("(state = 'handed_in') = (answer_by IS NOT NULL)", name="answer_while_handed_in"),
        CheckConstraint("newest >= 0 AND (state = 'draft' OR newest >= 1)", name="version_unless_draft"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    state: Mapped[str] = mapped_column(String(20), default=DRAFT)
    #: What they write, Markdown; the words of the newest version until they go on.
    draft: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(UTC)
    edited_at: Mapped[dt.datetime] = mapped_column(UTC)
    state_since: Mapped[dt.datetime] = mapped_column(UTC)
    #: By when it should be assessed, while it waits for that.
    answer_by: Mapped[dt.datetime | None] = mapped_column(UTC)
    #: The number of the newest version: the one that stands, unless it was taken back. 0 where there is none.
    newest: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship(foreign_keys=[user_id])
    programme: Mapped[Programme] = relationship()
    #: What was handed in, oldest first.
    versions: Mapped[list[ReportVersion]] = relationship(back_populates="report", order_by="ReportVersion.number")
    #: The person's work under the programme: its mentors and SIGs have to do with the report.
    work: Mapped[list[Claim]] = relationship(
        primaryjoin=lambda: and_(
            foreign(Claim.user_id) == InternshipReport.user_id,
            Claim.programme_id == InternshipReport.programme_id,
            Claim.state.in_(WORKED),
        ),
        viewonly=True,
        order_by=Claim.id,
    )

    @property
    def mentor_ids(self) -> set[int]:
        """Who mentors a task that the person works on or finished."""
        return {mentor for claim in self.work for mentor in claim.task.mentor_ids}

    @property
    def worked_sig_ids(self) -> set[int]:
        """The SIGs of those tasks."""
        return {claim.task.sig_id for claim in self.work}

    @property
    def programme_sig_ids(self) -> set[int]:
        """The SIGs of the programme, and of those tasks where a quarter ran under another programme than its SIG's."""
        return self.programme.programme_sig_ids | self.worked_sig_ids

    @property
    def is_handed_in(self) -> bool:
        """Whether there is something for others to read: a version that wasn't taken back."""
        return any(version.taken_back_at is None for version in self.versions)

    @property
    def label(self) -> str:
        return self.programme.name

    @property
    def path(self) -> str:
        return f"/reports/{self.id}/"


class ReportVersion(Model):
    """A report as it was handed in. Its words don't change; erasing the account empties them."""

    __tablename__ = "internship_report_version"
    __table_args__ = (
        Index("uq_internship_report_version_report_id_number", "report_id", "number", unique=True),
        CheckConstraint("number >= 1", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("internship_report.id", ondelete="RESTRICT"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    handed_in_at: Mapped[dt.datetime] = mapped_column(UTC)
    #: When its writer took it back, before anybody assessed it: from then on it is theirs alone.
    taken_back_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    report: Mapped[InternshipReport] = relationship(back_populates="versions")

    # What the permissions ask: a version is read by who reads its report, unless it was taken back.
    @property
    def user_id(self) -> int:
        return self.report.user_id

    @property
    def is_handed_in(self) -> bool:
        return self.taken_back_at is None

    @property
    def mentor_ids(self) -> set[int]:
        return self.report.mentor_ids

    @property
    def programme_sig_ids(self) -> set[int]:
        return self.report.programme_sig_ids


class Assessment(Model):
    """What a mentor or maintainer said to a version: accepted, or asked to change."""

    __tablename__ = "internship_assessment"
    __table_args__ = (
        one_of("verdict", VERDICTS),
        Index("uq_internship_assessment_version_id", "version_id", unique=True),
        CheckConstraint("verdict = 'accept' OR erased_at IS NOT NULL OR text <> ''", name="changes_need_words"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("internship_report_version.id", ondelete="RESTRICT"))
    verdict: Mapped[str] = mapped_column(String(10))
    #: Of the person's work; what is to be changed. Markdown.
    text: Mapped[str] = mapped_column(Text, default="")
    assessed_at: Mapped[dt.datetime] = mapped_column(UTC)
    assessed_by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="RESTRICT"))
    erased_at: Mapped[dt.datetime | None] = mapped_column(UTC)

    version: Mapped[ReportVersion] = relationship()
    assessed_by: Mapped[User] = relationship()


explain(
    "uq_internship_report_user_id_programme_id",
    _l("You have a report under this programme already. Go on with that one."),
    columns="internship_report.user_id, internship_report.programme_id",
)
_ASSESSED = _l("Somebody has assessed this version meanwhile. Reload the page to read it.")
explain("uq_internship_assessment_version_id", _ASSESSED, columns="internship_assessment.version_id")
explain("internship_assessment_current", _ASSESSED)
