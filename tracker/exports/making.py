"""Making the files that were asked for: each by one worker at a time, taken over when that one dies, finished once.

The rows are read in one go into a file of our own, so that no transaction stays open while the workbook is written, and it
shows one moment. Meanwhile a thread gives signs of life and hears whether the job was cancelled or taken over.
"""

from __future__ import annotations

import datetime as dt
import marshal
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import structlog
from flask import current_app
from sqlalchemy import and_, or_, select, update

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock, transaction
from tracker.errors import Busy, Forbidden, Missing, Refused
from tracker.events import record
from tracker.events.diary import via
from tracker.events.worker import alongside
from tracker.exports import files, service, spreadsheet
from tracker.exports.headings import headings
from tracker.exports.kinds import table
from tracker.exports.models import QUEUED, RUNNING, ExportJob
from tracker.exports.queries import rights_of
from tracker.exports.workflow import EXPORT_JOB
from tracker.permissions import SYSTEM

log = structlog.get_logger()

#: A job whose last sign of life is older has lost its worker: the next one takes it over.
DEAD_AFTER = dt.timedelta(minutes=2)
BEAT_SECONDS = 2.0
#: A job that so many workers died of is given up.
MOST_ATTEMPTS = 3


class Stopped(Exception):
    """It was cancelled, another worker goes on with it, or this one is to end."""


class TooMany(Exception):
    """More rows than a sheet holds."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job in the hands of this worker."""

    id: int
    attempt: int
    user_id: int
    kind: str
    filters: Mapping[str, Any]
    lang: str

    @property
    def path(self) -> Path:
        return files.path_of(self.id, self.attempt)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it."""

    rows: int
    size: int
    sha256: str
    rights: str


@alongside
def make_next(stop: threading.Event) -> bool:
    """Make the oldest file that waits; False when there is none."""
    if db.session.scalar(select(ExportJob.id).where(_due()).limit(1)) is None:
        return False
    db.session.rollback()
    if (taken := transaction(_take)) is not None:
        _make(taken, stop)
    return True


def _due() -> Any:
    lost = and_(ExportJob.state == RUNNING, ExportJob.beat_at < clock.now() - DEAD_AFTER)
    return or_(ExportJob.state == QUEUED, lost)


def _take() -> Taken | None:
    """The oldest job that waits or lost its worker; others skip it. None where there is none, or it is given up."""
    query = select(ExportJob).where(_due()).order_by(ExportJob.id).limit(1)
    job = db.session.scalars(query.with_for_update(skip_locked=True, key_share=True)).one_or_none()
    if job is None:
        return None
    if job.attempts >= MOST_ATTEMPTS:
        _give_up(job, "broken")
        return None
    job.attempts += 1
    job.beat_at, job.done, job.total = clock.now(), 0, None
    if job.state == QUEUED:
        EXPORT_JOB.advance(SYSTEM, job, "start")
        job.started_at = clock.now()
        record(SYSTEM, "export.started", job)
    return Taken(job.id, job.attempts, job.user_id, job.kind, dict(job.filters), job.lang)


def _make(taken: Taken, stop: threading.Event) -> None:
    error = ""
    try:
        made = _Making(taken, stop).run()
        transaction(lambda: _finish(taken, made))
        return
    except Stopped:
        if stop.is_set():
            transaction(lambda: _written(taken, beat_at=clock.now() - 2 * DEAD_AFTER))
    except Busy:
        log.warning("export_busy", job=taken.id)
    except (Forbidden, Missing):
        error = "rights"
    except Refused:
        error = "refused"
    except TooMany:
        error = "too_many"
    except Exception:
        log.exception("export_failed", job=taken.id)
        error = "broken"
    taken.path.unlink(missing_ok=True)
    if error:
        transaction(lambda: _fail(taken, error))


class _Making:
    """One attempt at a job."""

    def __init__(self, taken: Taken, stop: threading.Event) -> None:
        self.taken, self.stop = taken, stop
        self.done = 0
        self.total: int | None = None
        self.lost = False

    def run(self) -> Made:
        """Read, write, and say what was made. Raises Stopped, TooMany, Forbidden, Missing, Refused."""
        taken = self.taken
        with self._beating(), tempfile.TemporaryFile(dir=files.folder()) as spool:
            user = db.session.get_one(User, taken.user_id)
            if user.suspended_at is not None:
                raise Forbidden(user.handle)
            service.check(taken.kind, user, taken.lang)
            rights = rights_of(user)
            found = table(taken.kind, user, taken.filters)
            with closing(found.parts):
                self.total = total = self._read(found.parts, spool)
            with files.create(taken.path) as file:
                spreadsheet.write(
                    file, headings(taken.kind, taken.lang), found.columns, self._parts(spool), tmpdir=files.folder()
                )
                sha256 = files.digest(file)
                return Made(total, file.tell(), sha256, rights)

    def _read(self, parts: Iterable[Sequence[Sequence[Any]]], spool: IO[bytes]) -> int:
        count = 0
        for rows in parts:
            count += len(rows)
            if count > spreadsheet.MOST_ROWS:
                raise TooMany
            marshal.dump([tuple(row) for row in rows], spool)
            self._go_on()
        return count

    def _parts(self, spool: IO[bytes]) -> Iterator[Sequence[Sequence[Any]]]:
        spool.seek(0)
        while self.done < (self.total or 0):
            rows = marshal.load(spool)
            yield rows
            self.done += len(rows)
            self._go_on()

    def _go_on(self) -> None:
        if self.lost or self.stop.is_set():
            raise Stopped

    @contextmanager
    def _beating(self) -> Iterator[None]:
        """Write down every few seconds how far it is, while something inside is done."""
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(BEAT_SECONDS):
                with app.app_context(), via("job"):
                    try:
                        alive = transaction(
                            lambda: _written(self.taken, beat_at=clock.now(), done=self.done, total=self.total)
                        )
                    except Exception:
                        log.warning("export_beat_failed", job=self.taken.id, exc_info=True)
                        continue
                self.lost = self.lost or not alive

        thread = threading.Thread(target=beat, name="export-beat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _written(taken: Taken, **columns: Any) -> bool:
    """Write columns of a job while it is in this worker's hands; False when it isn't any more."""
    done = db.session.execute(
        update(ExportJob)
        .where(ExportJob.id == taken.id, ExportJob.attempts == taken.attempt, ExportJob.state == RUNNING)
        .values(**columns)
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def _held(taken: Taken) -> ExportJob | None:
    """The job, held; None when it isn't in this worker's hands any more."""
    job = lock(ExportJob, taken.id)
    return job if job.state == RUNNING and job.attempts == taken.attempt else None


def _finish(taken: Taken, made: Made) -> None:
    if (job := _held(taken)) is None:
        taken.path.unlink(missing_ok=True)
        return
    EXPORT_JOB.advance(SYSTEM, job, "finish")
    job.done = job.total = made.rows
    job.size, job.sha256, job.rights = made.size, made.sha256, made.rights
    job.finished_at = job.beat_at = clock.now()
    record(SYSTEM, "export.made", job)


def _fail(taken: Taken, error: str) -> None:
    if (job := _held(taken)) is not None:
        _give_up(job, error)


def _give_up(job: ExportJob, error: str) -> None:
    EXPORT_JOB.advance(SYSTEM, job, "fail")
    job.error, job.finished_at = error, clock.now()
    record(SYSTEM, "export.failed", job, reason_code=f"export_{error}")


# -- what has expired -----------------------------------------------------------------------------


def remove_file(job_id: int) -> bool:
    """Remove the file of a job that nobody can download any more."""
    job = lock(ExportJob, job_id)
    if job.state != "done" or job.expires_at is None or job.expires_at > clock.now():
        return False
    files.path_of(job.id, job.attempts).unlink(missing_ok=True)
    EXPORT_JOB.advance(SYSTEM, job, "expire")
    record(SYSTEM, "export.expired", job)
    return True
