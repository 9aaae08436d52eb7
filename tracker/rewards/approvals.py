"""Approving lines, one or many, and taking back what isn't paid. Approved points and money are booked in the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from tracker import clock
from tracker.db import db
from tracker.errors import Refused
from tracker.events import record
from tracker.ledger.booking import Posting, book, reverse
from tracker.ledger.queries import points_total, transfers_of_reward
from tracker.permissions import Actor
from tracker.programmes.months import month_of, quarter_of_month
from tracker.rewards import queries, rules
from tracker.rewards.consequences import was_cancelled
from tracker.rewards.holding import hold, hold_all
from tracker.rewards.models import APPROVED, Reward
from tracker.rewards.workflow import REWARD
from tracker.text import _l

#: So many lines are approved in one step: the database takes no other step meanwhile.
MOST_AT_ONCE = 1000


def approve_reward(actor: Actor, reward: Reward, *, version: int) -> Reward:
    """Approve a proposed line; never by who proposed it, accepted the work or receives it.

    Money is owed from now on; a correction of points is booked with this, dated now, and final: its month and quarter become
    those of the booking. Raises Refused, Forbidden.
    """
    reward = hold(actor, reward, "approve", version)
    _approve(actor, [reward])
    return reward


def approve_rewards(
    actor: Actor, *, lines: Mapping[int, int], sums: Mapping[str, int]
) -> list[Reward]:  # fmt: skip
    """Approve what a page showed: ``lines`` is id → version, ``sums`` currency → fen as the page repeated them.

    All or none. Raises Refused naming each line that changed, that the actor may not approve, or a sum that is another.
    """
    if not lines:
        raise Refused(_l("Pick at least one line."), field="line")
    if len(lines) > MOST_AT_ONCE:
        raise Refused(_l("At most %(most)s lines in one step. Narrow the list down.", most=MOST_AT_ONCE), field="line")
    held = hold_all(actor, lines, "approve")
    rules.check_sums(held, sums)
    _approve(actor, held)
    return held


def _approve(actor: Actor, lines: list[Reward]) -> None:
    now = clock.now()
    totals: dict[tuple[int, int], int] = {}
    for line in lines:
        if line.points is not None:
            # None of them is booked yet: each finds what the ones before it leave.
            whose = (line.user_id, line.programme_id)
            totals.setdefault(whose, points_total(*whose))
            rules.check_total(totals[whose], line.points)
            totals[whose] += line.points
            # The ledger, the ranking, notices and lists have it in one month.
            line.month = month_of(now, line.programme.time_zone)
            line.quarter = quarter_of_month(line.month)
        REWARD.advance(actor, line, "approve")
        line.approved_by_id, line.approved_at, line.approved_amount = actor.id, now, line.amount
        line.version += 1
    db.session.flush()
    booked = book(
        actor, [_posting(line) for line in lines if line.points is not None or line.amount is not None], at=now
    )
    digests = iter(booked)
    for line in lines:
        worth = [next(digests)] if line.points is not None or line.amount is not None else []
        # Who receives a thing is told that an address is asked for.
        record(actor, "reward.thing_approved" if line.is_thing else "reward.approved", line, booked=worth, **line.worth)


def _posting(line: Reward) -> Posting:
    kind, amount, unit = (
        ("points", line.points, "points") if line.points is not None else ("owed", line.amount, line.currency)
    )
    return Posting(
        key=f"reward:{line.id}:{kind}", kind=kind, amount=amount or 0, unit=unit, programme=line.programme,
        sig_id=line.sig_id, user_id=line.user_id, task_id=line.task_id, reward_id=line.id, reason=line.description,
        for_wage=line.for_wage,
    )  # fmt: skip


def cancel_reward(actor: Actor, reward: Reward, *, reason: str, version: int) -> Reward:
    """Take a line back that isn't paid or in a batch; points that are booked need another correction.

    A wage that is taken back counts as never settled: the next settlement computes it anew. Raises Refused, Forbidden.
    """
    reason = reason.strip()
    if not reason:
        raise Refused(_l("Say why: the receiver reads it."), field="reason")
    reward = hold(actor, reward, "cancel", version)
    if (number := queries.standing_correction(reward.id)) is not None:
        raise Refused(_l("Line %(number)s corrects this one: cancel that first.", number=number))
    if reward.points is not None and reward.state == APPROVED:
        raise Refused(_l("These points are booked. Propose another correction with the opposite sign."))
    REWARD.advance(actor, reward, "cancel")
    reward.reason = reason
    reward.version += 1
    booked = reverse(actor, transfers_of_reward(reward.id), reason)
    record(actor, "reward.cancelled", reward, reason=reason, booked=booked, **reward.worth)
    was_cancelled(actor, reward)
    return reward
