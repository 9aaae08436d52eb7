"""What becomes of a person's place in the hall when their account is erased."""

from __future__ import annotations

from sqlalchemy import delete, update

from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.honours.models import Picture, Star


def erase_honours(user: User) -> None:
    """Take the person out of the hall: the picture, the words of their titles, and the row itself. That a title was awarded
    stays, and so do the sums of deeds, which name nobody. Called inside the transaction that erases the account and records
    that."""
    user = lock(User, user.id)
    user.in_hall = False
    db.session.flush()
    db.session.execute(delete(Picture).where(Picture.user_id == user.id))
    db.session.execute(update(Star).where(Star.user_id == user.id).values(citation="", reason=""))
