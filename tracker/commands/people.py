"""Commands about accounts: user create."""

from __future__ import annotations

import sys

import click

from tracker.accounts import service
from tracker.commands.frame import acting, house, tell
from tracker.db import transaction


@click.group()
def user() -> None:
    """Accounts."""


@user.command()
@click.argument("new_handle", metavar="HANDLE")
@click.option("--email", required=True)
@click.option("--name", default="", help="The name that others see.")
@click.option("--admin", is_flag=True, help="Administers the site.")
@click.option("--finance", is_flag=True, help="Approves and pays rewards.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--as", "handle", metavar="HANDLE", help="Act with this person's rights.")
def create(
    new_handle: str, email: str, name: str, admin: bool, finance: bool, password_stdin: bool, handle: str | None
) -> None:
    """Make an account that signs in as HANDLE; without a password its mail carries a link to choose one."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if password_stdin and not password:
        raise click.UsageError("no password on standard input")
    with house() as app:
        made = transaction(
            lambda: service.create_user(
                acting(handle), handle=new_handle, email=email, display_name=name or new_handle, password=password,
                is_admin=admin, is_finance=finance,
            )
        )  # fmt: skip
        base = app.extensions["settings"].base_url
        tell(f"Made the account {made.handle}.")
    if password:
        tell(f"Sign in at {base}/login")
    else:
        tell(f"The mail with the link to choose a password waits in the outbox: `tracker worker` sends it. {base}")


COMMANDS: tuple[click.Command, ...] = (user,)
