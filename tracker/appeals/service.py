"""What is done about appeals: made by who failed, answered by somebody else than who failed them."""

from __future__ import annotations

from tracker import clock
from tracker.appeals import queries, rules
from tracker.appeals.models import Appeal
from tracker.appeals.workflow import APPEAL
from tracker.calendars.queries import calendar
from tracker.claims import verdicts
from tracker.claims.models import Claim
from tracker.claims.rules import check_reason
from tracker.claims.steps import hold
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.working_days import add_working_days


def make_appeal(actor: Actor, claim: Claim, *, text: str) -> Appeal:
    """Appeal against having failed, within the programme's days; once per claim. Other maintainers than who failed it are
    asked, administrators where there is none; the answer has a day to be given by.

    Raises Forbidden for anybody but the claimant, and Refused when it is too late or there is nothing to appeal against.
    """
    claim = hold(claim.id)
    demand(actor, P.CLAIM_HOLD, claim)
    if (reason := queries.why_not(claim, appealed=queries.find_appeal(claim.id) is not None)) is not None:
        raise Refused(reason)
    now = clock.now()
    appeal = Appeal(
        claim=claim, claim_id=claim.id, state="open", text=rules.check_text(text), made_at=now, failed_by_id=claim.decided_by_id,
        answer_by=add_working_days(
            now, claim.rules.review_within_working_days, claim.task.cycle.programme.time_zone, calendar()
        ),
    )  # fmt: skip
    db.session.add(appeal)
    record(actor, "appeal.made", appeal, tell=queries.answerers(claim, appeal.failed_by_id))
    return appeal


def _hold(appeal: Appeal) -> Appeal:
    hold(appeal.claim_id)
    return lock(Appeal, appeal.id)


def _answered(actor: Actor, appeal: Appeal, action: str, answer: str) -> Appeal:
    APPEAL.advance(actor, appeal, action)
    appeal.answer, appeal.answered_at, appeal.answered_by_id = answer, clock.now(), actor.id
    return appeal


def uphold_appeal(actor: Actor, appeal: Appeal, *, answer: str = "") -> Appeal:
    """Agree: the claim goes on as if changes had been requested where a seat is free, the task is open and the claimant's
    limit allows it; else it is closed without a strike, and its claimant is told why.

    Raises Forbidden for who failed it, holds or waits for the task, or doesn't maintain the SIG; Refused once it is answered.
    """
    appeal = _answered(actor, _hold(appeal), "uphold", answer.strip())
    record(actor, "appeal.upheld", appeal, reason=appeal.answer)
    claim = appeal.claim
    if code := verdicts.why_closed(claim):
        verdicts.clear(actor, claim, code=code)
    else:
        verdicts.reopen(actor, claim)
    return appeal


def dismiss_appeal(actor: Actor, appeal: Appeal, *, answer: str) -> Appeal:
    """Don't agree, and say why: the claim stays failed. Raises as ``uphold_appeal``, and Refused at the field without words."""
    answer = check_reason(answer, "answer")
    appeal = _answered(actor, _hold(appeal), "dismiss", answer)
    record(actor, "appeal.dismissed", appeal, reason=answer)
    return appeal


def withdraw_appeal(actor: Actor, appeal: Appeal) -> Appeal:
    """Take one's appeal back: the claim stays failed, and there is no second appeal. Raises Forbidden, Refused."""
    appeal = _hold(appeal)
    APPEAL.advance(actor, appeal, "withdraw")
    record(actor, "appeal.withdrawn", appeal, tell=queries.answerers(appeal.claim, appeal.failed_by_id))
    return appeal
