"""How mails read: one made from a notice, in its reader's language, and one that was written beforehand."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from flask_babel import force_locale

from tracker.config import Settings
from tracker.events.kinds import ACCOUNT, KINDS, kind_of
from tracker.events.models import Mailing, Notice
from tracker.events.sentences import reason_of, sentence
from tracker.events.unsubscribing import DIGEST, path_for
from tracker.text import Text, _

LOCALES = {"zh": "zh_Hans_CN"}
#: Where a person chooses which mails to get.
CHOICES_PATH = "/account/notices"
#: A header's address is one word and must not be folded.
_POLICY = SMTP.clone(max_line_length=500)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail has besides its sentence: a line of text above a link, an address other than the account's, a subject."""

    text: Text
    path: str
    address: str = ""
    subject: Text = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail. ``kind`` is its media type."""

    name: str
    kind: str
    data: bytes


AttachmentsFor = Callable[[dict[str, Any]], list[Attachment]]
_attachments: dict[str, AttachmentsFor] = {}


def attachments(name: str) -> Callable[[AttachmentsFor], AttachmentsFor]:
    """Register which files go with the mails of the event ``name``, by its facts; read when a mail leaves, and kept nowhere else."""

    def register(find: AttachmentsFor) -> AttachmentsFor:
        _attachments[name] = find
        return find

    return register


LetterFor = Callable[[Settings, dict[str, Any]], Letter | None]
_letters: dict[str, LetterFor] = {}


def letter(name: str) -> Callable[[LetterFor], LetterFor]:
    """Register how the mails of the event ``name`` get their link."""

    def register(make: LetterFor) -> LetterFor:
        _letters[name] = make
        return make

    return register


def letter_of(settings: Settings, name: str, facts: dict[str, Any]) -> Letter | None:
    """The letter of an event; None for one that has none."""
    return _letters[name](settings, facts) if name in _letters else None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Everything that a notice's mail is made of; ``attempt`` numbers the tries and tells two workers apart."""

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
    user_id: int = 0

    @property
    def row(self) -> tuple[type[Notice], int]:
        """Its table and id."""
        return Notice, self.notice_id

    @property
    def path(self) -> str:
        """Its page below the outbox."""
        return str(self.notice_id)

    @property
    def may_go(self) -> bool:
        """To an address that isn't confirmed goes nothing but the link that confirms it."""
        return self.confirmed or self.letter is not None


@dataclass(frozen=True, slots=True)
class Written:
    """A mail that stands as it goes: a person's digest, or an announcement to a list (``user_id`` None)."""

    mailing_id: int
    attempt: int
    state: str
    error: str
    created_at: dt.datetime
    subject: str
    body: str
    user_id: int | None
    person: str
    address: str
    language: str
    confirmed: bool
    letter: None = None

    @property
    def row(self) -> tuple[type[Mailing], int]:
        """Its table and id."""
        return Mailing, self.mailing_id

    @property
    def path(self) -> str:
        """Its page below the outbox."""
        return f"mailings/{self.mailing_id}"

    @property
    def may_go(self) -> bool:
        """A list has no account to confirm."""
        return self.user_id is None or self.confirmed


def one_line(text: str) -> str:
    """``text`` with every run of blanks and line ends as one blank: safe in a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


@contextlib.contextmanager
def in_language(language: str) -> Iterator[None]:
    """Words inside are in ``language`` (zh, else English), whoever asks."""
    with force_locale(LOCALES.get(language, "en")):
        yield


def message(mail: Outgoing | Written, settings: Settings) -> EmailMessage:
    """The mail as it goes out: plain text, with the headers of its kind."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    made = EmailMessage(policy=_POLICY)
    made["From"] = settings.mail_from
    made["Date"] = format_datetime(mail.created_at)
    if isinstance(mail, Outgoing):
        subject, text, stop = _notice(mail, settings)
        made["Message-ID"] = f"<notice-{mail.notice_id}@{host}>"
    else:
        subject, text, stop = _written(mail, settings)
        made["Message-ID"] = f"<mailing-{mail.mailing_id}@{host}>"
    made["Subject"] = one_line(subject)
    made["To"] = Address(display_name=one_line(mail.person), addr_spec=mail.address)
    if isinstance(mail, Written) and mail.user_id is None:
        # A person wrote and sent it; answers belong on the list. The list gives its own List-Id.
        made["Reply-To"] = mail.address
    else:
        made["List-Id"] = f"SIG Tracker <notices.{host}>"
        made["Auto-Submitted"] = "auto-generated"
    if stop:
        made["List-Unsubscribe"] = f"<{stop}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(text)
    if isinstance(mail, Outgoing) and mail.name in _attachments:
        for file in _attachments[mail.name](mail.facts):
            kind, _, subkind = file.kind.partition("/")
            made.add_attachment(file.data, kind, subkind, filename=file.name)
    return made


def _notice(mail: Outgoing, settings: Settings) -> tuple[str, str, str]:
    """Subject, text and the address that stops such mails (empty: they can't be stopped)."""
    kind = kind_of(mail.name)
    stop = "" if kind == ACCOUNT else absolute(settings, path_for(mail.user_id, kind, settings.secret_key))
    with in_language(mail.language):
        subject, text = said(mail.name, mail.facts, mail.actor or "", mail.person, settings, mail.letter, stop)
    return subject, text, stop


def said(
    name: str, facts: dict[str, Any], actor: str, person: str, settings: Settings, letter: Letter | None, stop: str
) -> tuple[str, str]:
    """Subject and text of a notice's mail in the present language. ``stop`` is the address that stops such mails."""
    what = sentence(name, facts, actor)
    subject = str(letter.subject) if letter and letter.subject else what
    parts = [_("Hello %(person)s,", person=person), _("%(said)s.", said=what)]
    if reason := str(reason_of(facts)):
        parts.append(f"{_('Reason:')} {reason}")
    if letter is not None:
        parts.append(f"{letter.text}\n{absolute(settings, letter.path)}")
        parts.append(_("If this wasn't you, you needn't do anything."))
    elif path := facts.get("path"):
        parts.append(absolute(settings, path))
    footer = [signature(settings)]
    if stop:
        footer.append(_("No more mails of the kind “%(kind)s”: %(link)s", kind=KINDS[kind_of(name)].name, link=stop))
    parts.append("\n".join(footer))
    return one_line(subject), "\n\n".join(parts) + "\n"


def _written(mail: Written, settings: Settings) -> tuple[str, str, str]:
    if mail.user_id is None:
        return mail.subject, f"{mail.body}\n", ""
    stop = absolute(settings, path_for(mail.user_id, DIGEST, settings.secret_key))
    with in_language(mail.language):
        footer = [
            signature(settings),
            _("Choose which mails to get: %(link)s", link=absolute(settings, CHOICES_PATH)),
            _("No more digests: %(link)s", link=stop),
        ]
    return mail.subject, "\n\n".join([mail.body, "\n".join(footer)]) + "\n", stop


def signature(settings: Settings) -> str:
    """The lines that end a mail of the tracker's own."""
    return f"-- \n{_('SIG Tracker')} · {settings.base_url}"


def absolute(settings: Settings, path: str) -> str:
    """The address of a page, for mails: never taken from a request."""
    return f"{settings.base_url.rstrip('/')}{path}"
