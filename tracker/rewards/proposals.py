"""Proposing lines by hand: bonuses, corrections, and what pays a returned line anew."""

from __future__ import annotations

from collections.abc import Iterable

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.ledger.queries import points_total
from tracker.permissions import Actor, allowed, demand
from tracker.permissions import Permission as P
from tracker.programmes.models import Programme
from tracker.programmes.months import month_of, quarter_of_month
from tracker.programmes.queries import programme_of
from tracker.rewards import queries, rules, set_off
from tracker.rewards.holding import meanwhile
from tracker.rewards.models import CURRENCIES, PROPOSED, RETURNED, Reward, RewardAcceptor
from tracker.sigs.models import Sig
from tracker.tasks.models import Task
from tracker.text import _l


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
    this_month = month_of(now, programme.time_zone)
    month = month or this_month
    rules.check_proposal(
        rules.Proposal(
            kind=kind, description=description, amount=amount, currency=currency, points=points,
            for_oneself=user.id == actor.id, has=points_total(user.id, programme.id),
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
        sig_id=sig.id, programme_id=programme.id, quarter=quarter_of_month(month), month=month, user_id=user.id,
        kind=kind, description=description.strip(), task_id=task.id if task else corrects and corrects.task_id,
        claim_id=done.id if done else corrects and corrects.claim_id, corrects_id=corrects.id if corrects else None,
        points=points, amount=amount, currency=currency, state="proposed", proposed_by_id=actor.id, proposed_at=now,
        acceptors=acceptors({done.decided_by_id if done else None, *(corrects.acceptor_ids if corrects else ())}),
    )  # fmt: skip
    db.session.add(reward)
    record(actor, "reward.proposed", reward, person_id=user.id, **reward.worth)
    return reward


def acceptors(user_ids: Iterable[int | None]) -> list[RewardAcceptor]:
    """The rows that keep these people from approving a line."""
    return [RewardAcceptor(user_id=user_id) for user_id in sorted({i for i in user_ids if i is not None})]


def _programme(sig: Sig, task: Task | None, corrects: Reward | None) -> Programme:
    """The programme of what it is for, else the SIG's."""
    if corrects is not None:
        return corrects.programme
    programme = task.cycle.programme if task else programme_of(sig.id)
    if programme is None:
        raise Refused(_l("%(sig)s runs under no programme yet. An administrator assigns one.", sig=sig.name))
    return programme


def _corrected(line: Reward | None, sig: Sig, user: User, apart_from: int = 0) -> rules.Corrected | None:
    if line is None:
        return None
    return rules.Corrected(
        label=line.label, state=line.state, same_sig=line.sig_id == sig.id, same_person=line.user_id == user.id,
        amount=line.amount, currency=line.currency,
        corrected=queries.corrected_so_far(line.id, apart_from=apart_from) if line.amount is not None else 0,
    )  # fmt: skip


def edit_reward(
    actor: Actor, reward: Reward, *, description: str, amount: int | None = None, currency: str = "",
    points: int | None = None, version: int,
) -> Reward:  # fmt: skip
    """Change a bonus or correction that nobody approved yet: by its proposer alone, so that four eyes stay four.

    Raises Forbidden, and Refused at a field, or when it was approved or changed since ``version``.
    """
    user = lock(User, reward.user_id)
    reward = lock(Reward, reward.id)
    demand(actor, P.REWARD_EDIT, reward)
    if reward.version != version:
        raise Refused(
            _l("This line changed since you opened the page: %(what)s. Look at it again.", what=meanwhile(reward))
        )
    if reward.state != PROPOSED or reward.kind not in ("bonus", "correction"):
        raise Refused(_l("Only bonuses and corrections that nobody approved yet are edited. Propose a correction."))
    if reward.reissues_id is not None:
        raise Refused(
            _l(
                "It pays line %(number)s anew, with its sum: once it is approved, propose a correction.",
                number=reward.reissues_id,
            )
        )
    rules.check_proposal(
        rules.Proposal(
            kind=reward.kind, description=description, amount=amount, currency=currency, points=points, for_oneself=False,
            has=points_total(user.id, reward.programme_id), task_of_sig=True,
            corrected=_corrected(reward.corrects, reward.sig, user, apart_from=reward.id), month=reward.month, this_month=reward.month,
        ),
        CURRENCIES,
    )  # fmt: skip
    before = reward.worth
    reward.description, reward.amount, reward.currency, reward.points = description.strip(), amount, currency, points
    reward.version += 1
    record(actor, "reward.edited", reward, before=before, **reward.worth)
    return reward


def reissue_reward(actor: Actor, reward: Reward, *, version: int) -> Reward:
    """Propose a line of the same sum that pays a returned one anew; somebody else approves it.

    With it, one for each line that was the same payment, came back with it, and is the actor's to pay anew. Gives the one for
    ``reward``. Raises Forbidden, and Refused when it wasn't returned, changed since ``version``, or is paid anew already.
    """
    lock(User, reward.user_id)
    reward = lock(Reward, reward.id)
    demand(actor, P.REWARD_REISSUE, reward)
    if reward.version != version or reward.state != RETURNED:
        raise Refused(
            _l("This line changed since you opened the page: %(what)s. Look at it again.", what=meanwhile(reward))
        )
    if (other := queries.reissue_of(reward.id)) is not None:
        raise Refused(_l("Line %(number)s pays it anew already.", number=other))
    made = {line.id: _again(actor, line) for line in set_off.returned_with(actor, reward)}
    return made[reward.id]


def _again(actor: Actor, reward: Reward) -> Reward:
    again = Reward(
        sig_id=reward.sig_id, programme_id=reward.programme_id, quarter=reward.quarter, month=reward.month,
        user_id=reward.user_id, kind=reward.kind, description=reward.description, task_id=reward.task_id,
        claim_id=reward.claim_id, corrects_id=reward.corrects_id, reissues_id=reward.id,
        settlement_id=reward.settlement_id, amount=reward.amount, currency=reward.currency, state=PROPOSED,
        proposed_by_id=actor.id, proposed_at=clock.now(), acceptors=acceptors(reward.acceptor_ids),
    )  # fmt: skip
    db.session.add(again)
    record(actor, "reward.proposed", again, person_id=again.user_id, **again.worth)
    return again
