"""Scheduled jobs: things done once, and one run of a job per slot however many workers there are."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tracker import clock
from tracker.config import Settings
from tracker.db import db, transaction
from tracker.events.models import JobRun, Once

log = structlog.get_logger()

#: A run whose last beat is older has died: the next worker takes it over.
DEAD_AFTER = dt.timedelta(minutes=10)
#: A run writes its beat at most this often.
BEAT_SECONDS = 20.0


def _insert_new(model: type[Any], **columns: Any) -> bool:
    """Insert a row unless there is one with its unique name; waits for another transaction that is inserting it."""
    table: Table = model.__table__
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(table).values(**columns).on_conflict_do_nothing().returning(*table.primary_key)
    return db.session.execute(made).first() is not None


def once(key: str) -> bool:
    """True the first time in this database; part of the caller's transaction, so it counts only if that commits.

    ``key``: up to 120 characters.
    """
    return _insert_new(Once, key=key, at=clock.now())


class TakenOver(Exception):
    """Another worker thought this run dead and goes on with it."""


class Run:
    """A run of a job at work: counts what it does, notes what failed, and gives a sign of life between steps."""

    def __init__(self, run_id: int, attempt: int) -> None:
        self.id, self.attempt = run_id, attempt
        self.counts: Counter[str] = Counter()
        self.error = ""
        self._beaten = time.monotonic()

    def count(self, name: str, number: int = 1) -> None:
        """Add to the figure ``name`` of the run."""
        self.counts[name] += number

    def failed(self, what: str, error: BaseException) -> None:
        """Note that a step failed; its details are in the log."""
        log.error("job_step_failed", step=what, exc_info=error)
        self.counts["errors"] += 1
        self.error = f"{what}: {type(error).__name__}"[:300]

    def beat(self) -> None:
        """Say that it is alive. Raises TakenOver when it was taken for dead."""
        if time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        self.write()
        self._beaten = time.monotonic()

    def write(self, **columns: Any) -> None:
        """Write down how it stands, in a transaction of its own. Raises TakenOver."""
        values = {"beat_at": clock.now(), "counts": dict(self.counts), "error": self.error, **columns}
        changed = transaction(
            lambda: db.session.execute(
                update(JobRun)
                .where(JobRun.id == self.id, JobRun.attempts == self.attempt)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
        )
        if changed.rowcount != 1:  # type: ignore[attr-defined]
            raise TakenOver(f"run {self.id}")


Work = Callable[[Run], Any]


def run_slot(job: str, slot: str, work: Work) -> Run | None:
    """Run ``work`` for a slot (up to 40 characters) unless that was done or is being done; None when it wasn't run.

    ``work`` commits by transactions of its own, is harmless when it runs twice, and calls ``run.beat()`` between its steps.
    What it raises is raised, and the slot stays open: after a while the next worker takes it up.
    """
    if (run := transaction(lambda: _take(job, slot))) is None:
        return None
    try:
        work(run)
        run.write(finished_at=clock.now())
    except TakenOver:
        log.warning("job_taken_over", job=job, slot=slot)
        return None
    except Exception as error:
        run.failed(job, error)
        with contextlib.suppress(Exception):  # the database itself may be away
            run.write()
        raise
    return run


def _take(job: str, slot: str) -> Run | None:
    """Make the slot's row, or take over one whose run died; None while it is done or alive."""
    now = clock.now()
    new = _insert_new(JobRun, job=job, slot=slot, started_at=now, beat_at=now, attempts=1, counts={}, error="")
    row = db.session.scalars(
        select(JobRun).where(JobRun.job == job, JobRun.slot == slot).with_for_update()
        .execution_options(populate_existing=True)
    ).one()  # fmt: skip
    if new:
        return Run(row.id, 1)
    if row.finished_at is not None or row.beat_at > now - DEAD_AFTER:
        return None
    row.attempts += 1
    row.started_at = row.beat_at = now
    return Run(row.id, row.attempts)


# -- once a night ---------------------------------------------------------------------------------

_nightly: dict[str, Work] = {}


def every_night(name: str) -> Callable[[Work], Work]:
    """Register a job that the worker runs once a day, from ``nightly_at`` in ``nightly_zone`` of the settings on."""

    def register(work: Work) -> Work:
        _nightly[name] = work
        return work

    return register


def slot_now(settings: Settings) -> str | None:
    """The day whose nightly jobs are due now, as an ISO date; None before their time."""
    local = clock.now().astimezone(ZoneInfo(settings.nightly_zone))
    return local.date().isoformat() if local.time() >= dt.time.fromisoformat(settings.nightly_at) else None


def run_nightly(settings: Settings) -> list[str]:
    """Run the nightly jobs whose slot of today is open; the names of those that ran. For the worker, each minute."""
    slot = slot_now(settings)
    if slot is None:
        return []
    ran = []
    for name, work in _nightly.items():
        if not _finished(name, slot) and run_slot(name, slot, work) is not None:
            ran.append(name)
    return ran


def _finished(job: str, slot: str) -> bool:
    found = db.session.scalar(
        select(JobRun.id).where(JobRun.job == job, JobRun.slot == slot, JobRun.finished_at.is_not(None))
    )
    db.session.rollback()
    return found is not None


# -- for the page ---------------------------------------------------------------------------------


def last_runs(limit: int = 60) -> list[JobRun]:
    """The newest runs, newest first."""
    return list(db.session.scalars(select(JobRun).order_by(JobRun.id.desc()).limit(limit)))


def is_dead(run: JobRun, now: dt.datetime) -> bool:
    """Whether it was broken off: not finished, and without a sign of life for long."""
    return run.finished_at is None and run.beat_at <= now - DEAD_AFTER
