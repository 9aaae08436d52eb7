"""What is done about internship reports: written and handed in by the intern, assessed by who knows the work.

Each step holds the intern, then the report, and reads anew what it decides on. The words of reports and assessments aren't
noted in the diary, which is never erased.
"""

from __future__ import annotations

from tracker import clock
from tracker.accounts.models import User
from tracker.calendars.queries import calendar
from tracker.claims.eligibility import rules_today
from tracker.db import db, lock
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.reports import queries, rules
from tracker.reports.models import Assessment, InternshipReport, ReportVersion
from tracker.reports.workflow import REPORT
from tracker.working_days import add_working_days


def start_report(actor: Actor, programme: Programme, *, draft: str) -> InternshipReport:
    """Begin the report on one's work under ``programme`` with a draft (Markdown) that nobody else reads.

    Raises Refused where neither the rules in force nor those of the internship's beginning ask for a report, for somebody without work under the programme, and for a second
    one; Forbidden.
    """
    demand(actor, P.REPORT_MAKE, programme)
    assert actor.id is not None
    lock(User, actor.id)
    needs = queries.needs(actor.id, programme)
    rules.check_start(programme.name, needs, works=queries.has_work(actor.id, programme.id))
    now = clock.now()
    report = InternshipReport(
        user_id=actor.id, programme_id=programme.id, programme=programme, draft=draft, created_at=now, edited_at=now,
        state_since=now,
    )  # fmt: skip
    db.session.add(report)
    record(actor, "report.started", report)
    return report


def edit_report(actor: Actor, report: InternshipReport, *, draft: str, version: int) -> InternshipReport:
    """Replace the draft. Raises Refused while the report is handed in, or changed since ``version``; Forbidden."""
    report = _hold(report)
    demand(actor, P.REPORT_HOLD, report)
    rules.check_version(version, report.version)
    rules.check_writing(report.state)
    report.draft, report.edited_at = draft, clock.now()
    report.version += 1
    record(actor, "report.edited", report)
    return report


def hand_in_report(actor: Actor, report: InternshipReport, *, version: int) -> InternshipReport:
    """Hand the draft in as the next version: mentors and maintainers of the SIGs of one's tasks are told and assess it.

    Raises Refused for an empty report where one is asked for, for one without a change since changes were
    requested, when it is changed since ``version`` or handed in already; Forbidden.
    """
    report = _hold(report)
    REPORT.check(actor, report, "hand_in")
    rules.check_version(version, report.version)
    in_force = rules_today(report.programme)
    # Also after one was taken back: what was assessed is what others know.
    before = queries.last_assessed(report)
    rules.check_hand_in(report.draft, before, report.newest + 1, queries.needs(report.user_id, report.programme))
    now = clock.now()
    report.newest += 1
    db.session.add(ReportVersion(report=report, number=report.newest, text=report.draft, handed_in_at=now))
    report.answer_by = add_working_days(
        now, in_force.review_within_working_days, report.programme.time_zone, calendar()
    )
    _step(actor, report, "hand_in")
    record(actor, "report.handed_in", report, number=report.newest)
    return report


def take_back_report(actor: Actor, report: InternshipReport, *, version: int) -> InternshipReport:
    """Go on writing before anybody assessed it: the version is its writer's alone from then on; those that were assessed
    before stay where they are. Raises Refused, Forbidden."""
    report = _hold(report)
    REPORT.check(actor, report, "take_back")
    rules.check_version(version, report.version)
    queries.version_of(report, report.newest).taken_back_at = clock.now()
    report.answer_by = None
    _step(actor, report, "take_back")
    record(actor, "report.taken_back", report)
    return report


def assess_report(actor: Actor, report: InternshipReport, *, verdict: str, text: str, version: int) -> InternshipReport:
    """Accept the version that stands, or ask for changes (``verdict`` "accept", "changes"), with an assessment (Markdown).

    Raises Forbidden for who has nothing to do with the work, and for the intern; Refused without words where they are needed
    (field ``text``), when the report changed since ``version`` or was assessed already.
    """
    report = _hold(report)
    action = "accept" if verdict == "accept" else "request_changes"
    REPORT.check(actor, report, action)
    rules.check_version(version, report.version)
    rules.check_assessment(verdict, text, queries.needs(report.user_id, report.programme))
    db.session.add(
        Assessment(
            version=queries.version_of(report, report.newest), verdict=verdict, text=text.strip(), assessed_at=clock.now(),
            assessed_by_id=actor.id,
        )
    )  # fmt: skip
    # Before the state: the database takes no verdict on a report that doesn't wait, and none without an assessment.
    db.session.flush()
    report.answer_by = None
    _step(actor, report, action)
    event = "report.accepted" if action == "accept" else "report.changes_requested"
    record(actor, event, report, person_id=report.user_id, number=report.newest)
    return report


def _hold(report: InternshipReport) -> InternshipReport:
    """Lock the intern, then the report, and read it anew."""
    lock(User, report.user_id)
    return lock(InternshipReport, report.id)


def _step(actor: Actor, report: InternshipReport, action: str) -> None:
    REPORT.advance(actor, report, action)
    report.state_since = clock.now()
    report.version += 1
