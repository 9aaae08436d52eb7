"""Tries at a door (signing in, asking for mails), counted in the database and so across all workers."""

from __future__ import annotations

import datetime as dt
import zlib

from sqlalchemy import delete, select, text

from tracker import clock
from tracker.accounts.models import SignInAttempt
from tracker.config import Settings
from tracker.db import db
from tracker.errors import Refused
from tracker.text import _l

#: Tries older than this are of no use to anybody.
KEPT = dt.timedelta(days=1)


class TooMany(Refused):
    """The door is locked until ``until``."""

    def __init__(self, until: dt.datetime) -> None:
        self.until = until
        super().__init__(_l("Too many tries. Try again after %(time)s.", time=f"{until:%H:%M} UTC"))

    @property
    def seconds(self) -> int:
        """Whole seconds from now, at least 1: the Retry-After of the answer."""
        return max(1, int((self.until - clock.now()).total_seconds()) + 1)


def count_try(keys: list[str], settings: Settings, most: int | None = None) -> list[int]:
    """Count one try for each of ``keys`` before its outcome is known, so that simultaneous ones can't slip through.

    Returns the ids of the rows. Raises TooMany when one of the keys has had ``most`` (by default ``login_tries``) within the window.
    """
    most = most or settings.login_tries
    keys = [key[:280] for key in keys]
    now = clock.now()
    _one_at_a_time(keys)
    window = dt.timedelta(seconds=settings.login_window_seconds)
    until: dt.datetime | None = None
    for key in keys:
        recent = db.session.scalars(
            select(SignInAttempt.at)
            .where(SignInAttempt.key == key, SignInAttempt.at > now - window)
            .order_by(SignInAttempt.at.desc())
            .limit(most)
        ).all()
        if len(recent) >= most:
            until = max(until or now, recent[-1] + window)
    if until is not None:
        raise TooMany(until)
    rows = [SignInAttempt(key=key, at=now) for key in keys]
    db.session.add_all(rows)
    db.session.flush()
    return [row.id for row in rows]


def _one_at_a_time(keys: list[str]) -> None:
    """On PostgreSQL, let one transaction at a time count a key; SQLite has one writer anyhow."""
    if db.session.get_bind().dialect.name == "postgresql":
        for number in sorted({zlib.crc32(key.encode()) for key in keys}):
            db.session.execute(text("SELECT pg_advisory_xact_lock(:space, :key)"), {"space": 7, "key": number - 2**31})


def forget(ids: list[int], name_key: str) -> None:
    """After a right password: the try itself and the wrong ones on the same name don't count any more."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(ids) | (SignInAttempt.key == name_key[:280])))


def forget_old() -> None:
    """Remove tries that no window reaches any more. Runs inside a transaction."""
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.at < clock.now() - KEPT))
