"""What is asked about internship reports."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import MAX_ID, db
from tracker.errors import Missing
from tracker.events import audience
from tracker.permissions import Actor, maintained_sigs
from tracker.programmes.models import Agreement, Programme, ProgrammeSig, Rules
from tracker.reports.models import ACCEPTED, DRAFT, HANDED_IN, WORKED, Assessment, InternshipReport, ReportVersion
from tracker.reports.rules import Needed, beginnings, in_force, needed
from tracker.sigs.models import MAINTAINER, Membership
from tracker.sigs.queries import active_on
from tracker.tasks.models import Task, TaskMentor

#: Rows shown on the dashboard.
SHOWN = 50


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
        .outerjoin(ReportVersion, _newest())
        .outerjoin(Assessment, and_(Assessment.version_id == ReportVersion.id, _in_words()))
        .where(InternshipReport.user_id == user_id, InternshipReport.programme_id == programme_id)
    )
    if (row := db.session.execute(query).one_or_none()) is None:
        return ReportFacts()
    accepted = row.state == ACCEPTED
    return ReportFacts(row.state != DRAFT, accepted, accepted and bool(row.in_words))


def _newest() -> ColumnElement[bool]:
    return and_(ReportVersion.report_id == InternshipReport.id, ReportVersion.number == InternshipReport.newest)


def _in_words() -> ColumnElement[bool]:
    # Words that an erased account took along were there.
    return or_(Assessment.text != "", Assessment.erased_at.is_not(None))


def needs(user_id: int, programme: Programme) -> Needed:
    """What a certificate of the person's internship needs of the report, see ``needs_under``."""
    return needs_under(user_id, [programme])[programme.id]


def needs_under(user_id: int, programmes: Sequence[Programme]) -> dict[int, Needed]:
    """What certificates of a person's internships need of their reports, by programme: what the rules in force ask for, and
    those of the days on which the internship began. In three statements.
    """
    ids = [one.id for one in programmes]
    rules_of, signed = defaultdict[int, list[Rules]](list), defaultdict[int, list[dt.datetime]](list)
    for row in db.session.scalars(select(Rules).where(Rules.programme_id.in_(ids)).order_by(Rules.valid_from.desc())):
        rules_of[row.programme_id].append(row)
    agreements = select(Agreement.programme_id, Agreement.signed_at)
    for number, at in db.session.execute(
        agreements.where(Agreement.user_id == user_id, Agreement.programme_id.in_(ids))
    ):
        signed[number].append(at)
    approved = select(Claim.programme_id, func.min(Claim.approved_at)).where(
        Claim.user_id == user_id, Claim.programme_id.in_(ids)
    )
    first = dict(db.session.execute(approved.group_by(Claim.programme_id)).all())
    return {one.id: _needs(one, rules_of[one.id], signed[one.id], first.get(one.id)) for one in programmes}


def _needs(
    programme: Programme, rules: Sequence[Rules], signed: Iterable[dt.datetime], first: dt.datetime | None
) -> Needed:
    zone = ZoneInfo(programme.time_zone)
    began = beginnings([at.astimezone(zone).date() for at in signed], first and first.astimezone(zone).date())
    asked = Needed()
    for day in (*began, clock.today(programme.time_zone)):
        if (found := in_force(rules, day)) is not None:
            asked |= needed(found.certificate)
    return asked


def get_report(report_id: int) -> InternshipReport:
    """The report with this id. Raises Missing."""
    work = selectinload(InternshipReport.work).joinedload(Claim.task)
    query = select(InternshipReport).where(InternshipReport.id == report_id).options(
        joinedload(InternshipReport.user), joinedload(InternshipReport.programme), work.selectinload(Task.mentors),
        selectinload(InternshipReport.versions).defer(ReportVersion.text),
        work.joinedload(Task.sig),
    )  # fmt: skip
    found = db.session.scalar(query) if 0 < report_id <= MAX_ID else None
    if found is None:
        raise Missing(f"internship report {report_id}")
    return found


def find_report(user_id: int, programme_id: int) -> InternshipReport | None:
    """The person's report under the programme."""
    query = select(InternshipReport).where(
        InternshipReport.user_id == user_id, InternshipReport.programme_id == programme_id
    )
    return db.session.scalar(query)


def version_of(report: InternshipReport, number: int) -> ReportVersion:
    """The version with this number. Raises Missing."""
    found = None
    if 0 < number <= MAX_ID:
        query = select(ReportVersion).where(ReportVersion.report_id == report.id, ReportVersion.number == number)
        found = db.session.scalar(query)
    if found is None:
        raise Missing(f"version {number} of internship report {report.id}")
    return found


def versions_of(report: InternshipReport, *, standing: bool = False) -> list[tuple[ReportVersion, Assessment | None]]:
    """Every version with its assessment, oldest first; ``standing``: without those that were taken back."""
    query = (
        select(ReportVersion, Assessment)
        .outerjoin(Assessment, Assessment.version_id == ReportVersion.id)
        .where(ReportVersion.report_id == report.id)
        .order_by(ReportVersion.number)
        .options(joinedload(Assessment.assessed_by).lazyload(User.memberships))
    )
    if standing:
        query = query.where(ReportVersion.taken_back_at.is_(None))
    return [(version, assessment) for version, assessment in db.session.execute(query)]


def last_assessed(report: InternshipReport) -> str | None:
    """The words of the newest version that somebody assessed; None where there is none."""
    query = (
        select(ReportVersion.text)
        .join(Assessment, Assessment.version_id == ReportVersion.id)
        .where(ReportVersion.report_id == report.id)
        .order_by(ReportVersion.number.desc())
    )
    return db.session.scalar(query.limit(1))


# -- whose work -----------------------------------------------------------------------------------


def has_work(user_id: int, programme_id: int) -> bool:
    """Whether the person works on a task under the programme or finished one."""
    query = select(Claim.id).where(
        Claim.user_id == user_id, Claim.programme_id == programme_id, Claim.state.in_(WORKED)
    )
    return db.session.scalar(query.limit(1)) is not None


def programmes_of_work(user_id: int) -> list[Programme]:
    """The programmes under which the person works on a task or finished one, by name."""
    worked = select(Claim.programme_id).where(Claim.user_id == user_id, Claim.state.in_(WORKED))
    query = select(Programme).where(Programme.id.in_(worked)).order_by(Programme.name, Programme.id)
    return list(db.session.scalars(query))


def _work_of_report() -> Select[Any]:
    """The tasks that the person of a report works on or finished under its programme."""
    return (
        select(Claim.id)
        .join(Task, Task.id == Claim.task_id)
        .where(
            Claim.user_id == InternshipReport.user_id, Claim.programme_id == InternshipReport.programme_id,
            Claim.state.in_(WORKED),
        )
    )  # fmt: skip


def _mentored(user_id: int | None) -> ColumnElement[bool]:
    return exists().where(TaskMentor.task_id == Task.id, TaskMentor.user_id == user_id)


def assessable_by(who: Actor) -> ColumnElement[bool]:
    """Reports that ``who`` may assess now, as ``report:assess`` says it."""
    sigs = sorted(maintained_sigs(who))
    works = _work_of_report().where(or_(Task.sig_id.in_(sigs), _mentored(who.id))).correlate(InternshipReport).exists()
    return and_(InternshipReport.state == HANDED_IN, InternshipReport.user_id != who.id, works)


def readable_by(who: Actor) -> ColumnElement[bool]:
    """Reports of others that ``who`` may read, as ``report:read`` says it."""
    standing = exists().where(ReportVersion.report_id == InternshipReport.id, ReportVersion.taken_back_at.is_(None))
    handed_in = and_(standing, InternshipReport.user_id != who.id)
    if who.is_admin:
        return handed_in
    sigs = sorted(maintained_sigs(who))
    works = _work_of_report().where(or_(Task.sig_id.in_(sigs), _mentored(who.id))).correlate(InternshipReport).exists()
    programmes = select(ProgrammeSig.programme_id).where(ProgrammeSig.sig_id.in_(sigs))
    return and_(handed_in, or_(works, InternshipReport.programme_id.in_(programmes)))


def assessor_ids(report: Any) -> list[int]:
    """User ids of who may assess the report; suspended accounts aside."""
    people = report.mentor_ids - {report.user_id}
    query = (
        select(Membership.user_id)
        .where(Membership.sig_id.in_(sorted(report.worked_sig_ids)), Membership.role == MAINTAINER)
        .where(active_on(clock.today()), Membership.user_id != report.user_id)
    )
    active = select(User.id).where(or_(User.id.in_(query), User.id.in_(sorted(people))), User.suspended_at.is_(None))
    return list(db.session.scalars(active.order_by(User.id)))


@audience("report_assessors")
def _assessors(report: Any) -> Iterable[int]:
    return assessor_ids(report)


# -- lists ----------------------------------------------------------------------------------------


def _rows() -> Any:
    name = func.coalesce(func.nullif(User.display_name, ""), User.handle)
    return (
        select(
            InternshipReport.id, InternshipReport.state, InternshipReport.newest, InternshipReport.state_since,
            InternshipReport.answer_by, InternshipReport.edited_at, Programme.name, Programme.name_zh, Programme.slug,
            User.handle, name.label("who"),
        )
        .join(Programme, Programme.id == InternshipReport.programme_id)
        .join(User, User.id == InternshipReport.user_id)
    )  # fmt: skip


def own_reports(user_id: int) -> Sequence[Row[Any]]:
    """The person's reports, by programme: id, state, newest, state_since, answer_by, edited_at, name, name_zh, slug …"""
    return db.session.execute(
        _rows().where(InternshipReport.user_id == user_id).order_by(Programme.name, InternshipReport.id)
    ).all()


def reports_for(who: Actor, *, waiting: bool) -> Any:
    """Reports of others, to be paged by id: those that wait for ``who``, or all that they may read. As ``own_reports``,
    with handle and ``who``."""
    return _rows().where(assessable_by(who) if waiting else readable_by(who))


def reads_reports(who: Actor) -> bool:
    """Whether there may be reports of others for ``who``: they mentor a task or maintain a SIG, or administer the site."""
    if who.is_admin or maintained_sigs(who):
        return True
    return db.session.scalar(select(TaskMentor.task_id).where(TaskMentor.user_id == who.id).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that waits for the reader's assessment by ``due``."""

    programme: str
    handle: str
    who: str
    since: dt.datetime
    due: dt.datetime | None
    path: str


def waiting_for(who: Actor) -> list[Waiting]:
    """Reports that ``who`` may assess, oldest first; in one statement."""
    if who.id is None:
        return []
    query = _rows().where(assessable_by(who)).order_by(InternshipReport.state_since, InternshipReport.id).limit(SHOWN)
    return [
        Waiting(row.name, row.handle, row.who, row.state_since, row.answer_by, f"/reports/{row.id}/")
        for row in db.session.execute(query)
    ]
