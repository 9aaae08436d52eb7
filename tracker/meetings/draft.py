"""The first draft of minutes, from the agenda with its claims and notes."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from tracker.meetings.agenda import AreaLines, Line, agenda
from tracker.meetings.models import Meeting
from tracker.text import _


def draft_minutes(meeting: Meeting) -> str:
    """Markdown in the writer's language: what was reported claim by claim, then room for the other items."""
    return draft(meeting, agenda(meeting))


def draft(meeting: Meeting, areas: list[AreaLines]) -> str:
    """As ``draft_minutes``, over an agenda that was read already."""
    begins = meeting.starts_at.astimezone(ZoneInfo(meeting.time_zone))
    said = [f"# {_plain(meeting.label)}", "", f"{begins:%Y-%m-%d %H:%M} {meeting.time_zone}", ""]
    said += ["## " + _("Progress of claimed tasks"), ""]
    if not areas:
        said += [_("No task is claimed."), ""]
    for area in areas:
        said += [f"### {_plain(area.name) or _('Other tasks')}", "", *(_item(line) for line in area.rows), ""]
    said += ["## " + _("Interface and standards"), "", "-", ""]
    if meeting.agenda.strip():
        said += ["## " + _("Further agenda"), "", meeting.agenda.strip(), ""]
    said += ["## " + _("Decisions"), "", "-", ""]
    return "\n".join(said)


def _item(line: Line) -> str:
    head = f"- {line.reference} {_plain(line.title)} ({_plain(line.holder)}): "
    if not line.reported:
        return head + _("not reported")
    parts = [_("%(percent)s %%", percent=line.percent), _("done: %(text)s", text=_clause(line.done))]
    if line.next:
        parts.append(_("next: %(text)s", text=_clause(line.next)))
    if line.blockers:
        parts.append(_("blockers: %(text)s", text=_clause(line.blockers)))
    return head + "; ".join(parts)


def _clause(text: str) -> str:
    """A report as part of a sentence: without the full stop at its end."""
    return _plain(text).rstrip(".。")


def _plain(text: str) -> str:
    """Text as it reads on one line, without meaning anything in Markdown."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split()))
