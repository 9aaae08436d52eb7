"""``tracker import tasks``: drafts from CSV, from the intern template and from Markdown lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.accounts.models import User
from tracker.accounts.queries import find_user
from tracker.budgets.queries import scheme_of
from tracker.cycles.models import Cycle
from tracker.cycles.queries import get_cycle
from tracker.db import db, transaction
from tracker.errors import Busy, Refused
from tracker.imports.reading import Unreadable, short
from tracker.imports.task_lists import is_list, is_template, read_list, read_template
from tracker.imports.task_sheets import is_sheet, read_sheet
from tracker.imports.task_values import Draft, read_text
from tracker.permissions import SYSTEM, Actor
from tracker.sigs.models import Area
from tracker.tasks import queries, service
from tracker.text import _

FORMATS = ("csv", "intern-template", "task-list")
REPORT_COLUMNS = ("file", "reference", "title", "points", "warnings", "error")


@dataclass(frozen=True, slots=True)
class Report:
    """One line of the report: a task of a file, or why the file couldn't be used."""

    file: str
    reference: str = ""
    title: str = ""
    points: int | None = None
    warnings: str = ""
    error: str = ""

    @property
    def row(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in REPORT_COLUMNS)


class _Undo(Exception):
    """Carries a dry run's report out of a transaction that is rolled back."""

    def __init__(self, reports: list[Report]) -> None:
        self.reports = reports


def import_tasks(
    paths: Iterable[str | Path], *, sig: str, quarter: str, format: str | None = None, dry_run: bool = False,
    actor: Actor = SYSTEM,
) -> Iterator[Report]:  # fmt: skip
    """Draft the tasks of each file in a transaction of its own and report, one line a task.

    ``format`` is one of FORMATS, guessed from the file without it. A task with the same title in the same quarter isn't
    drafted again. A file that can't be used is a line with ``error``; the others go on. Raises Missing when the quarter
    doesn't exist, Forbidden when ``actor`` may not draft there. Needs an application context.
    """
    get_cycle(sig, quarter)
    for path in map(Path, paths):
        try:
            drafts, note = read_file(path, format)
            yield from transaction(
                lambda drafts=drafts, note=note, path=path: _file(  # type: ignore[misc]
                    actor, get_cycle(sig, quarter), path, drafts, note, dry_run
                )
            )
        except _Undo as undone:
            yield from undone.reports
        except Unreadable as error:
            yield Report(str(path), error=str(error))
        except (Refused, Busy) as error:
            yield Report(str(path), error=str(error) or _("the database is busy"))


def read_file(path: Path, format: str | None = None) -> tuple[list[Draft], str]:
    """The tasks of a file and a note on how it was read. Raises Unreadable."""
    text, note = read_text(path)
    if not text.strip():
        raise Unreadable(_("the file is empty"))
    kind = format or _guess(path, text)
    if kind == "csv":
        return read_sheet(text), note
    if kind == "intern-template":
        if not is_template(text):
            raise Unreadable(_("none of the template's headings, such as 【任务分值】 or 【Task score】"))
        return read_template(text, path.stem), note
    return read_list(text), note


def _guess(path: Path, text: str) -> str:
    if path.suffix.casefold() == ".csv":
        return "csv"
    if is_list(text):
        return "task-list"
    if is_template(text):
        return "intern-template"
    if is_sheet(text):
        return "csv"
    raise Unreadable(_("neither CSV, nor the intern template, nor a list with “### NO.n title”"))


def _file(actor: Actor, cycle: Cycle, path: Path, drafts: list[Draft], note: str, dry_run: bool) -> list[Report]:
    pays = scheme_of(cycle).kind != "none"
    areas = queries.areas_of(cycle.sig_id)
    reports = []
    for draft in drafts:
        if note:
            draft.note(note)
        reports.append(_store(actor, cycle, str(path), draft, areas, pays))
    if dry_run:
        raise _Undo(reports)
    return reports


def _store(actor: Actor, cycle: Cycle, file: str, draft: Draft, areas: list[Area], pays: bool) -> Report:
    if draft.error:
        return Report(file, "", draft.title, None, "; ".join(draft.notes), draft.error)
    if (there := queries.find_titled(cycle.id, draft.title)) is not None:
        return Report(file, there.reference, there.title, there.points, _("already there"))
    fields = dict(draft.fields)
    if fields.get("kind") == "internship":
        fields.setdefault("pays_wage", pays)
    _dates(cycle, fields)
    fields["area"] = _area(draft, areas)
    fields["mentors"] = _mentors(draft)
    try:
        with db.session.begin_nested():
            task = service.import_task(actor, cycle, title=draft.title, **fields)
    except Refused as refused:
        return Report(file, "", draft.title, fields.get("points"), "; ".join(draft.notes), str(refused))
    return Report(file, task.reference, task.title, task.points, "; ".join(draft.notes))


def _dates(cycle: Cycle, fields: dict[str, Any]) -> None:
    """The quarter's own days where the file has none, as the form proposes them."""
    expected = fields.get("expected_on") or cycle.claims_until
    latest = fields.get("accept_by") or cycle.accept_by
    if expected <= latest:
        fields["expected_on"], fields["accept_by"] = expected, latest


def _area(draft: Draft, areas: list[Area]) -> Area | None:
    wanted = draft.area.casefold()
    found = next((a for a in areas if wanted in (a.slug.casefold(), a.name.casefold(), a.name_zh.casefold())), None)
    if wanted and found is None:
        draft.note(_("area: the SIG has no “%(name)s”", name=short(draft.area)))
    return found if wanted else None


def _mentors(draft: Draft) -> list[User]:
    found: dict[int, User] = {}
    for name in draft.mentors:
        if (user := find_user(name)) is None:
            draft.note(_("mentors: nobody is called “%(name)s”", name=short(name)))
        else:
            found[user.id] = user
    return list(found.values())
