"""The agenda as text, for a mailing list or a pad."""

from __future__ import annotations

import re
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from flask_babel import get_locale

from tracker.agendas.outline import PROGRESS, Item, Outline, outline
from tracker.agendas.queries import accepted_items
from tracker.meetings.agenda import AreaLines, Line, agenda
from tracker.meetings.models import MEETING_KINDS, Meeting
from tracker.text import _, _n

#: Details of an item are shortened to so many characters; the page has all of them.
LONGEST_DETAILS = 300


def agenda_text(meeting: Meeting, markdown: bool) -> str:
    """The agenda of ``meeting`` in the reader's language, as Markdown or as plain text: when and where, the items with
    their time boxes, the claims by area with what is reported, the rest in the organiser's own words.

    What people typed stands on one line each and means nothing in Markdown.
    """
    areas = agenda(meeting) if meeting.kind == "regular" else []
    plan = outline(meeting, sum(len(area.rows) for area in areas), accepted_items(meeting.id))
    words = _Markdown(meeting) if markdown else _Plain(meeting)
    said = [*words.title(_heading(meeting)), *_facts(meeting, words), ""]
    for item in plan.items:
        said += words.item(item)
        if item.kind == PROGRESS:
            said += _claims(areas, words)
        elif item.details.strip():
            said.append(words.under(words.safe(_shortened(item.details))))
        said.append("")
    if meeting.agenda.strip():
        said += [*words.section(_("Further agenda")), words.free(meeting.agenda.strip()), ""]
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*said, _sum(plan), ""]))


def _heading(meeting: Meeting) -> str:
    sig = _local(meeting.sig.name, meeting.sig.name_zh)
    return _("Agenda: %(meeting)s", meeting=f"{sig}, {meeting.title or MEETING_KINDS[meeting.kind]}")


def _local(name: str, name_zh: str) -> str:
    """The Chinese name, where there is one and the reader reads Chinese."""
    return name_zh if name_zh and str(get_locale() or "").startswith("zh") else name


def _facts(meeting: Meeting, words: _Plain) -> list[str]:
    zone = ZoneInfo(meeting.time_zone)
    begins, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    until = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{ends:%Y-%m-%d %H:%M}"
    facts = [f"{begins:%Y-%m-%d %H:%M}–{until} ({meeting.time_zone})"]
    if meeting.place:
        facts.append(_("Place: %(place)s", place=words.place(meeting.place)))
    if meeting.organiser:
        name = meeting.organiser.display_name or meeting.organiser.handle
        facts.append(_("Organiser: %(name)s", name=words.safe(name)))
    return words.lines(facts)


def _claims(areas: list[AreaLines], words: _Plain) -> list[str]:
    if not areas:
        return [words.under(_("No task is claimed."))]
    said: list[str] = []
    for area in areas:
        if said:
            said += words.gap
        name = _local(area.name, area.name_zh)
        said += words.area(words.safe(name) if name else _("Other tasks"))
        said += [words.row(_claim(line, words)) for line in area.rows]
    return said


def _claim(line: Line, words: _Plain) -> str:
    facts = {"task": f"{line.reference} {words.safe(line.title)}", "name": words.safe(line.holder)}
    if not line.reported:
        return _("%(task)s (%(name)s): not reported", **facts)
    if line.blockers:
        text = words.safe(_shortened(line.blockers))
        return _("%(task)s (%(name)s): %(percent)s %%; blockers: %(text)s", **facts, percent=line.percent, text=text)
    return _("%(task)s (%(name)s): %(percent)s %%", **facts, percent=line.percent)


def _sum(plan: Outline) -> str:
    if not plan.over:
        return _("%(total)s of %(length)s minutes planned.", total=plan.total, length=plan.length)
    return _n(
        "%(total)s of %(length)s minutes planned: %(num)s minute too many.",
        "%(total)s of %(length)s minutes planned: %(num)s minutes too many.",
        plan.over, total=plan.total, length=plan.length,
    )  # fmt: skip


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DETAILS else line[: LONGEST_DETAILS - 1].rstrip() + "…"


class _Plain:
    """Plain text: what is below an item is indented."""

    #: Between two areas.
    gap: Sequence[str] = ()

    def __init__(self, meeting: Meeting) -> None:
        self.zone = ZoneInfo(meeting.time_zone)

    def place(self, text: str) -> str:
        """A link or a room."""
        return self.safe(text)

    def safe(self, text: str) -> str:
        """What somebody typed, on one line."""
        return " ".join(text.split())

    def free(self, text: str) -> str:
        """What the organiser wrote, as it is."""
        return text

    def title(self, text: str) -> list[str]:
        return [self.safe(text), ""]

    def section(self, text: str) -> list[str]:
        return [text, ""]

    def lines(self, facts: list[str]) -> list[str]:
        return facts

    def item(self, item: Item) -> list[str]:
        return [self.head(item)]

    def area(self, name: str) -> list[str]:
        return [f"   {name}"]

    def row(self, text: str) -> str:
        return f"   - {text}"

    def under(self, text: str) -> str:
        return f"   {text}"

    def head(self, item: Item) -> str:
        """Number, time and title; for what was proposed also its kind and who proposed it."""
        minutes = _n("%(num)s minute", "%(num)s minutes", item.minutes)
        time = minutes
        if item.starts_at is not None and item.ends_at is not None:
            begins, ends = item.starts_at.astimezone(self.zone), item.ends_at.astimezone(self.zone)
            time = f"{begins:%H:%M}–{ends:%H:%M}"
        title = self.safe(str(item.title))
        if item.fixed:
            return f"{item.number}. {time} {title}"
        return f"{item.number}. {time} {item.kind_name}: {title} ({self.safe(item.proposer)})"


class _Markdown(_Plain):
    """Headings for the items; what people typed is escaped."""

    gap = ("",)

    def place(self, text: str) -> str:
        link = re.fullmatch(r"https?://[^\s<>]+", text)
        return f"<{text}>" if link else self.safe(text)

    def safe(self, text: str) -> str:
        return re.sub(r"([\\`*_\[\]<>#|~&!])", r"\\\1", " ".join(text.split()))

    def title(self, text: str) -> list[str]:
        return [f"# {self.safe(text)}", ""]

    def section(self, text: str) -> list[str]:
        return [f"## {text}", ""]

    def lines(self, facts: list[str]) -> list[str]:
        return [f"- {fact}" for fact in facts]

    def item(self, item: Item) -> list[str]:
        return [f"## {self.head(item)}", ""]

    def area(self, name: str) -> list[str]:
        return [f"### {name}", ""]

    def row(self, text: str) -> str:
        return f"- {text}"

    def under(self, text: str) -> str:
        return text
