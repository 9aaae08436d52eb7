"""What is said at a meeting, typed by two people at once: about each claim, and in general."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tracker import clock
from tracker.claims.models import Claim
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.meetings.models import HELD, Meeting, ProgressNote
from tracker.meetings.rules import REPORTED
from tracker.meetings.workflow import MEETING
from tracker.minutes import rules
from tracker.minutes.models import Discussion, Report
from tracker.minutes.queries import find_discussion, find_report
from tracker.minutes.rules import Said, combine, merge, overruled
from tracker.minutes.turns import notes_for
from tracker.permissions import Actor, Permission, demand
from tracker.text import _l


@dataclass(frozen=True, slots=True)
class Saved:
    """What stands now. ``overruled``: the percent that ``by`` had set ``at`` and that was replaced by this save."""

    said: Said
    report: Report | None
    overruled: int | None = None
    by: str = ""
    at: dt.datetime | None = None


def held_for_notes(actor: Actor, meeting: Meeting) -> Meeting:
    """The meeting, locked: two people who note at once take turns. Raises Refused when no notes are taken, Forbidden."""
    meeting = lock(Meeting, meeting.id)
    demand(actor, Permission.MEETING_EDIT, meeting)
    rules.check_noting(meeting.label, meeting.state, MEETING.states[meeting.state])
    return meeting


def check_claim(meeting: Meeting, claim: Claim | None) -> None:
    """Raises Refused for a claim of another SIG."""
    if claim is not None and claim.sig_id != meeting.sig_id:
        raise Refused(_l("This claim is on a task of another SIG. Open the meeting of its own SIG."))


def _check_live(meeting: Meeting, claim: Claim) -> None:
    """Raises Refused for a claim that nobody approved, or that had ended when the meeting began: it isn't on its agenda."""
    ended = claim.state not in REPORTED and (claim.decided_at is None or claim.decided_at <= meeting.starts_at)
    if claim.approved_at is None or ended:
        raise Refused(_l("There is no such claim. Reload the page."))


def note_report(
    actor: Actor, meeting: Meeting, claim: Claim, *, base: Said, done: str, next: str, blockers: str,
    percent: int | None, heard: bool = True,
) -> Saved:  # fmt: skip
    """Note what was said about a claim; ``heard``: its turn is over.

    ``base`` is what the page had when typing began: what somebody else typed since is kept (see ``rules.merge``).
    Raises Refused when no notes are taken any more, Forbidden.
    """
    meeting = held_for_notes(actor, meeting)
    saved = _save(actor, meeting, claim, base, Said(done, next, blockers, percent), always=True)
    assert saved.report is not None
    if heard and saved.report.heard_at is None:
        saved.report.heard_at = clock.now()
    record(actor, "meeting.reported", meeting, task=claim.task.reference, claim=claim.id, percent=saved.said.percent)
    return saved


def save_draft(
    actor: Actor, meeting: Meeting, claim: Claim, *, base: Said, done: str, next: str, blockers: str,
    percent: int | None,
) -> Saved:  # fmt: skip
    """Keep what is being typed, as ``note_report`` does, without ending the claim's turn.

    This is no step: the page saves a second after every pause, and the diary, which nobody can prune, would fill with
    half sentences. It notes the report when the turn is over; who wrote last, and when, stands on the row.
    """
    meeting = held_for_notes(actor, meeting)
    return _save(actor, meeting, claim, base, Said(done, next, blockers, percent), always=False)


def _save(actor: Actor, meeting: Meeting, claim: Claim, base: Said, mine: Said, *, always: bool) -> Saved:
    check_claim(meeting, claim)
    _check_live(meeting, claim)
    report, now = find_report(meeting.id, claim.id), clock.now()
    typed = report is not None and report.written_by_id is not None
    # What nobody typed at the meeting is what the holder reports, also when that came in since.
    theirs = (
        said_in(report) if report and typed else notes_for(meeting, claim.id, report.note_id if report else None).said
    )
    said, lost = combine(base, theirs, mine), overruled(base, theirs, mine)
    by = report.written_by.display_name if report and report.written_by else claim.user.display_name
    saved_at = report.written_at if report and typed else None
    if report is None and (always or said != theirs):
        report = Report(meeting=meeting, claim=claim, written_at=now)
        db.session.add(report)
    if report is not None and said != theirs:
        report.done, report.next, report.blockers, report.percent = said.done, said.next, said.blockers, said.percent
        report.written_at, report.written_by_id = now, actor.id
        report.version = (report.version or 0) + 1
        db.session.flush()
        if meeting.state == HELD:
            keep_note(report)  # it came in after the end
    return Saved(said, report, lost, by if lost is not None else "", saved_at if lost is not None else None)


def said_in(report: Report) -> Said:
    return Said(report.done, report.next, report.blockers, report.percent)


def keep_note(report: Report) -> ProgressNote | None:
    """Make the report the claim's progress note for its meeting, by whoever typed it; later reports change that note.

    What the holder reported in the same words, and nobody changed, stands as it is: there is no second note.
    """
    said = said_in(report)
    if report.written_by_id is None or not said:
        return None
    notes = notes_for(report.meeting, report.claim_id, report.note_id)
    known = notes.own or notes.before
    percent = said.percent if said.percent is not None else known.percent if known else 0
    note = db.session.get(ProgressNote, report.note_id) if report.note_id else None
    if note is None:
        if notes.own is not None and said == notes.said:
            return None
        note = ProgressNote(
            claim_id=report.claim_id, meeting_id=report.meeting_id, author_id=report.written_by_id,
            written_at=report.written_at, links=list(notes.own.links) if notes.own else [],
        )  # fmt: skip
        db.session.add(note)
    note.percent, note.done, note.next, note.blockers = percent, said.done, said.next, said.blockers
    db.session.flush()
    report.note_id = note.id
    return note


# -- in general -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class General:
    """What isn't about a claim: what was said on interfaces and standards, and guests, one name a line."""

    interfaces: str = ""
    guests: str = ""


def note_discussion(actor: Actor, meeting: Meeting, *, base: General, interfaces: str, guests: str) -> General:
    """Note what was said on interfaces and standards, and who came without an account, merged as ``note_report``.

    Returns what stands now. Raises Refused when no notes are taken any more, Forbidden.
    """
    meeting = held_for_notes(actor, meeting)
    said = _discuss(actor, meeting, base, interfaces, guests)
    record(actor, "meeting.discussed", meeting)
    return said


def save_discussion(actor: Actor, meeting: Meeting, *, base: General, interfaces: str, guests: str) -> General:
    """Keep what is being typed in general; no step, as ``save_draft``."""
    return _discuss(actor, held_for_notes(actor, meeting), base, interfaces, guests)


def _discuss(actor: Actor, meeting: Meeting, base: General, interfaces: str, guests: str) -> General:
    found = discussion_of(meeting)
    merged = merge(base.interfaces, found.interfaces or "", interfaces)
    if merged != (found.interfaces or ""):
        found.interfaces, found.written_at, found.written_by_id = merged, clock.now(), actor.id
    meeting.guests = merge(base.guests, meeting.guests, guests)
    return General(merged, meeting.guests)


def discussion_of(meeting: Meeting) -> Discussion:
    """The meeting's row, made where there is none; the meeting is locked."""
    found = find_discussion(meeting.id)
    if found is None:
        found = Discussion(meeting_id=meeting.id, written_at=clock.now(), interfaces="", drafted="", language="en",
                           carried=[])  # fmt: skip
        db.session.add(found)
    return found
