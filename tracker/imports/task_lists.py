"""Tasks in Markdown: lists with ``### NO.n title``, and the MindSpore intern template with 【headings】."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tracker.imports.reading import Unreadable
from tracker.imports.task_values import Draft, people, split_stars
from tracker.text import _

#: What a label of a list is called in our form; empty: only a heading.
LABELS = {
    "任务背景": "background", "背景描述": "background", "背景": "background", "background": "background",
    "详细描述": "requirement", "任务说明": "requirement", "任务描述": "requirement", "任务内容": "requirement",
    "需求描述": "requirement", "description": "requirement", "requirements": "requirement",
    "验收说明": "criteria", "验收标准": "criteria", "验收要求": "criteria", "提交内容": "criteria", "产出标准": "criteria",
    "acceptance criteria": "criteria", "deliverables": "criteria",
    "技术要求": "environment", "环境要求": "environment", "skills": "environment",
    "参考资料": "guidance", "备注说明": "guidance", "开发指导": "guidance", "references": "guidance",
    "提交地址": "submit_to", "pr提交地址": "submit_to",
    "难度": "difficulty", "任务难度": "difficulty", "difficulty": "difficulty",
    "分值": "points", "任务分值": "points", "积分": "points", "points": "points",
    "题目内容": "",
}  # fmt: skip
_LABEL = re.compile(
    r"\s*(?P<bold>\*\*)?\s*(?P<label>" + "|".join(sorted(map(re.escape, LABELS), key=len, reverse=True)) + r")\s*"
    r"(?P<colon>[:：])?\s*(?(bold)\*\*)\s*(?P<after>[:：])?\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_NUMBER = r"NO\s*[.．。]?\s*"
_ENTRY = re.compile(rf"(?P<hash>#{{2,5}})?\s*(?P<bold>\*\*)?\s*{_NUMBER}(?P<first>\d{{1,5}})"
                    rf"(?:\s*[-–—~～至]\s*(?:{_NUMBER})?(?P<last>\d{{1,5}}))?\s*(?P<title>.*?)\s*(?:\*\*)?\s*", re.IGNORECASE)  # fmt: skip
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*")


@dataclass(slots=True)
class _Part:
    """A numbered task, or a range of them whose text they share."""

    first: int
    last: int
    title: str
    context: str
    shared: bool
    lines: list[str] = field(default_factory=list)


def is_list(text: str) -> bool:
    """Whether the text has a heading such as ``### NO.1 …``."""
    return any((entry := _entry(line)) and not entry[1] for line in text.splitlines())


def _entry(line: str) -> tuple[re.Match[str], bool] | None:
    """The match of a numbered heading, and whether it is one that others share."""
    match = _ENTRY.fullmatch(line)
    if match is None or not (match["hash"] or match["bold"]):
        return None
    return match, bool(match["last"]) or not match["hash"]


def _parts(text: str) -> Iterator[_Part]:
    part: _Part | None = None
    chapter = section = ""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        entry = None if fenced else _entry(line)
        heading = None if fenced or entry else _HEADING.fullmatch(line)
        if entry:
            match, shared = entry
            if part:
                yield part
            first = int(match["first"])
            context = " · ".join(name for name in (chapter, section) if name)
            part = _Part(first, int(match["last"] or first), match["title"], context, shared)
        elif heading and len(heading[1]) <= 3:
            if part:
                yield part
            part = None
            name = heading[2].strip("* ")
            chapter, section = (name, "") if len(heading[1]) <= 2 else (chapter, name)
        elif part:
            part.lines.append(line)
    if part:
        yield part


def _sections(lines: Iterable[str]) -> dict[str, str]:
    """Field → text, by the labels; what stands before the first label is the requirement."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    current: list[str] = []
    found["requirement"] = [("", current)]
    fenced = False
    for line in lines:
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        match = None if fenced else _LABEL.fullmatch(line)
        if match is None or not (match["bold"] or match["colon"] or match["after"]):
            current.append(line)
            continue
        current = [match["rest"]] if match["rest"] else []
        found.setdefault(LABELS[match["label"].casefold()], []).append((match["label"], current))
    return {name: joined for name, pieces in found.items() if name and (joined := _joined(pieces))}


def _joined(pieces: list[tuple[str, list[str]]]) -> str:
    filled = [(label, text) for label, lines in pieces if (text := "\n".join(lines).strip())]
    labels = {label for label, _text in filled if label}
    if len(labels) < 2:
        return "\n\n".join(text for _label, text in filled)
    return "\n\n".join(f"**{label}**\n\n{text}" if label else text for label, text in filled)


def read_list(text: str) -> list[Draft]:
    """The tasks of a list. Raises Unreadable when it has none."""
    drafts: list[Draft] = []
    group: _Part | None = None
    shared: dict[str, str] = {}
    for part in _parts(text):
        if part.shared:
            group, shared = part, _sections(part.lines)
            continue
        within = group is not None and group.first <= part.first <= group.last and group.context == part.context
        drafts.append(_draft(part, group if within else None, shared if within else {}))
    if not drafts:
        raise Unreadable(_("no task in it: no heading such as “### NO.1 title”"))
    return drafts


def _draft(part: _Part, group: _Part | None, shared: dict[str, str]) -> Draft:
    title, stars = split_stars(part.title)
    draft = Draft("")
    draft.title = draft.text("title", title)
    if not draft.title:
        draft.error = _("NO.%(number)s has no title", number=part.first)
    own = _sections(part.lines)
    texts = {**shared, **own}
    if stars:
        texts.setdefault("difficulty", stars)
    texts["requirement"] = _requirement(part.title, own.get("requirement", ""), shared.get("requirement", ""))
    context = " · ".join(name for name in (part.context, group.title if group else "") if name)
    texts.setdefault("background", context or part.title)
    for name, value in texts.items():
        draft.put(name, value)
    for name in ("environment", "criteria", "submit_to"):
        if not draft.fields.get(name):
            draft.note(_("%(field)s: not in the file", field=name))
    return draft


def _requirement(title: str, own: str, shared: str) -> str:
    if own:
        return own if not shared else f"{own}\n\n{shared}"
    return f"**{title}**\n\n{shared}" if shared else title


# -- the intern template ------------------------------------------------------------------------

_TEMPLATE = {
    "任务标题": "title", "标题": "title", "title": "title", "task title": "title",
    "任务分值": "points", "task score": "points",
    "背景描述": "background", "background description": "background",
    "需求描述": "requirement", "requirements": "requirement",
    "环境要求": "environment", "development environment": "environment",
    "编程语言": "language", "programming language": "language",
    "产出标准": "criteria", "acceptance criteria": "criteria",
    "pr提交地址": "submit_to", "pr submission address": "submit_to",
    "期望完成时间": "expected_on", "expected completion time": "expected_on",
    "开发指导": "guidance", "development guide": "guidance",
    "导师及邮箱": "mentors", "tutor & email": "mentors",
}  # fmt: skip
_BRACKETS = re.compile(
    r"\s*(?:#+\s*)?(?:\*\*)?\s*【\s*(?P<label>[^】]{1,60}?)\s*】\s*(?:\*\*)?\s*[:：]?\s*(?P<rest>.*)"
)
_BOILERPLATE = re.compile(r"\s*(?:本issue为面向|Note: This issue is intended|-{3,}\s*$)", re.IGNORECASE)


def is_template(text: str) -> bool:
    """Whether the text has headings of the intern template."""
    return any((m := _BRACKETS.fullmatch(line)) and m["label"].casefold() in _TEMPLATE for line in text.splitlines())


def read_template(text: str, name: str) -> list[Draft]:
    """The one task of a filled-in template; ``name`` is its title where the text has none.

    Raises Unreadable for the empty template.
    """
    heading = ""
    values: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in _body(text):
        if _BOILERPLATE.match(line):
            current = None
        elif match := _BRACKETS.fullmatch(line):
            label = _TEMPLATE.get(match["label"].casefold())
            current = values.setdefault(label, []) if label else []
            current.append(match["rest"])
        elif current is not None:
            current.append(line)
        elif (found := _HEADING.fullmatch(line)) and not heading:
            heading = found[2]
    filled = {label: text for label, lines in values.items() if (text := _filled(lines))}
    if not filled.keys() - {"title"}:
        raise Unreadable(_("the template isn't filled in"))
    draft = Draft("", mentors=people(filled.pop("mentors", "")))
    draft.title = draft.text("title", filled.pop("title", "") or heading or name)
    draft.fields["kind"] = "internship"
    draft.fields["gives_certificate"] = True
    for label, value in filled.items():
        draft.put(label, value)
    return [draft]


def _body(text: str) -> Iterator[str]:
    """The lines without the front matter."""
    lines = text.splitlines()
    if lines and lines[0].strip() == "---":
        end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        lines = lines[end + 1 :]
    yield from lines


def _filled(lines: list[str]) -> str:
    """The text, unless it is only the template's own ``- 硬件:`` and the like."""
    kept = [line.rstrip() for line in lines]
    if not any(line and not re.fullmatch(r"\s*-\s*[^:：]{1,12}[:：]\s*", line) for line in kept):
        return ""
    return "\n".join(kept).strip()
