"""What becomes of a person's words in promotions when their account is erased."""

from __future__ import annotations

from sqlalchemy import case, or_, select, update

from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.promotions.models import (
    DECLINED,
    ERASED,
    Ballot,
    Promotion,
    Recommendation,
    RoleEnding,
    Vote,
)
from tracker.sigs.models import Membership


def erase_promotions(user: User) -> int:
    """Take out what the person wrote, and what was written about them, in promotions: statements, work plans, recommendations,
    the reasons of votes and of what ended. How many promotions that concerned.

    That somebody stood, was voted on and appointed stays, and so do votes and their numbers, which name nobody: roles rest on
    them. Where the database asks for words (of a vote against, of a refusal) a dash stays. Called inside the transaction that
    erases the account and records that.
    """
    user = lock(User, user.id)
    about = select(Promotion.id).where(Promotion.user_id == user.id)
    concerned = or_(Promotion.user_id == user.id, Promotion.nominated_by_id == user.id)
    ids = db.session.scalars(select(Promotion.id).where(concerned).order_by(Promotion.id)).all()
    for promotion in [lock(Promotion, promotion_id) for promotion_id in ids]:
        promotion.statement = ""
        if promotion.user_id == user.id:
            promotion.work_plan = ""
            promotion.reason = ERASED if promotion.state == DECLINED else ""
    db.session.flush()
    own_ballots = select(Ballot.id).where(Ballot.promotion_id.in_(about))
    db.session.execute(
        update(Vote)
        .where(or_(Vote.user_id == user.id, Vote.ballot_id.in_(own_ballots)), Vote.reason != "")
        .values(reason=case((Vote.choice == "against", ERASED), else_=""))
    )
    db.session.execute(
        update(Recommendation)
        .where(or_(Recommendation.user_id == user.id, Recommendation.promotion_id.in_(about)))
        .values(text=ERASED)
    )
    held = select(Membership.id).where(Membership.user_id == user.id)
    db.session.execute(update(RoleEnding).where(RoleEnding.membership_id.in_(held)).values(reason=ERASED))
    return len(ids)
