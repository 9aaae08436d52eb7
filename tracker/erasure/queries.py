"""What is still open of a person's, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.activities.models import Speaker
from tracker.appeals.models import Appeal
from tracker.claims.models import LIVE, Claim
from tracker.claims.models import STATES as CLAIM_STATES
from tracker.db import db
from tracker.erasure.rules import OpenThing
from tracker.handovers.models import OPEN as OFFERED
from tracker.handovers.models import HandOver
from tracker.meetings.models import PLANNED, TO_CONFIRM, Meeting
from tracker.programmes.models import Programme
from tracker.promotions.models import OPEN as UNDECIDED
from tracker.promotions.models import Promotion
from tracker.reports.models import HANDED_IN, InternshipReport
from tracker.rewards.models import IN_BATCH, RETURNED, PayoutBatch, Reward
from tracker.rewards.queries import to_come
from tracker.sigs.models import MAINTAINER, Membership, Sig
from tracker.sigs.queries import active_on
from tracker.tasks.models import PUBLISHED, READY, Task, TaskMentor
from tracker.text import _l

#: So many of a kind are listed; the rest show when these are done.
SHOWN = 20


def open_things(user_id: int) -> list[OpenThing]:
    """Everything that has to end before the account can be erased, in the order of ``rules.OPEN``."""
    return [
        *_claims(user_id), *_hand_overs(user_id), *_appeals(user_id), *_reports(user_id), *_promotions(user_id),
        *_maintained(user_id), *_mentored(user_id), *_meetings(user_id), *_talks(user_id), *_rewards(user_id), *_batches(user_id),
    ]  # fmt: skip


def _things(kind: str, query: Any) -> Iterator[OpenThing]:
    """Of a query of rows that know their label and page."""
    for thing in db.session.scalars(query.limit(SHOWN)).unique():
        yield OpenThing(kind, thing.label, thing.path)


def _claims(user_id: int) -> Iterator[OpenThing]:
    query = (
        select(Claim.id, Claim.state, Task.reference, Task.title)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.user_id == user_id, Claim.state.in_(LIVE))
        .order_by(Claim.id)
        .limit(SHOWN)
    )
    for row in db.session.execute(query):
        label = _l("%(task)s, %(state)s", task=f"{row.reference} {row.title}", state=CLAIM_STATES[row.state])
        yield OpenThing("claim", label, f"/claims/{row.id}/")


def _hand_overs(user_id: int) -> Iterator[OpenThing]:
    query = (
        select(HandOver.id, Task.reference, Task.title)
        .join(Claim, Claim.id == HandOver.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(HandOver.user_id == user_id, HandOver.state.in_(OFFERED))
        .order_by(HandOver.id)
        .limit(SHOWN)
    )
    for row in db.session.execute(query):
        yield OpenThing("hand_over", f"{row.reference} {row.title}", f"/handovers/{row.id}/")


def _appeals(user_id: int) -> Iterator[OpenThing]:
    query = (
        select(Appeal.claim_id, Task.reference, Task.title)
        .join(Claim, Claim.id == Appeal.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.user_id == user_id, Appeal.state == "open")
        .order_by(Appeal.id)
        .limit(SHOWN)
    )
    for row in db.session.execute(query):
        yield OpenThing("appeal", f"{row.reference} {row.title}", f"/claims/{row.claim_id}/")


def _reports(user_id: int) -> Iterator[OpenThing]:
    query = (
        select(InternshipReport.id, Programme.name)
        .join(Programme, Programme.id == InternshipReport.programme_id)
        .where(InternshipReport.user_id == user_id, InternshipReport.state == HANDED_IN)
        .order_by(InternshipReport.id)
        .limit(SHOWN)
    )
    for row in db.session.execute(query):
        yield OpenThing("report", row.name, f"/reports/{row.id}/")


def _promotions(user_id: int) -> Iterator[OpenThing]:
    query = (
        select(Promotion.id, Sig.name)
        .join(Sig, Sig.id == Promotion.sig_id)
        .where(Promotion.user_id == user_id, Promotion.state.in_(UNDECIDED))
        .order_by(Promotion.id)
        .limit(SHOWN)
    )
    for row in db.session.execute(query):
        yield OpenThing("promotion", row.name, f"/promotions/{row.id}/")


def _maintained(user_id: int) -> Iterator[OpenThing]:
    """SIGs that nobody else maintains; who is suspended maintains nothing."""
    today = clock.today()
    other = aliased(Membership)
    others = (
        select(other.id)
        .join(User, User.id == other.user_id)
        .where(
            other.sig_id == Membership.sig_id, other.role == MAINTAINER, other.user_id != user_id, other.since <= today,
            or_(other.until.is_(None), other.until > today), User.suspended_at.is_(None),
        )
    )  # fmt: skip
    mine = select(Membership.sig_id).where(
        Membership.user_id == user_id, Membership.role == MAINTAINER, active_on(today), ~others.exists()
    )
    yield from _things("maintainer", select(Sig).where(Sig.id.in_(mine)).order_by(Sig.id))


def _mentored(user_id: int) -> Iterator[OpenThing]:
    """Tasks that are out, or about to be, and that nobody else mentors."""
    other = aliased(TaskMentor)
    others = (
        select(other.task_id)
        .join(User, User.id == other.user_id)
        .where(other.task_id == TaskMentor.task_id, other.user_id != user_id, User.suspended_at.is_(None))
    )
    query = (
        select(Task.reference, Task.title)
        .join(TaskMentor, TaskMentor.task_id == Task.id)
        .where(TaskMentor.user_id == user_id, Task.state.in_((READY, PUBLISHED)), ~others.exists())
        .order_by(Task.id)
        .limit(SHOWN)
    )
    for row in db.session.execute(query):
        yield OpenThing("mentor", f"{row.reference} {row.title}", f"/tasks/{row.reference}/")


def _coming() -> Any:
    return and_(Meeting.state.in_((TO_CONFIRM, PLANNED)), Meeting.starts_at > clock.now())


def _meetings(user_id: int) -> Iterator[OpenThing]:
    mine = or_(Meeting.organiser_id == user_id, Meeting.vice_organiser_id == user_id)
    yield from _things("meeting", select(Meeting).where(_coming(), mine).order_by(Meeting.starts_at, Meeting.id))


def _talks(user_id: int) -> Iterator[OpenThing]:
    query = (
        select(Speaker.topic, Speaker.meeting_id)
        .join(Meeting, Meeting.id == Speaker.meeting_id)
        .where(_coming(), Speaker.user_id == user_id)
        .order_by(Speaker.id)
        .limit(SHOWN)
    )
    for row in db.session.execute(query):
        yield OpenThing("talk", row.topic, f"/meetings/{row.meeting_id}/")


def _rewards(user_id: int) -> Iterator[OpenThing]:
    """What is still to come. Whoever cancelled what would pay a returned line anew gave it up: it needn't wait for ever."""
    again = aliased(Reward)
    given_up = and_(Reward.state == RETURNED, exists().where(again.reissues_id == Reward.id))
    query = select(Reward).where(Reward.user_id == user_id, to_come(), ~given_up).order_by(Reward.id)
    yield from _things("reward", query)


def _batches(user_id: int) -> Iterator[OpenThing]:
    unpaid = select(Reward.batch_id).where(Reward.state == IN_BATCH)
    query = select(PayoutBatch).where(PayoutBatch.created_by_id == user_id, PayoutBatch.id.in_(unpaid))
    yield from _things("batch", query.order_by(PayoutBatch.id))


def other_administrators(user_id: int) -> int:
    """How many other administrators there are, who are held until the transaction ends."""
    query = (
        select(User.id)
        .where(User.is_admin, User.suspended_at.is_(None))
        .order_by(User.id)
        .with_for_update(key_share=True)
    )
    return len(set(db.session.scalars(query)) - {user_id})
