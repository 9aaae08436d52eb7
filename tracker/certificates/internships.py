"""Internships held against their programme's dated rule: points, time, a mentor's comment, a report."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.certificates.rules import Entry, Internship, best, internship, needs_of
from tracker.claims.models import Claim
from tracker.db import db
from tracker.ledger.models import Transfer
from tracker.ledger.queries import Credited, signed
from tracker.meetings.models import ProgressNote
from tracker.programmes.models import Agreement, Programme, Rules
from tracker.programmes.queries import rules_of
from tracker.reports.models import ACCEPTED, Assessment, InternshipReport, ReportVersion
from tracker.reports.rules import beginnings, in_force
from tracker.rewards.queries import programmes_of
from tracker.tasks.models import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a person's internship under a programme is.

    ``internship`` is None where it hasn't begun or the programme gives no certificate. ``sig_id``: the SIG where most of the points
    were earned, of equal ones the oldest; where there are none yet, that of the first task; None where there is none either.
    """

    programme: Programme
    user_id: int
    name: str
    handle: str
    sig_id: int | None
    internship: Internship | None
    gives: bool
    erased: bool

    @property
    def key(self) -> str:
        """Of the entitlement."""
        return f"internship-{self.programme.id}-{self.user_id}"

    @property
    def obstacle(self) -> str:
        """A token of rules.OBSTACLES; empty where nothing is missing."""
        if self.erased:
            return "account"
        if not self.gives:
            return "no_rule"
        return self.internship.obstacle if self.internship else "no_start"


def standings_of(user_id: int) -> list[Standing]:
    """The person's internships under every programme that they work in and that gives a certificate, by its name."""
    return [row for programme in programmes_of(user_id) for row in standings(programme, [user_id]) if row.gives]


def standings(programme: Programme, user_ids: Any) -> list[Standing]:
    """Where people stand under a programme, by their ids; a fixed number of statements. ``user_ids``: ids, or a query of them."""
    facts = _Facts(programme, user_ids)
    query = (
        select(User.id, User.display_name, User.handle, User.erased_at).where(User.id.in_(user_ids)).order_by(User.id)
    )
    return [facts.standing(row) for row in db.session.execute(query)]


class _Facts:
    """What the rule is held against, of several people at once: user id → facts."""

    def __init__(self, programme: Programme, user_ids: Any) -> None:
        self.programme = programme
        self.zone = ZoneInfo(programme.time_zone)
        self.today = clock.today(programme.time_zone)
        self.rules: Sequence[Rules] = rules_of(programme.id)
        self.agreements = self._days(
            select(Agreement.user_id, Agreement.signed_at)
            .where(Agreement.programme_id == programme.id, Agreement.user_id.in_(user_ids))
            .order_by(Agreement.signed_at)
        )
        self.approvals = self._approvals(user_ids)
        self.entries = self._entries(user_ids)
        self.comments = self._comments(user_ids)
        self.accepted = self._reports(user_ids)

    def standing(self, row: Any) -> Standing:
        found = best([one for start in self._starts(row.id) if (one := self._held(row.id, start)) is not None])
        return Standing(
            programme=self.programme, user_id=row.id, name=row.display_name, handle=row.handle, sig_id=self._sig(row.id, found),
            internship=found, gives=any(needs_of(one.certificate) for one in self.rules),
            erased=row.erased_at is not None,
        )  # fmt: skip

    def _starts(self, user_id: int) -> list[dt.date]:
        """When the count begins: with each agreement that was signed; without one, with the first task that was approved."""
        first = next((day for day, _sig in self.approvals.get(user_id, ())), None)
        return beginnings(self.agreements.get(user_id, ()), first)

    def _held(self, user_id: int, start: dt.date) -> Internship | None:
        """Against the rule in force when it began."""
        rules = in_force(self.rules, start)
        needs = needs_of(rules.certificate) if rules else None
        if needs is None:
            return None
        report, in_words = self.accepted.get(user_id, (None, False))
        comments = self.comments.get(user_id, []) + [day for day in (report,) if day and in_words]
        entries = [Entry(day, points) for day, points, _sig in self.entries.get(user_id, ())]
        return internship(start, needs, entries, self.today, comments=comments, report=report)

    def _sig(self, user_id: int, found: Internship | None) -> int | None:
        sums: dict[int, int] = defaultdict(int)
        for day, points, sig_id in self.entries.get(user_id, ()):
            if found is None or found.start <= day <= found.last:
                sums[sig_id] += points
        if sums:
            return max(sums, key=lambda sig_id: (sums[sig_id], -sig_id))
        return next((sig_id for _day, sig_id in self.approvals.get(user_id, ())), None)

    # -- reading ----------------------------------------------------------------------------------

    def _day(self, moment: dt.datetime) -> dt.date:
        return moment.astimezone(self.zone).date()

    def _days(self, query: Any) -> dict[int, list[dt.date]]:
        found: dict[int, list[dt.date]] = defaultdict(list)
        for user_id, moment in db.session.execute(query):
            found[user_id].append(self._day(moment))
        return found

    def _approvals(self, user_ids: Any) -> dict[int, list[tuple[dt.date, int]]]:
        """The days on which tasks were approved, each with its SIG, oldest first."""
        query = (
            select(Claim.user_id, Claim.approved_at, Task.sig_id)
            .join(Task, Task.id == Claim.task_id)
            .where(Claim.programme_id == self.programme.id, Claim.user_id.in_(user_ids), Claim.approved_at.is_not(None))
            .order_by(Claim.approved_at, Claim.id)
        )
        found: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
        for user_id, moment, sig_id in db.session.execute(query):
            if moment is not None:
                found[user_id].append((self._day(moment), sig_id))
        return found

    def _entries(self, user_ids: Any) -> dict[int, list[tuple[dt.date, int, int]]]:
        """Points as (day, points, SIG), corrections below 0, oldest first.

        What was taken back as a whole never counted, on whatever day that was: neither it nor its reversal is here.
        """
        back = aliased(Transfer)
        query = (
            select(Transfer.user_id, Transfer.at, signed().label("points"), Transfer.sig_id)
            .join(Credited, Credited.id == Transfer.credit_id)
            .outerjoin(back, back.reverses_id == Transfer.id)
            .where(
                Transfer.programme_id == self.programme.id,
                Transfer.kind == "points",
                Transfer.user_id.in_(user_ids),
                Transfer.reverses_id.is_(None),
                back.id.is_(None),
            )
            .order_by(Transfer.at, Transfer.id)
        )
        found: dict[int, list[tuple[dt.date, int, int]]] = defaultdict(list)
        for user_id, moment, points, sig_id in db.session.execute(query):
            found[user_id].append((self._day(moment), int(points), sig_id))
        return found

    def _comments(self, user_ids: Any) -> dict[int, list[dt.date]]:
        """The days on which others commented on the person's progress."""
        return self._days(
            select(Claim.user_id, ProgressNote.commented_at)
            .join(ProgressNote, ProgressNote.claim_id == Claim.id)
            .where(
                Claim.programme_id == self.programme.id, Claim.user_id.in_(user_ids), ProgressNote.mentor_comment != "",
                ProgressNote.commented_by_id != Claim.user_id,
            )
        )  # fmt: skip

    def _reports(self, user_ids: Any) -> dict[int, tuple[dt.date, bool]]:
        """On which day a report was accepted, and whether in words, which are a mentor's comment too."""
        query = (
            select(InternshipReport.user_id, Assessment.assessed_at, _in_words())
            .join(
                ReportVersion,
                and_(ReportVersion.report_id == InternshipReport.id, ReportVersion.number == InternshipReport.newest),
            )
            .join(Assessment, Assessment.version_id == ReportVersion.id)
            .where(
                InternshipReport.programme_id == self.programme.id, InternshipReport.user_id.in_(user_ids),
                InternshipReport.state == ACCEPTED,
            )
        )  # fmt: skip
        return {user_id: (self._day(at), bool(words)) for user_id, at, words in db.session.execute(query)}


def _in_words() -> ColumnElement[bool]:
    # Words that an erased account took along were there.
    return or_(Assessment.text != "", Assessment.erased_at.is_not(None))
