"""Succession: a claim ends and another person's begins in its seat, under its terms and due date.

Who offers, accepts and confirms is asked in ``tracker.handovers``; here is who may follow, and what then happens to the
two claims. Giving a task on is no strike, and ``handed_over`` isn't among ``rules.SPENT``: the giver may claim the task
again one day.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from tracker import clock
from tracker.accounts.models import User
from tracker.claims import rules
from tracker.claims.eligibility import gather, rules_today
from tracker.claims.models import Claim
from tracker.claims.queries import get_claim
from tracker.claims.seats import number
from tracker.claims.steps import end, summarise
from tracker.claims.workflow import CLAIM
from tracker.db import db, lock
from tracker.events import record
from tracker.permissions import Actor
from tracker.programmes.queries import has_signed
from tracker.tasks.models import Task


def hold_with(claim_id: int, user_id: int) -> Claim:
    """Lock the claimant and the person who follows, the lower id first, then the task, and read the claim anew.

    Raises Missing.
    """
    claim = get_claim(claim_id)
    for person_id in sorted({claim.user_id, user_id}):
        lock(User, person_id)
    lock(Task, claim.task_id)
    return lock(Claim, claim_id)


def pays_wage(claim: Claim) -> bool:
    """As the terms say, which the person who follows takes over."""
    return bool(claim.terms.get("pays_wage", claim.task.pays_wage))


def conditions(person: User, claim: Claim, *, agree: bool = False) -> list[rules.Condition]:
    """Every guard of applying for who takes ``claim`` over, met or not: all but the seat, which passes on.

    The agreement is asked for where the claim's terms pay a wage; ``agree``: it is being signed. Raises Refused when the
    programme has no rules today. Source: domain.md, section 4, row "hand over".
    """
    programme = claim.task.cycle.programme
    wage = pays_wage(claim)
    facts = replace(
        gather(person, claim.task, ahead=True),
        agreement_on=programme.agreement_on if wage else None,
        agreed=agree or not wage or has_signed(person.id, programme),
    )
    return [condition for condition in rules.conditions(facts) if condition.code != "seat"]


def unmet(person: User, claim: Claim, *, agree: bool = False) -> list[rules.Condition]:
    """Those of ``conditions`` that stand against it."""
    return [condition for condition in conditions(person, claim, agree=agree) if not condition.met]


def pass_on(actor: Actor, claim: Claim, person: User, *, plan: str, asked_at: dt.datetime) -> Claim:
    """End ``claim`` as handed over and begin the one of ``person`` in its seat; both are noted. Returns the new one.

    Terms, due date and an accepted design go on, the clock starts now; limits are those of today's rules. The caller holds
    everything (``hold_with``), has asked ``unmet``, and says when the person asked for it. Raises Refused.
    """
    seat, before = claim.seat_no, claim.state
    CLAIM.advance(actor, claim, "hand_over")
    claim.state_since = clock.now()
    claim.answer_by = None
    end(actor, claim, "")
    db.session.flush()  # the seat is free before the other takes it
    follower = _follower(actor, claim, person, plan, asked_at)
    number(follower)
    follower.seat_no = seat
    db.session.add(follower)
    db.session.flush()
    CLAIM.advance(actor, follower, "take_over")
    summarise(claim.task)
    record(
        actor,
        "claim.handed_over",
        claim,
        before=before,
        after=claim.state,
        holder_id=claim.user_id,
        person_id=person.id,
    )
    record(
        actor, "claim.taken_over", follower, before="applied", after=follower.state, holder_id=person.id,
        person_id=claim.user_id,
    )  # fmt: skip
    return follower


def _follower(actor: Actor, claim: Claim, person: User, plan: str, asked_at: dt.datetime) -> Claim:
    now, row = clock.now(), rules_today(claim.task.cycle.programme)
    return Claim(
        task=claim.task, user=person, rules=row, rules_id=row.id, task_id=claim.task_id, user_id=person.id,
        programme_id=claim.programme_id, state="applied", plan=plan, terms=dict(claim.terms), created_at=now,
        state_since=now, applied_at=asked_at, approved_at=now, approved_by_id=actor.id, due_on=claim.due_on,
        design_accepted_at=claim.design_accepted_at, from_claim_id=claim.id,
    )  # fmt: skip
