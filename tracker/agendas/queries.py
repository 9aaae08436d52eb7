"""What is asked about agendas and proposals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.agendas import rules
from tracker.agendas.models import ON_AGENDA, OPEN, PROPOSAL_KINDS, STATES, WAITING, Proposal
from tracker.db import db, find
from tracker.errors import Missing
from tracker.events.diary import AUDIENCES, audience
from tracker.meetings.models import MEETING_KINDS, OFF, OVER, PLANNED, TO_CONFIRM, Meeting
from tracker.permissions import Actor, Permission, allowed, maintained_sigs
from tracker.sigs.models import Sig
from tracker.text import LazyString, Text, _l

#: Rows shown of each list.
SHOWN = 100
PutOffFrom = aliased(Meeting)
#: Meetings that are to come.
UPCOMING = (TO_CONFIRM, PLANNED)


@audience("proposer_of_item")
def _proposer(proposal: Proposal) -> Iterable[int]:
    return [proposal.user_id]


def get_proposal(proposal_id: int) -> Proposal:
    """Raises Missing."""
    if (proposal := find(Proposal, proposal_id)) is None:
        raise Missing(f"proposal {proposal_id}")
    return proposal


_NAME = func.coalesce(func.nullif(User.display_name, ""), User.handle)
_ITEM: tuple[Any, ...] = (
    Proposal.id, Proposal.kind, Proposal.title, Proposal.details, Proposal.minutes_long, Proposal.user_id,
    _NAME.label("proposer"), Proposal.state, Proposal.position, Proposal.reason, Proposal.deferrals, Proposal.created_at,
)  # fmt: skip


def _items(*conditions: ColumnElement[bool]) -> list[Row[Any]]:
    query = (
        select(*_ITEM)
        .join(User, User.id == Proposal.user_id)
        .where(*conditions)
        .order_by(Proposal.position, Proposal.id)
        .limit(SHOWN)
    )
    return list(db.session.execute(query))


def accepted_items(meeting_id: int) -> list[Row[Any]]:
    """What is on the agenda besides the fixed items, in its order, heard or not: id, kind, title, details, minutes_long,
    user_id, proposer (a name), state, position, reason, deferrals, created_at."""
    return _items(Proposal.meeting_id == meeting_id, Proposal.state.in_(ON_AGENDA))


def to_answer(meeting_id: int) -> list[Row[Any]]:
    """Proposals for a meeting that its organiser hasn't answered, as ``accepted_items``."""
    return _items(Proposal.meeting_id == meeting_id, Proposal.state.in_(WAITING))


def to_answer_count(meeting_id: int) -> int:
    """How many proposals for a meeting wait for an answer."""
    query = select(func.count()).where(Proposal.meeting_id == meeting_id, Proposal.state.in_(WAITING))
    return db.session.scalar(query) or 0


def without_meeting(meeting: Meeting) -> list[Row[Any]]:
    """Deferred proposals of the SIG that have no meeting and could come to this one, as ``accepted_items``."""
    return _items(waits_for(meeting))


def waits_for(meeting: Meeting) -> ColumnElement[bool]:
    """Of proposals without a meeting: put off from an earlier one of the SIG and of the same kind."""
    earlier = exists().where(
        PutOffFrom.id == Proposal.deferred_from_id, PutOffFrom.kind == meeting.kind,
        PutOffFrom.starts_at < meeting.starts_at,
    )  # fmt: skip
    return and_(
        Proposal.sig_id == meeting.sig_id, Proposal.state == "deferred", Proposal.meeting_id.is_(None), earlier
    )  # fmt: skip


def proposed_by(user_id: int, meeting: Meeting) -> list[Row[Any]]:
    """A person's proposals for a meeting and those of the SIG that wait elsewhere, newest first: the columns of
    ``accepted_items``, meeting_id, and starts_at and time_zone of its meeting."""
    elsewhere = and_(Proposal.sig_id == meeting.sig_id, Proposal.state.in_(WAITING))
    query = (
        select(*_ITEM, Proposal.meeting_id, Meeting.starts_at, Meeting.time_zone)
        .join(User, User.id == Proposal.user_id)
        .outerjoin(Meeting, Meeting.id == Proposal.meeting_id)
        .where(Proposal.user_id == user_id, or_(Proposal.meeting_id == meeting.id, elsewhere))
        .order_by(Proposal.id.desc())
        .limit(SHOWN)
    )
    return list(db.session.execute(query))


def open_titles(user_id: int, meeting_id: int, but: int = 0) -> list[str]:
    """Titles of a person's proposals for a meeting that are open."""
    query = select(Proposal.title).where(
        Proposal.user_id == user_id, Proposal.meeting_id == meeting_id, Proposal.state.in_(OPEN), Proposal.id != but
    )
    return list(db.session.scalars(query))


def on_agenda(meeting_id: int) -> list[Proposal]:
    """The items on an agenda themselves, in its order."""
    query = select(Proposal).where(Proposal.meeting_id == meeting_id, Proposal.state.in_(ON_AGENDA))
    return list(db.session.scalars(query.order_by(Proposal.position, Proposal.id)))


def last_position(meeting_id: int) -> int:
    """The largest position on an agenda; 0 while it has no item."""
    query = select(func.max(Proposal.position)).where(Proposal.meeting_id == meeting_id, Proposal.state.in_(ON_AGENDA))
    return db.session.scalar(query) or 0


def following_meeting(sig_id: int, kind: str, after: dt.datetime) -> Meeting | None:
    """The SIG's next meeting of a kind that begins after ``after`` and after now, and takes place as far as is known."""
    query = (
        select(Meeting)
        .where(
            Meeting.sig_id == sig_id, Meeting.kind == kind, Meeting.state.in_(UPCOMING),
            Meeting.starts_at > max(after, clock.now()),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(1)
    )  # fmt: skip
    return db.session.scalar(query)


# -- may something be proposed now ----------------------------------------------------------------


def agenda_times(meeting: Meeting) -> tuple[dt.datetime, dt.datetime]:
    """From when to when proposals are taken."""
    return meeting.agenda_opens_at or meeting.created_at, meeting.agenda_closes_at or meeting.starts_at


def phase_of(meeting: Meeting) -> str:
    """The phase of a meeting's agenda now; see ``rules.phase``."""
    opens, closes = agenda_times(meeting)
    return rules.phase(meeting.state, off=OFF, over=OVER, opens=opens, closes=closes, now=clock.now())


def taking(actor: Actor, meeting: Meeting) -> rules.Taking:
    """The facts for ``rules.why_not``."""
    opens, closes = agenda_times(meeting)
    phase, organises = phase_of(meeting), allowed(actor, Permission.PROPOSAL_ANSWER, meeting)
    following, ask = None, ""
    if phase != rules.OPEN:  # what to do instead
        following = following_meeting(meeting.sig_id, meeting.kind, meeting.starts_at)
        ask = _whom_to_ask(meeting)
    return rules.Taking(
        label=meeting.label, phase=phase, opens=opens, closes=closes, zone=meeting.time_zone, ask=ask,
        following_on=following.starts_at.astimezone(ZoneInfo(following.time_zone)).date() if following else None,
        organises=organises,
    )  # fmt: skip


def why_not_edit(actor: Actor, proposal: Proposal) -> Text | None:
    """Why the proposer can't change a proposal any more, and what to do instead."""
    if proposal.state not in WAITING:
        return _l(
            "%(item)s is in the state “%(state)s”: only a proposal that waits for an answer can be changed. Propose it anew,"
            " or ask the organiser.", item=proposal.title, state=STATES[proposal.state],
        )  # fmt: skip
    if proposal.meeting is None:
        return None
    facts = taking(actor, proposal.meeting)
    if facts.phase == rules.CLOSED and not facts.organises:
        return rules.closed(facts)
    return rules.why_not(facts) if facts.phase in (rules.OFF, rules.OVER) else None


def _whom_to_ask(meeting: Meeting) -> str:
    """The organisers' names, or the maintainers' while nobody organises it; the SIG's where it has neither."""
    ids = AUDIENCES["organisers"](meeting)
    names = db.session.scalars(select(_NAME).where(User.id.in_(list(ids))).order_by(User.id))
    return ", ".join(names) or meeting.sig.name


# -- what waits for whom --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal that waits for ``who``'s answer: ``since`` it is there, ``due`` at the cut-off of its meeting."""

    proposal_id: int
    kind: LazyString
    title: str
    proposer: str
    sig_name: str
    sig_name_zh: str
    meeting: str
    meeting_at: dt.datetime
    time_zone: str
    path: str
    since: dt.datetime
    due: dt.datetime


def waiting_for(who: Actor) -> list[Waiting]:
    """Proposals for open agendas that ``who`` answers, oldest first: the organiser's; the maintainers' too while nobody
    organises the meeting or once the cut-off has passed."""
    if who.id is None:
        return []
    now = clock.now()
    nobody = and_(Meeting.organiser_id.is_(None), Meeting.vice_organiser_id.is_(None))
    closed = func.coalesce(Meeting.agenda_closes_at, Meeting.starts_at) <= now
    theirs = or_(
        Meeting.organiser_id == who.id,
        Meeting.vice_organiser_id == who.id,
        and_(Meeting.sig_id.in_(maintained_sigs(who)), or_(nobody, closed)),
    )
    since = func.coalesce(Proposal.decided_at, Proposal.created_at)
    query = (
        select(
            *_ITEM, since.label("since"), Sig.name, Sig.name_zh, Meeting.id.label("meeting_id"), Meeting.title.label("meeting"),
            Meeting.kind.label("of_kind"), Meeting.starts_at, Meeting.time_zone, Meeting.agenda_closes_at,
        )
        .join(Meeting, Meeting.id == Proposal.meeting_id)
        .join(Sig, Sig.id == Meeting.sig_id)
        .join(User, User.id == Proposal.user_id)
        .where(
            Proposal.state.in_(WAITING), Meeting.state.in_(UPCOMING), theirs,
            or_(Meeting.agenda_opens_at.is_(None), Meeting.agenda_opens_at <= now),
        )
        .order_by(since, Proposal.id)
        .limit(SHOWN)
    )  # fmt: skip
    return [_waiting(row) for row in db.session.execute(query)]


def _waiting(row: Any) -> Waiting:
    return Waiting(
        proposal_id=row.id, kind=PROPOSAL_KINDS[row.kind], title=row.title, proposer=row.proposer, sig_name=row.name,
        sig_name_zh=row.name_zh, meeting=row.meeting or str(MEETING_KINDS[row.of_kind]), meeting_at=row.starts_at,
        time_zone=row.time_zone, path=f"/meetings/{row.meeting_id}/agenda#to-answer", since=row.since,
        due=row.agenda_closes_at or row.starts_at,
    )  # fmt: skip
