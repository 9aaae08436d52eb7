"""What is done once a day: series planned ahead, clocks, late answers, free seats, reminders, what has expired.

Every act is a transaction of its own that looks again before it acts. So the job may be killed anywhere and run again, and
several may run at once: nothing is done twice. Whatever fails is counted, logged and left; it stops nothing else.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from flask import current_app
from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.sql import ColumnElement

from tracker import clock
from tracker.accounts import attempts
from tracker.accounts.models import OneTimeToken, SignInAttempt, UserSession
from tracker.agendas.deferrals import attach_deferred
from tracker.claims import rules as claim_rules
from tracker.claims.eligibility import for_waiting, waiting_ids
from tracker.claims.queries import get_claim, tasks_with_free_seats_and_waiting
from tracker.claims.seats import fill_seats
from tracker.clocks import due
from tracker.clocks.due import Act, Broken
from tracker.db import db, transaction
from tracker.events.jobs import Run, TakenOver, every_night, run_slot
from tracker.events.models import JobRun, Once
from tracker.exports import files, making
from tracker.exports.models import DONE, LIVE, ExportJob
from tracker.exports.models import KEPT as FILES_KEPT
from tracker.payees.holding_up import what_holds_up
from tracker.payees.queries import removals_asked
from tracker.payees.service import purge_payee
from tracker.permissions import SYSTEM
from tracker.promotions import queries as promotions
from tracker.promotions.service import count_due, remind_electors
from tracker.series.queries import active_series, get_series
from tracker.series.service import extend_series
from tracker.shipping.queries import ids_past_keeping
from tracker.shipping.service import delete_kept_address
from tracker.sigs.queries import all_sigs

#: Ended sessions and used links stay this long: a person may ask what they were.
KEPT = dt.timedelta(days=30)
#: Runs of jobs are shown that long; what was done once is remembered longer than any meeting is called ahead.
RUNS_KEPT, ONCE_KEPT = dt.timedelta(days=180), dt.timedelta(days=3 * 366)

Stage = Callable[[Broken], Iterable[Act]]


# -- acts that aren't about clocks ----------------------------------------------------------------


def planned_ahead(broken: Broken) -> Iterator[Act]:
    """Series whose next meetings are entered."""
    for series in active_series():
        yield Act("plan_meetings", partial(_plan, series.id), detail=series.label, unsure=True)


def _plan(series_id: int) -> int:
    return extend_series(SYSTEM, get_series(series_id))


def waiting_items(broken: Broken) -> Iterator[Act]:
    """Items that were deferred while no later meeting was planned, or were left at one that fell away."""
    for sig in all_sigs():
        yield Act("attach_items", partial(attach_deferred, SYSTEM, sig.id), detail=sig.name, unsure=True)


def free_seats(broken: Broken) -> Iterator[Act]:
    """Free seats that somebody waits for: missed when a process ended between two steps."""
    for task_id in tasks_with_free_seats_and_waiting():
        try:
            waiting = [get_claim(claim_id) for claim_id in waiting_ids(task_id)]
            first = next((claim for claim in waiting if not claim_rules.failed(for_waiting(claim))), None)
        except Exception as error:
            broken(f"seats of task {task_id}", error)
            continue
        # Also where nobody may have it: they are told why.
        yield Act(
            "fill_seat", partial(_fill, task_id), first.id if first else None, waiting[0].task.reference if waiting else "",
            first.user.handle if first else "", "" if first else "nobody who waits may take it now",
        )  # fmt: skip


def _fill(task_id: int) -> bool:
    return fill_seats(task_id) is not None


def kept_addresses(broken: Broken) -> Iterator[Act]:
    """Addresses of things that were sent long enough ago, or that aren't sent after all."""
    for reward_id in ids_past_keeping():
        yield Act("delete_address", partial(delete_kept_address, reward_id), detail=f"line {reward_id}")


def removals(broken: Broken) -> Iterator[Act]:
    """Payee data and contracts whose person asked to have them removed, where no payment needs them any more."""
    days = current_app.extensions["settings"].payee_retention_days
    for row in removals_asked():
        if what_holds_up(row.user_id, retention_days=days):
            continue
        work = partial(purge_payee, SYSTEM, row.user_id, retention_days=days)
        yield Act("purge", work, handle=row.handle, detail="payee data and contracts")


def ballots(broken: Broken) -> Iterator[Act]:
    """Ballots that the clock has closed, and electors whose vote is missing."""
    for promotion_id in promotions.due_ballots():
        yield Act("count_ballot", partial(count_due, promotion_id), detail=f"promotion {promotion_id}")
    for promotion_id in promotions.to_remind():
        yield Act(
            "remind_electors", partial(remind_electors, promotion_id), detail=f"promotion {promotion_id}", unsure=True
        )


def old_files(broken: Broken) -> Iterator[Act]:
    """Files that were made in the background and that nobody can download any more, or that nobody knows."""
    before = clock.now() - FILES_KEPT
    jobs = select(ExportJob.id, ExportJob.attempts, ExportJob.state, ExportJob.finished_at, ExportJob.file_name)
    known = set()
    for job in db.session.execute(jobs.where(ExportJob.state.in_((*LIVE, DONE))).order_by(ExportJob.id)):
        known.add((job.id, job.attempts))
        if job.state == DONE and job.finished_at <= before:
            yield Act("remove_file", partial(making.remove_file, job.id), detail=job.file_name)
    for path, *job_and_attempt in files.kept():
        changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        if tuple(job_and_attempt) not in known and changed <= before:
            yield Act("remove_file", partial(_unlink, path), detail=path.name)


def _unlink(path: Path) -> bool:
    path.unlink(missing_ok=True)
    return True


_Expiring = type[UserSession] | type[OneTimeToken] | type[SignInAttempt] | type[JobRun] | type[Once] | type[ExportJob]


def _expired() -> dict[str, tuple[_Expiring, ColumnElement[bool]]]:
    now = clock.now()
    before = now - KEPT
    return {
        "sessions": (UserSession, or_(UserSession.expires_at < before, UserSession.ended_at < before)),
        "links": (OneTimeToken, OneTimeToken.expires_at < before),
        "sign_in_tries": (SignInAttempt, SignInAttempt.at < now - attempts.KEPT),
        "job_runs": (JobRun, JobRun.started_at < now - RUNS_KEPT),
        "exports": (ExportJob, and_(ExportJob.state.not_in((*LIVE, DONE)), ExportJob.created_at < now - RUNS_KEPT)),
        "done_once": (Once, Once.at < now - ONCE_KEPT),
    }


def expired(broken: Broken) -> Iterator[Act]:
    """What nobody asks for any more."""
    for name, (model, condition) in _expired().items():
        count = db.session.scalar(select(func.count()).select_from(model).where(condition)) or 0
        if count:
            yield Act("remove", partial(_remove, name), detail=f"{name}: {count}")


def _remove(name: str) -> int:
    model, condition = _expired()[name]
    done = db.session.execute(delete(model).where(condition).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


# -- the job --------------------------------------------------------------------------------------

STAGES: tuple[Stage, ...] = (
    planned_ahead, waiting_items, due.lapses_and_warnings, due.late_answers, free_seats, due.opened_agendas, due.missing_reports, removals,
    kept_addresses, ballots, old_files, expired,
)  # fmt: skip
#: What is counted, in the order of the report.
ACTIONS = (
    "plan_meetings",
    "attach_items",
    "warn",
    "lapse",
    "escalate",
    "close_late",
    "fill_seat",
    "open_agenda",
    "remind",
    "delete_address",
    "count_ballot",
    "remind_electors",
    "purge",
    "remove",
    "remove_file",
)


@every_night("nightly")
def work(run: Run) -> None:
    """Do everything that is due, act by act."""
    for stage in STAGES:
        for act in _listed(stage, run.failed):
            run.beat()
            try:
                done = transaction(act.work)
            except Exception as error:
                run.failed(act.about, error)
            else:
                if done:
                    run.count(act.action, int(done))


def _listed(stage: Stage, broken: Broken) -> list[Act]:
    """The acts of a stage. One that can't be listed is noted, and the others go on."""
    db.session.rollback()
    try:
        return list(stage(broken))
    except Exception as error:
        broken(stage.__name__, error)
        return []
    finally:
        db.session.rollback()


def run_by_hand() -> Run:
    """Run it now, whatever the worker did today; shown among the runs under the moment it began.

    Raises TakenOver when it stood still for so long that somebody else took it up.
    """
    run = run_slot("nightly", f"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ} {secrets.token_hex(4)}", work)
    if run is None:
        raise TakenOver("nightly")
    return run


class _Tried(Exception):
    """Carries out of a transaction what it would have done, so that it is rolled back."""

    def __init__(self, done: int) -> None:
        self.done = done


def _tried(act: Act) -> int:
    def undone() -> None:
        raise _Tried(int(act.work()))

    try:
        transaction(undone)
    except _Tried as tried:
        return tried.done
    raise AssertionError("not reached")


def rehearse(broken: Broken) -> Iterator[Act]:
    """What ``work`` would do now, without doing it. What follows from an act itself (the seat that a lapse frees) shows only
    afterwards."""
    for stage in STAGES:
        for act in _listed(stage, broken):
            if not act.unsure:
                yield act
                continue
            try:
                done = _tried(act)
            except Exception as error:
                broken(act.about, error)
                continue
            if done:
                yield Act(act.action, act.work, act.claim, act.task, act.handle, f"{act.detail}: {done}")
