"""What is done with progress notes: holders write them, mentors comment on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tracker import clock
from tracker.claims.models import STATES, Claim
from tracker.db import db, lock
from tracker.errors import Forbidden, Refused
from tracker.events import record
from tracker.meetings import rules
from tracker.meetings.models import OFF, Meeting, ProgressNote
from tracker.meetings.queries import newest_note
from tracker.permissions import Actor, Permission, allowed
from tracker.text import _l

#: The same report within this time is one that was sent twice; later it says that nothing has changed.
A_MOMENT = dt.timedelta(minutes=10)


def write_note(
    actor: Actor, claim: Claim, *, percent: int, done: str, next: str = "", blockers: str = "",
    links: Sequence[str] = (), meeting: Meeting | None = None,
) -> ProgressNote:  # fmt: skip
    """Report on a claim, for a ``meeting`` of its SIG or for none. ``percent`` 0 to 100, ``links`` http(s) addresses.

    Raises Refused when the claim isn't worked on or the meeting isn't one to report at, Forbidden.
    """
    claim = lock(Claim, claim.id)
    if actor.id is None or not allowed(actor, Permission.PROGRESS_WRITE, claim):
        raise Forbidden(Permission.PROGRESS_WRITE)
    rules.check_report(claim.state, STATES[claim.state], claim.task.reference, percent, done)
    if meeting is not None and meeting.sig_id != claim.sig_id:
        raise Refused(_l("This is a meeting of another SIG. Pick one of the task's SIG."), field="meeting")
    if meeting is not None and meeting.state in OFF:
        raise Refused(_l("This meeting doesn't take place. Pick another one, or none."), field="meeting")
    last = newest_note(claim.id)
    if last is not None and _same(last, percent, done, next, blockers, links, meeting):
        raise Refused(_l("You reported exactly this already. Add what has changed since."), field="done")
    note = ProgressNote(
        claim=claim, meeting=meeting, author_id=actor.id, percent=percent, done=done.strip(), next=next.strip(),
        blockers=blockers.strip(), links=list(links), written_at=clock.now(),
    )  # fmt: skip
    db.session.add(note)
    record(actor, "progress.written", note, percent=percent, claim=claim.id)
    return note


def _same(
    last: ProgressNote, percent: int, done: str, next: str, blockers: str, links: Sequence[str], meeting: Meeting | None
) -> bool:
    """Whether a report says what the last one said a moment ago: a form that was sent twice."""
    if clock.now() - last.written_at > A_MOMENT:
        return False
    return (last.percent, last.done, last.next, last.blockers, list(last.links), last.meeting_id) == (
        percent, done.strip(), next.strip(), blockers.strip(), list(links), meeting.id if meeting else None
    )  # fmt: skip


def comment(actor: Actor, note: ProgressNote, *, mentor_comment: str) -> ProgressNote:
    """Comment on a note; a later comment replaces the earlier one, which the diary keeps.

    Raises Refused when nothing is said, Forbidden.
    """
    note = lock(ProgressNote, note.id)
    if not allowed(actor, Permission.PROGRESS_COMMENT, note):
        raise Forbidden(Permission.PROGRESS_COMMENT)
    if not mentor_comment.strip():
        raise Refused(_l("Write the comment first."), field="mentor_comment")
    before, note.mentor_comment = note.mentor_comment, mentor_comment.strip()
    note.commented_by_id, note.commented_at = actor.id, clock.now()
    record(actor, "progress.commented", note, comment=note.mentor_comment, before=before, claim=note.claim_id)
    return note
