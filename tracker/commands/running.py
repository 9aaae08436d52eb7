"""Commands that run: serve, worker, nightly."""

from __future__ import annotations

import os
import threading

import click

from tracker import config, doctor, maintenance, nightly
from tracker import serve as server
from tracker.app import create_app
from tracker.commands.frame import Failed, house, report, tell
from tracker.events.diary import via
from tracker.events.worker import run_worker


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True)
@click.option(
    "--worker/--no-worker",
    default=None,
    help="Run `tracker worker` beside the server and end it with it.  [default: unless TRACKER_ENV is production]",
)
def serve(host: str, port: int, workers: int, threads: int, worker: bool | None) -> None:
    """Serve the pages. Beyond loopback the default is production.

    Mail, large files and the nightly job are done by a worker: in development one runs beside the server, in production it
    is a service of its own.
    """
    settings = config.load(fallback={} if server.is_loopback(host) else {"env": "production"})
    wrong = [finding for finding in doctor.findings(settings, thorough=False) if finding.fatal]
    if wrong:
        raise Failed(f"{wrong[0].about}: {wrong[0].says}. {wrong[0].mend}")
    if not server.is_free(host, port):
        raise Failed(f"{host}:{port} can't be listened on: it is taken or isn't ours. Choose another with --port.")
    address = f"[{host}]" if ":" in host else host
    tell(f"Serving on http://{address}:{port} ({settings.env}); Ctrl-C ends it.")
    beside = not settings.production if worker is None else worker
    server.run(settings, host=host, port=port, workers=workers, threads=threads, worker=beside)


@click.command()
@click.option("--once", is_flag=True, help="Do what is due and end.")
@click.option("--with-server", is_flag=True, hidden=True, help="End when standard input does.")
def worker(once: bool, with_server: bool) -> None:
    """Send the mail that waits, make the files that were asked for, and do what is due each minute."""
    settings = config.load()
    maintenance.require_current(settings)
    sent = run_worker(create_app(settings), once, stop=_end_of_input() if with_server else None)
    if not with_server:
        tell(f"Mails sent: {sent}")


def _end_of_input() -> threading.Event:
    """Set when whoever started this process is gone, or closed what it reads from."""
    ended = threading.Event()

    def read() -> None:
        while os.read(0, 1024):
            pass
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    return ended


@click.command("nightly")
@click.option("--dry-run", is_flag=True, help="Say what would be done, line by line, and change nothing.")
def nightly_command(dry_run: bool) -> None:
    """Warn, lapse, escalate, remind, fill free seats, plan meetings, remove what has expired. Harmless when run twice.

    It runs at once, whatever the worker did today. Prints how often what was done; with --dry-run a line for each act:
    action,claim,task,handle,detail.
    """
    with house(), via("job"):
        if dry_run:
            _rehearse()
            return
        done = nightly.run_by_hand()
    report(("what", "count"), [(name, done.counts[name]) for name in (*nightly.ACTIONS, "errors")])
    if done.counts["errors"]:
        raise Failed(
            f"{done.counts['errors']} steps failed, the last: {done.error}. The log says more; nothing else stopped."
        )


def _rehearse() -> None:
    wrong: list[str] = []
    acts = list(nightly.rehearse(lambda what, error: wrong.append(f"{what}: {type(error).__name__}: {error}")))
    columns = ("action", "claim", "task", "handle", "detail")
    report(columns, [(act.action, act.claim or "", act.task, act.handle, act.detail) for act in acts])
    if wrong:
        raise Failed(f"{len(wrong)} couldn't be looked at, the first: {wrong[0]}")


COMMANDS: tuple[click.Command, ...] = (serve, worker, nightly_command)
