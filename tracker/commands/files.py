"""Commands that read and write files, publish what was read, and carry what is left: import, export, publish, refresh."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from tracker.budgets.queries import figures
from tracker.carries.queries import carries, targets
from tracker.carries.service import refresh_cycle
from tracker.commands.frame import Failed, acting, as_option, house, progress, report, tell
from tracker.cycles.quarters import is_quarter
from tracker.cycles.queries import get_cycle
from tracker.db import transaction
from tracker.errors import Missing, Refused
from tracker.tasks import service as tasks

_files = click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
_dry_run = click.option("--dry-run", is_flag=True, help="Report without changing anything.")


def _quarter(_context: Any, _parameter: Any, value: str | None) -> str | None:
    if value is not None and not is_quarter(value):
        raise click.BadParameter(f"{value!r} is no quarter; write it as 2026Q4")
    return value


@click.group("import")
def import_() -> None:
    """Read files of others; the report is CSV on standard output."""


@import_.command("sigs")
@_files
@_dry_run
@as_option
def import_sigs(files: tuple[Path, ...], dry_run: bool, handle: str | None) -> None:
    """SIGs from sig-info.yaml, Kubernetes' sigs.yaml or a seed file."""
    from tracker.imports import sigs as sig_files

    with house():
        actor = acting(handle)
        lines = itertools.chain.from_iterable(
            sig_files.import_sigs([file], dry_run=dry_run, actor=actor)
            for file in progress(files, total=len(files), doing="Reading")
        )
        _report(sig_files.REPORT_COLUMNS, lines)


@import_.command("tasks")
@_files
@click.option("--sig", required=True, metavar="SLUG")
@click.option("--quarter", required=True, callback=_quarter, metavar="2026Q4")
@click.option(
    "--format", "kind", type=click.Choice(["csv", "intern-template", "task-list"]), help="Guessed without it."
)
@_dry_run
@as_option
def import_tasks(
    files: tuple[Path, ...], sig: str, quarter: str, kind: str | None, dry_run: bool, handle: str | None
) -> None:
    """Drafts from CSV, the intern template or Markdown task lists."""
    from tracker.imports import tasks as task_files

    with house():
        actor = acting(handle)
        lines = itertools.chain.from_iterable(
            task_files.import_tasks([file], sig=sig, quarter=quarter, format=kind, dry_run=dry_run, actor=actor)
            for file in progress(files, total=len(files), doing="Reading")
        )
        _report(task_files.REPORT_COLUMNS, lines)


def _report(columns: tuple[str, ...], lines: Iterable[Any]) -> None:
    found = list(lines)
    report(columns, [line.row for line in found])
    if failed := sum(bool(line.error) for line in found):
        raise Failed(f"{failed} of {len(found)} lines report an error")


class _Undo(Exception):
    """Ends a dry run: everything is rolled back."""


@click.command()
@click.argument("sig")
@click.argument("quarter", callback=_quarter)
@click.option("--as", "handle", metavar="HANDLE", required=True, help="Act with this person's rights.")
@_dry_run
def publish(sig: str, quarter: str, handle: str, dry_run: bool) -> None:
    """Publish every ready task of the SIG's quarter in one step."""

    def work() -> str:
        cycle = tasks.publish_cycle(acting(handle), get_cycle(sig, quarter))
        if dry_run:
            raise _Undo(figures(cycle).rest)
        return cycle.label

    with house():
        try:
            label = transaction(work)
        except _Undo as undone:
            tell(f"It can be published; nothing was changed. Left of the budget afterwards: {undone}.")
            return
    tell(f"Published {label}.")


@click.command()
@click.argument("sig")
@click.argument("quarter", callback=_quarter)
@click.option("--as", "handle", metavar="HANDLE", required=True, help="Act with this person's rights.")
@_dry_run
def refresh(sig: str, quarter: str, handle: str, dry_run: bool) -> None:
    """Carry the unclaimed and unfinished tasks of the SIG's QUARTER into its next one.

    Prints what is carried and what stays, and why.
    """

    def work() -> list[tuple[str, str, str, str]]:
        actor, cycle = acting(handle), get_cycle(sig, quarter)
        target = next(iter(targets(cycle)), None)
        found = carries(actor, cycle, target) if target else []
        into = {task.reference: task.cycle.quarter for task in refresh_cycle(actor, cycle)}
        rows = [
            (row.task.reference, row.task.title, into.get(row.task.reference, ""), str(row.reason)) for row in found
        ]
        if dry_run:
            raise _Undo(rows)
        return rows

    with house():
        try:
            rows = transaction(work)
        except _Undo as undone:
            [rows] = undone.args
        report(("reference", "title", "carried_into", "reason"), rows)
    number = sum(bool(row[2]) for row in rows)
    tell(f"{number} of {len(rows)} tasks can be carried; nothing was changed." if dry_run else f"Carried: {number}")


@click.command()
@click.argument("kind")
@click.option("--sig", metavar="SLUG")
@click.option("--programme", metavar="SLUG")
@click.option("--quarter", callback=_quarter, metavar="2026Q4")
@click.option("--month", metavar="YYYY-MM")
@click.option("--state")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of the headings.")
@as_option
def export(kind: str, lang: str, handle: str | None, **filters: str | None) -> None:
    """Write the same bytes as the page's export to standard output.

    KIND is one of tasks, claims, progress, points, rewards, members.
    """
    from tracker.exports.kinds import EXPORTS
    from tracker.exports.service import export as exported

    if kind not in EXPORTS:
        raise click.BadParameter(f"{kind!r} is none of {', '.join(sorted(EXPORTS))}", param_hint="KIND")
    given = {name: value for name, value in filters.items() if value}
    with house():
        try:
            for chunk in exported(kind, acting(handle), given, lang):
                sys.stdout.buffer.write(chunk)
        except Refused as refusal:
            if refusal.field:
                raise click.UsageError(f"{refusal.field}: {refusal}") from refusal
            raise
        except Missing as missing:
            raise click.UsageError(f"there is no {missing.args[0]}") from missing
    sys.stdout.buffer.flush()


COMMANDS: tuple[click.Command, ...] = (import_, publish, refresh, export)
