"""What is asked about files that are made in the background."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select

from tracker.db import db, find
from tracker.errors import Missing
from tracker.events import audience
from tracker.exports.models import LIVE, ExportJob
from tracker.permissions import Actor, maintained_sigs
from tracker.tasks.models import TaskMentor


def get_job(job_id: int) -> ExportJob:
    """Raises Missing."""
    if (found := find(ExportJob, job_id)) is None:
        raise Missing(f"file {job_id}")
    return found


def jobs_of(user_id: int | None) -> Select[ExportJob]:
    """The files that a person asked for; to be paged by id."""
    return select(ExportJob).where(ExportJob.user_id == user_id)


def live_jobs(user_id: int) -> list[ExportJob]:
    """Those that wait or are being made, oldest first."""
    query = jobs_of(user_id).where(ExportJob.state.in_(LIVE)).order_by(ExportJob.id)
    return list(db.session.scalars(query))


def before(job: ExportJob) -> int:
    """How many files are to be made before this one."""
    query = select(func.count()).select_from(ExportJob).where(ExportJob.state.in_(LIVE), ExportJob.id < job.id)
    return db.session.scalar(query) or 0


def rights_of(actor: Actor) -> str:
    """What decides which rows an actor may read, as a digest: another one when they gained or lost a role."""
    mentored = select(TaskMentor.task_id).where(TaskMentor.user_id == actor.id).order_by(TaskMentor.task_id)
    said = [
        actor.id,
        actor.is_admin,
        actor.is_finance,
        sorted(maintained_sigs(actor)),
        list(db.session.scalars(mentored)),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@audience("requester")
def _requester(job: Any) -> Iterable[int]:
    return [job.user_id]
