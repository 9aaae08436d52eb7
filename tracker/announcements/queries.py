"""What is asked about announcements."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, select

from tracker import clock
from tracker.accounts.models import User
from tracker.agendas.queries import agenda_times
from tracker.announcements.rules import AGENDA, MINUTES, Facts
from tracker.db import db
from tracker.events.models import Mailing
from tracker.meetings.models import OFF, OVER, PUBLISHED, Meeting


def key(kind: str, meeting_id: int, number: int) -> str:
    """The unique name of a meeting's announcement: the first of its agenda is number 1."""
    return f"{kind}:{meeting_id}:{number}"


def announcements_of(meeting_id: int) -> list[Row[*tuple[Any, ...]]]:
    """Rows (id, kind, key, address, subject, body, created_at, created_by_id, mail, sent_at, who) of what was announced of a
    meeting, oldest first; ``who`` is the name of whoever did it."""
    who = func.coalesce(func.nullif(User.display_name, ""), User.handle).label("who")
    query: Select[*tuple[Any, ...]] = (
        select(
            Mailing.id, Mailing.kind, Mailing.key, Mailing.address, Mailing.subject, Mailing.body, Mailing.created_at,
            Mailing.created_by_id, Mailing.mail, Mailing.sent_at, who,
        )
        .outerjoin(User, User.id == Mailing.created_by_id)
        .where(
            Mailing.kind.in_((AGENDA, MINUTES)),
            Mailing.key.like(f"agenda:{meeting_id}:%") | Mailing.key.like(f"minutes:{meeting_id}:%"),
        )
        .order_by(Mailing.id)
    )  # fmt: skip
    return list(db.session.execute(query))


def facts_of(meeting: Meeting) -> Facts:
    """The facts for ``rules.obstacle``, as of now."""
    now = clock.now()
    opens, _closes = agenda_times(meeting)
    day: dt.date | None = opens.astimezone(ZoneInfo(meeting.time_zone)).date() if now < opens else None
    return Facts(
        sig=meeting.sig.name, mailing_list=meeting.sig.mailing_list.strip(), off=meeting.state in OFF,
        over=meeting.state in OVER or meeting.starts_at <= now, opens=day, published=meeting.state == PUBLISHED,
    )  # fmt: skip
