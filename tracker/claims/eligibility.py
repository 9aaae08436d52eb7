"""The facts that the guards of applying look at, read for a person and a task."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from tracker import clock
from tracker.accounts.models import User
from tracker.calendars.queries import calendar
from tracker.claims import rules
from tracker.claims.models import HOLDING, SEATED, Claim
from tracker.cycles.models import OPEN, PLANNING
from tracker.db import db
from tracker.errors import Refused
from tracker.permissions import Actor
from tracker.programmes.models import Programme, Rules
from tracker.programmes.queries import has_signed, rules_on
from tracker.tasks.models import PUBLISHED, Task
from tracker.text import Text
from tracker.working_days import add_working_days


def waiting_ids(task_id: int) -> list[int]:
    """Ids of the claims that wait for a seat of the task, first in line first."""
    query = select(Claim.id).where(Claim.task_id == task_id, Claim.state == "waiting").order_by(Claim.id)
    return list(db.session.scalars(query))


def place_in_queue(claim: Claim) -> int:
    """Its place on the waitlist, 1 is first; 0 while it doesn't wait."""
    if claim.state != "waiting":
        return 0
    before = select(func.count()).select_from(Claim).where(
        Claim.task_id == claim.task_id, Claim.state == "waiting", Claim.id <= claim.id
    )  # fmt: skip
    return db.session.scalar(before) or 0


def rules_today(programme: Programme) -> Rules:
    """The programme's rules in force today, in its own zone. Raises Refused when none are."""
    return rules_on(programme.id, clock.today(programme.time_zone))


def numbers_of(row: Rules) -> rules.Numbers:
    """The numbers about claiming of a set of rules."""
    return rules.Numbers(
        limit=row.live_claims_per_person, strike_limit=row.strike_limit, strike_window_days=row.strike_window_days,
        cooldown_days=row.cooldown_days,
    )  # fmt: skip


def strikes_of(user_id: int, programme: Programme) -> list[rules.Strike]:
    """Every task of the programme that the person released or let lapse, newest first; days in its zone."""
    query = (
        select(Claim.id, Task.reference, Claim.state, Claim.decided_at)
        .join(Claim.task)
        .where(Claim.user_id == user_id, Claim.programme_id == programme.id, Claim.state.in_(("released", "lapsed")))
        .order_by(Claim.decided_at.desc(), Claim.id.desc())
    )
    zone = ZoneInfo(programme.time_zone)
    return [
        rules.Strike(claim_id, reference, state, at.astimezone(zone).date())
        for claim_id, reference, state, at in db.session.execute(query)
        if at is not None
    ]


def gather(person: User, task: Task, *, agree: bool = False, ahead: bool = False) -> rules.Facts:
    """The facts for ``person`` and ``task`` now. ``agree``: the agreement is being signed with the claim.
    ``ahead``: the person is asked from the waitlist, so nobody waits before them.

    Raises Refused when the programme has no rules today.
    """
    programme = task.cycle.programme
    zone = ZoneInfo(programme.time_zone)
    numbers = numbers_of(rules_today(programme))
    waiting = waiting_ids(task.id)
    holders = _holders(task, zone)
    free = task.seats - len(holders)
    promised = 0 if ahead or free <= 0 else _promised(waiting, free, person)
    return rules.Facts(
        today=clock.today(programme.time_zone),
        numbers=numbers,
        email_verified=person.email_verified_at is not None,
        profile_gaps=person.profile_gaps,
        published=task.state == PUBLISHED,
        cycle_open=task.cycle.state == OPEN,
        cycle_planned=task.cycle.state == PLANNING,
        claims_until=task.cycle.claims_until,
        seats=task.seats,
        holders=holders,
        seats_promised=promised,
        waiting=len(waiting),
        held=_held(person, programme),
        is_mentor=person.id in task.mentor_ids,
        earlier=_earlier(person, task, zone),
        strikes=strikes_of(person.id, programme),
        agreement_on=programme.agreement_on if task.pays_wage else None,
        agreed=agree or not task.pays_wage or has_signed(person.id, programme),
    )


def for_waiting(claim: Claim) -> rules.Facts:
    """The facts for the person of a waiting claim, as if they applied now; that claim itself aside."""
    facts = gather(claim.user, claim.task, ahead=True)
    return replace(facts, earlier=[e for e in facts.earlier if e.claim_id != claim.id])


def _promised(waiting: list[int], free: int, person: User) -> int:
    """How many of the free seats go to people who wait already and pass every guard."""
    promised = 0
    for claim_id in waiting:
        claim = db.session.get_one(Claim, claim_id)
        if claim.user_id != person.id and not rules.failed(for_waiting(claim)):
            promised += 1
        if promised == free:
            break
    return promised


def _holders(task: Task, zone: ZoneInfo) -> list[rules.Holder]:
    query = (
        select(User.display_name, Claim.approved_at, Claim.applied_at, Claim.created_at)
        .join(Claim, Claim.user_id == User.id)
        .where(Claim.task_id == task.id, Claim.state.in_(SEATED))
        .order_by(Claim.seat_no)
    )
    return [
        rules.Holder(name, (approved or applied or created).astimezone(zone).date())
        for name, approved, applied, created in db.session.execute(query)
    ]


def _held(person: User, programme: Programme) -> list[rules.Held]:
    query = (
        select(Claim.id, Task.reference)
        .join(Claim.task)
        .where(Claim.user_id == person.id, Claim.programme_id == programme.id, Claim.state.in_(HOLDING))
        .order_by(Claim.id)
    )
    return [rules.Held(claim_id, reference) for claim_id, reference in db.session.execute(query)]


def _earlier(person: User, task: Task, zone: ZoneInfo) -> list[rules.Earlier]:
    query = (
        select(Claim.id, Claim.state, Claim.decided_at, Claim.created_at)
        .where(Claim.user_id == person.id, Claim.task_id == task.id)
        .order_by(Claim.id)
    )
    return [
        rules.Earlier(claim_id, state, (decided or created).astimezone(zone).date())
        for claim_id, state, decided, created in db.session.execute(query)
    ]


# -- for pages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a reader can do about claiming a task: for the task page and the claim form.

    ``conditions`` in the order to mend them; ``failed`` those that stand against applying. ``place``: the place on the
    waitlist that joining would give. ``mine``: the reader's claim that stands, if any. ``answer_by``: when an
    application sent now has to be answered.
    """

    signed_in: bool
    conditions: list[rules.Condition]
    failed: list[rules.Condition]
    can_apply: bool
    can_wait: bool
    needs_agreement: bool
    agreement_on: dt.date | None
    seats: int
    seats_free: int
    holders: list[rules.Holder]
    waiting: int
    place: int
    claims_until: dt.date
    days_left: int
    mine: Claim | None
    my_place: int
    numbers: rules.Numbers | None
    answer_by: dt.datetime | None
    report_every_days: int | None

    @property
    def reason(self) -> Text:
        """Why it can't be claimed: the first guard that isn't met."""
        return self.failed[0].text if self.failed else ""

    @property
    def links(self) -> tuple[rules.Link, ...]:
        """Where to go on from ``reason``."""
        return self.failed[0].links if self.failed else ()


def claim_options(actor: Actor, task: Task) -> Options:
    """What ``actor`` can do about claiming ``task`` now."""
    programme = task.cycle.programme
    today = clock.today(programme.time_zone)
    try:
        row: Rules | None = rules_today(programme)
    except Refused:
        row = None
    facts = gather(actor, task) if row is not None and isinstance(actor, User) else None
    conditions = rules.conditions(facts) if facts else []
    # Ticking the box on the form is how the agreement is met, so it doesn't close the form.
    failed = [c for c in conditions if not c.met and c.code != "agreement"]
    seats_only = all(c.code in rules.NOT_FOR_WAITING for c in failed)
    holders = list(facts.holders) if facts else _holders(task, ZoneInfo(programme.time_zone))
    waiting = facts.waiting if facts else task.waiting_count
    free = facts.seats_free if facts else max(task.seats - len(holders), 0)
    mine = next((e for e in facts.earlier if e.state in rules.STANDING), None) if facts else None
    claim = db.session.get_one(Claim, mine.claim_id) if mine else None
    return Options(
        signed_in=actor.id is not None,
        conditions=conditions,
        failed=failed,
        can_apply=facts is not None and not failed,
        can_wait=facts is not None and bool(failed) and seats_only and not free,
        needs_agreement=any(c.code == "agreement" and not c.met for c in conditions),
        agreement_on=programme.agreement_on,
        seats=task.seats,
        seats_free=free,
        holders=holders,
        waiting=waiting,
        place=waiting + 1,
        claims_until=task.cycle.claims_until,
        days_left=(task.cycle.claims_until - today).days,
        mine=claim,
        my_place=place_in_queue(claim) if claim else 0,
        numbers=numbers_of(row) if row else None,
        answer_by=(
            add_working_days(clock.now(), row.answer_within_working_days, programme.time_zone, calendar())
            if row
            else None
        ),
        report_every_days=row.lapse_after_days if row else None,
    )
