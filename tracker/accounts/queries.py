"""What is asked about people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, or_, select

from tracker import clock
from tracker.accounts.models import User, UserSession
from tracker.accounts.names import normalised
from tracker.db import db, find
from tracker.errors import Missing
from tracker.events import audience


def find_user(name: str) -> User | None:
    """The person with this handle or e-mail address, however it is spelled; None when there is none."""
    key = normalised(name)
    if not key or len(key) > 254 or "\x00" in key:
        return None
    column = User.email_key if "@" in key else User.handle_key
    return db.session.scalar(select(User).where(column == key))


def get_user(name: str) -> User:
    """As ``find_user``. Raises Missing."""
    user = find_user(name)
    if user is None:
        raise Missing(f"person {name}")
    return user


def user_by_id(user_id: int) -> User:
    """The person with this id. Raises Missing."""
    if (user := find(User, user_id)) is None:
        raise Missing(f"person {user_id}")
    return user


def is_called(words: str) -> ColumnElement[bool]:
    """The condition that somebody's handle or name contains ``words``, however they are written."""
    return or_(
        User.handle_key.contains(normalised(words), autoescape=True),
        User.display_name.icontains(words.strip(), autoescape=True),
    )


def people(words: str = "", role: str = "") -> Select[*tuple[Any, ...]]:
    """Rows (id, handle, display_name, email, …) of everybody whose handle, name or address contains ``words``; erased accounts
    aside.

    ``role`` narrows it down to ``admin``, ``finance``, ``suspended`` or ``unconfirmed``.
    """
    query: Select[*tuple[Any, ...]] = select(
        User.id, User.handle, User.display_name, User.email, User.affiliation, User.is_admin, User.is_finance,
        User.suspended_at, User.email_verified_at, User.created_at,
    ).where(User.erased_at.is_(None))  # fmt: skip
    if words:
        query = query.where(or_(is_called(words), User.email_key.contains(normalised(words), autoescape=True)))
    narrowed = {
        "admin": User.is_admin.is_(True),
        "finance": User.is_finance.is_(True),
        "suspended": User.suspended_at.is_not(None),
        "unconfirmed": User.email_verified_at.is_(None),
    }
    return query.where(narrowed[role]) if role in narrowed else query


def live_sessions(user_id: int, idle: dt.timedelta) -> Sequence[Row[*tuple[Any, ...]]]:
    """Where the person is signed in (id, token_hash, created_at, seen_at, address, user_agent), newest use first."""
    now = clock.now()
    return db.session.execute(
        select(
            UserSession.id, UserSession.token_hash, UserSession.created_at, UserSession.seen_at, UserSession.address,
            UserSession.user_agent,
        )
        .where(
            UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now,
            UserSession.seen_at > now - idle,
        )
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
        .limit(200)
    ).all()  # fmt: skip


@audience("account")
def _account(user: User) -> Iterable[int]:
    return [user.id]


def finance_ids() -> Sequence[int]:
    """User ids of finance; suspended accounts aside."""
    return db.session.scalars(select(User.id).where(User.is_finance.is_(True), User.suspended_at.is_(None))).all()


@audience("finance", fixed=True)
def _finance(_subject: Any) -> Iterable[int]:
    return finance_ids()
