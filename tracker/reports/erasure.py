"""What becomes of a person's reports when their account is erased."""

from __future__ import annotations

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.reports import queries
from tracker.reports.models import InternshipReport


def erase_reports(user: User) -> int:
    """Empty what the person wrote in reports and what was written about them there. How many reports that concerned.

    That a report was handed in and assessed, when and by whom, stays: a certificate was issued on it. Called inside the
    transaction that erases the account and records that; the words stand nowhere else, not in the diary either.
    """
    user = lock(User, user.id)
    ids = db.session.scalars(select(InternshipReport.id).where(InternshipReport.user_id == user.id)).all()
    for report in [lock(InternshipReport, report_id) for report_id in ids]:
        report.draft, report.version = "", report.version + 1
        for version, assessment in queries.versions_of(report):
            version.text = ""
            if assessment is not None:
                assessment.text, assessment.erased_at = "", clock.now()
    db.session.flush()
    return len(ids)
