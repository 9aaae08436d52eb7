"""What is asked about SIGs, their people and their followers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, and_, func, or_, select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db
from tracker.errors import Missing
from tracker.events import audience
from tracker.sigs.models import COMMITTER, MAINTAINER, Area, Follower, Membership, Repository, Sig


def find_sig(slug: str) -> Sig | None:
    """The SIG of a slug."""
    return db.session.scalar(select(Sig).where(Sig.slug == slug))


def get_sig(slug: str) -> Sig:
    """The SIG of a slug. Raises Missing."""
    if (sig := find_sig(slug)) is None:
        raise Missing(f"SIG {slug}")
    return sig


def all_sigs() -> list[Sig]:
    """Every SIG, by community and name."""
    return list(db.session.scalars(select(Sig).order_by(Sig.community, Sig.name, Sig.id)))


def active_on(day: dt.date) -> Any:
    """The condition that a membership is active on ``day``, as the predicates of permissions see it."""
    return and_(Membership.since <= day, or_(Membership.until.is_(None), Membership.until > day))


def maintainer_ids(sig_id: int) -> list[int]:
    """User ids of who maintains the SIG today; suspended accounts aside."""
    query = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.sig_id == sig_id, Membership.role == MAINTAINER, active_on(clock.today()))
        .where(User.suspended_at.is_(None))
        .order_by(Membership.user_id)
        .distinct()
    )
    return list(db.session.scalars(query))


def follower_ids(sig_id: int) -> list[int]:
    """User ids of who follows the SIG."""
    return list(
        db.session.scalars(select(Follower.user_id).where(Follower.sig_id == sig_id).order_by(Follower.user_id))
    )


def is_following(user_id: int | None, sig_id: int) -> bool:
    """Whether the person follows the SIG."""
    return user_id is not None and db.session.get(Follower, (user_id, sig_id)) is not None


def followed_sig_ids(user_id: int | None) -> set[int]:
    """Ids of the SIGs the person follows."""
    if user_id is None:
        return set()
    return set(db.session.scalars(select(Follower.sig_id).where(Follower.user_id == user_id)))


def _people(sig_id: int) -> Any:
    return (
        select(
            Membership.id, Membership.role, Membership.since, Membership.until, Membership.paths, Membership.source,
            Membership.repository_id, User.id.label("user_id"), User.handle, User.display_name,
            and_(User.in_hall, User.suspended_at.is_(None)).label("in_hall"),
            Area.name.label("area"), Area.name_zh.label("area_zh"), Repository.path.label("repository"),
        )
        .join(User, User.id == Membership.user_id)
        .outerjoin(Area, Area.id == Membership.area_id)
        .outerjoin(Repository, Repository.id == Membership.repository_id)
        .where(Membership.sig_id == sig_id)
    )  # fmt: skip


def people_of(sig_id: int) -> list[Row[Any]]:
    """Active memberships of the SIG but for Committers, longest first: id, role, since, area, area_zh, handle,
    display_name, user_id, in_hall (whether the hall of honour shows them)."""
    query = _people(sig_id).where(active_on(clock.today()), Membership.role != COMMITTER)
    return list(db.session.execute(query.order_by(Membership.since, User.display_name, Membership.id)))


def committers_of(sig_id: int, repository_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """Repository id → active memberships of its Committers, longest first: display_name, paths, since …"""
    query = _people(sig_id).where(active_on(clock.today()), Membership.repository_id.in_(repository_ids))
    found: dict[int, list[Row[Any]]] = {}
    for row in db.session.execute(query.order_by(Membership.since, User.display_name, Membership.id)):
        found.setdefault(row.repository_id, []).append(row)
    return found


def repositories_of(sig_id: int, most: int) -> list[Repository]:
    """The SIG's first repositories by path: a group may have thousands."""
    query = select(Repository).where(Repository.sig_id == sig_id).order_by(Repository.path).limit(most)
    return list(db.session.scalars(query))


def count_repositories(sig_id: int) -> int:
    """How many repositories the SIG has."""
    return db.session.scalar(select(func.count()).select_from(Repository).where(Repository.sig_id == sig_id)) or 0


def history_of(sig_id: int) -> Any:
    """Memberships past and present, of every role, with until and source, for a list read by page."""
    return _people(sig_id)


@audience("maintainers")
def _maintainers(subject: Any) -> Iterable[int]:
    return maintainer_ids(subject.sig_id)


@audience("followers")
def _followers(subject: Any) -> Iterable[int]:
    return follower_ids(subject.sig_id)
