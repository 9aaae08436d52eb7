"""What is done with proposals for an agenda: made, answered, put in order, heard; deferrals has how they come to a later
meeting."""

from __future__ import annotations

from tracker import clock
from tracker.agendas import rules
from tracker.agendas.deferrals import (
    adopt_deferred,
    attach_deferred,
    carry_over,
    defer_proposal,
    drop_absent,
    hold,
    release_items,
)
from tracker.agendas.models import PROPOSAL_KINDS, Proposal
from tracker.agendas.queries import last_position, on_agenda, open_titles, phase_of, taking, why_not_edit
from tracker.agendas.workflow import PROPOSAL
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.meetings.models import Meeting
from tracker.meetings.rules import check_version
from tracker.permissions import Actor, Permission, demand
from tracker.text import _l

__all__ = [
    "accept_proposal", "adopt_deferred", "attach_deferred", "carry_over", "decline_proposal", "defer_proposal", "drop_absent",
    "edit_proposal", "hear_item", "place_item", "propose_item", "release_items", "unhear_item", "withdraw_proposal",
]  # fmt: skip


# -- by the proposer ------------------------------------------------------------------------------


def propose_item(
    actor: Actor, meeting: Meeting, *, kind: str, title: str, details: str = "", minutes_long: int = 15
) -> Proposal:
    """Propose an item of ``minutes_long`` minutes for a meeting's agenda; ``details`` is Markdown.

    Raises Refused before the agenda opens, after its cut-off (who runs the meeting adds items until it ended), for what
    the person proposed for it already and for too many at once; Forbidden.
    """
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.PROPOSAL_MAKE, meeting)
    if actor.id is None:
        raise Forbidden(Permission.PROPOSAL_MAKE)
    facts = taking(actor, meeting)
    if (why := rules.why_not(facts)) is not None:
        raise Refused(why)
    _check_kind(kind)
    titles = open_titles(actor.id, meeting.id)
    rules.check_item(title, minutes_long, titles)
    if not facts.organises:
        rules.check_number(len(titles))
    proposal = Proposal(
        sig_id=meeting.sig_id, meeting=meeting, user_id=actor.id, kind=kind,
        title=" ".join(title.split()), details=details.strip(), minutes_long=minutes_long, created_at=clock.now(),
    )  # fmt: skip
    db.session.add(proposal)
    record(actor, "proposal.made", proposal, minutes=minutes_long, meeting=meeting.label)
    return proposal


def edit_proposal(
    actor: Actor, proposal: Proposal, *, version: int, kind: str, title: str, details: str = "", minutes_long: int = 15
) -> Proposal:
    """Change a proposal before it is answered and before the cut-off. Raises Refused, also when it was changed since
    ``version``; Forbidden."""
    proposal = hold(proposal)
    demand(actor, Permission.PROPOSAL_HOLD, proposal)
    if (why := why_not_edit(actor, proposal)) is not None:
        raise Refused(why)
    check_version(version, proposal.version, ())
    _check_kind(kind)
    titles = open_titles(proposal.user_id, proposal.meeting_id, but=proposal.id) if proposal.meeting_id else []
    rules.check_item(title, minutes_long, titles)
    wanted = {"kind": kind, "title": " ".join(title.split()), "details": details.strip(), "minutes_long": minutes_long}
    changed = [name for name, value in wanted.items() if getattr(proposal, name) != value]
    if not changed:
        return proposal  # nothing to note
    for name in changed:
        setattr(proposal, name, wanted[name])
    proposal.version += 1
    record(actor, "proposal.edited", proposal, changed=changed, version=proposal.version)
    return proposal


def withdraw_proposal(actor: Actor, proposal: Proposal) -> Proposal:
    """Take one's own proposal back, also from the agenda. Raises Refused, Forbidden."""
    proposal = hold(proposal)
    PROPOSAL.advance(actor, proposal, "withdraw")
    proposal.decided_at, proposal.decided_by_id = clock.now(), actor.id
    record(actor, "proposal.withdrawn", proposal)
    return proposal


# -- by who runs the meeting ----------------------------------------------------------------------


def accept_proposal(actor: Actor, proposal: Proposal) -> Proposal:
    """Put it on the agenda, behind the others. Raises Refused, also when its meeting isn't to come; Forbidden."""
    proposal = hold(proposal)
    PROPOSAL.check(actor, proposal, "accept")
    meeting = proposal.meeting
    if meeting is None:
        raise Refused(
            _l("%(item)s waits for a meeting that isn't planned yet. Plan it, then take the item up on its agenda.",
               item=proposal.title)
        )  # fmt: skip
    if phase_of(meeting) in (rules.OFF, rules.OVER):
        raise Refused(
            _l("%(meeting)s isn't to come: nothing more is put on its agenda. Defer the item to the next meeting.",
               meeting=meeting.label)
        )  # fmt: skip
    proposal.position = last_position(meeting.id) + 1
    PROPOSAL.advance(actor, proposal, "accept")
    proposal.reason, proposal.decided_at, proposal.decided_by_id = "", clock.now(), actor.id
    record(actor, "proposal.accepted", proposal, meeting=meeting.label)
    return proposal


def decline_proposal(actor: Actor, proposal: Proposal, *, reason: str) -> Proposal:
    """Decline it; its proposer is told the ``reason``. Raises Refused, Forbidden."""
    proposal = hold(proposal)
    PROPOSAL.check(actor, proposal, "decline")
    if not reason.strip():
        raise Refused(_l("Say why it is declined: its proposer reads it."), field="reason")
    PROPOSAL.advance(actor, proposal, "decline")
    proposal.reason, proposal.decided_at, proposal.decided_by_id = reason.strip(), clock.now(), actor.id
    record(actor, "proposal.declined", proposal, reason=proposal.reason)
    return proposal


def place_item(actor: Actor, proposal: Proposal, *, up: bool) -> Proposal:
    """Move an item of the agenda one place ``up``, or down. Raises Refused at the end of the list, Forbidden."""
    proposal = hold(proposal)
    demand(actor, Permission.PROPOSAL_ANSWER, proposal)
    if not proposal.on_agenda or proposal.meeting_id is None:
        raise Refused(_l("%(item)s isn't on the agenda. Put it there first.", item=proposal.title))
    items = {item.id: item for item in on_agenda(proposal.meeting_id)}
    order = rules.moved(list(items), proposal.id, up)
    for place, number in enumerate(order, start=1):
        items[number].position = place
    record(actor, "proposal.placed", proposal, place=order.index(proposal.id) + 1)
    return proposal


def hear_item(actor: Actor, proposal: Proposal) -> Proposal:
    """Tick an item off: it was heard. Raises Refused, also when its meeting doesn't take place; Forbidden."""
    return _tick(actor, proposal, "hear", "proposal.heard")


def unhear_item(actor: Actor, proposal: Proposal) -> Proposal:
    """It wasn't heard after all: ticked by mistake. Raises Refused, Forbidden."""
    return _tick(actor, proposal, "unhear", "proposal.unheard")


def _tick(actor: Actor, proposal: Proposal, action: str, event: str) -> Proposal:
    proposal = hold(proposal)
    PROPOSAL.check(actor, proposal, action)
    meeting = proposal.meeting
    if meeting is None or phase_of(meeting) == rules.OFF:
        raise Refused(_l("The meeting of %(item)s doesn't take place. Defer it to the next one.", item=proposal.title))
    if meeting.minutes_published_at is not None:
        raise Refused(
            _l("The minutes of %(meeting)s are published. Say in a correction of them what was heard.",
               meeting=meeting.label)
        )  # fmt: skip
    PROPOSAL.advance(actor, proposal, action)
    record(actor, event, proposal, meeting=meeting.label)
    return proposal


def _check_kind(kind: str) -> None:
    if kind not in PROPOSAL_KINDS:
        raise Refused(_l("There is no such kind of item."), field="kind")
