"""Runs of jobs: one per slot, taken over when they died; and what is done once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.clocks.conftest import days
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock, nightly
from tracker.config import SettingError, load
from tracker.db import db, transaction
from tracker.events import jobs
from tracker.events.jobs import Run, TakenOver, once, run_slot
from tracker.events.models import JobRun, Once


def rows() -> list[JobRun]:
    db.session.expire_all()
    return list(db.session.scalars(select(JobRun).order_by(JobRun.id)))


def test_once_is_true_once(app: Flask) -> None:
    assert transaction(lambda: once("note:1:2")) is True
    assert transaction(lambda: once("note:1:2")) is False
    assert transaction(lambda: once("note:1:3")) is True


def test_what_was_rolled_back_was_not_done(app: Flask) -> None:
    def fails() -> None:
        assert once("note:1:2")
        raise LookupError

    with pytest.raises(LookupError):
        transaction(fails)
    assert transaction(lambda: once("note:1:2")) is True


def test_a_slot_is_run_once(app: Flask) -> None:
    done: list[int] = []

    def work(run: Run) -> None:
        done.append(run.attempt)
        run.count("warn", 3)

    assert run_slot("nightly", "2026-11-21", work) is not None
    assert run_slot("nightly", "2026-11-21", work) is None
    assert run_slot("nightly", "2026-11-22", work) is not None
    assert done == [1, 1]
    [first, _second] = rows()
    assert first.finished_at is not None and first.counts == {"warn": 3} and first.error == ""


def test_a_run_that_is_alive_is_left_to_itself(app: Flask) -> None:
    def work(run: Run) -> None:
        with clock.pretend(clock.now() + dt.timedelta(minutes=9)):
            assert run_slot("nightly", "2026-11-21", lambda run: pytest.fail("run twice")) is None

    assert run_slot("nightly", "2026-11-21", work) is not None
    assert [(row.attempts, row.finished_at is not None) for row in rows()] == [(1, True)]


def test_a_run_that_died_is_taken_over_and_does_not_come_back(app: Flask) -> None:
    ended: list[int] = []

    def work(run: Run) -> None:
        with clock.pretend(clock.now() + dt.timedelta(minutes=11)):
            other = run_slot("nightly", "2026-11-21", lambda run: ended.append(run.attempt))
        assert other is not None and other.attempt == 2
        with pytest.raises(TakenOver):
            run.write()
        run.count("warn")

    assert run_slot("nightly", "2026-11-21", work) is None
    assert ended == [2]
    assert [(row.attempts, row.counts) for row in rows()] == [(2, {})]


def test_a_run_that_raised_stays_open_and_says_why(app: Flask) -> None:
    def work(run: Run) -> None:
        raise LookupError("secret details")

    with pytest.raises(LookupError):
        run_slot("nightly", "2026-11-21", work)
    [row] = rows()
    assert (row.finished_at, row.error, row.counts) == (None, "nightly: LookupError", {"errors": 1})
    assert run_slot("nightly", "2026-11-21", work) is None, "not at once"
    with clock.pretend(clock.now() + dt.timedelta(minutes=11)):
        assert run_slot("nightly", "2026-11-21", lambda run: None) is not None


# -- the worker -----------------------------------------------------------------------------------


@pytest.fixture
def counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The only nightly job is one that counts how often it ran."""
    ran: list[str] = []

    def work(run: Run) -> None:
        ran.append("ran")

    monkeypatch.setattr(jobs, "_nightly", {"counting": work})
    return ran  # type: ignore[return-value]


def at(text: str) -> Any:
    return clock.pretend(dt.datetime.fromisoformat(f"2026-{text}:00+08:00"))


def test_the_worker_runs_it_once_a_day_from_its_time_on(app: Flask, counted: list[str]) -> None:
    settings = replace(app.extensions["settings"], nightly_at="02:00", nightly_zone="Asia/Shanghai")
    for moment, ran in [
        ("11-21T01:59", 0), ("11-21T02:00", 1), ("11-21T02:01", 1), ("11-21T23:59", 1), ("11-22T00:30", 1), ("11-22T08:00", 2),
    ]:  # fmt: skip
        with at(moment):
            jobs.run_nightly(settings)
        assert len(counted) == ran, moment
    assert [row.slot for row in rows()] == ["2026-11-21", "2026-11-22"]


def test_the_zone_says_whose_night_it_is(app: Flask, counted: list[str]) -> None:
    settings = replace(app.extensions["settings"], nightly_at="02:00", nightly_zone="Europe/Berlin")
    with at("11-21T08:59"):
        jobs.run_nightly(settings)
    assert counted == []
    with at("11-21T09:00"):
        jobs.run_nightly(settings)
    assert counted == ["ran"]


def test_the_nightly_job_is_the_workers() -> None:
    assert jobs._nightly["nightly"] is nightly.work


@pytest.mark.parametrize(
    ("name", "value"), [("NIGHTLY_AT", "25:00"), ("NIGHTLY_AT", "soon"), ("NIGHTLY_ZONE", "Mars/Base")]
)
def test_a_setting_that_can_not_be_used_is_said(tmp_path: Any, name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        load(tmp_path, environ={f"TRACKER_{name}": value})


def test_old_runs_and_old_marks_are_removed(app: Flask) -> None:
    def old(job: str, ago: float) -> JobRun:
        moment = clock.now() - days(ago)
        return JobRun(job=job, slot=str(ago), started_at=moment, beat_at=moment, finished_at=moment)

    db.session.add_all([old("nightly", 200), old("nightly", 100), Once(key="old", at=clock.now() - days(1200)),
                        Once(key="new", at=clock.now() - days(300))])  # fmt: skip
    db.session.commit()
    assert nightly.run_by_hand().counts["remove"] == 2
    assert [row.slot for row in rows()][0] == "100"
    assert list(db.session.scalars(select(Once.key))) == ["new"]


# -- the page -------------------------------------------------------------------------------------


def test_administrators_see_the_runs(app: Flask, cast: Cast) -> None:
    admin = Client(app).sign_in(cast.admin)
    assert "No job has run yet" in admin.get("/jobs/").text
    moment = clock.now()
    db.session.add_all(
        [
            JobRun(job="nightly", slot="2026-11-19", started_at=moment, beat_at=moment, finished_at=moment,
                   counts={"warn": 2, "remind": 5, "lapse": 0}),
            JobRun(job="nightly", slot="2026-11-20", started_at=moment, beat_at=moment, finished_at=moment, attempts=2,
                   counts={"errors": 1}, error="warn 7: IntegrityError"),
            JobRun(job="nightly", slot="2026-11-21", started_at=moment, beat_at=moment - dt.timedelta(minutes=11)),
            JobRun(job="nightly", slot="2026-11-22", started_at=moment, beat_at=moment),
        ]
    )  # fmt: skip
    db.session.commit()
    page = admin.get("/jobs/").text
    for words in ("warned: 2", "reminded of a report: 5", "warn 7: IntegrityError", "broken off", "running", "finished with errors",
                  "taken up 2 times"):  # fmt: skip
        assert words in page
    assert "lapsed: 0" not in page


def test_others_do_not_see_the_runs(app: Flask, cast: Cast, client: Client) -> None:
    client.get("/jobs/", 302)
    for person in (cast.dora, cast.mona, cast.fay):
        Client(app).sign_in(person).get("/jobs/", 403)
