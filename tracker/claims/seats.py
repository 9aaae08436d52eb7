"""Seats: numbering them, and giving one that came free to the first of the waitlist."""

from __future__ import annotations

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.calendars.queries import calendar
from tracker.claims import rules
from tracker.claims.eligibility import for_waiting, rules_today, waiting_ids
from tracker.claims.models import Claim
from tracker.claims.queries import get_claim
from tracker.claims.workflow import CLAIM
from tracker.db import db, follow_up, lock
from tracker.errors import Refused
from tracker.events import Event, record
from tracker.permissions import SYSTEM
from tracker.tasks.models import Task
from tracker.tasks.summary import refresh
from tracker.text import _l
from tracker.working_days import add_working_days


def number(claim: Claim) -> None:
    """Give the claim the lowest free seat of its task and the lowest free place below its person's limit.

    Person and task must be held. The database refuses a number that is taken or above the bound, whatever else fails.
    """
    with db.session.no_autoflush:
        seats = db.session.scalars(
            select(Claim.seat_no).where(Claim.task_id == claim.task_id, Claim.seat_no.is_not(None))
        )
        claim.seat_no = rules.lowest_free([n for n in seats if n], claim.task.seats)
        holds = db.session.scalars(
            select(Claim.hold_no).where(
                Claim.user_id == claim.user_id, Claim.programme_id == claim.programme_id, Claim.hold_no.is_not(None)
            )
        )
        claim.hold_no = rules.lowest_free([n for n in holds if n], claim.rules.live_claims_per_person)
    if claim.seat_no is None or claim.hold_no is None:
        raise Refused(_l("Somebody was quicker: all seats of this task are taken. You can join the waitlist."))


def fill_seats(task_id: int) -> Claim | None:
    """Give a free seat of the task to the first of the waitlist who passes every guard now.

    Runs in a transaction of its own, after the step that freed the seat. Who is passed over is told why, once per
    reason. Where more seats are free and more people wait, another transaction follows. Returns who moved up, or None.
    """
    passed_over: list[tuple[Claim, rules.Condition]] = []
    chosen = None
    for claim_id in waiting_ids(task_id):
        claim = get_claim(claim_id)
        unmet = rules.failed(for_waiting(claim))
        if not unmet:
            chosen = claim
            break
        if any(condition.code in ("seat", "published", "window") for condition in unmet):
            return None
        passed_over.append((claim, unmet[0]))
    for claim, condition in passed_over:
        _tell_skipped(claim, condition)
    return _promote(chosen) if chosen is not None else None


def _promote(claim: Claim) -> Claim | None:
    person_id, task_id = claim.user_id, claim.task_id
    person, task = lock(User, person_id), lock(Task, task_id)
    claim = lock(Claim, claim.id)
    if claim.state != "waiting" or rules.failed(for_waiting(claim)):
        follow_up(lambda: fill_seats(task_id))  # something changed before the locks were held: look again
        return None
    row = rules_today(task.cycle.programme)
    claim.rules, claim.rules_id = row, row.id
    number(claim)
    CLAIM.advance(SYSTEM, claim, "promote")
    now = clock.now()
    claim.state_since = claim.applied_at = now
    claim.answer_by = add_working_days(now, row.answer_within_working_days, task.cycle.programme.time_zone, calendar())
    db.session.flush()
    refresh(task)
    record(SYSTEM, "claim.promoted", claim, before="waiting", after="applied", holder_id=person.id)
    if waiting_ids(task_id) and task.seats_held < task.seats:
        follow_up(lambda: fill_seats(task_id))
    return claim


def _tell_skipped(claim: Claim, condition: rules.Condition) -> None:
    last = db.session.scalar(
        select(Event)
        .where(Event.subject_type == "claim", Event.subject_id == claim.id, Event.name == "claim.skipped")
        .order_by(Event.id.desc())
        .limit(1)
    )
    if last is None or last.facts.get("reason_code") != condition.code:
        record(SYSTEM, "claim.skipped", claim, reason_code=condition.code)
