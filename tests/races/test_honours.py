"""Titles awarded and reports assessed by many at once: over HTTP, on both databases, with four workers.

``TRACKER_RACE_ROUNDS=40`` runs the full number of rounds.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import Answers, Browser, browsers, post_all, rounds, server
from tracker import clock
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.honours.models import STARS_A_YEAR, Star
from tracker.reports import service as reports
from tracker.reports.models import Assessment, InternshipReport, ReportVersion


class Field:
    """Contributors to be awarded, and reports of interns that wait; mona, max and nils at their browsers."""

    def __init__(self, url: str, folder: Path, number: int) -> None:
        self.app = create_app(settings_for(url, folder / "maker"))
        with self.app.app_context():
            cast = Cast()
            self.handles = [f"star{index}" for index in range(10)]
            for handle in self.handles:
                cast.member(cast.person(handle), cast.akg, "contributor")
            db.session.commit()
            self.reports = [self._handed_in(cast, index) for index in range(number)]
            interns = [report.user for report in self.reports]
            self.paths = [(report.path, report.version) for report in self.reports]
            self.mona, self.max, self.nils, *self.interns = browsers(
                self.app, [cast.mona, cast.max, cast.nils, *interns]
            )
            self._leave()

    @staticmethod
    def _handed_in(cast: Cast, index: int) -> InternshipReport:
        person = cast.person(f"intern{index}")
        cast.make_claim(person, cast.make_task(), "accepted")
        report = transaction(lambda: reports.start_report(person, cast.programme, draft="Done."))
        return transaction(lambda: reports.hand_in_report(person, report, version=report.version))

    def _leave(self) -> None:
        db.session.remove()
        db.engine.dispose()

    def ask(self, query: Any) -> list[tuple[Any, ...]]:
        with self.app.app_context():
            rows = [tuple(row) for row in db.session.execute(query)]
            self._leave()
        return rows


def send(port: int, posts: list[tuple[Browser, str, dict[str, str]]]) -> Counter[int]:
    answers = Answers(Counter(), [])
    post_all(port, posts, answers)
    assert answers.server_errors == 0
    return answers.statuses


def test_no_more_titles_than_there_are(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, 0)
    year = clock.today("Asia/Shanghai").year
    posts = [
        (who, "/sigs/akg/stars", {"user": handle, "year": str(year), "citation": "For much."})
        for handle in field.handles
        for who in (field.mona, field.max)
    ]
    with server(fresh_database, tmp_path) as port:
        statuses = send(port, posts)
    assert statuses[303] == STARS_A_YEAR and sum(statuses.values()) == len(posts)
    assert sorted(field.ask(select(Star.place, func.count()).group_by(Star.place))) == [(1, 1), (2, 1), (3, 1)]


def test_a_version_is_assessed_once_or_taken_back(fresh_database: str, tmp_path: Path) -> None:
    field = Field(fresh_database, tmp_path, rounds(4, 40))
    with server(fresh_database, tmp_path) as port:
        for (path, version), intern in zip(field.paths, field.interns, strict=True):
            posts = [
                (who, f"{path}assess", {"verdict": verdict, "text": "Read.", "version": str(version)})
                for who in (field.mona, field.max, field.nils)
                for verdict in ("accept", "changes")
            ]
            statuses = send(port, [*posts, (intern, f"{path}take-back", {"version": str(version)})])
            # A report that was taken back seems not to exist.
            assert statuses[303] == 1 and statuses[409] + statuses[404] == len(posts)
    said = (
        select(InternshipReport.state, func.count(Assessment.id))
        .join(ReportVersion, ReportVersion.report_id == InternshipReport.id)
        .outerjoin(Assessment, Assessment.version_id == ReportVersion.id)
        .group_by(InternshipReport.id, InternshipReport.state)
    )
    expected = {("accepted", 1), ("changes_requested", 1), ("draft", 0)}
    rows = field.ask(said)
    assert len(rows) == len(field.paths) and set(rows) <= expected
