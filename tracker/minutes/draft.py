"""The first draft of minutes: what was said about each claim, who was there, what was decided and who does what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import get_locale
from sqlalchemy import Row

from tracker.agendas.queries import accepted_items
from tracker.agendas.rules import WITH_FIXED_ITEMS
from tracker.meetings.agenda import AreaLines, Line, agenda
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.minutes import queries
from tracker.minutes.plain import plain
from tracker.text import _, _day, _long_day


@dataclass(frozen=True, slots=True)
class Noted:
    """Everything that the draft is made of."""

    areas: Sequence[AreaLines]
    reports: Mapping[int, Row[Any]]
    absent: frozenset[int]
    present: Sequence[str]
    missing: Sequence[str]
    interfaces: str
    heard: Sequence[Row[Any]]
    carried: Sequence[str]
    decisions: Sequence[Row[Any]]
    items: Sequence[Row[Any]]


def draft(meeting: Meeting, markdown: bool = True) -> str:
    """The draft in the writer's language, as Markdown or as plain text; a fixed number of statements however many
    claims there are. Where nobody noted anything, the holders' own reports speak."""
    text = _written(meeting, _noted(meeting))
    return text if markdown else plain(text)


def _noted(meeting: Meeting) -> Noted:
    areas = agenda(meeting) if meeting.kind in WITH_FIXED_ITEMS else []
    attendance = queries.attendance_of(meeting.id)
    discussion = queries.find_discussion(meeting.id)
    reports = queries.reports_of(meeting.id)
    listed = [line.claim_id for area in areas for line in area.rows]
    ended = queries.reports_of_ended_claims(meeting.id, listed) if set(reports) - set(listed) else []
    if ended:
        areas = [*areas, AreaLines(_("Claims that ended since"), "", [_ended(row) for row in ended])]
    return Noted(
        areas=areas,
        reports=reports,
        absent=frozenset(row.user_id for row in attendance if not row.present),
        present=[row.name for row in attendance if row.present] + _names(meeting.guests),
        missing=[row.name for row in attendance if not row.present],
        interfaces=discussion.interfaces if discussion else "",
        heard=[item for item in accepted_items(meeting.id) if item.state == "heard"],
        carried=discussion.carried if discussion else [],
        decisions=queries.decisions_of(meeting.id),
        items=queries.action_items_of(meeting.id),
    )


def _names(guests: str) -> list[str]:
    return [_("%(name)s (guest)", name=line.strip()) for line in guests.splitlines() if line.strip()]


def _ended(row: Row[Any]) -> Line:
    return Line(
        claim_id=row.claim_id, state="", reference=row.reference, title=row.title, user_id=row.user_id, holder=row.name,
        reported=False, readable=False, note_id=None, percent=None, done="", next="", blockers="", links=[],
        written_at=None, mentor_comment="", commented_by="",
    )  # fmt: skip


# -- in words -------------------------------------------------------------------------------------


def _written(meeting: Meeting, noted: Noted) -> str:
    zone = ZoneInfo(meeting.time_zone)
    begins, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    name = meeting.title or _("%(sig)s: %(kind)s", sig=_local(meeting.sig), kind=MEETING_KINDS[meeting.kind])
    when = _("%(day)s, %(start)s–%(end)s %(zone)s", day=_long_day(begins.date()), start=f"{begins:%H:%M}", end=f"{ends:%H:%M}",
             zone=meeting.time_zone)  # fmt: skip
    said = [f"# {_line(name)}", "", f"- {when}"]
    said += _people(meeting, noted)
    if meeting.kind in WITH_FIXED_ITEMS or noted.areas:
        said += ["", "## " + _("Progress of claimed tasks"), "", *_progress(noted)]
        said += ["## " + _("Interface and standards"), "", noted.interfaces.strip() or _("Nothing was noted."), ""]
    else:
        said += ["", *([noted.interfaces.strip(), ""] if noted.interfaces.strip() else [])]
    said += _agenda(meeting, noted)
    said += ["## " + _("Decisions"), "", *_listed([_decision(row) for row in noted.decisions]), ""]
    said += ["## " + _("Action items"), "", *_listed([_item(row) for row in noted.items]), ""]
    return "\n".join(said)


def _people(meeting: Meeting, noted: Noted) -> list[str]:
    organisers = [user.display_name for user in (meeting.organiser, meeting.vice_organiser) if user]
    facts = [
        (_("Organised by"), organisers),
        (_("Present"), noted.present),
        (_("Absent"), noted.missing),
    ]
    return [
        "- " + _("%(label)s: %(names)s", label=label, names=", ".join(map(_line, names)))
        for label, names in facts
        if names
    ]


def _progress(noted: Noted) -> list[str]:
    if not noted.areas:
        return [_("No task is claimed."), ""]
    said: list[str] = []
    for area in noted.areas:
        said += [f"### {_line(_local(area)) or _('Other tasks')}", ""]
        said += [_claim(line, noted) for line in area.rows]
        said.append("")
    return said


def _claim(line: Line, noted: Noted) -> str:
    head = f"- {line.reference} " + _("%(task)s (%(holder)s): ", task=_line(line.title), holder=_line(line.holder))
    report = noted.reports.get(line.claim_id)
    if report is not None and report.written_by_id is not None:
        line = replace(
            line, reported=bool(report.done or report.next or report.blockers), percent=report.percent, done=report.done,
            next=report.next, blockers=report.blockers,
        )  # fmt: skip
    absent = line.user_id in noted.absent
    if not line.reported:
        return head + (_("absent, not reported") if absent else _("not reported"))
    parts = [_("absent")] if absent else []
    if line.percent is not None:
        parts.append(_("%(percent)s %%", percent=line.percent))
    if line.done.strip():
        parts.append(_("done: %(text)s", text=_clause(line.done)))
    if line.next.strip():
        parts.append(_("next: %(text)s", text=_clause(line.next)))
    if line.blockers.strip():
        parts.append(_("blockers: %(text)s", text=_clause(line.blockers)))
    return head + _("; ").join(parts)


def _agenda(meeting: Meeting, noted: Noted) -> list[str]:
    said: list[str] = []
    if noted.heard or noted.carried:
        heard = [f"{_line(item.title)} ({_line(item.proposer)})" for item in noted.heard]
        carried = [_("%(item)s: not heard, waits for the next meeting", item=_line(title)) for title in noted.carried]
        said += ["## " + _("Items of the agenda"), "", *_listed([*heard, *carried]), ""]
    if meeting.agenda.strip():
        said += ["## " + _("Further agenda"), "", meeting.agenda.strip(), ""]
    return said


def _decision(row: Row[Any]) -> str:
    return f"{row.reference}: {_line(row.text)}" if row.reference else _line(row.text)


def _item(row: Row[Any]) -> str:
    owner = _line(row.name) if row.user_id else _("nobody yet")
    who = _("%(name)s, by %(date)s", name=owner, date=_day(row.due_on)) if row.due_on else owner
    text = f"{row.reference}: {_line(row.text)}" if row.reference else _line(row.text)
    return f"{text} ({who})"


def _listed(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in lines] or [_("None.")]


def _local(thing: Any) -> str:
    """Its name in the language of the draft."""
    return (thing.name_zh if str(get_locale() or "en").startswith("zh") else "") or str(thing.name)


def _clause(text: str) -> str:
    """A report as part of a sentence: without the full stop at its end."""
    return _line(text).rstrip(".。")


def _line(text: str) -> str:
    """Text as it reads on one line, without meaning anything in Markdown."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split()))
