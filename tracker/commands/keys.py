"""Commands about the keys that payee data is sealed with."""

from __future__ import annotations

import click

from tracker import config, rotation, sealing
from tracker.commands.frame import Failed, house, progress, tell

#: So many values that can't be opened are named.
NAMED = 20


@click.group()
def keys() -> None:
    """The keys that payee data is sealed with."""


@keys.command()
@click.option("--reseal-only", is_flag=True, help="Seal everything with the first key of TRACKER_PAYEE_KEYS; add none.")
def rotate(reseal_only: bool) -> None:
    """Seal everything with a new key and let the old ones go. Harmless when killed and run again, also while the server runs."""
    settings = config.load()
    with house(settings):
        found = rotation.rotate(
            settings, reseal_only=reseal_only, watch=lambda parts: progress(parts, total=None, doing="Sealing anew")
        )
    tell(f"Sealed values: {found.values}, of which sealed anew: {found.resealed}.")
    if found.broken:
        named = ", ".join(found.broken[:NAMED])
        raise Failed(f"{len(found.broken)} can't be opened, so the old keys stay: {named}. `tracker doctor` says more.")
    tell(
        "Every value is sealed with the newest key."
        if reseal_only
        else "The old keys are gone. Keep a copy of the new one."
    )


@keys.command()
def new() -> None:
    """Print a new key, for TRACKER_PAYEE_KEYS."""
    click.echo(sealing.new_key())


COMMANDS: tuple[click.Command, ...] = (keys,)
