"""What is asked about promotions, their ballots and who may vote."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, func, or_, select

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, find
from tracker.errors import Missing
from tracker.events import audience
from tracker.meetings.models import OVER, PLANNED, Meeting
from tracker.permissions import Actor, maintained_sigs
from tracker.promotions import rules
from tracker.promotions.models import OPEN, PROPOSED, VOTING, Ballot, Elector, Promotion, Recommendation, Vote
from tracker.promotions.readiness import by_a_maintainer, ready_nominations
from tracker.sigs.models import MEMBER, Sig
from tracker.sigs.queries import maintainer_ids

#: Rows shown on the dashboard, and meetings to choose from.
SHOWN = 50


def get_promotion(promotion_id: int) -> Promotion:
    """The promotion with this id. Raises Missing."""
    if (found := find(Promotion, promotion_id)) is None:
        raise Missing(f"promotion {promotion_id}")
    return found


def name_of(user: Any) -> Any:
    """The name people know somebody by, as a column."""
    return func.coalesce(func.nullif(user.display_name, ""), user.handle)


# -- one promotion -----------------------------------------------------------------------------------


def open_promotion(sig_id: int, user_id: int, role: str, repository_id: int | None) -> Promotion | None:
    """The one that is open for this person and role."""
    return db.session.scalar(
        select(Promotion).where(
            Promotion.sig_id == sig_id, Promotion.user_id == user_id, Promotion.role == role,
            Promotion.repository_id == repository_id, Promotion.state.in_(OPEN),
        )
    )  # fmt: skip


def recommendations_of(promotion: Promotion) -> list[Row[Any]]:
    """Words for the candidate, oldest first: user_id, name, text, written_at; ``counts``: by who maintains the SIG today."""
    query = (
        select(Recommendation.user_id, name_of(User).label("name"), Recommendation.text, Recommendation.written_at,
               by_a_maintainer().label("counts"))
        .join(Promotion, Promotion.id == Recommendation.promotion_id)
        .join(User, User.id == Recommendation.user_id)
        .where(Recommendation.promotion_id == promotion.id)
        .order_by(Recommendation.written_at, Recommendation.user_id)
    )  # fmt: skip
    return list(db.session.execute(query))


def open_at(meeting_id: int) -> list[Promotion]:
    """Those whose vote is held at the meeting and isn't closed, oldest first."""
    query = select(Promotion).join(Ballot, Ballot.promotion_id == Promotion.id)
    query = query.where(Ballot.meeting_id == meeting_id, Ballot.closed_at.is_(None)).order_by(Ballot.id)
    return list(db.session.scalars(query))


def is_elector(ballot_id: int, user_id: int | None) -> bool:
    """Whether the person may vote in the ballot."""
    return user_id is not None and db.session.get(Elector, (ballot_id, user_id)) is not None


def own_vote(ballot_id: int, user_id: int | None) -> Vote | None:
    """What the person voted."""
    return None if user_id is None else db.session.get(Vote, (ballot_id, user_id))


def votes_of(ballot_id: int) -> list[str]:
    """The choices that stand."""
    return list(db.session.scalars(select(Vote.choice).where(Vote.ballot_id == ballot_id)))


def electors_of(ballot_id: int) -> list[Row[Any]]:
    """Who may vote, by name: user_id, name, role, cast_at (None: hasn't voted). How they voted is nobody's to read."""
    query = (
        select(Elector.user_id, name_of(User).label("name"), Elector.role, Vote.cast_at)
        .join(User, User.id == Elector.user_id)
        .outerjoin(Vote, and_(Vote.ballot_id == Elector.ballot_id, Vote.user_id == Elector.user_id))
        .where(Elector.ballot_id == ballot_id)
        .order_by(name_of(User), Elector.user_id)
    )
    return list(db.session.execute(query))


def reasons_of(ballot_id: int) -> list[Row[Any]]:
    """The reasons that were given, without who gave them, those against first and then by their text: choice, reason."""
    query = select(Vote.choice, Vote.reason).where(Vote.ballot_id == ballot_id, Vote.reason != "")
    return list(
        db.session.execute(query.order_by(case((Vote.choice == "against", 0), else_=1), Vote.choice, Vote.reason))
    )


def meetings_ahead(sig_id: int) -> list[Meeting]:
    """Planned meetings of the SIG that haven't begun, the next first."""
    return [meeting for meeting in meetings_for_vote(sig_id) if meeting.starts_at > clock.now()]


def meetings_for_vote(sig_id: int) -> list[Meeting]:
    """Meetings of the SIG at which a vote can be opened: planned ones that go on or come, the next first."""
    now = clock.now()
    query = (
        select(Meeting)
        # No meeting is longer than its seven days, see ck_meeting_length_range.
        .where(Meeting.sig_id == sig_id, Meeting.state == PLANNED, Meeting.starts_at > now - dt.timedelta(days=7))
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(40)
    )
    return [meeting for meeting in db.session.scalars(query) if meeting.ends_at > now][:20]


# -- for the job -------------------------------------------------------------------------------------


def _goes_on() -> ColumnElement[bool]:
    """The ballot isn't held at a meeting that doesn't take place."""
    return or_(Ballot.meeting_id.is_(None), Meeting.state.in_((PLANNED, *OVER)))


def due_ballots() -> list[int]:
    """Ids of promotions whose ballot the clock has closed and nobody counted yet."""
    query = select(Ballot.promotion_id).where(Ballot.closed_at.is_(None), Ballot.closes_at <= clock.now())
    return list(db.session.scalars(query.order_by(Ballot.id)))


def to_remind() -> list[int]:
    """Ids of promotions whose ballot closes, or whose meeting begins, within ``rules.REMIND_WITHIN``."""
    now = clock.now()
    ends = func.coalesce(Ballot.closes_at, Meeting.starts_at)
    query = (
        select(Ballot.promotion_id)
        .outerjoin(Meeting, Meeting.id == Ballot.meeting_id)
        .where(Ballot.closed_at.is_(None), ends > now, ends <= now + rules.REMIND_WITHIN, _goes_on())
    )
    return list(db.session.scalars(query.order_by(Ballot.id)))


def silent_electors(ballot_id: int) -> list[int]:
    """User ids of electors who haven't voted."""
    return [row.user_id for row in electors_of(ballot_id) if row.cast_at is None]


# -- who is told -------------------------------------------------------------------------------------


@audience("candidate")
def _candidate(promotion: Any) -> Iterable[int]:
    return [promotion.user_id]


@audience("nominator")
def _nominator(promotion: Any) -> Iterable[int]:
    return [promotion.nominated_by_id]


@audience("electors")
def _electors(promotion: Any) -> Iterable[int]:
    query = select(Elector.user_id).join(Ballot, Ballot.id == Elector.ballot_id)
    return list(db.session.scalars(query.where(Ballot.promotion_id == promotion.id).order_by(Elector.user_id)))


@audience("promotion_answerers")
def _answerers(promotion: Any) -> Iterable[int]:
    """The SIG's maintainers, the candidate aside."""
    return [person for person in maintainer_ids(promotion.sig_id) if person != promotion.user_id]


# -- the dashboard -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for the reader: ``what`` is vote, move, close, answer, open or stand."""

    what: str
    sig: str
    role: str
    who: str
    since: dt.datetime
    due: dt.datetime | None
    path: str


def waiting_for(who: Actor) -> list[Waiting]:
    """Ballots that wait for the reader's vote, to be closed by them, or to be moved since their meeting doesn't take place;
    applications to answer, nominations that are ready for the vote or to say yes to; oldest first. In a fixed number of
    statements."""
    if who.id is None:
        return []
    now, mine = clock.now(), sorted(maintained_sigs(who))
    others = Promotion.user_id != who.id
    can_vote = exists().where(Elector.ballot_id == Ballot.id, Elector.user_id == who.id)
    voted = exists().where(Vote.ballot_id == Ballot.id, Vote.user_id == who.id)
    ends = func.coalesce(Ballot.closes_at, Meeting.starts_at)
    held = and_(Promotion.state == VOTING, _goes_on())
    what = case(
        (and_(Promotion.state == VOTING, ~_goes_on(), Promotion.sig_id.in_(mine), others), "move"),
        (and_(held, can_vote, ~voted, or_(Ballot.closes_at.is_(None), Ballot.closes_at > now)), "vote"),
        (and_(held, Promotion.sig_id.in_(mine), others, ends <= now), "close"),
        (and_(Promotion.state == PROPOSED, Promotion.role == MEMBER, Promotion.sig_id.in_(mine), others), "answer"),
        (Promotion.id.in_(ready_nominations(mine, who.id)), "open"),
        (and_(Promotion.state == PROPOSED, Promotion.stands_at.is_(None), Promotion.user_id == who.id), "stand"),
        else_="",
    )
    query = (
        select(what.label("what"), Promotion.id, Promotion.role, Promotion.nominated_at, Ballot.opened_at, ends.label("ends"),
               Sig.name.label("sig"), name_of(User).label("who"))
        .join(Sig, Sig.id == Promotion.sig_id)
        .join(User, User.id == Promotion.user_id)
        .outerjoin(Ballot, Ballot.promotion_id == Promotion.id)
        .outerjoin(Meeting, Meeting.id == Ballot.meeting_id)
        .where(Promotion.state.in_(OPEN), what != "")
        .order_by(func.coalesce(Ballot.opened_at, Promotion.nominated_at), Promotion.id)
        .limit(SHOWN)
    )  # fmt: skip
    return [
        Waiting(
            row.what,
            row.sig,
            row.role,
            row.who,
            row.opened_at or row.nominated_at,
            None if row.what == "move" else row.ends,
            f"/promotions/{row.id}/",
        )
        for row in db.session.execute(query)
    ]


def takes_place(meeting: Meeting) -> bool:
    """Whether a vote can be closed at it, once it has begun."""
    return meeting.state == PLANNED or meeting.state in OVER
