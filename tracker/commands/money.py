"""Commands about money: settlements."""

from __future__ import annotations

import click

from tracker.commands.frame import acting, as_option, house, report, tell
from tracker.db import transaction
from tracker.errors import Forbidden, Refused
from tracker.money import decimal
from tracker.permissions import Permission as P
from tracker.permissions import allowed
from tracker.programmes.months import is_month
from tracker.programmes.queries import get_programme
from tracker.settlements import sheet
from tracker.settlements.service import commit_settlement


def _month(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not is_month(value):
        raise click.BadParameter(f"{value!r} is no month such as 2026-11")
    return value


@click.command()
@click.argument("programme")
@click.argument("month", callback=_month)
@click.option("--commit", is_flag=True, help="Settle it: needs --as. Without it the preview is shown.")
@as_option
def settle(programme: str, month: str, commit: bool, handle: str | None) -> None:
    """Show what MONTH (2026-10) of PROGRAMME pays as CSV; with --commit settle it.

    A month that is settled already is shown as it was settled, and committing it again changes nothing.
    """
    if commit and handle is None:
        raise click.UsageError("--commit needs --as HANDLE: the system settles nothing")
    with house():
        actor = acting(handle)
        found = get_programme(programme)
        asked = P.SETTLEMENT_COMMIT if commit else P.SETTLEMENT_READ
        if not allowed(actor, asked, found):
            raise Forbidden(asked)
        if commit:
            done = transaction(lambda: commit_settlement(actor, get_programme(programme), month=month))
            tell(f"{month} of {programme} is settled: {done.count} lines, {decimal(done.amount)} {done.currency}.")
        try:
            report(sheet.COLUMNS, sheet.rows(get_programme(programme), month))
        except Refused as refusal:
            if refusal.field:
                raise click.UsageError(str(refusal)) from refusal
            raise


COMMANDS: tuple[click.Command, ...] = (settle,)
