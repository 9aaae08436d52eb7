"""Mails made from notices: written in the reader's language, sent once, tried again while the server is away."""

from __future__ import annotations

import contextlib
import datetime as dt
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from flask_babel import force_locale
from sqlalchemy import column, func, select, table, update
from sqlalchemy import types as sa_types

from tracker import clock
from tracker.config import Settings
from tracker.db import UTC, db, transaction
from tracker.events.models import Event, Notice
from tracker.events.people import named
from tracker.events.sentences import reason_of, sentence
from tracker.text import Text, _

log = structlog.get_logger()

#: A worker that took a mail and died gives it free after this time.
LEASE = dt.timedelta(minutes=5)
ATTEMPTS = 8
BACKOFF = dt.timedelta(minutes=1)
LONGEST_BACKOFF = dt.timedelta(hours=6)
TIMEOUT_SECONDS = 20
WAITING = ("queued", "sending")
LOCALES = {"zh": "zh_Hans_CN"}

# The table of people by name: this room is below theirs.
_person = table(
    "user_account", column("id", sa_types.Integer), column("handle", sa_types.String),
    column("display_name", sa_types.String), column("email", sa_types.String), column("language", sa_types.String),
    column("email_verified_at", UTC),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail has besides its sentence: a line of text above a link, an address other than the account's, a subject."""

    text: Text
    path: str
    address: str = ""
    subject: Text = ""


LetterFor = Callable[[Settings, dict[str, Any]], Letter | None]
_letters: dict[str, LetterFor] = {}


def letter(name: str) -> Callable[[LetterFor], LetterFor]:
    """Register how the mails of the event ``name`` get their link."""

    def register(make: LetterFor) -> LetterFor:
        _letters[name] = make
        return make

    return register


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Everything a mail is made of; ``attempt`` numbers the tries and tells two workers apart."""

    notice_id: int
    attempt: int
    state: str
    error: str
    created_at: dt.datetime
    name: str
    facts: dict[str, Any]
    actor: str | None
    person: str
    address: str
    language: str
    confirmed: bool
    letter: Letter | None


class NotConfirmed(Exception):
    """The address isn't confirmed: nothing but the link that confirms it may be sent there."""


# -- reading --------------------------------------------------------------------------------------


def outgoing(settings: Settings, *, notice_id: int | None = None, limit: int = 1) -> list[Outgoing]:
    """Mails, newest first (or the one of ``notice_id``), as plain facts."""
    actor, reader = _person.alias("actor"), _person.alias("reader")
    query = (
        select(
            Notice.id, Notice.attempts, Notice.mail, Notice.error, Notice.created_at, Event.name, Event.facts,
            func.coalesce(func.nullif(actor.c.display_name, ""), actor.c.handle),
            func.coalesce(func.nullif(reader.c.display_name, ""), reader.c.handle),
            reader.c.email, reader.c.language, reader.c.email_verified_at,
        )
        .join(Event, Event.id == Notice.event_id)
        .join(reader, reader.c.id == Notice.user_id)
        .outerjoin(actor, actor.c.id == Event.actor_id)
        .order_by(Notice.id.desc())
        .limit(limit)
    )  # fmt: skip
    if notice_id is not None:
        query = query.where(Notice.id == notice_id)
    found = []
    rows = db.session.execute(query).all()
    for row, facts in zip(rows, named([row.facts for row in rows]), strict=True):
        number, attempt, state, error, made, name, _ids, actor_name, person, address, language, confirmed_at = row
        extra = _letters[name](settings, facts) if name in _letters else None
        found.append(
            Outgoing(
                notice_id=number, attempt=attempt, state=state, error=error, created_at=made, name=name, facts=facts,
                actor=actor_name, person=person, language=language, confirmed=confirmed_at is not None, letter=extra,
                address=extra.address if extra is not None and extra.address else address,
            )
        )  # fmt: skip
    return found


def waiting() -> int:
    """How many mails haven't left yet."""
    return db.session.scalar(select(func.count()).select_from(Notice).where(Notice.mail.in_(WAITING))) or 0


# -- writing the mail -----------------------------------------------------------------------------


def one_line(text: str) -> str:
    """``text`` with every run of blanks and line ends as one blank: safe in a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@contextlib.contextmanager
def _in(language: str) -> Iterator[None]:
    with force_locale(LOCALES.get(language, "en")):
        yield


def message(mail: Outgoing, settings: Settings) -> EmailMessage:
    """The mail as it is sent: plain text in the person's language."""
    with _in(mail.language):
        said = sentence(mail.name, mail.facts, mail.actor or "")
        parts = [_("Hello %(person)s,", person=mail.person), _("%(said)s.", said=said)]
        subject = str(mail.letter.subject) if mail.letter and mail.letter.subject else said
        if reason := str(reason_of(mail.facts)):
            parts.append(f"{_('Reason:')} {reason}")
        if mail.letter is not None:
            parts.append(f"{mail.letter.text}\n{settings.base_url.rstrip('/')}{mail.letter.path}")
            parts.append(_("If this wasn't you, you needn't do anything."))
        elif path := mail.facts.get("path"):
            parts.append(f"{settings.base_url.rstrip('/')}{path}")
        parts.append(f"-- \n{_('SIG Tracker')} · {settings.base_url}")
    host = urlsplit(settings.base_url).hostname or "localhost"
    made = EmailMessage(policy=SMTP)
    made["Subject"] = one_line(subject)
    made["From"] = settings.mail_from
    made["To"] = Address(display_name=one_line(mail.person), addr_spec=mail.address)
    made["Date"] = format_datetime(mail.created_at)
    made["Message-ID"] = f"<notice-{mail.notice_id}@{host}>"
    made["List-Id"] = f"SIG Tracker <notices.{host}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n\n".join(parts) + "\n")
    return made


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
                if not mail.confirmed and mail.letter is None:
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


def _anything_due() -> bool:
    found = db.session.scalar(
        select(Notice.id).where(Notice.mail.in_(WAITING), Notice.next_try_at <= clock.now()).limit(1)
    )
    db.session.rollback()
    return found is not None


def _next_due() -> tuple[int, int] | None:
    row = db.session.execute(
        select(Notice.id, Notice.attempts)
        .where(Notice.mail.in_(WAITING), Notice.next_try_at <= clock.now())
        .order_by(Notice.next_try_at, Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    return (row.id, row.attempts) if row else None


def _take(settings: Settings) -> Outgoing | None:
    """Take the next mail that is due under a lease; None when there is none."""
    due = _next_due()
    if due is None:
        return None
    notice_id, attempts = due
    db.session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.attempts == attempts)
        .values(mail="sending", attempts=attempts + 1, next_try_at=clock.now() + LEASE)
        .execution_options(synchronize_session=False)
    )
    return outgoing(settings, notice_id=notice_id)[0]


def _failed(mail: Outgoing, error: Exception) -> None:
    log.warning("mail_refused", notice=mail.notice_id, attempt=mail.attempt, error=str(error)[:300])
    if mail.attempt >= ATTEMPTS:
        _settle(mail, mail="failed", error=str(error)[:300])
        return
    wait = min(BACKOFF * 2 ** (mail.attempt - 1), LONGEST_BACKOFF)
    _settle(mail, mail="queued", next_try_at=clock.now() + wait, error=str(error)[:300])


def _settle(outgoing_mail: Outgoing, **columns: Any) -> None:
    """Write down how it went, unless the lease ran out and another worker has it now."""
    transaction(
        lambda: db.session.execute(
            update(Notice)
            .where(Notice.id == outgoing_mail.notice_id, Notice.attempts == outgoing_mail.attempt)
            .values(**columns)
            .execution_options(synchronize_session=False)
        )
    )
