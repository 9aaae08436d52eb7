"""The roles of everybody in a SIG, past and present, read at once, and what promotions ask of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db
from tracker.promotions.rule import RANKS
from tracker.promotions.rules import Holding
from tracker.sigs.models import Membership
from tracker.sigs.queries import active_on


@dataclass(frozen=True, slots=True)
class Held:
    """One role of somebody; ``active``: today."""

    user_id: int
    role: str
    since: dt.date
    until: dt.date | None
    area_id: int | None
    repository_id: int | None
    active: bool
    suspended: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """The roles in one SIG."""

    held: Sequence[Held] = ()

    def holdings(self, user_id: int) -> list[Holding]:
        """The roles that a person has and had."""
        return [Holding(one.role, one.since, one.until) for one in self.held if one.user_id == user_id]

    def roles(self, user_id: int | None) -> frozenset[str]:
        """The roles that a person has today."""
        return frozenset(one.role for one in self.held if one.user_id == user_id and one.active)

    def has_role(self, user_id: int, role: str, area_id: int | None, repository_id: int | None) -> bool:
        """Whether the person has just this role today: a Committer's of that repository, a Contributor's of that area or
        without one; where none is named, of any."""
        return any(
            one.active and one.user_id == user_id and one.role == role
            and (repository_id is None or one.repository_id == repository_id)
            and (area_id is None or one.area_id in (area_id, None))
            for one in self.held
        )  # fmt: skip

    def electorate(self, roles: Collection[str], candidate_id: int) -> dict[int, str]:
        """User id → their highest role among ``roles``, of everybody who would vote if the ballot opened now; the candidate and
        suspended accounts aside."""
        found: dict[int, str] = {}
        for one in self.held:
            if one.active and one.role in roles and one.user_id != candidate_id and not one.suspended:
                found[one.user_id] = max(found.get(one.user_id, one.role), one.role, key=RANKS.index)
        return found


def rosters(sig_ids: Collection[int]) -> dict[int, Roster]:
    """SIG → its roster, in one statement."""
    # Columns, not rows that the session may have from before a lock.
    query = (
        select(
            Membership.sig_id, Membership.user_id, Membership.role, Membership.since, Membership.until, Membership.area_id,
            Membership.repository_id, active_on(clock.today()).label("active"), User.suspended_at.is_not(None).label("suspended"),
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.sig_id.in_(sorted(set(sig_ids))))
        .order_by(Membership.user_id, Membership.id)
    )  # fmt: skip
    found: dict[int, list[Held]] = {sig_id: [] for sig_id in sig_ids}
    for sig_id, *held in db.session.execute(query):
        found[sig_id].append(Held(*held))
    return {sig_id: Roster(held) for sig_id, held in found.items()}


def roster_of(sig_id: int) -> Roster:
    """The roster of one SIG."""
    return rosters([sig_id])[sig_id]
