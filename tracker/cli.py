"""The ``tracker`` command. Exit codes: 0 done, 1 failed or refused, 2 bad input; one line on stderr says why."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

import click

from tracker import __version__
from tracker.commands import certificates, database, files, keys, meetings, money, people, running, wages
from tracker.commands.frame import Failed
from tracker.config import SettingError
from tracker.errors import Busy, Forbidden, Missing, Refused


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tracker")
def tracker() -> None:
    """SIG Tracker: tasks, claims, progress and rewards of special interest groups."""


for _room in (database, running, people, files, meetings, keys, money, wages, certificates):
    for _command in _room.COMMANDS:
        tracker.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    code = run(arguments)
    gc.freeze()  # the interpreter would look through everything once more before it ends: half a second
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    try:
        tracker.main(args=None if arguments is None else list(arguments), prog_name="tracker", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_page:
        help_page.show()
        return 2
    except click.exceptions.Abort:
        return _say("stopped", 1)
    except click.ClickException as error:
        return _say(error.format_message(), error.exit_code)
    except SettingError as error:
        return _say(str(error), 2)
    except Missing as error:
        return _say(f"there is no {error.args[0] if error.args else 'such thing'}", 2)
    except Forbidden as error:
        return _say(f"not allowed: {error.args[0] if error.args else 'this step'}", 1)
    except Busy:
        return _say("the database couldn't take the step in time; try again", 1)
    except (Refused, Failed) as error:
        return _say(str(error), 1)
    except BrokenPipeError:
        # Whoever read our output has gone: nothing more to say, also not at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _say(message: str, code: int) -> int:
    click.echo(f"tracker: {' '.join(message.split())}", err=True)
    return code
