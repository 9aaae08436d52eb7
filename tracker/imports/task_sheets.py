"""Tasks in CSV, under the columns of our own export or the names of the form's fields."""

from __future__ import annotations

import csv
import io

from tracker.imports.reading import Unreadable, short
from tracker.imports.task_values import Draft, people
from tracker.tasks.rules import FIELDS
from tracker.text import _

#: Columns of our own export that say where a task stood, not what it is.
IGNORED = {"task", "reference", "sig", "quarter", "state", "availability", "live_claims", "published_at"}
ALIASES = {
    "标题": "title", "任务": "title", "任务名称": "title", "任务标题": "title", "任务方向": "area", "方向": "area",
    "类型": "kind", "任务类型": "kind", "积分": "points", "分值": "points", "任务分值": "points", "难度": "difficulty",
    "工时": "hours", "硬件": "backends", "后端": "backends", "编程语言": "language", "名额": "seats", "导师": "mentors",
    "期望完成时间": "expected_on", "验收截止": "accept_by", "背景": "background", "背景描述": "background",
    "需求": "requirement", "需求描述": "requirement", "环境要求": "environment", "验收标准": "criteria",
    "产出标准": "criteria", "提交地址": "submit_to", "pr提交地址": "submit_to", "开发指导": "guidance", "奖品": "prize",
}  # fmt: skip
MOST_ROWS = 2_000
_ACTIVE = "=+-@|%\uff1d\uff0b\uff0d\uff20"


def is_sheet(text: str) -> bool:
    """Whether the first line is one of a CSV and names a column for the title."""
    first = text.lstrip().split("\n", 1)[0]
    try:
        header = next(csv.reader([first], delimiter=_delimiter(first)), [])
    except csv.Error:
        return False
    return "title" in [_column(cell) for cell in header]


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count) if any(mark in line for mark in ",;\t") else ","


def _column(cell: str) -> str:
    name = "_".join(cell.strip().casefold().split())
    return ALIASES.get(name, name)


def read_sheet(text: str) -> list[Draft]:
    """A task a row. Raises Unreadable when it is no CSV or has no title column."""
    try:
        first = text.split("\n", 1)[0]
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first), strict=True))
    except csv.Error as error:
        raise Unreadable(_("no CSV: %(error)s", error=error)) from error
    if not rows:
        raise Unreadable(_("the file is empty"))
    header = [_column(cell) for cell in rows[0]]
    if "title" not in header:
        raise Unreadable(_("no column “title”"))
    if doubled := {name for name in header if name and header.count(name) > 1}:
        raise Unreadable(_("columns twice: %(names)s", names=", ".join(sorted(doubled))))
    if len(rows) > MOST_ROWS + 1:
        raise Unreadable(_("more than %(count)s rows", count=MOST_ROWS))
    unknown = [short(name) for name in header if name and name not in FIELDS and name not in IGNORED]
    return [_draft(number, header, row, unknown) for number, row in enumerate(rows[1:], 2) if any(map(str.strip, row))]


def _draft(number: int, header: list[str], row: list[str], unknown: list[str]) -> Draft:
    draft = Draft("")
    if unknown:
        draft.note(_("columns not used: %(names)s", names=", ".join(unknown)))
    if len(row) > len(header):
        draft.note(_("line %(line)s has more cells than the header", line=number))
    values = {name: _cell(cell) for name, cell in zip(header, row, strict=False)}
    draft.title = draft.text("title", values.pop("title", ""))
    if not draft.title:
        draft.error = _("row %(line)s has no title", line=number)
    draft.mentors = people(values.pop("mentors", ""))
    draft.area = values.pop("area", "").strip()
    for name, value in values.items():
        draft.put(name, value)
    return draft


def _cell(cell: str) -> str:
    """Without the apostrophe that our own export puts before what a spreadsheet would act on."""
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip()[:1] and cell[1:].lstrip()[0] in _ACTIVE else cell
