"""What a certificate asks of a report."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.db import db
from tracker.reports.models import Assessment, InternshipReport, ReportVersion
from tracker.reports.queries import ReportFacts, report_facts


@pytest.mark.parametrize(
    ("state", "verdict", "text", "expected"),
    [
        ("draft", None, "", ReportFacts()),
        ("handed_in", None, "", ReportFacts(report_handed_in=True)),
        ("changes_requested", "changes", "Say more.", ReportFacts(report_handed_in=True)),
        ("accepted", "accept", "", ReportFacts(report_handed_in=True, report_accepted=True)),
        ("accepted", "accept", "Well done.", ReportFacts(report_handed_in=True, report_accepted=True, assessed=True)),
    ],
)  # fmt: skip
def test_the_facts_follow_the_newest_version(
    cast: Cast, state: str, verdict: str | None, text: str, expected: ReportFacts
) -> None:
    now = clock.now()
    report = InternshipReport(
        user_id=cast.dora.id, programme_id=cast.programme.id, created_at=now, edited_at=now, state_since=now
    )
    db.session.add(report)
    db.session.flush()
    version = ReportVersion(report_id=report.id, number=1, text="I did it.", handed_in_at=now)
    db.session.add(version)
    db.session.flush()
    if verdict:
        db.session.add(
            Assessment(
                version_id=version.id, verdict=verdict, text=text, assessed_at=now, assessed_by_id=cast.nils.id
            )
        )  # fmt: skip
    report.newest = 1
    for step in {"draft": [], "handed_in": ["handed_in"]}.get(state, ["handed_in", state]):
        report.state = step
        db.session.flush()

    assert report_facts(cast.dora.id, cast.programme.id) == expected
    assert report_facts(cast.otto.id, cast.programme.id) == ReportFacts()
