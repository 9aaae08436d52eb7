"""Sign-ins as rows: made, loaded, ended. The cookie holds a random token, the database its hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from sqlalchemy import func, select, update
from sqlalchemy.orm import contains_eager

from tracker import clock
from tracker.accounts.models import User, UserSession
from tracker.config import Settings
from tracker.db import db
from tracker.events.actions import ACTIONS
from tracker.events.models import Event, Notice

#: A session's ``seen_at`` is written at most this often.
SEEN_EVERY = dt.timedelta(minutes=5)
_NOT_IN_INBOX = [name for name, action in ACTIONS.items() if not action.inbox]


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(user: User, settings: Settings, *, address: str, user_agent: str) -> str:
    """A new session row of ``user``; returns its token, which exists nowhere else. Runs inside a transaction."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    db.session.add(
        UserSession(
            token_hash=hashed(token), user_id=user.id, created_at=now, seen_at=now, address=address[:45],
            expires_at=now + dt.timedelta(hours=settings.session_hours), user_agent=user_agent[:200],
        )
    )  # fmt: skip
    return token


def load(token: str, settings: Settings) -> User | None:
    """The person whose live session this is, with the count of unread notices; None otherwise."""
    now = clock.now()
    unread = (
        select(func.count())
        .select_from(Notice)
        .join(Event, Event.id == Notice.event_id)
        .where(Notice.user_id == User.id, Notice.read_at.is_(None), Event.name.not_in(_NOT_IN_INBOX))
        .scalar_subquery()
    )
    row = db.session.execute(
        select(UserSession, unread)
        .join(UserSession.user)
        .options(contains_eager(UserSession.user))
        .where(
            UserSession.token_hash == hashed(token),
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.seen_at > now - dt.timedelta(minutes=settings.session_idle_minutes),
            User.suspended_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    session, unread_count = row
    user: User = session.user
    user.session_token = token
    user.unread = unread_count
    user.seen_at = session.seen_at
    return user


def touch(token: str) -> None:
    """Note that the session is in use, if that is due. Runs inside a transaction."""
    now = clock.now()
    db.session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hashed(token), UserSession.seen_at < now - SEEN_EVERY)
        .values(seen_at=now)
    )


def end_sessions(user_id: int, *, only: int | None = None) -> int:
    """End the live sessions of a person (all, or the one with id ``only``).

    Returns how many were ended.
    """
    query = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if only is not None:
        query = query.where(UserSession.id == only)
    return db.session.execute(query.values(ended_at=clock.now())).rowcount  # type: ignore[attr-defined, no-any-return]


def end_session(token: str) -> None:
    """End the session of this token: signing out. Runs inside a transaction."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hashed(token), UserSession.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
