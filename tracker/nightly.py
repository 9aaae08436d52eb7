"""What is done once a day: seats that came free are filled, what has expired is removed. Harmless when run twice."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, or_, select
from sqlalchemy.sql import ColumnElement

from tracker import clock
from tracker.accounts import attempts
from tracker.accounts.models import OneTimeToken, SignInAttempt, UserSession
from tracker.claims.queries import tasks_with_free_seats_and_waiting
from tracker.claims.seats import fill_all_seats
from tracker.db import db, transaction

#: Ended sessions and used links stay this long: a person may ask what they were.
KEPT = dt.timedelta(days=30)


def _expired() -> dict[str, tuple[type[UserSession] | type[OneTimeToken] | type[SignInAttempt], ColumnElement[bool]]]:
    before = clock.now() - KEPT
    return {
        "sessions": (UserSession, or_(UserSession.expires_at < before, UserSession.ended_at < before)),
        "links": (OneTimeToken, OneTimeToken.expires_at < before),
        "sign_in_tries": (SignInAttempt, SignInAttempt.at < clock.now() - attempts.KEPT),
    }


def run(*, dry_run: bool = False) -> dict[str, int]:
    """Do it, or with ``dry_run`` only count; returns how many of what."""
    found = {"tasks_with_free_seats": len(tasks_with_free_seats_and_waiting())}
    for name, (model, condition) in _expired().items():
        found[name] = db.session.scalar(select(func.count()).select_from(model).where(condition)) or 0
    db.session.rollback()
    if not dry_run:
        fill_all_seats()
        transaction(_remove_expired)
    return found


def _remove_expired() -> None:
    for model, condition in _expired().values():
        db.session.execute(delete(model).where(condition).execution_options(synchronize_session=False))
