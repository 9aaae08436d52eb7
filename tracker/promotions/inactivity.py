"""Who has become quiet, by the months that a SIG's set of rules names: a report for maintainers, nothing follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select, union_all

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db
from tracker.events import Event
from tracker.meetings.models import OVER, Meeting
from tracker.minutes.models import Attendance
from tracker.promotions.queries import name_of
from tracker.promotions.rule_models import RuleSet
from tracker.sigs.models import COMMITTER, MAINTAINER, Membership, Repository, Sig
from tracker.sigs.queries import active_on
from tracker.text import LazyString, _l

QUIET = {
    "no_activity": _l("no activity"),
    "no_meeting": _l("at no meeting"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A role and when its holder was last seen; ``findings``: tokens of QUIET that the rule names them for."""

    user_id: int
    handle: str
    name: str
    role: str
    repository: str
    since: dt.date
    last_activity: dt.datetime | None
    last_meeting: dt.datetime | None
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """``lines``: everybody looked at, who is named first; ``quiet``: the SIG itself has had no meeting for too long."""

    lines: list[Line]
    last_meeting: dt.datetime | None
    quiet: bool


def before(now: dt.datetime, months: int) -> dt.datetime:
    """The moment so many months ago."""
    return now - relativedelta(months=months)


def findings(
    role: str, rule_set: RuleSet, now: dt.datetime, since: dt.date, last_activity: dt.datetime | None,
    last_meeting: dt.datetime | None,
) -> tuple[str, ...]:  # fmt: skip
    """What a set of rules names somebody for (domain.md, section 8). Who began less long ago isn't named."""
    begun = dt.datetime.combine(since, dt.time(), dt.UTC)

    def silent(last: dt.datetime | None, months: int) -> bool:
        return max(begun, last or begun) < before(now, months)

    found = []
    months = rule_set.committer_months if role == COMMITTER else rule_set.maintainer_months
    if silent(last_activity, months):
        found.append("no_activity")
    if role == MAINTAINER and silent(last_meeting, rule_set.maintainer_meeting_months):
        found.append("no_meeting")
    return tuple(found)


def report(sig: Sig, rule_set: RuleSet) -> Report:
    """The SIG's Committers and Maintainers and the SIG itself, in four statements.

    Activity is any step in the SIG that the diary knows; being at a meeting is having been noted as present, or having
    organised one that was held.
    """
    now = clock.now()
    rows = db.session.execute(
        select(Membership.user_id, Membership.role, Membership.since, User.handle, name_of(User).label("name"),
               Repository.path.label("repository"))
        .join(User, User.id == Membership.user_id)
        .outerjoin(Repository, Repository.id == Membership.repository_id)
        .where(Membership.sig_id == sig.id, Membership.role.in_((COMMITTER, MAINTAINER)), active_on(clock.today()))
        .order_by(name_of(User), Membership.id)
    ).all()  # fmt: skip
    people = {row.user_id for row in rows}
    active, seen = _last_activity(sig.id, people), _last_meetings(sig.id, people)
    lines = [
        Line(row.user_id, row.handle, row.name, row.role, row.repository or "", row.since, active.get(row.user_id),
             seen.get(row.user_id),
             findings(row.role, rule_set, now, row.since, active.get(row.user_id), seen.get(row.user_id)))
        for row in rows
    ]  # fmt: skip
    last = db.session.scalar(
        select(func.max(Meeting.starts_at)).where(Meeting.sig_id == sig.id, Meeting.state.in_(OVER))
    )
    quiet = last is None or last < before(now, rule_set.sig_meeting_months)
    return Report(sorted(lines, key=lambda line: not line.findings), last, quiet)


def _last_activity(sig_id: int, people: Iterable[int]) -> dict[int, dt.datetime]:
    query = (
        select(Event.actor_id, func.max(Event.at))
        .where(Event.sig_id == sig_id, Event.actor_id.in_(sorted(people)))
        .group_by(Event.actor_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query) if row[0] is not None}


def _last_meetings(sig_id: int, people: Iterable[int]) -> dict[int, dt.datetime]:
    held = (Meeting.sig_id == sig_id, Meeting.state.in_(OVER))
    there = union_all(
        select(Attendance.user_id.label("user_id"), Meeting.starts_at.label("at"))
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(*held, Attendance.present),
        select(Meeting.organiser_id, Meeting.starts_at).where(*held, Meeting.organiser_id.is_not(None)),
        select(Meeting.vice_organiser_id, Meeting.starts_at).where(*held, Meeting.vice_organiser_id.is_not(None)),
    ).subquery()
    query = (
        select(there.c.user_id, func.max(there.c.at))
        .where(there.c.user_id.in_(sorted(people)))
        .group_by(there.c.user_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def words(line: Line) -> list[LazyString]:
    """What a line is named for."""
    return [QUIET[token] for token in line.findings]
