"""What is done about claims: applying, answering, working, ending. Each step is one event of the diary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.calendars.queries import calendar
from tracker.claims import rules
from tracker.claims.eligibility import gather, rules_today
from tracker.claims.models import SEATED, Claim, DesignDocument, Submission
from tracker.claims.queries import live_claims_of_cycle, live_claims_of_task
from tracker.claims.reviews import note_review
from tracker.claims.seats import fill_seats, number
from tracker.claims.steps import end, fill_afterwards, hold, summarise, take_step
from tracker.claims.workflow import CLAIM
from tracker.cycles.models import Cycle
from tracker.cycles.workflow import CYCLE
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.programmes.service import sign_agreement
from tracker.tasks.models import PUBLISHED, Task
from tracker.tasks.workflow import TASK
from tracker.text import _l
from tracker.working_days import add_working_days


def _lock_for(actor: Actor, task: Task) -> tuple[User, Task]:
    """The person, then the task, both held. Raises Forbidden for who may not claim."""
    if actor.id is None or not allowed(actor, P.CLAIM_MAKE, task):
        raise Forbidden(P.CLAIM_MAKE)
    return lock(User, actor.id), lock(Task, task.id)


# -- applying -------------------------------------------------------------------------------------


def apply(
    actor: Actor,
    task: Task,
    *,
    plan: str,
    experience: str = "",
    hours_per_week: int | None = None,
    promised_on: dt.date | None = None,
    agree: bool = False,
) -> Claim:
    """Apply for a task: takes a seat at once, first come, first served, until a mentor or maintainer answers.

    ``agree`` signs the programme's agreement where the task pays a wage. Raises Refused with the first guard of
    ``rules.conditions`` that isn't met, or at a field.
    """
    person, task = _lock_for(actor, task)
    facts = gather(person, task, agree=agree)
    rules.check_apply(facts)
    claim = _claim(person, task, "applied", plan, experience, hours_per_week, promised_on, facts)
    claim.applied_at = claim.created_at
    claim.answer_by = _answer_by(task, claim.rules.answer_within_working_days)
    number(claim)
    _sign(actor, task, agree)
    db.session.add(claim)
    summarise(task)
    record(actor, "claim.applied", claim, after="applied", holder_id=person.id)
    return claim


def join_waitlist(
    actor: Actor,
    task: Task,
    *,
    plan: str,
    experience: str = "",
    hours_per_week: int | None = None,
    promised_on: dt.date | None = None,
    agree: bool = False,
) -> Claim:
    """Wait for a seat, last in line. The guards of ``apply`` but for seat and limit; refused while a seat is free."""
    person, task = _lock_for(actor, task)
    facts = gather(person, task, agree=agree)
    rules.check_waitlist(facts)
    claim = _claim(person, task, "waiting", plan, experience, hours_per_week, promised_on, facts)
    _sign(actor, task, agree)
    db.session.add(claim)
    summarise(task)
    record(actor, "claim.waitlisted", claim, after="waiting", place=facts.waiting + 1)
    return claim


def _claim(
    person: User, task: Task, state: str, plan: str, experience: str, hours: int | None, promised_on: dt.date | None,
    facts: rules.Facts,
) -> Claim:  # fmt: skip
    if not plan.strip():
        raise Refused(_l("Say in a few sentences how you will go about it."), field="plan")
    rules.check_promise(promised_on, facts.today, task.expected_on)
    now = clock.now()
    row = rules_today(task.cycle.programme)
    return Claim(
        task=task, user=person, rules=row, rules_id=row.id, task_id=task.id, user_id=person.id,
        programme_id=task.cycle.programme_id, state=state, plan=plan, experience=experience, hours_per_week=hours,
        promised_on=promised_on, created_at=now, state_since=now, terms={},
    )  # fmt: skip


def _sign(actor: Actor, task: Task, agree: bool) -> None:
    programme = task.cycle.programme
    if agree and task.pays_wage and programme.agreement_on is not None:
        sign_agreement(actor, programme)


def _answer_by(task: Task, working_days: int) -> dt.datetime:
    return add_working_days(clock.now(), working_days, task.cycle.programme.time_zone, calendar())


# -- steps ----------------------------------------------------------------------------------------


def _done(actor: Actor, claim: Claim, name: str, before: str, **facts: Any) -> Claim:
    """Sum up, fill a seat that came free, note the event."""
    summarise(claim.task)
    record(actor, name, claim, before=before, after=claim.state, holder_id=claim.user_id, **facts)
    if before in SEATED and claim.state not in SEATED:
        fill_afterwards(claim.task_id)
    return claim


def approve(actor: Actor, claim: Claim) -> Claim:
    """Say yes to an application: the terms are kept, the clock starts, the day it is due is set."""
    claim, before = take_step(actor, claim, "approve")
    claim.approved_at = clock.now()
    claim.approved_by_id = actor.id
    claim.terms = claim.task.terms
    claim.due_on = claim.promised_on or claim.task.expected_on
    return _done(actor, claim, "claim.approved", before, due_on=claim.due_on and claim.due_on.isoformat())


def reject(actor: Actor, claim: Claim, *, reason: str) -> Claim:
    """Decline an application; the seat is free again."""
    reason = rules.check_reason(reason)
    claim, before = take_step(actor, claim, "reject")
    end(actor, claim, reason)
    return _done(actor, claim, "claim.rejected", before, reason=reason)


def withdraw(actor: Actor, claim: Claim, *, reason: str = "") -> Claim:
    """Take back an application or leave the waitlist; not a strike."""
    claim, before = take_step(actor, claim, "withdraw")
    end(actor, claim, reason)
    return _done(actor, claim, "claim.withdrawn", before, reason=reason)


def release(actor: Actor, claim: Claim, *, reason: str = "") -> Claim:
    """Give an approved task back: one strike."""
    claim, before = take_step(actor, claim, "release")
    end(actor, claim, reason)
    return _done(actor, claim, "claim.released", before, reason=reason)


def fail(actor: Actor, claim: Claim, *, reason: str) -> Claim:
    """End a claim because the work doesn't do; the person can't claim the task again."""
    reason = rules.check_reason(reason)
    claim, before = take_step(actor, claim, "fail")
    end(actor, claim, reason)
    if before == "submitted":
        note_review(actor, claim, "fail", reason)
    return _done(actor, claim, "claim.failed", before, reason=reason)


def send_design(actor: Actor, claim: Claim, *, link: str, summary: str = "") -> Claim:
    """Send the design document of a task that needs one; the clock pauses until it is answered."""
    claim = hold(claim.id)
    CLAIM.check(actor, claim, "send_design")
    if not claim.needs_design:
        raise Refused(_l("This task needs no design document. Hand in the work when it is done."))
    if claim.design_accepted_at is not None:
        raise Refused(_l("The design document is accepted. Go on with the work and hand it in."))
    claim, before = take_step(actor, claim, "send_design")
    claim.answer_by = _answer_by(claim.task, claim.rules.review_within_working_days)
    claim.designs.append(DesignDocument(link=link, summary=summary, sent_at=clock.now()))
    return _done(actor, claim, "claim.design_sent", before, link=link)


def answer_design(actor: Actor, claim: Claim, *, accepted: bool, comment: str = "") -> Claim:
    """Accept or return the design document; returning it needs a comment."""
    if not accepted:
        comment = rules.check_reason(comment, "comment")
    claim, before = take_step(actor, claim, "accept_design" if accepted else "return_design")
    now = clock.now()
    document = claim.designs[-1]
    document.accepted, document.comment = accepted, comment
    document.decided_at, document.decided_by_id = now, actor.id
    claim.design_accepted_at = now if accepted else None
    name = "claim.design_accepted" if accepted else "claim.design_returned"
    return _done(actor, claim, name, before, reason=comment)


def submit(actor: Actor, claim: Claim, *, summary: str, links: Sequence[str]) -> Claim:
    """Hand in: a short report in Markdown and at least one link. The review has a day to be done by."""
    claim = hold(claim.id)
    CLAIM.check(actor, claim, "submit")
    rules.check_hand_in(
        summary, links, needs_design=claim.needs_design, design_accepted=claim.design_accepted_at is not None
    )
    claim, before = take_step(actor, claim, "submit")
    claim.submitted_at = clock.now()
    claim.answer_by = _answer_by(claim.task, claim.rules.review_within_working_days)
    claim.submissions.append(Submission(summary=summary, links=list(links), submitted_at=claim.submitted_at))
    return _done(actor, claim, "claim.submitted", before, links=list(links))


def request_changes(actor: Actor, claim: Claim, *, comment: str) -> Claim:
    """Return a hand-in with what is missing."""
    comment = rules.check_reason(comment, "comment")
    claim, before = take_step(actor, claim, "request_changes")
    note_review(actor, claim, "changes", comment)
    return _done(actor, claim, "claim.changes_requested", before, reason=comment)


# -- closing --------------------------------------------------------------------------------------


def _lock_claimants(claims: Sequence[Claim]) -> None:
    for user_id in sorted({claim.user_id for claim in claims}):
        lock(User, user_id)


def _close(actor: Actor, claim: Claim, reason: str) -> None:
    before = claim.state
    CLAIM.advance(actor, claim, "close")
    claim.state_since = clock.now()
    claim.answer_by = None
    end(actor, claim, reason)
    record(actor, "claim.closed", claim, before=before, after="closed", holder_id=claim.user_id, reason=reason)


def withdraw_task(actor: Actor, task: Task, *, reason: str) -> Task:
    """Take a task back. Its live claims are closed without a strike; holders, waitlist and mentors are told why."""
    reason = rules.check_reason(reason)
    _lock_claimants(live_claims_of_task(task.id))
    task = lock(Task, task.id)
    TASK.check(actor, task, "withdraw")
    claims = live_claims_of_task(task.id)
    for claim in claims:
        _close(actor, claim, reason)
    TASK.advance(actor, task, "withdraw")
    task.reason, task.ended_at = reason, clock.now()
    task.version += 1
    summarise(task)
    record(actor, "task.withdrawn", task, reason=reason, claims=len(claims))
    return task


def close_cycle(actor: Actor, cycle: Cycle, *, reason: str) -> Cycle:
    """Close a quarter and the claims that still run in it, without a strike.

    Refused while a hand-in or a design document of it waits for an answer: the developer mustn't pay for that.
    """
    reason = rules.check_reason(reason)
    # The cycle first of all: nothing is published in it from here on. Nobody who holds a person or a task waits for it.
    cycle = lock(Cycle, cycle.id)
    CYCLE.check(actor, cycle, "close")
    _lock_claimants(live_claims_of_cycle(cycle.id))
    # Every task, not only the claimed ones: nobody may apply for one between here and the commit.
    for task_id in db.session.scalars(
        select(Task.id).where(Task.cycle_id == cycle.id, Task.state == PUBLISHED).order_by(Task.id)
    ).all():
        lock(Task, task_id)
    claims = live_claims_of_cycle(cycle.id)
    _nothing_unanswered(actor, claims)
    for claim in claims:
        _close(actor, claim, reason)
    CYCLE.advance(actor, cycle, "close")
    cycle.closed_at = clock.now()
    cycle.version += 1
    for task in {claim.task for claim in claims}:
        summarise(task)
    record(actor, "cycle.closed", cycle, reason=reason, claims=len(claims))
    return cycle


def _nothing_unanswered(actor: Actor, claims: Sequence[Claim]) -> None:
    late = [claim.task.reference for claim in claims if claim.state in ("submitted", "design_review")]
    if late:
        raise Refused(
            _l("Work that was sent in still waits for an answer: %(tasks)s. Review it before closing the quarter.",
               tasks=", ".join(late))
        )  # fmt: skip
    own = [claim.task.reference for claim in claims if claim.user_id == actor.id]
    if own:
        raise Refused(
            _l(
                "You have a claim in this quarter yourself (%(tasks)s). Another maintainer closes it.",
                tasks=", ".join(own),
            )
        )


__all__ = [
    "answer_design", "apply", "approve", "close_cycle", "fail", "fill_seats", "hold", "join_waitlist", "reject",
    "release", "request_changes", "send_design", "submit", "withdraw", "withdraw_task",
]  # fmt: skip
