"""A person's notices: read page by page, marked as read. Reading isn't an event of the diary."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import aliased

from tracker import clock
from tracker.accounts.models import User
from tracker.db import MAX_ID, db
from tracker.errors import Missing
from tracker.events.actions import ACTIONS
from tracker.events.models import Event, Notice

MAIL_ONLY = [name for name, action in ACTIONS.items() if not action.inbox]


def notices_of(user_id: int, *, unread: bool = False) -> Select[Any]:
    """Rows (id, created_at, read_at, name, facts, actor) of the person's notices; ``actor`` is the name of who did it."""
    actor = aliased(User)
    query = (
        select(Notice.id, Notice.created_at, Notice.read_at, Event.name, Event.facts, actor.display_name, actor.handle)
        .join(Event, Event.id == Notice.event_id)
        .outerjoin(actor, actor.id == Event.actor_id)
        .where(Notice.user_id == user_id, Event.name.not_in(MAIL_ONLY))
    )
    return query.where(Notice.read_at.is_(None)) if unread else query


def mark_read(user_id: int, notice_id: int) -> str:
    """Note that the person has read a notice; returns the path it leads to. Raises Missing when it isn't theirs."""
    query = select(Notice).where(Notice.id == notice_id, Notice.user_id == user_id)
    notice = db.session.scalar(query) if notice_id <= MAX_ID else None
    if notice is None:
        raise Missing(f"notice {notice_id}")
    notice.read_at = notice.read_at or clock.now()
    event = db.session.get_one(Event, notice.event_id)
    return str(event.facts.get("path", ""))


def mark_all_read(user_id: int) -> None:
    """Note that the person has read every notice there is now."""
    db.session.execute(
        update(Notice).where(Notice.user_id == user_id, Notice.read_at.is_(None)).values(read_at=clock.now())
    )
