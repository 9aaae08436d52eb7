"""Workbooks made in the background: asked for once, made by one worker, in the rights of whom they are for."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import stat
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.exports.conftest import add_lines, ask, work
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock, nightly
from tracker.accounts import notice_choices
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events.models import Event, Notice
from tracker.exports import files, making, service, spreadsheet
from tracker.exports.models import ExportJob
from tracker.permissions import ANYBODY, SYSTEM
from tracker.sigs.models import Membership


def again(job: ExportJob) -> ExportJob:
    """The job as it is now."""
    db.session.expire_all()
    return db.session.get_one(ExportJob, job.id)


def events(job: ExportJob) -> list[str]:
    query = select(Event.name).where(Event.subject_type == "export_job", Event.subject_id == job.id).order_by(Event.id)
    return [name.removeprefix("export.") for name in db.session.scalars(query)]


def told(job: ExportJob) -> list[tuple[str, str, str]]:
    """(event, handle, mail) of each notice about the job."""
    query = text(
        "SELECT e.name, u.handle, n.mail FROM notice n JOIN event e ON e.id = n.event_id JOIN user_account u ON u.id = n.user_id"
        " WHERE e.subject_type = 'export_job' AND e.subject_id = :id ORDER BY n.id"
    )
    return [tuple(row) for row in db.session.execute(query, {"id": job.id})]  # type: ignore[misc]


def rows_of(data: bytes) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


# -- asking ---------------------------------------------------------------------------------------


def test_a_large_workbook_is_answered_with_the_page_of_its_job(lines: Cast, client: Client) -> None:
    client.sign_in(lines.fay)
    assert client.get("/exports/rewards.xlsx?state=paid").mimetype.endswith("sheet"), "a small one comes at once"
    answer = client.get("/exports/rewards.xlsx?kind=bonus&lang=zh", 303)
    job = db.session.scalars(select(ExportJob)).one()
    assert answer.location == job.path == f"/exports/jobs/{job.id}/"
    assert (job.kind, job.filters, job.lang, job.state, job.user_id) == (
        "rewards", {"kind": "bonus"}, "zh", "queued", lines.fay.id,
    )  # fmt: skip
    assert client.get("/exports/rewards.xlsx?kind=bonus&lang=zh&sig=", 303).location == job.path, "the same once more"
    assert client.get("/exports/rewards.xlsx?kind=bonus", 303).location != job.path
    assert events(job) == ["requested"]
    page = client.get(job.path).text
    assert "It is the next to be made" in page and 'http-equiv="refresh"' in page and "<dd>Bonus</dd>" in page


def test_the_board_keeps_filters_of_several_values(lines: Cast, client: Client) -> None:
    for _task in range(4):
        lines.make_task(difficulty="L1")
    lines.make_task(difficulty="L3")
    db.session.commit()
    client.sign_in(lines.dora).get("/exports/tasks.xlsx?difficulty=L1&difficulty=L2&quarter=all", 303)
    job = db.session.scalars(select(ExportJob)).one()
    assert job.filters["difficulty"] == ["L1", "L2"]
    assert work() and len(rows_of(files.path_of(job.id, 1).read_bytes())) == 1 + 5


def test_a_visitor_signs_in_first(lines: Cast, client: Client) -> None:
    for _task in range(4):
        lines.make_task()
    answer = client.get("/exports/tasks.xlsx?lang=zh", 302)
    assert unquote(answer.location) == "/login?next=/exports/tasks.xlsx?lang=zh"
    with pytest.raises(Forbidden):
        service.request_workbook(ANYBODY, kind="tasks", filters={})


def test_what_means_nothing_is_refused_at_once(lines: Cast, client: Client) -> None:
    client.sign_in(lines.fay)
    for wrong in ("state=lost", "lang=fr", "availability=open"):
        client.get(f"/exports/rewards.xlsx?{wrong}", 422)
    assert db.session.scalars(select(ExportJob)).all() == []


def test_so_many_at_a_time_and_no_more(lines: Cast, client: Client) -> None:
    for number in range(service.MOST_LIVE):
        ask(lines.fay, month=f"2026-{number + 1:02d}")
    with pytest.raises(Refused, match="5 of your files"):
        ask(lines.fay)
    client.sign_in(lines.fay).get("/exports/rewards.xlsx", 409)
    assert ask(lines.fay, month="2026-01").id, "one that is there already is no new one"
    ask(lines.finn)


def test_the_database_itself_refuses_the_same_job_twice(lines: Cast) -> None:
    job = ask(lines.fay)

    def twin() -> None:
        db.session.add(ExportJob(user_id=lines.fay.id, kind="rewards", lang="en", request=job.request, file_name="x",
                                 created_at=clock.now()))  # fmt: skip
        db.session.flush()

    with pytest.raises(Refused, match="already"):
        transaction(twin)


# -- making ---------------------------------------------------------------------------------------


def test_the_worker_makes_the_same_file_as_the_page_and_tells_who_asked(lines: Cast, app: Flask) -> None:
    job = ask(lines.fay)
    assert work() and not work()
    job = again(job)
    path = files.path_of(job.id, 1)
    data = path.read_bytes()
    assert (job.state, job.done, job.total, job.attempts, job.size) == ("done", 5, 5, 1, len(data))
    assert job.sha256 == hashlib.sha256(data).hexdigest()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert data == b"".join(spreadsheet.workbook("rewards", lines.fay, {}))
    assert rows_of(data)[1][8] == "'=Talk 0"
    assert [entry.name for entry in path.parent.iterdir() if entry.name.startswith(str(job.id))] == [path.name]
    assert events(job) == ["requested", "started", "made"]
    assert told(job) == [("export.made", "fay", "queued")]
    me = Client(app).sign_in(lines.fay)
    page = me.get(job.path).text
    assert "The file is ready" in page and job.sha256 in page and "refresh" not in page
    answer = me.get(f"{job.path}file")
    assert answer.data == data and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=rewards-")
    assert "no-store" in answer.headers["Cache-Control"]
    listed = me.get("/exports/jobs/").text
    assert job.file_name in listed and f'href="{job.path}file"' in listed
    assert "No files yet" in Client(app).sign_in(lines.finn).get("/exports/jobs/").text
    assert "is ready to download" in me.get("/notices/").text


def test_the_mail_about_it_follows_the_persons_choice(lines: Cast) -> None:
    transaction(lambda: notice_choices.choose_notices(lines.fay, choices={"exports": "off"}))
    job = ask(lines.fay)
    work()
    assert told(job) == [("export.made", "fay", "none")]


def test_the_rows_are_those_that_the_person_may_read_when_it_is_made(lines: Cast) -> None:
    add_lines(lines, 2, user_id=lines.mona.id, proposed_by_id=lines.max.id)
    job = ask(lines.mona)
    role = db.session.scalars(select(Membership).where(Membership.user_id == lines.mona.id)).one()
    role.until = clock.today()
    db.session.commit()
    work()
    assert again(job).total == 2, "her own, and no longer those of her SIG"


def test_nothing_is_made_for_somebody_who_was_suspended(lines: Cast, app: Flask) -> None:
    job = ask(lines.fay)
    lines.fay.suspended_at = clock.now()
    db.session.commit()
    work()
    assert (again(job).state, again(job).error) == ("failed", "rights")
    assert not files.path_of(job.id, 1).exists()


def test_what_was_made_in_other_rights_is_not_given_out(lines: Cast, app: Flask) -> None:
    job = ask(lines.fay)
    work()
    lines.fay.is_finance = False
    db.session.commit()
    me = Client(app).sign_in(lines.fay)
    assert "roles have changed" in me.get(f"{job.path}file", 409).text
    lines.fay.is_finance = True
    db.session.commit()
    me.get(f"{job.path}file")
    files.path_of(job.id, 1).unlink()
    assert "made anew" in me.get(f"{job.path}file", 410).text


@pytest.mark.parametrize(
    ("broken", "error", "says"),
    [("write", "broken", "Something went wrong"), ("rows", "too_many", "1,048,575"), ("filter", "refused", "filters")],
)
def test_what_cannot_be_made_says_why(
    lines: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch, broken: str, error: str, says: str
) -> None:
    job = ask(lines.fay)
    if broken == "write":
        monkeypatch.setattr(spreadsheet, "write", lambda *given, **more: 1 / 0)
    elif broken == "rows":
        monkeypatch.setattr(spreadsheet, "MOST_ROWS", 4)
    else:
        job.filters = {"state": "gone"}
        db.session.commit()
    assert work() and not work()
    assert (again(job).state, again(job).error) == ("failed", error)
    assert not files.path_of(job.id, 1).exists()
    assert told(job) == [("export.failed", "fay", "queued")] and events(job)[-1] == "failed"
    page = Client(app).sign_in(lines.fay).get(job.path).text
    assert says in page and "/exports/rewards.xlsx?" in page
    assert ask(lines.fay).id != job.id, "it may be asked for anew"


# -- cancelled, taken over, stopped ---------------------------------------------------------------


def test_a_file_that_was_cancelled_is_not_made(lines: Cast, client: Client) -> None:
    job = ask(lines.fay)
    client.sign_in(lines.fay).post(f"{job.path}cancel")
    assert not work() and again(job).state == "cancelled" and events(job) == ["requested", "cancelled"]
    client.post(f"{job.path}cancel", 409)
    assert "You cancelled this file" in client.get(job.path).text
    other = ask(lines.fay)
    with pytest.raises(Forbidden):
        transaction(lambda: service.cancel_export(lines.finn, other))


def test_a_file_that_is_cancelled_while_it_is_made_leaves_nothing(lines: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask(lines.fay)
    written = making._finish

    def late(taken: Any, made: Any) -> None:
        service.cancel_export(lines.fay, job)
        written(taken, made)

    monkeypatch.setattr(making, "_finish", late)
    assert work()
    assert again(job).state == "cancelled" and not files.path_of(job.id, 1).exists() and told(job) == []


def test_a_job_is_taken_over_when_its_worker_died_and_the_dead_one_does_no_harm(lines: Cast) -> None:
    job = ask(lines.fay)
    first = transaction(making._take)
    assert first is not None
    files.create(first.path).close()
    assert not work(), "it may be alive"
    with clock.pretend(clock.now() + making.DEAD_AFTER + dt.timedelta(seconds=1)):
        assert work()
    assert again(job).attempts == 2 and again(job).state == "done"
    made = making.Made(rows=1, size=1, sha256="0" * 64, rights="")
    transaction(lambda: making._finish(first, made))
    transaction(lambda: making._fail(first, "broken"))
    assert not transaction(lambda: making._written(first, done=1))
    assert not first.path.exists() and files.path_of(job.id, 2).exists()
    assert again(job).state == "done" and again(job).done == 5
    assert events(job) == ["requested", "started", "made"]


def test_a_worker_that_is_told_to_end_gives_the_job_back(lines: Cast) -> None:
    job = ask(lines.fay)
    assert work(stop=True)
    assert again(job).state == "running" and not files.path_of(job.id, 1).exists()
    assert work() and again(job).state == "done"


def test_a_job_that_workers_die_of_is_given_up(lines: Cast) -> None:
    job = ask(lines.fay)
    for _time in range(making.MOST_ATTEMPTS):
        assert transaction(making._take) is not None
        again(job).beat_at = clock.now() - 2 * making.DEAD_AFTER
        db.session.commit()
    work()
    assert (again(job).state, again(job).error) == ("failed", "broken")


# -- removed --------------------------------------------------------------------------------------


def test_a_day_later_the_file_is_removed(lines: Cast, app: Flask) -> None:
    job, other = ask(lines.fay), ask(lines.finn)
    work(), work()
    stray = files.folder() / "77-1.xlsx"
    stray.write_bytes(b"left by a worker that died")
    with clock.pretend(clock.now() + dt.timedelta(hours=23)):
        assert not list(nightly.old_files(lambda what, error: None))
    with clock.pretend(clock.now() + dt.timedelta(hours=25)):
        with pytest.raises(Refused, match="isn't there"):
            service.check_download(lines.fay, again(job))
        acts = list(nightly.old_files(lambda what, error: None))
        assert [act.detail for act in acts] == [job.file_name, other.file_name, stray.name]
        assert [transaction(act.work) for act in acts] == [True, True, True]
        assert transaction(acts[0].work) is False, "harmless when run twice"
        assert not list(nightly.old_files(lambda what, error: None))
    assert not files.path_of(job.id, 1).exists() and not stray.exists()
    assert again(job).state == "expired" and events(job)[-1] == "expired"
    assert "was removed" in Client(app).sign_in(lines.fay).get(job.path).text


def test_nobody_is_told_that_it_was_removed(lines: Cast) -> None:
    job = ask(lines.fay)
    work()
    with clock.pretend(clock.now() + dt.timedelta(hours=25)):
        transaction(lambda: making.remove_file(job.id))
    assert [name for name, _who, _mail in told(job)] == ["export.made"]
    assert db.session.query(Notice).count() == 1


def test_the_system_asks_for_no_file(lines: Cast) -> None:
    with pytest.raises(Forbidden):
        service.request_workbook(SYSTEM, kind="rewards", filters={})
