"""The day's digest: in the morning, in one mail, what a person wants to read once a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import current_app
from flask_babel import get_locale
from sqlalchemy import column, func, select, table, update
from sqlalchemy import types as sa_types

from tracker import clock
from tracker.config import Settings
from tracker.db import UTC, db, follow_up
from tracker.events.kinds import KINDS, kind_of
from tracker.events.mails import absolute, in_language
from tracker.events.models import Event, Mailing, Notice
from tracker.events.people import named
from tracker.events.sentences import reason_of, sentence
from tracker.events.worker import every_minute
from tracker.person_name import PersonName
from tracker.text import _, _n

#: From this time of day in the person's zone.
AT = dt.time(8)
#: So many notices stand in one mail; the others are read in the app.
MOST = 100

# By name: people are a room above this one.
_person = table(
    "user_account", column("id", sa_types.Integer), column("handle", sa_types.String),
    column("display_name", PersonName), column("email", sa_types.String), column("language", sa_types.String),
    column("time_zone", sa_types.String), column("email_verified_at", UTC), column("suspended_at", UTC),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Line:
    """One notice: its kind, its sentence's action and facts, who did it."""

    kind: str
    name: str
    facts: dict[str, Any]
    actor: str


@every_minute
def write_digests() -> int:
    """Write the digests that are due, each in a transaction of its own right after; returns how many are.

    A person's is due once a day, from 08:00 in their zone on, when a notice has waited since before; it takes all that
    wait by then. Who hasn't confirmed the address, or is suspended, gets none; their notices wait.
    """
    due = _due()
    for user_id, day in due:
        follow_up(partial(write_digest, user_id, day))
    return len(due)


def _due() -> list[tuple[int, dt.date]]:
    now = clock.now()
    people = db.session.execute(
        select(_person.c.id, _person.c.time_zone, func.min(Notice.created_at).label("oldest"))
        .join(Notice, Notice.user_id == _person.c.id)
        .where(Notice.mail == "digest", _person.c.email_verified_at.is_not(None), _person.c.suspended_at.is_(None))
        .group_by(_person.c.id, _person.c.time_zone)
        .order_by(_person.c.id)
    ).all()
    days = {row.id: day for row in people if (day := _morning(row.oldest, row.time_zone, now)) is not None}
    # Somewhere on earth it is the same day for 50 hours; a digest of it can't be older.
    had = set(
        db.session.scalars(
            select(Mailing.key).where(Mailing.kind == "digest", Mailing.created_at > now - dt.timedelta(hours=50))
        )
    )
    return [(user_id, day) for user_id, day in days.items() if _key(user_id, day) not in had]


def _morning(oldest: dt.datetime, zone: str, now: dt.datetime) -> dt.date | None:
    """The day whose morning has come in ``zone`` since ``oldest``; None while it is ahead."""
    here = now.astimezone(ZoneInfo(zone))
    begins = dt.datetime.combine(here.date(), AT, tzinfo=here.tzinfo)
    return here.date() if oldest < begins <= here else None


def _key(user_id: int, day: dt.date) -> str:
    return f"digest:{user_id}:{day.isoformat()}"


def write_digest(user_id: int, day: dt.date) -> Mailing | None:
    """Make one mail of all that waits for the person's digest of ``day``; None when it was made, or nothing waits.

    The person's row is held, so that of several workers one writes it; the key is unique besides.
    """
    person = db.session.execute(select(_person).where(_person.c.id == user_id).with_for_update(key_share=True)).one()
    key = _key(user_id, day)
    if db.session.scalar(select(Mailing.id).where(Mailing.key == key)) is not None:
        return None
    ids, lines = _waiting(user_id)
    if not ids:
        return None
    settings: Settings = current_app.extensions["settings"]
    with in_language(person.language):
        subject, body = _written(lines, len(ids), person.display_name or person.handle, day, settings)
    now = clock.now()
    mailing = Mailing(
        kind="digest", key=key, user_id=user_id, address=person.email, subject=subject, body=body, created_at=now,
        next_try_at=now,
    )  # fmt: skip
    db.session.add(mailing)
    db.session.flush()
    db.session.execute(
        update(Notice)
        .where(Notice.user_id == user_id, Notice.mail == "digest", Notice.id <= max(ids))
        .values(mail="sent", mailing_id=mailing.id)
        .execution_options(synchronize_session=False)
    )
    return mailing


def _waiting(user_id: int) -> tuple[list[int], list[_Line]]:
    """Ids of the notices that wait for the person's digest, and the first of them to be read."""
    actor = _person.alias("actor")
    name = func.coalesce(func.nullif(actor.c.display_name, ""), actor.c.handle, "")
    rows = db.session.execute(
        select(Notice.id, Event.name, Event.facts, name.label("actor"))
        .join(Event, Event.id == Notice.event_id)
        .outerjoin(actor, actor.c.id == Event.actor_id)
        .where(Notice.user_id == user_id, Notice.mail == "digest")
        .order_by(Notice.id)
    ).all()
    shown = rows[:MOST]
    lines = [
        _Line(kind_of(row.name), row.name, facts, row.actor)
        for row, facts in zip(shown, named([row.facts for row in shown]), strict=True)
    ]
    return [row.id for row in rows], lines


def _written(lines: Sequence[_Line], count: int, person: str, day: dt.date, settings: Settings) -> tuple[str, str]:
    """Subject and text in the present language, kind by kind."""
    written = format_date(day, "y年M月d日" if str(get_locale()).startswith("zh") else "d MMMM y", locale=get_locale())
    subject = _n("Digest of %(day)s: one notice", "Digest of %(day)s: %(num)s notices", count, day=written)
    parts = [_("Hello %(person)s,", person=person), _("Here is what happened since your last digest.")]
    order = list(KINDS)
    by_kind = sorted(lines, key=lambda line: order.index(line.kind))
    for kind, found in groupby(by_kind, key=lambda line: line.kind):
        parts.append("\n".join([f"## {KINDS[kind].name}", *(_item(line, settings) for line in found)]))
    if count > len(lines):
        link = absolute(settings, "/notices/")
        more = count - len(lines)
        parts.append(_n("One more notice is at %(link)s", "%(num)s more notices are at %(link)s", more, link=link))
    return subject, "\n\n".join(parts)


def _item(line: _Line, settings: Settings) -> str:
    said = [f"* {sentence(line.name, line.facts, line.actor)}"]
    if reason := " ".join(str(reason_of(line.facts)).split()):
        said.append(f"  {_('Reason:')} {reason}")
    if path := line.facts.get("path"):
        said.append(f"  {absolute(settings, path)}")
    return "\n".join(said)
