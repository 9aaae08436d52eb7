"""Commands about wages: simulate-wages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from tracker.commands.frame import report, tell
from tracker.errors import Refused
from tracker.imports.wages import Person, Unusable, WageRules, read_points, read_rules
from tracker.programmes.months import months_from
from tracker.programmes.rules import in_force
from tracker.programmes.wages import Account, Scheme
from tracker.rewards.models import CURRENCIES
from tracker.settlements.rules import follow
from tracker.web.csv import Amount

COLUMNS = ("handle", "month", "earned", "carried_over", "converted", "total", "payable", "currency", "settled")
_file = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("simulate-wages")
@click.option("--rules", required=True, metavar="RULES.yaml", type=_file, help="One programme with its dated wages.")
@click.option("--points", required=True, metavar="POINTS.csv", type=_file,
              help="handle,accepted_at,points and, where contracts end, contract_end.")  # fmt: skip
def simulate_wages(rules: Path, points: Path) -> None:
    """Print what rules would pay for points, as CSV: each month from a person's first to the last of the file.

    The rules of a month's last day hold, months are cut in the programme's time_zone, money is in major units. Negative points
    are corrections: what they leave overpaid is set off against later months, and nothing is ever taken back. Any line that
    can't be used is named, and then nothing is computed.
    """
    try:
        wages = read_rules(rules)
    except (ValueError, Refused) as error:
        raise click.BadParameter(f"{rules.name}: {error}", param_hint="--rules") from error
    if wages.currency not in CURRENCIES:
        raise click.BadParameter(f"{rules.name}: the currency is one of {', '.join(CURRENCIES)}", param_hint="--rules")
    try:
        people = read_points(points, wages)
    except Unusable as unusable:
        for line, why in unusable.faults:
            tell(f"{points.name}, line {line}: {why}")
        raise click.BadParameter(
            f"{points.name}: nothing was computed, lines that can't be used: {len(unusable.faults)}",
            param_hint="--points",
        ) from unusable
    report(COLUMNS, list(_rows(wages, people)))


def _rows(wages: WageRules, people: Sequence[Person]) -> Iterator[Sequence[Any]]:
    last = max((max(person.earned) for person in people), default="")
    for person in people:
        months = [(month, _scheme(wages, month)) for month in months_from(min(person.earned), last)]
        schemes = dict(months)
        for month, figures, account in follow(Account(), months, person.earned, contract_end=person.contract_end):
            steps = schemes[month].kind == "steps"
            yield (
                person.handle, month, figures.earned, figures.carried_over if steps else None,
                figures.converted if steps else None, figures.total, Amount(figures.payable), wages.currency,
                Amount(account.settled),
            )  # fmt: skip


def _scheme(wages: WageRules, month: str) -> Scheme:
    found = in_force(wages.sets, month)
    return found.scheme if found else Scheme()


COMMANDS: tuple[click.Command, ...] = (simulate_wages,)
