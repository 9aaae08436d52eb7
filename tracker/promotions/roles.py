"""Roles that end: by the person who steps down, or by a maintainer; with a reason, and the row stays."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.events import record
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.promotions import rules
from tracker.promotions.models import RoleEnding
from tracker.sigs.models import Membership, Sig
from tracker.sigs.service import end_role
from tracker.text import _l


def step_down(actor: Actor, membership: Membership, *, reason: str) -> Membership:
    """Give a role of one's own up, today. The other roles stay, and so do votes that were cast.

    Raises Forbidden for anybody else, and Refused at a field, when it has ended, or when the SIG would be left without a
    maintainer.
    """
    reason = rules.check_text(reason, "reason", _l("Say why in a few words: the maintainers read it."))
    lock(User, membership.user_id)
    sig = lock(Sig, membership.sig_id)
    demand(actor, P.ROLE_STEP_DOWN, membership)
    membership = _ended(actor, end_role(sig, membership), reason)
    record(
        actor,
        "role.stepped_down",
        sig,
        person_id=membership.user_id,
        role=membership.role,
        reason_of_role=membership.id,
    )
    return membership


def end_role_with_reason(
    actor: Actor, membership: Membership, *, reason: str, until: dt.date | None = None
) -> Membership:
    """End somebody's role on ``until`` (today by default) as a maintainer; they are told why. Raises as ``step_down``."""
    reason = rules.check_text(reason, "reason", _l("Say why: the person reads it."))
    lock(User, membership.user_id)
    sig = lock(Sig, membership.sig_id)
    demand(actor, P.SIG_MEMBERS, sig)
    membership = _ended(actor, end_role(sig, membership, until=until), reason)
    record(actor, "role.ended", sig, person_id=membership.user_id, role=membership.role, reason_of_role=membership.id)
    return membership


def _ended(actor: Actor, membership: Membership, reason: str) -> Membership:
    db.session.add(RoleEnding(membership_id=membership.id, by_id=actor.id, at=clock.now(), reason=reason))
    return membership


def own_roles(user_id: int) -> list[Membership]:
    """The roles of a person, past and present, newest first."""
    query = select(Membership).where(Membership.user_id == user_id)
    return list(db.session.scalars(query.order_by(Membership.since.desc(), Membership.id.desc())))


def endings(membership_ids: list[int]) -> dict[int, RoleEnding]:
    """Membership → why it ended."""
    query = select(RoleEnding).where(RoleEnding.membership_id.in_(membership_ids))
    return {row.membership_id: row for row in db.session.scalars(query)}
