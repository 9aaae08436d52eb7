"""A process of the nightly job that waits for others: all list what is due, and only then all of them act.

``python -m tests.support.night FOLDER NUMBER [--trusting | --worker]``: NUMBER processes share FOLDER. ``--trusting`` takes out what
keeps an act from being done twice (looking again under the lock, and the marks of what was done once): the control. ``--worker``: what `tracker worker --once` does, after waiting.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from tracker import nightly
from tracker.app import create_app
from tracker.clocks import reminders, rules
from tracker.db import transaction
from tracker.events.diary import via
from tracker.events.worker import run_worker


def wait_for_all(folder: Path, number: int) -> None:
    """Until every process has come to this point."""
    (folder / f"ready-{os.getpid()}").touch()
    deadline = time.monotonic() + 60
    while len(list(folder.glob("ready-*"))) < number:
        if time.monotonic() > deadline:
            raise AssertionError("the others didn't come")
        time.sleep(0.005)


def trust() -> None:
    """What was listed is taken for due."""

    def always(*_facts: Any) -> bool:
        return True

    rules.Clock.warning_due = rules.Clock.lapse_due = always  # type: ignore[method-assign]
    rules.escalation_due = always
    reminders.once = always


def work(folder: Path, number: int) -> None:
    """A round of the worker."""
    app = create_app()
    wait_for_all(folder, number)
    run_worker(app, once=True)


def main(folder: Path, number: int, trusting: bool) -> None:
    wrong: list[str] = []
    with create_app().app_context(), via("job"):
        acts = list(nightly.rehearse(lambda what, error: wrong.append(f"{what}: {error}")))
        if trusting:
            trust()
        wait_for_all(folder, number)
        for act in acts:
            try:
                transaction(act.work)
            except Exception as error:
                wrong.append(f"{act.about}: {error}")
    print(len(acts), *wrong, sep="\n")


if __name__ == "__main__":
    if "--worker" in sys.argv:
        work(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]), "--trusting" in sys.argv)
