"""What is asked about appeals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, exists, false, func, or_, select
from sqlalchemy.orm import joinedload

from tracker import clock
from tracker.accounts.models import User
from tracker.appeals import rules
from tracker.appeals.models import Appeal
from tracker.claims.models import LIVE, Claim
from tracker.db import MAX_ID, db
from tracker.errors import Missing
from tracker.permissions import Actor, maintained_sigs
from tracker.sigs.models import MAINTAINER, Membership
from tracker.sigs.queries import active_on, maintainer_ids
from tracker.tasks.models import Task
from tracker.text import Text

#: Rows shown on the dashboard.
SHOWN = 50


def find_appeal(claim_id: int) -> Appeal | None:
    """The appeal on a claim, with its people; there is at most one."""
    if not 0 < claim_id <= MAX_ID:
        return None
    query = select(Appeal).where(Appeal.claim_id == claim_id)
    return db.session.scalar(query.options(joinedload(Appeal.failed_by), joinedload(Appeal.answered_by)))


def get_appeal(claim_id: int) -> Appeal:
    """The appeal on a claim. Raises Missing."""
    if (found := find_appeal(claim_id)) is None:
        raise Missing(f"appeal on claim {claim_id}")
    return found


def last_day(claim: Claim) -> dt.date | None:
    """The last day on which its claimant can appeal; None for a claim that isn't failed."""
    if claim.state != "failed" or claim.decided_at is None:
        return None
    return rules.last_day(claim.decided_at, claim.rules.appeal_days, claim.task.cycle.programme.time_zone)


def why_not(claim: Claim, *, appealed: bool) -> Text | None:
    """Why its claimant can't appeal now; None when they can."""
    return rules.why_not(
        rules.Facts(
            failed=claim.state == "failed", failed_at=claim.decided_at, appeal_days=claim.rules.appeal_days,
            zone=claim.task.cycle.programme.time_zone, now=clock.now(), appealed=appealed,
        )
    )  # fmt: skip


# -- who answers ----------------------------------------------------------------------------------


def answerers(claim: Claim, failed_by_id: int | None) -> list[int]:
    """User ids of the maintainers who may answer an appeal on the claim; where there is none, of the administrators."""
    out = {claim.user_id, failed_by_id, *claim.live_claimant_ids}
    if found := [person for person in maintainer_ids(claim.sig_id) if person not in out]:
        return found
    query = select(User.id).where(User.is_admin, User.suspended_at.is_(None)).order_by(User.id)
    return [person for person in db.session.scalars(query) if person not in out]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An appeal that waits for the reader's answer, since it was made and until ``due``."""

    claim_id: int
    reference: str
    title: str
    who: str
    path: str
    since: dt.datetime
    due: dt.datetime


def waiting_for(who: Actor) -> list[Waiting]:
    """Appeals that ``who`` answers, oldest first: a maintainer's, but of claims they failed themselves; an administrator's
    where no maintainer may. In one statement."""
    if who.id is None:
        return []
    theirs = or_(Task.sig_id.in_(sorted(maintained_sigs(who))), ~_someone_else() if who.is_admin else false())
    involved = select(Claim.task_id).where(Claim.user_id == who.id, Claim.state.in_(LIVE))
    name = func.coalesce(func.nullif(User.display_name, ""), User.handle)
    query = (
        select(Appeal.claim_id, Appeal.made_at, Appeal.answer_by, Task.reference, Task.title, name.label("who"))
        .join(Claim, Claim.id == Appeal.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(User, User.id == Claim.user_id)
        .where(
            Appeal.state == "open", theirs, Claim.user_id != who.id, Task.id.not_in(involved),
            func.coalesce(Appeal.failed_by_id, 0) != who.id,
        )
        .order_by(Appeal.made_at, Appeal.id)
        .limit(SHOWN)
    )  # fmt: skip
    return [_waiting(row) for row in db.session.execute(query)]


def _someone_else() -> Any:
    """Some maintainer of the SIG may answer the appeal, as ``answerers`` has it."""
    live = select(Claim.user_id).where(Claim.task_id == Task.id, Claim.state.in_(LIVE)).correlate(Task)
    answers = and_(
        Membership.sig_id == Task.sig_id, Membership.role == MAINTAINER, active_on(clock.today()),
        Membership.user_id != func.coalesce(Appeal.failed_by_id, 0), Membership.user_id != Claim.user_id,
        Membership.user_id.not_in(live),
        Membership.user_id.in_(select(User.id).where(User.suspended_at.is_(None)).correlate(None)),
    )  # fmt: skip
    return exists().where(answers).correlate(Appeal, Task, Claim)


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        claim_id=row.claim_id, reference=row.reference, title=row.title, who=row.who,
        path=f"/claims/{row.claim_id}/appeal/answer", since=row.made_at, due=row.answer_by,
    )  # fmt: skip
