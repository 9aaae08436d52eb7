"""The first draft of an announcement: subject and text, in one language or in both."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from tracker.agendas.document import agenda_text
from tracker.announcements.rules import AGENDA
from tracker.config import Settings
from tracker.events.mails import absolute, in_language, one_line, signature
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.minutes.plain import plain
from tracker.text import _

BOTH = "both"
#: Which languages each choice is written in, in this order.
LANGUAGES: dict[str, tuple[str, ...]] = {"zh": ("zh",), "en": ("en",), BOTH: ("zh", "en")}
_LONGEST_SUBJECT = 200
_RULE = "\n\n" + "-" * 40 + "\n\n"


@dataclass(frozen=True, slots=True)
class Wording:
    """What a mail to the list says."""

    subject: str
    body: str


def wording(kind: str, meeting: Meeting, language: str, settings: Settings) -> Wording:
    """The draft for ``kind`` (agenda, minutes) in ``language`` (zh, en, both: Chinese first). Minutes stand once, in the
    language they were written in."""
    subjects, texts, ends = [], [], []
    for one in LANGUAGES[language]:
        with in_language(one):
            subjects.append(_subject(kind, meeting))
            if kind == AGENDA:
                texts.append(agenda_text(meeting, markdown=False).strip())
            ends.append(_end(kind, meeting, settings))
    if kind != AGENDA:
        texts.append(plain(meeting.minutes).strip())
    with in_language(LANGUAGES[language][0]):
        foot = signature(settings)
    body = "\n\n".join([_RULE.join(texts), "\n".join(ends), foot])
    return Wording(_shortened(f"[{meeting.sig.name}] {' / '.join(subjects)}"), body)


def _subject(kind: str, meeting: Meeting) -> str:
    day = f"{meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone)):%Y-%m-%d}"
    name = meeting.title or str(MEETING_KINDS[meeting.kind])
    if kind == AGENDA:
        return _("Agenda: %(meeting)s, %(day)s", meeting=name, day=day)
    return _("Minutes: %(meeting)s, %(day)s", meeting=name, day=day)


def _end(kind: str, meeting: Meeting, settings: Settings) -> str:
    link = absolute(settings, meeting.path)
    if kind == AGENDA:
        return _("The agenda as it stands, and where to propose an item: %(link)s", link=f"{link}agenda")
    return _("The minutes on the web: %(link)s", link=link)


def _shortened(subject: str) -> str:
    line = one_line(subject)
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1].rstrip() + "…"
