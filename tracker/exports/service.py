"""An export as bytes, the same for the page and for the command; and workbooks that are made in the background."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, lock
from tracker.errors import Forbidden, Missing, Refused
from tracker.events import record
from tracker.exports import queries
from tracker.exports.columns import Written
from tracker.exports.headings import headings
from tracker.exports.kinds import EXPORTS, Parts, asked, query_of, table
from tracker.exports.lines import stream
from tracker.exports.models import DONE, ExportJob
from tracker.exports.workflow import EXPORT_JOB
from tracker.permissions import Actor, allowed, demand
from tracker.permissions import Permission as P
from tracker.text import _l

#: So many files of one person wait or are made at a time.
MOST_LIVE = 5


def check(kind: str, actor: Actor, lang: str) -> None:
    """Raises Missing for an unknown kind, Forbidden for who may not have it, Refused for an unknown language."""
    if kind not in EXPORTS:
        raise Missing(f"export {kind}")
    if not allowed(actor, EXPORTS[kind].permission):
        raise Forbidden(EXPORTS[kind].permission)
    if lang not in ("en", "zh"):
        raise Refused(_l("Headings come in English (en) and Chinese (zh)."), field="lang")


def export(kind: str, actor: Actor, filters: Mapping[str, Any], lang: str = "en") -> Iterator[bytes]:
    """The CSV of ``kind`` in chunks: the rows that ``actor`` may read, under ``filters`` (sig, programme, quarter,
    month, state …; empty ones ask for everything), ordered by id, times in Shanghai's zone with its offset.

    Raises Missing, Forbidden and Refused before the first chunk.
    """
    check(kind, actor, lang)
    found = table(kind, actor, filters)
    text = {place for place, holds in enumerate(found.columns) if holds is Written.TEXT}
    return _closing(found.parts, stream(headings(kind, lang), found.parts, text))


def _closing(parts: Parts, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks; whoever goes away before the last of them leaves no transaction open."""
    with closing(parts):
        yield from chunks


# -- workbooks in the background ------------------------------------------------------------------


def request_workbook(actor: Actor, *, kind: str, filters: Mapping[str, Any], lang: str = "en") -> ExportJob:
    """Have the workbook of an export made in the background, for somebody with an account; the job that does it already,
    if there is one.

    Raises as ``export``, and Refused where too many of theirs are being made.
    """
    check(kind, actor, lang)
    if actor.id is None:
        raise Forbidden(P.EXPORT_READ)
    query_of(kind, actor, filters)
    lock(User, actor.id)
    kept = asked(kind, filters)
    request = hashlib.sha256(json.dumps([kind, kept, lang], sort_keys=True).encode()).hexdigest()
    live = queries.live_jobs(actor.id)
    for job in live:
        if job.request == request:
            return job
    if len(live) >= MOST_LIVE:
        raise Refused(_l("%(most)s of your files are being made. Wait for one of them, or cancel it.", most=MOST_LIVE))
    name = f"{kind}-{clock.today('Asia/Shanghai'):%Y-%m-%d}.xlsx"
    job = ExportJob(
        user_id=actor.id, kind=kind, filters=kept, lang=lang, request=request, file_name=name, created_at=clock.now()
    )
    db.session.add(job)
    record(actor, "export.requested", job)
    return job


def cancel_export(actor: Actor, job: ExportJob) -> ExportJob:
    """Have a file not made after all. Raises Forbidden, and Refused when it is ready already."""
    job = lock(ExportJob, job.id)
    EXPORT_JOB.advance(actor, job, "cancel")
    job.finished_at = clock.now()
    record(actor, "export.cancelled", job)
    return job


def check_download(actor: Actor, job: ExportJob) -> None:
    """Raises Forbidden for anybody else than who asked for the file, and Refused when it isn't there to be had (any more): its
    rows were those that the person might read when it was made.
    """
    demand(actor, P.EXPORT_HOLD, job)
    check(job.kind, actor, job.lang)
    if job.state != DONE or job.expires_at is None or job.expires_at <= clock.now():
        raise Refused(_l("This file isn't there: it is “%(state)s”.", state=EXPORT_JOB.states[job.state]))
    if job.rights != queries.rights_of(actor):
        raise Refused(_l("Your roles have changed since this file was made. Have it made anew."))
