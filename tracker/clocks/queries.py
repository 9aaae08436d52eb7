"""What is asked about clocks: how those of claims stand, what is due, and what was passed on."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from tracker import clock as time
from tracker.accounts.models import User
from tracker.claims.eligibility import gather
from tracker.claims.models import LIVE, UNANSWERED, Claim
from tracker.clocks import rules
from tracker.db import db
from tracker.errors import Missing
from tracker.handovers.models import HandOver
from tracker.meetings.models import ProgressNote
from tracker.permissions import Actor, maintained_sigs
from tracker.programmes.models import Programme, Rules
from tracker.sigs.queries import maintainer_ids
from tracker.tasks.models import Task, TaskMentor
from tracker.text import Text

#: Rows shown on the dashboard.
SHOWN = 50


# -- clocks ---------------------------------------------------------------------------------------

_newest_note = (
    select(func.max(ProgressNote.written_at))
    .where(ProgressNote.claim_id == Claim.id)
    .correlate(Claim)
    .scalar_subquery()
)
_held_up = exists().where(HandOver.claim_id == Claim.id, HandOver.state == "accepted").correlate(Claim)
_went_on_at = (
    select(func.max(HandOver.decided_at))
    # Only a maintainer's answer ends a wait: two people can't keep a claim alive by accepting and taking back.
    .where(HandOver.claim_id == Claim.id, HandOver.state == "refused")
    .correlate(Claim)
    .scalar_subquery()
)


def _clocks() -> Any:
    """Claims with everything that their clock is read from."""
    return (
        select(
            Claim.id, Claim.state, Claim.state_since, Claim.warned_at, Claim.snoozed_until, Claim.answer_by,
            Claim.escalated_at, Claim.terms, Claim.decided_at, Task.reference, Task.accept_by, User.handle,
            Programme.time_zone, Rules.lapse_after_days, Rules.warn_before_lapse_days, Rules.snooze_days, Rules.undo_days,
            _newest_note.label("newest_note_at"), _held_up.label("held_up"), _went_on_at.label("went_on_at"),
        )
        .select_from(Claim)
        .join(Task, Task.id == Claim.task_id)
        .join(User, User.id == Claim.user_id)
        .join(Rules, Rules.id == Claim.rules_id)
        .join(Programme, Programme.id == Claim.programme_id)
    )  # fmt: skip


def facts(row: Row[Any]) -> rules.Facts:
    """What the clock of a row of ``_clocks`` is read from."""
    return rules.Facts(
        state=row.state, state_since=row.state_since, newest_note_at=row.newest_note_at, warned_at=row.warned_at,
        snoozed_until=row.snoozed_until, held_up=bool(row.held_up), went_on_at=row.went_on_at, zone=row.time_zone,
        lapse_after_days=row.lapse_after_days, warn_before_lapse_days=row.warn_before_lapse_days,
        snooze_days=row.snooze_days,
    )  # fmt: skip


def wait(row: Row[Any]) -> rules.Wait:
    """How a row of ``_clocks`` waits for an answer. Of the days of acceptance in its terms and on the task the later one
    holds: a task's day may have been moved either way since."""
    kept = row.terms.get("accept_by")
    days = [day for day in (row.accept_by, dt.date.fromisoformat(kept) if kept else None) if day]
    return rules.Wait(
        state=row.state, state_since=row.state_since, answer_by=row.answer_by, escalated_at=row.escalated_at,
        accept_by=max(days, default=None), zone=row.time_zone,
    )  # fmt: skip


def row_of(claim_id: int) -> Row[Any]:
    """The row of one claim, read now. Raises Missing."""
    if (row := db.session.execute(_clocks().where(Claim.id == claim_id)).one_or_none()) is None:
        raise Missing(f"claim {claim_id}")
    return row


def clocks_of(claim_ids: Sequence[int]) -> dict[int, rules.Clock]:
    """Claim id → its clock, in one statement however many there are."""
    if not claim_ids:
        return {}
    now = time.now()
    rows = db.session.execute(_clocks().where(Claim.id.in_(list(claim_ids))))
    return {row.id: rules.clock(facts(row), now) for row in rows}


def ticking() -> list[Row[Any]]:
    """The claims that are their holders' to move, oldest first."""
    return list(db.session.execute(_clocks().where(Claim.state.in_(rules.TICKING)).order_by(Claim.id)))


def unanswered(now: dt.datetime) -> list[Row[Any]]:
    """The claims whose answer is late, oldest first."""
    query = _clocks().where(Claim.state.in_(UNANSWERED), Claim.answer_by < now).order_by(Claim.answer_by, Claim.id)
    return list(db.session.execute(query))


# -- undoing a lapse ------------------------------------------------------------------------------


def undo_until(claim: Claim) -> dt.datetime | None:
    """The first moment at which its lapse can't be undone any more; None for a claim that didn't lapse."""
    if claim.state != "lapsed" or claim.decided_at is None:
        return None
    return rules.undo_until(claim.decided_at, claim.rules.undo_days, claim.task.cycle.programme.time_zone)


def why_not_undone(claim: Claim) -> Text | None:
    """Why its lapse can't be undone now; None when it can. Raises Refused when the programme has no rules today."""
    known = gather(claim.user, claim.task)
    facts = rules.Lapsed(
        lapsed_at=claim.decided_at or claim.state_since, undo_days=claim.rules.undo_days,
        zone=claim.task.cycle.programme.time_zone, published=known.published,
        cycle_open=known.cycle_open or known.cycle_planned,
        seats_free=known.seats_free, held=[held.reference for held in known.held],
        limit=claim.rules.live_claims_per_person, is_mentor=known.is_mentor,
    )  # fmt: skip
    return rules.why_not_undone(facts, time.now())


# -- who is asked when an answer is late -----------------------------------------------------------


def second_person(claim: Claim, also: Mapping[int, int] = MappingProxyType({})) -> int | None:
    """Who is asked to answer in place of those who didn't; see ``rules.second_person``. None: there is nobody.

    ``also``: how many they are about to be asked for besides, by user id.
    """
    out = {claim.user_id, *claim.live_claimant_ids}
    maintainers = [person for person in maintainer_ids(claim.sig_id) if person not in out]
    query = select(User.id).where(User.is_admin, User.suspended_at.is_(None)).order_by(User.id)
    admins = [person for person in db.session.scalars(query) if person not in out]
    asked = Counter(_asked([*maintainers, *admins])) + Counter(also)
    return rules.second_person(
        [rules.Candidate(person, asked[person], person in claim.mentor_ids) for person in maintainers],
        [rules.Candidate(person, asked[person]) for person in admins],
    )


_PASSED_ON = and_(Claim.state.in_(UNANSWERED), Claim.escalated_at >= Claim.state_since)


def _asked(people: Sequence[int]) -> dict[int, int]:
    """User id → how many late answers were passed on to them and still wait."""
    query = (
        select(Claim.escalated_to_id, func.count())
        .where(_PASSED_ON, Claim.escalated_to_id.in_(list(people)))
        .group_by(Claim.escalated_to_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query) if row[0] is not None}


@dataclass(frozen=True, slots=True)
class Escalated:
    """A claim whose answer is late and was passed on. ``to`` names who was asked, ``mine`` says that it is the reader."""

    claim_id: int
    state: str
    reference: str
    title: str
    who: str
    since: dt.datetime
    due: dt.datetime | None
    escalated_at: dt.datetime | None
    to: str
    mine: bool

    @property
    def path(self) -> str:
        return f"/claims/{self.claim_id}/"


def escalated_for(who: Actor) -> list[Escalated]:
    """The red list of ``who``: late answers that they were asked for, or of SIGs they maintain and tasks they mentor; what
    they were asked for first, then the longest wait. One statement."""
    if who.id is None:
        return []
    holder, asked = aliased(User), aliased(User)
    mentored = exists().where(TaskMentor.task_id == Task.id, TaskMentor.user_id == who.id)
    involved = select(Claim.task_id).where(Claim.user_id == who.id, Claim.state.in_(LIVE))
    mine = func.coalesce(Claim.escalated_to_id == who.id, False)
    query = (
        select(
            Claim.id, Claim.state, Task.reference, Task.title, holder.display_name, Claim.state_since, Claim.answer_by,
            Claim.escalated_at, func.coalesce(asked.display_name, "").label("to"), mine.label("mine"),
        )
        .select_from(Claim)
        .join(Task, Task.id == Claim.task_id)
        .join(holder, holder.id == Claim.user_id)
        .outerjoin(asked, asked.id == Claim.escalated_to_id)
        .where(_PASSED_ON, Task.id.not_in(involved))
        .where(or_(Claim.escalated_to_id == who.id, Task.sig_id.in_(sorted(maintained_sigs(who))), mentored))
        .order_by(mine.desc(), Claim.state_since, Claim.id)
        .limit(SHOWN)
    )  # fmt: skip
    return [
        Escalated(
            claim_id=row.id, state=row.state, reference=row.reference, title=row.title, who=row.display_name,
            since=row.state_since, due=row.answer_by, escalated_at=row.escalated_at, to=row.to, mine=bool(row.mine),
        )
        for row in db.session.execute(query)
    ]  # fmt: skip
