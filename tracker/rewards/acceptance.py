"""Reviewing a hand-in: accepting it books the points, proposes the prize and may finish the task."""

from __future__ import annotations

from typing import Any

from tracker import clock
from tracker.claims import service as claims
from tracker.claims.models import Claim
from tracker.claims.reviews import note_review
from tracker.claims.rules import check_reason
from tracker.claims.workflow import CLAIM
from tracker.db import db
from tracker.errors import Refused
from tracker.events import record
from tracker.ledger.booking import Posting, book
from tracker.permissions import Actor
from tracker.programmes.models import Programme
from tracker.programmes.months import month_of, quarter_of_month
from tracker.rewards import queries, rules
from tracker.rewards.models import Reward
from tracker.rewards.proposals import acceptors
from tracker.tasks.models import PUBLISHED, Task
from tracker.tasks.summary import refresh
from tracker.tasks.workflow import TASK
from tracker.text import _, _l


def review_claim(actor: Actor, claim: Claim, *, verdict: str, points: int | None = None, comment: str = "") -> Claim:
    """Decide about a hand-in: ``accept``, return it for ``changes``, or ``fail`` it.

    Raises Refused at ``points``, ``comment`` or ``verdict``, or when the claim's state doesn't allow it; Forbidden.
    """
    if verdict == "accept":
        return accept_claim(actor, claim, points=points, comment=comment)
    if verdict == "changes":
        return claims.request_changes(actor, claim, comment=comment)
    if verdict == "fail":
        return claims.fail(actor, claim, reason=check_reason(comment, "comment"))
    raise Refused(_l("Accept, request changes or fail: choose one."), field="verdict")


def accept_claim(actor: Actor, claim: Claim, *, points: int | None, comment: str = "") -> Claim:
    """Accept a hand-in: one points entry dated now, the prize of the terms as a proposed line, the claim is done.

    ``points``: 1 to the points of the terms; fewer than all need a ``comment``. The task closes with its last seat,
    and who still waits for one is told. Wages come by settlement alone. Raises Refused, Forbidden.
    """
    claim = claims.hold(claim.id)
    before = claim.state
    CLAIM.check(actor, claim, "accept")
    points = rules.check_points(points, claim.most_points, comment)
    CLAIM.advance(actor, claim, "accept")
    now = clock.now()
    claim.points, claim.reason = points, comment.strip()
    claim.state_since = claim.decided_at = now
    claim.answer_by, claim.decided_by_id = None, actor.id
    note_review(actor, claim, "accept", claim.reason)
    db.session.flush()
    booked = _book(actor, claim)
    prize = _propose_prize(actor, claim)
    refresh(claim.task)
    record(
        actor, "claim.accepted", claim, tell=list(queries.approvers(prize)) if prize else (), before=before,
        after=claim.state, holder_id=claim.user_id, points=points, reason=claim.reason, booked=booked,
        **({"prize": prize.description, "reward": prize.id} if prize else {}),
    )  # fmt: skip
    _close_finished(actor, claim.task)
    return claim


def _book(actor: Actor, claim: Claim) -> list[str]:
    """The points of the claim in the ledger, once."""
    programme = db.session.get_one(Programme, claim.programme_id)
    return book(
        actor,
        [
            Posting(
                key=f"claim:{claim.id}", kind="points", amount=claim.points or 0, programme=programme,
                sig_id=claim.task.sig_id, user_id=claim.user_id, task_id=claim.task_id, claim_id=claim.id,
                reason=claim.reason, for_wage=bool(claim.terms.get("pays_wage")),
            )
        ],
    )  # fmt: skip


def _propose_prize(actor: Actor, claim: Claim) -> Reward | None:
    """The prize that the terms promise, as a line that somebody else approves."""
    terms: dict[str, Any] = claim.terms
    if not terms.get("prize") and not terms.get("prize_amount"):
        return None
    now = clock.now()
    month = month_of(now, db.session.get_one(Programme, claim.programme_id).time_zone)
    prize = Reward(
        sig_id=claim.task.sig_id, programme_id=claim.programme_id, quarter=quarter_of_month(month), month=month,
        user_id=claim.user_id, kind="prize", description=terms.get("prize") or _("Prize for %(task)s", task=claim.label),
        task_id=claim.task_id, claim_id=claim.id, amount=terms.get("prize_amount"),
        currency=terms.get("prize_currency") or "", state="proposed", proposed_by_id=actor.id, proposed_at=now,
        acceptors=acceptors([actor.id]),
    )  # fmt: skip
    db.session.add(prize)
    db.session.flush()
    return prize


def _close_finished(actor: Actor, task: Task) -> None:
    """Its last seat is accepted: the task is closed, and so is the wait of who stands in line for it."""
    if task.seats_accepted < task.seats or task.state != PUBLISHED:
        return
    for claim in queries.waiting_claims(task.id):
        CLAIM.advance(actor, claim, "end_wait")
        claim.state_since = claim.decided_at = clock.now()
        claim.reason = ""  # the tracker's own, not anybody's words: the diary has its code
        record(
            actor,
            "claim.closed",
            claim,
            before="waiting",
            after=claim.state,
            holder_id=claim.user_id,
            reason_code="finished",
        )
    TASK.advance(actor, task, "close")
    task.ended_at = clock.now()
    refresh(task)
    record(actor, "task.closed", task)
