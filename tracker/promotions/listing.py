"""The list of promotions, as far as its reader may see them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select, true

from tracker.accounts.models import User
from tracker.db import db
from tracker.meetings.models import Meeting
from tracker.permissions import Actor
from tracker.predicates import maintained_sigs, served_sigs
from tracker.promotions.models import APPOINTED, OPEN, PROPOSED, VOTING, Ballot, Elector, Promotion, Vote
from tracker.promotions.queries import name_of
from tracker.promotions.shelf import Filters
from tracker.sigs.models import MEMBER, Area, Repository, Sig

#: What is open stands first: votes, then what is being prepared.
RANK = case((Promotion.state == VOTING, 2), (Promotion.state == PROPOSED, 1), else_=0)


def visible_to(who: Actor) -> ColumnElement[bool]:
    """The condition that ``who`` may see a promotion: promotion:read as SQL."""
    if who.is_admin:
        return true()
    if who.id is None:
        return Promotion.state == APPOINTED
    return or_(
        Promotion.state.in_((APPOINTED, VOTING)), Promotion.user_id == who.id, Promotion.nominated_by_id == who.id,
        and_(Promotion.role != MEMBER, Promotion.sig_id.in_(sorted(served_sigs(who)))),
        Promotion.sig_id.in_(sorted(maintained_sigs(who))),
    )  # fmt: skip


def _voted() -> Any:
    return select(func.count()).select_from(Vote).where(Vote.ballot_id == Ballot.id).correlate(Ballot).scalar_subquery()


def votes_at(meeting_id: int, who: Actor) -> list[Row[Any]]:
    """Ballots at a meeting that ``who`` may see, oldest first: id (of the promotion), role, name of the candidate, result,
    electors, voted. One statement."""
    query = (
        select(Promotion.id, Promotion.role, name_of(User).label("name"), Ballot.result, Ballot.electors,
               _voted().label("voted"))
        .join(Ballot, Ballot.promotion_id == Promotion.id)
        .join(User, User.id == Promotion.user_id)
        .where(Ballot.meeting_id == meeting_id, visible_to(who))
        .order_by(Ballot.id)
    )  # fmt: skip
    return list(db.session.execute(query))


def promotion_rows(filters: Filters, who: Actor) -> Select[*tuple[Any, ...]]:
    """What the list shows of each: id, rank, sig, names of SIG and area, role, state, candidate, repository, nominated_at,
    opened_at, ends, closed_at, the counts, electors, voted, can_vote, has_voted; to be paged by rank and id, both falling."""
    can_vote = exists().where(Elector.ballot_id == Ballot.id, Elector.user_id == (who.id or 0))
    has_voted = exists().where(Vote.ballot_id == Ballot.id, Vote.user_id == (who.id or 0))
    query: Select[*tuple[Any, ...]] = (
        select(
            Promotion.id, RANK.label("rank"), Sig.slug, Sig.name, Sig.name_zh, Promotion.role, Promotion.state,
            name_of(User).label("candidate"), User.handle, Area.name.label("area"), Area.name_zh.label("area_zh"),
            Repository.path.label("repository"), Promotion.nominated_at, Promotion.decided_at, Ballot.opened_at,
            func.coalesce(Ballot.closes_at, Meeting.starts_at).label("ends"), Ballot.meeting_id, Ballot.closed_at,
            Ballot.result, Ballot.in_favour, Ballot.against, Ballot.abstained, Ballot.electors, _voted().label("voted"),
            can_vote.label("can_vote"), has_voted.label("has_voted"),
        )
        .join(Sig, Sig.id == Promotion.sig_id)
        .join(User, User.id == Promotion.user_id)
        # Where an applicant wants to help is for those who read the application.
        .outerjoin(Area, and_(Area.id == Promotion.area_id, Promotion.role != MEMBER))
        .outerjoin(Repository, Repository.id == Promotion.repository_id)
        .outerjoin(Ballot, Ballot.promotion_id == Promotion.id)
        .outerjoin(Meeting, Meeting.id == Ballot.meeting_id)
        .where(visible_to(who))
    )  # fmt: skip
    if filters.sig:
        query = query.where(Sig.slug == filters.sig)
    if filters.role:
        query = query.where(Promotion.role == filters.role)
    if filters.state:
        query = query.where(Promotion.state.in_(OPEN) if filters.state == "open" else Promotion.state == filters.state)
    if filters.mine == "vote":
        query = query.where(can_vote)
    elif filters.mine:
        query = query.where(or_(Promotion.user_id == (who.id or 0), Promotion.nominated_by_id == (who.id or 0)))
    return query
