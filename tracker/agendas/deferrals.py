"""How proposals come to a later meeting: deferred by who answers them, carried over when they weren't heard or their
meeting fell away, taken up once there is a later meeting."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select

from tracker import clock
from tracker.agendas.models import OPEN, Proposal
from tracker.agendas.queries import UPCOMING, following_meeting, waits_for
from tracker.agendas.workflow import PROPOSAL
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.meetings.consequences import when_off
from tracker.meetings.models import CANCELLED, PUBLISHED, SKIPPED, Meeting
from tracker.permissions import SYSTEM, Actor, Permission, demand
from tracker.sigs.models import Sig
from tracker.text import _l


def hold(proposal: Proposal) -> Proposal:
    """The proposal, locked after its meeting. Raises Refused when it was moved to another one meanwhile."""
    meeting_id = proposal.meeting_id
    if meeting_id is not None:
        lock(Meeting, meeting_id)
    held = lock(Proposal, proposal.id)
    if held.meeting_id != meeting_id:
        raise Refused(_l("The proposal was moved to another meeting meanwhile. Reload the page and try again."))
    return held


def defer_proposal(actor: Actor, proposal: Proposal, *, reason: str = "") -> Proposal:
    """Put it off to the SIG's next meeting of the same kind; where none is planned yet, it waits for one.

    Raises Refused when it is answered for good or waits for a later meeting already, Forbidden.
    """
    proposal = hold(proposal)
    PROPOSAL.check(actor, proposal, "defer")
    meeting = proposal.meeting
    if meeting is None:
        raise Refused(
            _l("%(item)s waits for the SIG's next meeting already: it can be put off once that is planned.",
               item=proposal.title)
        )  # fmt: skip
    PROPOSAL.advance(actor, proposal, "defer")
    following = _next(meeting)
    _move(proposal, meeting, following, reason.strip(), actor.id)
    # The next organisers, where others than these, learn that it waits for them.
    told = following.organiser_ids - meeting.organiser_ids if following else set()
    record(actor, "proposal.deferred", proposal, tell=sorted(told), reason=proposal.reason, meeting=meeting.label)
    return proposal


def carry_over(actor: Actor, meeting: Meeting) -> list[Proposal]:
    """The meeting ended: what is proposed or on its agenda and wasn't heard waits for the next one.

    Each is recorded; nobody has to ask for it again. Raises Forbidden.
    """
    return _carry(actor, meeting, "not_heard")


def drop_absent(actor: Actor, meeting: Meeting, *, present_ids: Collection[int]) -> list[Proposal]:
    """As ``carry_over``, for the items on the agenda whose proposers aren't among ``present_ids``. Raises Forbidden."""
    return _carry(
        actor, meeting, "absent", Proposal.state == "accepted", Proposal.user_id.not_in(list(present_ids))
    )  # fmt: skip


@when_off
def release_items(actor: Actor, meeting: Meeting) -> list[Proposal]:
    """The meeting fell away (cancelled, skipped): its open proposals wait for the next one. Raises Forbidden.

    One that is only postponed keeps them: it gets another day, and its agenda with it.
    """
    return _carry(actor, meeting, "meeting_off")


def adopt_deferred(actor: Actor, meeting: Meeting) -> Meeting:
    """Take up for ``meeting`` what was deferred while no later meeting of its kind was planned.

    Raises Refused when it isn't to come or nothing waits, Forbidden.
    """
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.PROPOSAL_ANSWER, meeting)
    if meeting.state not in UPCOMING:
        raise Refused(_l("%(meeting)s isn't to come. Take them up for a meeting that is.", meeting=meeting.label))
    if not _attach(actor, meeting):
        raise Refused(_l("Nothing waits for a meeting. Reload the page: somebody else may have taken it up."))
    return meeting


def attach_deferred(actor: Actor, sig_id: int) -> int:
    """Bring the proposals of a SIG that wait to meetings that are to come, and say how many were moved: those
    deferred while none was planned, and those left at a meeting that fell away or whose minutes are published.

    For jobs and for planning meetings ahead; doing it again changes nothing. Raises Forbidden.
    """
    sig = db.session.get_one(Sig, sig_id)
    demand(actor, Permission.SERIES_EDIT, sig)
    stranded = (
        select(Meeting)
        .join(Proposal, Proposal.meeting_id == Meeting.id)
        .where(Proposal.sig_id == sig_id, Proposal.state.in_(OPEN), Meeting.state.in_((CANCELLED, SKIPPED, PUBLISHED)))
        .distinct()
        .order_by(Meeting.starts_at, Meeting.id)
    )
    brought = 0
    for meeting in db.session.scalars(stranded).all():
        brought += len(_carry(actor, meeting, "not_heard" if meeting.state == PUBLISHED else "meeting_off"))
    waiting = select(Proposal.deferred_from_id).where(
        Proposal.sig_id == sig_id, Proposal.state == "deferred", Proposal.meeting_id.is_(None)
    )
    put_off = select(Meeting).where(Meeting.id.in_(waiting)).order_by(Meeting.starts_at, Meeting.id)
    for meeting in db.session.scalars(put_off).all():
        if (following := _next(meeting)) is not None:
            brought += _attach(actor, following)
    return brought


# -- what they share ------------------------------------------------------------------------------


def _next(meeting: Meeting) -> Meeting | None:
    """The next meeting of its kind, locked: it still takes place when the proposals get there."""
    while (found := following_meeting(meeting.sig_id, meeting.kind, meeting.starts_at)) is not None:
        held = lock(Meeting, found.id)
        if held.state in UPCOMING and held.starts_at > meeting.starts_at:
            return held
    return None


def _move(proposal: Proposal, meeting: Meeting, following: Meeting | None, reason: str, by: int | None) -> None:
    proposal.deferred_from_id, proposal.meeting, proposal.position = meeting.id, following, 0
    proposal.deferrals += 1
    proposal.reason, proposal.decided_at, proposal.decided_by_id = reason, clock.now(), by


def _carry(actor: Actor, meeting: Meeting, reason_code: str, *only: ColumnElement[bool]) -> list[Proposal]:
    meeting = lock(Meeting, meeting.id)
    if actor is not SYSTEM:  # a day that turned out to be closed is skipped by nobody
        demand(actor, Permission.PROPOSAL_ANSWER, meeting)
    moved: Sequence[Proposal] = _locked(Proposal.meeting_id == meeting.id, Proposal.state.in_(OPEN), *only)
    following = None
    if moved:
        following = _next(meeting)
    for proposal in moved:
        PROPOSAL.advance(actor, proposal, "carry")
        _move(proposal, meeting, following, "", actor.id)
        record(actor, "proposal.carried_over", proposal, reason_code=reason_code, meeting=meeting.label)
    return list(moved)


def _attach(actor: Actor, meeting: Meeting) -> int:
    found = _locked(waits_for(meeting))
    for proposal in found:
        proposal.meeting = meeting
        record(actor, "proposal.attached", proposal, meeting=meeting.label)
    return len(found)


def _locked(*conditions: ColumnElement[bool]) -> Sequence[Proposal]:
    query = select(Proposal).where(*conditions).order_by(Proposal.id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()
