"""What the commands share: an application to work in, who acts, reports and progress."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError

from tracker.accounts.queries import get_user
from tracker.app import create_app
from tracker.config import Settings
from tracker.db import db
from tracker.events.diary import via
from tracker.permissions import SYSTEM, Actor
from tracker.web.csv import cell

T = TypeVar("T")


class Failed(Exception):
    """The command couldn't do it; the message says why and what to do."""


as_option = click.option("--as", "handle", metavar="HANDLE", help="Act with this person's rights.")


@contextmanager
def house(settings: Settings | None = None) -> Iterator[Flask]:
    """The application with its context; steps taken inside are noted as having come by command.

    Raises Failed when the database can't be used.
    """
    app = create_app(settings)
    with app.app_context(), via("command"):
        try:
            yield app
        except DBAPIError as error:
            raise Failed(f"the database can't be used: {error.orig}. `tracker doctor` says more.") from error
        finally:
            db.session.remove()
            db.engine.dispose()


def acting(handle: str | None) -> Actor:
    """The person of ``--as``, or the system.

    Raises Missing when there is no such person, Failed when the account is suspended.
    """
    if handle is None:
        return SYSTEM
    user = get_user(handle)
    if user.suspended_at is not None:
        raise Failed(f"the account {user.handle} is suspended")
    return user


def tell(message: str) -> None:
    """A line for the person at the terminal; standard output is for machines."""
    click.echo(message, err=True)


def report(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """CSV on standard output, text made inert as in exports."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(value, ZoneInfo("UTC")) for value in row])
    sys.stdout.flush()


def progress(items: Iterable[T], *, total: int | None, doing: str) -> Iterator[T]:
    """``items`` with a bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description=doing, total=total, console=Console(stderr=True), transient=True)
