"""What every step of a claim begins and ends with: locks, the new state, the verdict, the task's figures, the free seat."""

from __future__ import annotations

from tracker import clock
from tracker.accounts.models import User
from tracker.claims.eligibility import waiting_ids
from tracker.claims.models import Claim
from tracker.claims.queries import get_claim
from tracker.claims.seats import fill_seats
from tracker.claims.workflow import CLAIM
from tracker.db import db, follow_up, lock
from tracker.permissions import Actor
from tracker.tasks.models import Task
from tracker.tasks.summary import refresh


def hold(claim_id: int) -> Claim:
    """Lock the claimant, then the task, and read the claim anew. Raises Missing."""
    claim = get_claim(claim_id)
    lock(User, claim.user_id)
    lock(Task, claim.task_id)
    return lock(Claim, claim_id)


def take_step(actor: Actor, claim: Claim, action: str) -> tuple[Claim, str]:
    """The claim, held, after the step; and the state it was in. Raises Refused and Forbidden."""
    claim = hold(claim.id)
    before = claim.state
    CLAIM.advance(actor, claim, action)
    claim.state_since = clock.now()
    claim.answer_by = None
    return claim, before


def end(actor: Actor, claim: Claim, reason: str) -> None:
    """Keep when, by whom and why the claim ended."""
    claim.decided_at = clock.now()
    claim.decided_by_id = actor.id
    claim.reason = reason


def fill_afterwards(task_id: int) -> None:
    """Give a free seat to the waitlist, where there is one, in a transaction of its own right after this one."""
    if waiting_ids(task_id):
        follow_up(lambda: fill_seats(task_id))


def summarise(task: Task) -> None:
    """Write the figures that boards show of a task anew."""
    db.session.flush()
    refresh(task)
