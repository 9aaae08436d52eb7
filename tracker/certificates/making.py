"""Issuing what runs ask for: each line in a transaction of its own, by one worker at a time, taken over when that one dies.

The paper is made first; then one transaction issues it, writes the line and gives a sign of life. A worker that is killed leaves
either both or neither, so that whoever goes on issues none twice and leaves none out.
"""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import and_, or_, select, update

from tracker import clock
from tracker.accounts.models import User
from tracker.certificates import issuing, service
from tracker.certificates.document import MissingGlyphs, named
from tracker.certificates.entitlements import get_entitlement
from tracker.certificates.models import (
    ISSUED,
    QUEUED,
    REFUSED,
    RUNNING,
    WAITING,
    CertificateLayout,
    CertificateRun,
    CertificateRunLine,
)
from tracker.certificates.queries import run_counts
from tracker.certificates.rules import NotEntitled
from tracker.certificates.workflow import CERTIFICATE_RUN
from tracker.db import db, lock, transaction
from tracker.errors import Busy, Forbidden, Missing, Refused
from tracker.events import record
from tracker.events.worker import alongside
from tracker.permissions import SYSTEM

log = structlog.get_logger()

#: A run whose last sign of life is older has lost its worker: the next one takes it over.
DEAD_AFTER = dt.timedelta(minutes=2)


class Stopped(Exception):
    """It was cancelled, its layout isn't in use any more, or another worker goes on with it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A run in the hands of this worker."""

    id: int
    attempt: int
    layout_id: int
    user_id: int


@alongside
def make_next(stop: threading.Event) -> bool:
    """Go on with the oldest run that waits; False when there is none."""
    if db.session.scalar(select(CertificateRun.id).where(_due()).limit(1)) is None:
        return False
    db.session.rollback()
    if (taken := transaction(_take)) is None:
        return False
    try:
        while not stop.is_set():
            if (line := _next_line(taken)) is None:
                transaction(lambda: _finish(taken))
                return True
            _issue(taken, line)
    except Stopped:
        return True
    # Told to end: whoever comes next needn't wait until this one seems dead.
    transaction(lambda: _beat(taken, clock.now() - 2 * DEAD_AFTER))
    return True


def _due() -> Any:
    lost = and_(CertificateRun.state == RUNNING, CertificateRun.beat_at < clock.now() - DEAD_AFTER)
    return or_(CertificateRun.state == QUEUED, lost)


def _take() -> Taken | None:
    """The oldest run that waits or lost its worker; others skip it."""
    query = select(CertificateRun).where(_due()).order_by(CertificateRun.id).limit(1)
    run = db.session.scalars(query.with_for_update(skip_locked=True, key_share=True)).one_or_none()
    if run is None:
        return None
    run.attempts += 1
    run.beat_at = clock.now()
    if run.state == QUEUED:
        CERTIFICATE_RUN.advance(SYSTEM, run, "start")
        record(SYSTEM, "certificate_run.started", run)
    return Taken(run.id, run.attempts, run.layout_id, run.created_by_id)


def _next_line(taken: Taken) -> tuple[int, str] | None:
    query = (
        select(CertificateRunLine.id, CertificateRunLine.entitlement)
        .where(CertificateRunLine.run_id == taken.id, CertificateRunLine.state == WAITING)
        .order_by(CertificateRunLine.id)
        .limit(1)
    )
    row = db.session.execute(query).one_or_none()
    db.session.rollback()
    return None if row is None else (row.id, row.entitlement)


def _issue(taken: Taken, line: tuple[int, str]) -> None:
    """One certificate, or why not. Raises Stopped; a database that is busy leaves the line for later."""
    number, key = line
    try:
        paper = issuing.make(get_entitlement(key), db.session.get_one(CertificateLayout, taken.layout_id))
        db.session.rollback()
        transaction(lambda: _issued(taken, number, paper))
        return
    except Stopped:
        raise
    except Busy:
        log.warning("certificate_run_busy", run=taken.id)
        return
    except issuing.LayoutEnded:
        transaction(lambda: _halt(taken))
        raise Stopped from None
    except MissingGlyphs as missing:
        reason, detail = "glyphs", named(missing.characters)[:200]
    except NotEntitled as refusal:
        reason, detail = refusal.token, ""
    except (Forbidden, Missing) as error:
        reason, detail = ("rights" if isinstance(error, Forbidden) else "gone"), ""
    except Refused as refusal:
        # A constraint of the database that said no, or keys that can't be used.
        log.warning("certificate_refused", run=taken.id, entitlement=key, why=str(refusal))
        reason, detail = "refused", ""
    except Exception:
        log.exception("certificate_failed", run=taken.id, entitlement=key)
        reason, detail = "broken", ""
    transaction(lambda: _refused(taken, number, reason, detail))


def _issued(taken: Taken, number: int, paper: issuing.Paper) -> None:
    actor = db.session.get_one(User, taken.user_id)
    if actor.suspended_at is not None:
        raise Forbidden("certificate:issue")
    certificate = service.issue_certificate(actor, paper, run_id=taken.id)
    _beat(taken, clock.now())
    _decide(number, state=ISSUED, certificate_id=certificate.id)


def _refused(taken: Taken, number: int, reason: str, detail: str) -> None:
    _beat(taken, clock.now())
    _decide(number, state=REFUSED, reason=reason, detail=detail)


def _decide(number: int, **columns: Any) -> None:
    """What came of a line. Raises Stopped where somebody else decided it: its trigger says so too."""
    done = db.session.execute(
        update(CertificateRunLine)
        .where(CertificateRunLine.id == number, CertificateRunLine.state == WAITING)
        .values(**columns)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Stopped


def _beat(taken: Taken, at: dt.datetime) -> None:
    """A sign of life, in the transaction of what was done. Raises Stopped where the run isn't in this worker's hands any more."""
    done = db.session.execute(
        update(CertificateRun)
        .where(CertificateRun.id == taken.id, CertificateRun.attempts == taken.attempt, CertificateRun.state == RUNNING)
        .values(beat_at=at)
        .execution_options(synchronize_session=False)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Stopped


def _halt(taken: Taken) -> None:
    """Nobody chose the layout that is in use now: who asked looks at it and asks for the others anew."""
    run = lock(CertificateRun, taken.id)
    if run.state != RUNNING or run.attempts != taken.attempt:
        return
    CERTIFICATE_RUN.advance(SYSTEM, run, "halt")
    run.finished_at = clock.now()
    record(SYSTEM, "certificate_run.halted", run)


def _finish(taken: Taken) -> None:
    run = lock(CertificateRun, taken.id)
    if run.state != RUNNING or run.attempts != taken.attempt:
        return
    CERTIFICATE_RUN.advance(SYSTEM, run, "finish")
    run.finished_at = run.beat_at = clock.now()
    counts = run_counts(run.id)
    record(SYSTEM, "certificate_run.done", run, issued=counts.get(ISSUED, 0), refused=counts.get(REFUSED, 0))
