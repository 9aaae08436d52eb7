"""What is done with reward lines: propose, approve, cancel, pay. Each step needs another pair of eyes."""

from __future__ import annotations

from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, update

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.events.sentences import sentence
from tracker.permissions import Actor, allowed
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.queries import programme_of
from tracker.rewards import queries, rules
from tracker.rewards.acceptance import accept_claim, review_claim
from tracker.rewards.models import APPROVED, CURRENCIES, Payment, PointsEntry, Reward
from tracker.rewards.workflow import REWARD
from tracker.sigs.models import Sig
from tracker.tasks.models import Task
from tracker.text import _l

__all__ = ["accept_claim", "approve_reward", "cancel_reward", "pay_reward", "propose_reward", "review_claim"]


def propose_reward(
    actor: Actor, sig: Sig, *, user: User, kind: str, description: str, amount: int | None = None, currency: str = "",
    points: int | None = None, corrects: Reward | None = None, task: Task | None = None, month: str | None = None,
) -> Reward:  # fmt: skip
    """Propose a ``bonus`` or a ``correction`` by hand, for somebody else: money in fen (negative only to correct),
    points (only to correct), or a thing that isn't money.

    ``corrects`` is the approved line that it puts right; ``month`` is this one unless an earlier one is named.
    Raises Refused at a field, Forbidden for who doesn't maintain the SIG.
    """
    if actor.id is None or not allowed(actor, P.REWARD_PROPOSE, sig):
        raise Forbidden(P.REWARD_PROPOSE)
    user = lock(User, user.id)
    corrects = lock(Reward, corrects.id) if corrects else None
    programme = _programme(sig, task, corrects)
    now = clock.now()
    this_month = rules.month_of(now, programme.time_zone)
    month = month or this_month
    rules.check_proposal(
        rules.Proposal(
            kind=kind, description=description, amount=amount, currency=currency, points=points,
            for_oneself=user.id == actor.id, has=queries.points_total(user.id, programme.id),
            task_of_sig=task is None or task.sig_id == sig.id, corrected=_corrected(corrects, sig, user), month=month,
            this_month=this_month,
        ),
        CURRENCIES,
    )  # fmt: skip
    if twin := queries.waiting_twin(actor.id, sig.id, user.id, kind, description.strip(), amount, currency, points):
        raise Refused(
            _l("You proposed exactly this a moment ago, and it waits for approval: line %(number)s. Say in the"
               " description what is different about this one.", number=twin),
            field="description",
        )  # fmt: skip
    done = queries.accepted_claim(user.id, task.id) if task else None
    reward = Reward(
        sig_id=sig.id, programme_id=programme.id, quarter=rules.quarter_of_month(month), month=month, user_id=user.id,
        kind=kind, description=description.strip(), task_id=task.id if task else corrects and corrects.task_id,
        claim_id=done.id if done else corrects and corrects.claim_id, corrects_id=corrects.id if corrects else None,
        points=points, amount=amount, currency=currency, state="proposed", proposed_by_id=actor.id, proposed_at=now,
        accepted_by_id=done.decided_by_id if done else corrects and corrects.accepted_by_id,
    )  # fmt: skip
    db.session.add(reward)
    record(actor, "reward.proposed", reward, person_id=user.id, **_value(reward))
    return reward


def _programme(sig: Sig, task: Task | None, corrects: Reward | None) -> Programme:
    """The programme of what it is for, else the SIG's."""
    if corrects is not None:
        return corrects.programme
    programme = task.cycle.programme if task else programme_of(sig.id)
    if programme is None:
        raise Refused(_l("%(sig)s runs under no programme yet. An administrator assigns one.", sig=sig.name))
    return programme


def _corrected(line: Reward | None, sig: Sig, user: User) -> rules.Corrected | None:
    if line is None:
        return None
    return rules.Corrected(
        label=line.label, state=line.state, same_sig=line.sig_id == sig.id, same_person=line.user_id == user.id,
        money=line.amount is not None,
    )  # fmt: skip


def _value(reward: Reward) -> dict[str, Any]:
    """What the line is worth (money in fen), as facts of its events."""
    if reward.points is not None:
        return {"points": reward.points}
    return {"amount": reward.amount, "currency": reward.currency} if reward.amount is not None else {}


# -- steps ----------------------------------------------------------------------------------------


def _hold(actor: Actor, reward: Reward, action: str, version: int) -> Reward:
    """The line, held after its receiver, as the actor last saw it.

    Raises Forbidden for who may not, Refused when it changed since ``version`` or its state doesn't allow ``action``.
    """
    lock(User, reward.user_id)
    reward = lock(Reward, reward.id)
    permission = REWARD.steps[action].permission
    if permission is None or not allowed(actor, permission, reward):
        raise Forbidden(permission)
    if reward.version != version:
        raise _stale(reward)
    REWARD.check(actor, reward, action)
    return reward


def _stale(reward: Reward) -> Refused:
    happened = queries.last_event(reward.id)
    if happened is None:
        return Refused(_l("This line is newer than the page that you had open. Look at it again."))
    return Refused(
        _l("This line changed since you opened the page: %(what)s (%(when)s). It is now “%(state)s”. Look at it again.",
           what=sentence(happened.name, happened.facts, happened.who), state=REWARD.states[reward.state],
           when=f"{happened.at.astimezone(ZoneInfo(reward.programme.time_zone)):%Y-%m-%d %H:%M}")
    )  # fmt: skip


def approve_reward(actor: Actor, reward: Reward, *, version: int) -> Reward:
    """Approve a proposed line; never by who proposed it, accepted the work or receives it.

    A correction of points is booked with this, dated now, and final. Raises Refused, Forbidden.
    """
    reward = _hold(actor, reward, "approve", version)
    now = clock.now()
    if reward.points is not None:
        rules.check_total(queries.points_total(reward.user_id, reward.programme_id), reward.points)
    REWARD.advance(actor, reward, "approve")
    reward.approved_by_id, reward.approved_at, reward.approved_amount = actor.id, now, reward.amount
    reward.version += 1
    db.session.flush()
    if reward.points is not None:
        db.session.add(
            PointsEntry(
                programme_id=reward.programme_id, sig_id=reward.sig_id, task_id=reward.task_id, reward_id=reward.id,
                user_id=reward.user_id, points=reward.points, reason=reward.description, accepted_by_id=actor.id,
                accepted_at=now, month=rules.month_of(now, reward.programme.time_zone),
            )
        )  # fmt: skip
    record(actor, "reward.approved", reward, **_value(reward))
    return reward


def cancel_reward(actor: Actor, reward: Reward, *, reason: str, version: int) -> Reward:
    """Take a line back that isn't paid; points that are booked need another correction. Raises Refused, Forbidden."""
    reason = reason.strip()
    if not reason:
        raise Refused(_l("Say why: the receiver reads it."), field="reason")
    reward = _hold(actor, reward, "cancel", version)
    if reward.points is not None and reward.state == APPROVED:
        raise Refused(_l("These points are booked. Propose another correction with the opposite sign."))
    REWARD.advance(actor, reward, "cancel")
    reward.reason = reason
    reward.version += 1
    record(actor, "reward.cancelled", reward, reason=reason, **_value(reward))
    return reward


def pay_reward(actor: Actor, reward: Reward, *, reference: str, version: int) -> Reward:
    """Note that an approved line was paid, or a prize that isn't money handed over; once, whoever tries how often.

    Finance alone, and neither who approved nor who receives it. ``reference`` is the bank's. Raises Refused, Forbidden.
    """
    reference = rules.check_reference(reference)
    reward = _hold(actor, reward, "pay", version)
    if reward.points is not None:
        raise Refused(_l("Points are booked when they are approved: there is nothing to pay."))
    # Held by the row count as well as by the lock: only one can find the line as it was seen.
    taken = db.session.execute(
        update(Reward)
        .where(Reward.id == reward.id, Reward.state == APPROVED, Reward.version == version)
        .values(version=version + 1)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], taken).rowcount != 1:
        raise _stale(lock(Reward, reward.id))
    reward = lock(Reward, reward.id)
    REWARD.advance(actor, reward, "pay")
    reward.paid_by_id, reward.paid_at, reward.payment_reference = actor.id, clock.now(), reference
    db.session.add(
        Payment(
            reward_id=reward.id, key=f"reward-{reward.id}", amount=reward.amount, currency=reward.currency,
            paid_by_id=actor.id, paid_at=reward.paid_at, reference=reference,
        )
    )  # fmt: skip
    record(actor, "reward.paid", reward, reference=reference, **_value(reward))
    return reward
