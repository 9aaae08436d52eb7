"""What is asked about internship reports."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, select

from tracker.db import db, find
from tracker.errors import Missing
from tracker.reports.models import ACCEPTED, DRAFT, Assessment, InternshipReport, ReportVersion


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """How far a person's report under a programme is.

    ``report_handed_in``: it is handed in and not taken back, whatever was said to it. ``report_accepted``: a mentor or a
    maintainer accepted it. ``assessed``: it was accepted with an assessment in words, the mentor's comment that a certificate
    may need.
    """

    report_handed_in: bool = False
    report_accepted: bool = False
    assessed: bool = False


def report_facts(user_id: int, programme_id: int) -> ReportFacts:
    """What an internship certificate asks of the report and its assessment; nothing of it where there is no report."""
    query = (
        select(InternshipReport.state, Assessment.id.is_not(None).label("in_words"))
        .outerjoin(
            ReportVersion,
            and_(ReportVersion.report_id == InternshipReport.id, ReportVersion.number == InternshipReport.newest),
        )
        .outerjoin(Assessment, and_(Assessment.version_id == ReportVersion.id, Assessment.text != ""))
        .where(InternshipReport.user_id == user_id, InternshipReport.programme_id == programme_id)
    )
    if (row := db.session.execute(query).one_or_none()) is None:
        return ReportFacts()
    accepted = row.state == ACCEPTED
    return ReportFacts(row.state != DRAFT, accepted, accepted and bool(row.in_words))


def get_report(report_id: int) -> InternshipReport:
    """The report with this id. Raises Missing."""
    if (found := find(InternshipReport, report_id)) is None:
        raise Missing(f"internship report {report_id}")
    return found
