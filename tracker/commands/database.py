"""Commands about the database: init, demo, rebuild, backup, restore, doctor, audit verify."""

from __future__ import annotations

import os
from pathlib import Path

import click
from sqlalchemy import text

from tracker import config, demo, doctor, maintenance
from tracker.accounts.queries import find_user
from tracker.commands.frame import Failed, house, tell
from tracker.db import db, transaction
from tracker.events.diary import first_broken
from tracker.ledger import audit as ledger_audit
from tracker.ledger.models import POINTS
from tracker.money import decimal
from tracker.rewards import audit as reward_audit
from tracker.tasks import reserve, summary

DEMO_PEOPLE = ("admin", "mona", "nils", "dora", "otto", "bai", "fay", "finn")


@click.command()
def init() -> None:
    """Create or migrate the database; makes a backup first when it holds data."""
    done = maintenance.init(config.load())
    if done.backup is not None:
        tell(f"Backup: {done.backup}")
    tell("The database is ready." if done.changed else "The database is up to date.")


@click.command("demo")
@click.option(
    "--phase", type=click.Choice(demo.PHASES), default="running", show_default=True, help="How far the quarter is."
)
@click.option("--tasks", type=click.IntRange(0, 1_000_000), default=0, help="Add N tasks with claims, for measuring.")
@click.option("--if-empty", is_flag=True, help="Leave a database with data as it is, without complaint.")
def demo_command(phase: str, tasks: int, if_empty: bool) -> None:
    """Fill an empty database with invented people and one quarter up to PHASE."""
    settings = config.load()
    if settings.production:
        raise Failed("no demo where TRACKER_ENV is production")
    maintenance.require_current(settings)
    with house(settings):
        try:
            demo.build(phase, tasks, tell)
        except demo.NotEmpty as refused:
            if not if_empty:
                raise Failed("the database holds data; the demo needs an empty one") from refused
            tell("The database holds data: no demo data added.")
        _tell_sign_ins(settings)


def _tell_sign_ins(settings: config.Settings) -> None:
    """Who may sign in, where the demo's people are in the database."""
    user = find_user("dora")
    if user is None or user.email != "dora@example.org":
        return
    password = os.environ.get("TRACKER_DEMO_PASSWORD", "demo-demo-demo")
    tell(f"Sign in at {settings.base_url} as {', '.join(DEMO_PEOPLE)}; password: {password}")


@click.command()
def rebuild() -> None:
    """Compute every task's summary of its claims anew, and the wage that its seats reserve where it isn't kept yet."""
    with house():
        wrong = transaction(summary.rebuild)
        missing = transaction(reserve.rebuild)
    tell("Every summary was right." if not wrong else f"Summaries that were wrong: {wrong}")
    if missing:
        tell(f"Tasks whose reserve was missing: {missing}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a backup of the database to FILE, also while the server runs."""
    maintenance.backup(config.load().database_url, file)
    tell(f"Backup: {file}")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Overwrite what the database holds.")
def restore(file: Path, yes: bool) -> None:
    """Fill the database from the backup FILE; one of SQLite also goes into PostgreSQL."""
    maintenance.restore(config.load(), file, overwrite=yes)
    tell("Restored.")


@click.command("doctor")
def doctor_command() -> None:
    """Say what is wrong with this installation and how to mend it."""
    found = doctor.findings(config.load())
    for finding in found:
        click.echo(f"{finding.level:<5} {finding.about}: {finding.says}")
        if finding.mend:
            click.echo(f"      → {finding.mend}")
    if any(finding.level == "wrong" for finding in found):
        raise Failed("something is wrong")


@click.group()
def audit() -> None:
    """The diary of every step."""


#: What is wrong with the ledger, in words.
_WRONG = {
    "account": "account {id} ({key}) isn't the account that its key says",
    "changed": "transfer {id} ({key}) was changed: it isn't what was booked",
    "unknown": "transfer {id} ({key}) was never booked: no event of the diary names it",
    "gone": "a transfer that row {id} of the diary names is gone",
}
_HOLDS = {"payable": "is to be paid", "bank": "was paid", "earned": "has earned"}


@audit.command()
def verify() -> None:
    """Check the diary's chain of hashes and the ledger against it; names the first thing that doesn't fit.

    Each transfer of the ledger is as it was booked and named by an event, and what each person is to be paid, was paid and
    has earned is what their lines and claims come to.
    """
    with house():
        _unlimited()
        broken = first_broken(db.session())
        if broken is not None:
            raise Failed(f"the diary is broken at row {broken}: it or the row before it was changed")
        if (wrong := ledger_audit.first_broken()) is not None:
            raise Failed(f"the ledger is broken: {_WRONG[wrong.what].format(id=wrong.id, key=wrong.key)}")
        if (differs := reward_audit.first_difference()) is not None:
            raise Failed(f"the ledger is broken: {_said(differs)}")
    tell("The diary and the ledger are whole.")


def _unlimited() -> None:
    """However large they are: no statement is broken off."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SET LOCAL statement_timeout = 0"))


def _said(differs: reward_audit.Difference) -> str:
    booked, lines = (
        (str(value) if differs.unit == POINTS else decimal(value)) for value in (differs.booked, differs.lines)
    )
    return (
        f"by it person {differs.user_id} {_HOLDS[differs.account]} {booked} {differs.unit} in programme"
        f" {differs.programme_id}, by reward lines and claims {lines}"
    )


COMMANDS: tuple[click.Command, ...] = (init, demo_command, rebuild, backup, restore, doctor_command, audit)
