"""What is done: an agenda or minutes are announced on the SIG's mailing list."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.announcements import queries, rules
from tracker.db import db, lock
from tracker.errors import Refused
from tracker.events import record
from tracker.events.models import Mailing
from tracker.meetings.models import Meeting
from tracker.permissions import Actor, demand
from tracker.permissions import Permission as P
from tracker.text import _day, _l


def announce_meeting(
    actor: Actor, meeting: Meeting, *, kind: str, subject: str, body: str, number: int, again: bool = False
) -> Mailing:
    """Send ``subject`` and ``body`` (plain text) to the mailing list of the meeting's SIG; it leaves with the outbox.

    ``kind`` is ``agenda`` or ``minutes``, ``number`` says which announcement of it this is: the same one sent twice is one
    mail. From the second on, ``again`` says that it is meant. Raises Refused, Forbidden.
    """
    meeting = lock(Meeting, meeting.id)
    demand(actor, P.MEETING_EDIT, meeting)
    if (why := rules.obstacle(kind, queries.facts_of(meeting))) is not None:
        raise Refused(why)
    before = [row for row in queries.announcements_of(meeting.id) if row.kind == kind]
    subject, body = " ".join(subject.split()), body.strip()
    for row in before:
        if (row.key, row.created_by_id, row.subject, row.body) == (
            queries.key(kind, meeting.id, number), actor.id, subject, body
        ):  # fmt: skip
            return db.session.get_one(Mailing, row.id)  # a button pressed twice
    if number != len(before) + 1:
        last = before[-1] if before else None
        raise Refused(
            _l("It was announced on %(day)s already, by %(name)s. Look whether it has to go out once more.",
               day=_day(_on(meeting, last.created_at)), name=last.who or "–") if last
            else _l("This page is out of date. Look at the text and send it again.")
        )  # fmt: skip
    if before and not again:
        raise Refused(
            _l("It was announced on %(day)s already. Tick this to send it once more.", day=_day(_on(meeting, before[-1].created_at))),
            field="again",
        )  # fmt: skip
    now = clock.now()
    mailing = Mailing(
        kind=kind, key=queries.key(kind, meeting.id, number), address=meeting.sig.mailing_list.strip(), subject=subject,
        body=body, created_at=now, created_by_id=actor.id, next_try_at=now,
    )  # fmt: skip
    db.session.add(mailing)
    db.session.flush()
    record(actor, "meeting.announced", meeting, what=kind, mailing=mailing.id)
    return mailing


def _on(meeting: Meeting, moment: dt.datetime) -> dt.date:
    """The day of a moment in the meeting's zone."""
    return moment.astimezone(ZoneInfo(meeting.time_zone)).date()
