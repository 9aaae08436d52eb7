"""The outbox: mails made from notices, digests and announcements; sent once, tried again while the server is away."""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import column, func, select, table, update
from sqlalchemy import types as sa_types

from tracker import clock
from tracker.config import Settings
from tracker.db import UTC, db, transaction
from tracker.events.mails import Letter, Outgoing, Written, letter, letter_of, message, one_line
from tracker.events.models import Event, Mailing, Notice
from tracker.events.people import named
from tracker.person_name import PersonName

__all__ = ["Letter", "NotConfirmed", "Outgoing", "Written", "connect", "deliver", "letter", "mailings", "message",
           "one_line", "outgoing", "waiting"]  # fmt: skip

log = structlog.get_logger()

#: A worker that took a mail and died gives it free after this time.
LEASE = dt.timedelta(minutes=5)
ATTEMPTS = 8
BACKOFF = dt.timedelta(minutes=1)
LONGEST_BACKOFF = dt.timedelta(hours=6)
TIMEOUT_SECONDS = 20
WAITING = ("queued", "sending")
#: Where mails wait: each row has its state, the number of its tries, and when the next is due.
_QUEUES: tuple[type[Notice] | type[Mailing], ...] = (Notice, Mailing)

# The table of people by name: this room is below theirs.
_person = table(
    "user_account", column("id", sa_types.Integer), column("handle", sa_types.String),
    column("display_name", PersonName), column("email", sa_types.String), column("language", sa_types.String),
    column("email_verified_at", UTC),
)  # fmt: skip


class NotConfirmed(Exception):
    """The address isn't confirmed: nothing but the link that confirms it may be sent there."""


# -- reading --------------------------------------------------------------------------------------


def outgoing(settings: Settings, *, notice_id: int | None = None, limit: int = 1) -> list[Outgoing]:
    """Mails of notices, newest first (or the one of ``notice_id``), as plain facts; those in digests and those that
    nobody wants aside."""
    actor, reader = _person.alias("actor"), _person.alias("reader")
    query = (
        select(
            Notice.id, Notice.attempts, Notice.mail, Notice.error, Notice.created_at, Event.name, Event.facts,
            func.coalesce(func.nullif(actor.c.display_name, ""), actor.c.handle),
            func.coalesce(func.nullif(reader.c.display_name, ""), reader.c.handle),
            reader.c.email, reader.c.language, reader.c.email_verified_at, Notice.user_id,
        )
        .join(Event, Event.id == Notice.event_id)
        .join(reader, reader.c.id == Notice.user_id)
        .outerjoin(actor, actor.c.id == Event.actor_id)
        .where(Notice.mail.not_in(("digest", "none")), Notice.mailing_id.is_(None))
        .order_by(Notice.id.desc())
        .limit(limit)
    )  # fmt: skip
    if notice_id is not None:
        query = query.where(Notice.id == notice_id)
    found = []
    rows = db.session.execute(query).all()
    for row, facts in zip(rows, named([row.facts for row in rows]), strict=True):
        number, attempt, state, error, made, name, _ids, actor_name, person, address, language, confirmed_at, user = row
        extra = letter_of(settings, name, facts)
        found.append(
            Outgoing(
                notice_id=number, attempt=attempt, state=state, error=error, created_at=made, name=name, facts=facts,
                actor=actor_name, person=person, language=language, confirmed=confirmed_at is not None, letter=extra,
                address=extra.address if extra is not None and extra.address else address, user_id=user,
            )
        )  # fmt: skip
    return found


def mailings(*, mailing_id: int | None = None, limit: int = 1) -> list[Written]:
    """Digests and announcements, newest first (or the one of ``mailing_id``); a digest goes to its person's present address."""
    name = func.coalesce(func.nullif(_person.c.display_name, ""), _person.c.handle, "")
    query = (
        select(
            Mailing.id, Mailing.attempts, Mailing.mail, Mailing.error, Mailing.created_at, Mailing.subject, Mailing.body,
            Mailing.user_id, name, func.coalesce(_person.c.email, Mailing.address),
            func.coalesce(_person.c.language, ""), _person.c.email_verified_at,
        )
        .outerjoin(_person, _person.c.id == Mailing.user_id)
        .order_by(Mailing.id.desc())
        .limit(limit)
    )  # fmt: skip
    if mailing_id is not None:
        query = query.where(Mailing.id == mailing_id)
    found = []
    for row in db.session.execute(query):
        number, attempt, state, error, made, subject, body, user_id, person, address, language, confirmed_at = row
        found.append(
            Written(
                mailing_id=number, attempt=attempt, state=state, error=error, created_at=made, subject=subject, body=body,
                user_id=user_id, person=person, address=address, language=language, confirmed=confirmed_at is not None,
            )
        )  # fmt: skip
    return found


def waiting() -> int:
    """How many mails haven't left yet."""
    counts = [
        db.session.scalar(select(func.count()).select_from(queue).where(queue.mail.in_(WAITING))) or 0
        for queue in _QUEUES
    ]
    return sum(counts)


# -- sending --------------------------------------------------------------------------------------


def deliver(settings: Settings, limit: int = 100) -> int:
    """Send up to ``limit`` mails that are due; returns how many left.

    Each is taken by a transaction of its own under a lease, so that workers side by side send it once. A server that
    can't be reached costs no attempt; a mail that it refuses is tried ``ATTEMPTS`` times, further and further apart.
    """
    if not settings.smtp_url or not _anything_due():
        return 0
    try:
        server = connect(settings.smtp_url)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail_server_away", error=str(error)[:300])
        return 0
    sent = 0
    try:
        for _round in range(limit):
            mail = transaction(lambda: _take(settings))
            if mail is None:
                break
            try:
                if not mail.may_go:
                    raise NotConfirmed("the address isn't confirmed")
                server.send_message(message(mail, settings))
            except NotConfirmed as error:
                _settle(mail, mail="failed", error=str(error))
            except smtplib.SMTPServerDisconnected as error:
                _failed(mail, error)
                break
            except Exception as error:  # whatever a mail is refused for, the others must leave
                _failed(mail, error)
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.rset()
            else:
                _settle(mail, mail="sent", sent_at=clock.now(), error="")
                sent += 1
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
    return sent


def connect(smtp_url: str) -> smtplib.SMTP:
    """A connection to ``smtp://`` (STARTTLS where offered) or ``smtps://``, signed in where the URL names a user.

    Raises OSError or SMTPException.
    """
    parts = urlsplit(smtp_url)
    host = parts.hostname or "localhost"
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
        safe = True
    else:
        server = smtplib.SMTP(host, parts.port or (587 if parts.username else 25), timeout=TIMEOUT_SECONDS)
        server.ehlo()
        safe = host in ("localhost", "127.0.0.1", "::1")
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            safe = True
    if parts.username:
        if not safe:
            server.close()
            raise smtplib.SMTPNotSupportedError("the mail server offers no encryption: the password wasn't sent")
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _due(queue: type[Notice] | type[Mailing]) -> Any:
    return queue.mail.in_(WAITING) & (queue.next_try_at <= clock.now())


def _anything_due() -> bool:
    found = any(db.session.scalar(select(queue.id).where(_due(queue)).limit(1)) is not None for queue in _QUEUES)
    db.session.rollback()
    return found


def _next_due() -> tuple[type[Notice] | type[Mailing], int, int] | None:
    """The mail that has been due longest: its table, id and number of tries. It is held; others skip it."""
    found: list[tuple[dt.datetime, int, type[Notice] | type[Mailing], int, int]] = []
    for place, queue in enumerate(_QUEUES):
        row = db.session.execute(
            select(queue.next_try_at, queue.id, queue.attempts)
            .where(_due(queue))
            .order_by(queue.next_try_at, queue.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is not None:
            found.append((row.next_try_at, place, queue, row.id, row.attempts))
    return min(found, key=lambda due: due[:2])[2:] if found else None


def _take(settings: Settings) -> Outgoing | Written | None:
    """Take the next mail that is due under a lease; None when there is none."""
    due = _next_due()
    if due is None:
        return None
    queue, number, attempts = due
    db.session.execute(
        update(queue)
        .where(queue.id == number, queue.attempts == attempts)
        .values(mail="sending", attempts=attempts + 1, next_try_at=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    mails: Sequence[Outgoing | Written] = (
        outgoing(settings, notice_id=number) if queue is Notice else mailings(mailing_id=number)
    )
    return mails[0]


def _failed(mail: Outgoing | Written, error: Exception) -> None:
    queue, number = mail.row
    log.warning("mail_refused", **{queue.__tablename__: number}, attempt=mail.attempt, error=str(error)[:300])
    if mail.attempt >= ATTEMPTS:
        _settle(mail, mail="failed", error=str(error)[:300])
        return
    wait = min(BACKOFF * 2 ** (mail.attempt - 1), LONGEST_BACKOFF)
    _settle(mail, mail="queued", next_try_at=clock.now() + wait, error=str(error)[:300])


def _settle(taken: Outgoing | Written, **columns: Any) -> None:
    """Write down how it went, unless the lease ran out and another worker has it now."""
    queue, number = taken.row
    transaction(
        lambda: db.session.execute(
            update(queue)
            .where(queue.id == number, queue.attempts == taken.attempt)
            .values(**columns)
            .execution_options(synchronize_session=False)
        )
    )
