"""Many in one go: each once and none left out, whoever works at it and whatever ends them.

``TRACKER_RUN_SIZE=1000`` runs the full number.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.certificates.earned import accepted, all_certificates, intern, issue, role
from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.server import environment
from tests.support.statements import statements
from tracker import clock
from tracker.app import create_app
from tracker.certificates import entitlements, issuing, making, queries, service
from tracker.certificates.entitlements import entitled, get_entitlement, get_entitlements
from tracker.certificates.models import Certificate, CertificateFile, CertificateRun, CertificateRunLine
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events.models import Event, Notice
from tracker.sigs.models import Membership

SIZE = int(os.environ.get("TRACKER_RUN_SIZE", "60"))


def ask(cast: Cast, actor: Any, keys: list[str], kind: str = "task") -> CertificateRun:
    return transaction(lambda: service.request_run(actor, cast.akg, kind=kind, keys=keys))


def work(stop: bool = False) -> bool:
    event = threading.Event()
    if stop:
        event.set()
    return making.make_next(event)


def lines(run: CertificateRun) -> list[tuple[str, str]]:
    query = select(CertificateRunLine.state, CertificateRunLine.reason).where(CertificateRunLine.run_id == run.id)
    return [tuple(row) for row in db.session.execute(query.order_by(CertificateRunLine.id))]  # type: ignore[misc]


def state(run: CertificateRun) -> str:
    db.session.expire_all()
    return db.session.get_one(CertificateRun, run.id).state


def test_what_is_asked_for_is_issued_and_who_asked_is_told(cast: Cast) -> None:
    keys = [intern(cast).key, intern(cast, cast.otto).key]
    run = ask(cast, cast.mona, keys, "internship")
    assert work() and not work()
    assert state(run) == "done" and lines(run) == [("issued", "")] * 2
    made = all_certificates()
    assert {one.entitlement for one in made} == set(keys) and {one.issued_by_id for one in made} == {cast.mona.id}
    assert {one.run_id for one in made} == {run.id}
    told = (
        select(Event.name, Notice.user_id)
        .join(Notice, Notice.event_id == Event.id)
        .where(Event.name.startswith("certificate"))
    )
    assert Counter(tuple(row) for row in db.session.execute(told)) == {
        ("certificate.issued", cast.dora.id): 1, ("certificate.issued", cast.otto.id): 1, ("certificate_run.done", cast.mona.id): 1,
    }  # fmt: skip


def test_those_who_are_not_on_the_first_page_of_the_list_can_be_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [accepted(cast) for _number in range(3)]
    monkeypatch.setattr(entitlements, "MOST", 2)
    run = ask(cast, cast.mona, [f"task-{claims[2].id}"])
    work()
    assert state(run) == "done" and lines(run) == [("issued", "")]


@pytest.mark.parametrize("what", ["retired", "replaced"])
def test_a_run_whose_layout_ends_stops_and_says_so(cast: Cast, client: Client, what: str) -> None:
    claims = [accepted(cast), accepted(cast)]
    run = ask(cast, cast.mona, [f"task-{claim.id}" for claim in claims])
    layout = queries.get_layout("mindspore")
    if what == "retired":
        transaction(lambda: service.retire_layout(cast.admin, layout, version=1))
    else:
        said = {name: getattr(layout, name) for name in ("community", "issuer", "issuer_zh", "signatory", "signatory_zh", "accent",
                                                         "second", "design")}  # fmt: skip
        transaction(lambda: service.edit_layout(cast.admin, layout, **said, version=1))
    assert work() and not work()
    assert state(run) == "cancelled" and lines(run) == [("waiting", "")] * 2 and all_certificates() == []
    told = select(Notice.user_id).join(Event).where(Event.name == "certificate_run.halted")
    assert list(db.session.scalars(told)) == [cast.mona.id]
    client.sign_in(cast.mona)
    page = client.get(run.path).text
    assert "Its layout was retired or replaced" in page and "/sigs/akg/certificates/new?kind=task" in page
    again = ask(cast, cast.mona, [f"task-{claim.id}" for claim in claims])
    work()
    assert state(again) == "done" and {one.layout.ended_at for one in all_certificates()} == {None}


def test_a_layout_that_is_retired_while_the_paper_is_made_is_not_used(cast: Cast) -> None:
    row = get_entitlement(f"task-{accepted(cast).id}")
    layout = queries.layout_for(row.sig.community)
    paper = issuing.make(row, layout)
    first = issue(cast.mona, f"task-{accepted(cast).id}")
    values = {
        column.name: getattr(first, column.name) for column in Certificate.__table__.columns if column.name != "id"
    }
    transaction(lambda: service.retire_layout(cast.admin, layout, version=1))
    with pytest.raises(issuing.LayoutEnded):
        transaction(lambda: service.issue_certificate(cast.mona, paper))
    values |= {
        "code": "1" * 26,
        "code_hash": "1" * 64,
        "sha256": "1" * 64,
        "entitlement": row.key,
        "claim_id": row.claim_id,
    }
    with pytest.raises(Exception, match="certificate_in_layout_in_use"), db.session.begin_nested():
        db.session.execute(Certificate.__table__.insert().values(**values))


@pytest.mark.parametrize("kind", ["task", "service", "internship"])
def test_asking_takes_the_same_statements_however_many_they_are(cast: Cast, kind: str) -> None:
    def keys(count: int) -> list[str]:
        people = [cast.person(f"{kind}{count}x{number}") for number in range(count)]
        if kind == "task":
            return [f"task-{accepted(cast, user).id}" for user in people]
        if kind == "service":
            return [f"service-{role(cast, user, 'contributor', dt.date(2024, 1, 1)).id}" for user in people]
        return [intern(cast, user).key for user in people]

    def count(wanted: list[str]) -> int:
        db.session.expire_all()
        with statements() as seen:
            assert set(get_entitlements(wanted)) == set(wanted)
        return len(seen)

    assert count(keys(1)) == count(keys(5))


def test_each_that_can_not_be_issued_says_why_and_the_others_are(cast: Cast) -> None:
    claims = [accepted(cast) for _number in range(6)]
    run = ask(cast, cast.mona, [f"task-{claim.id}" for claim in claims])
    claims[3].task.title = "Loops \U00013000"
    db.session.commit()
    issue(cast.max, f"task-{claims[0].id}")
    claims[1].decided_by_id = cast.dora.id
    claims[4].terms = {**claims[4].terms, "gives_certificate": False}
    db.session.commit()
    work()
    assert lines(run) == [
        ("refused", "certified"), ("refused", "self_accepted"), ("issued", ""), ("refused", "glyphs"), ("refused", "not_certified"),
        ("issued", ""),
    ]  # fmt: skip
    assert len(all_certificates()) == 3 and state(run) == "done"


def test_whoever_is_no_maintainer_any_more_issues_nothing(cast: Cast) -> None:
    run = ask(cast, cast.mona, [f"task-{accepted(cast).id}"])
    db.session.execute(update(Membership).where(Membership.user_id == cast.mona.id).values(until=dt.date(2025, 1, 1)))
    db.session.commit()
    db.session.expire_all()
    work()
    assert lines(run) == [("refused", "rights")] and all_certificates() == []


def test_a_bug_in_one_line_ends_neither_the_run_nor_the_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"task-{accepted(cast).id}" for _number in range(3)]
    run, make = ask(cast, cast.mona, keys), issuing.make

    def breaks(row: Any, layout: Any) -> issuing.Paper:
        if row.key == keys[1]:
            raise RuntimeError("a bug")
        return make(row, layout)

    monkeypatch.setattr(issuing, "make", breaks)
    work()
    assert lines(run) == [("issued", ""), ("refused", "broken"), ("issued", "")]


def test_a_run_that_is_stopped_issues_nothing_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, make = [f"task-{accepted(cast).id}" for _number in range(3)], issuing.make
    run = ask(cast, cast.mona, keys)

    def stops(row: Any, layout: Any) -> issuing.Paper:
        paper = make(row, layout)
        if row.key == keys[1]:
            transaction(lambda: service.cancel_run(cast.max, db.session.get_one(CertificateRun, run.id)))
        return paper

    monkeypatch.setattr(issuing, "make", stops)
    work()
    assert state(run) == "cancelled" and [one for one, _why in lines(run)] == ["issued", "waiting", "waiting"]
    assert [one.entitlement for one in all_certificates()] == keys[:1]
    with pytest.raises(Refused):
        transaction(lambda: service.cancel_run(cast.mona, run))
    with pytest.raises(Forbidden):
        transaction(lambda: service.cancel_run(cast.nils, run))


def test_a_run_whose_worker_died_is_taken_over_and_the_dead_one_does_no_harm(cast: Cast) -> None:
    keys = [f"task-{accepted(cast).id}" for _number in range(2)]
    run = ask(cast, cast.mona, keys)
    dead = transaction(making._take)
    assert dead is not None and not work(), "it may be alive"
    line = making._next_line(dead)
    assert line is not None
    paper = issuing.make(get_entitlement(line[1]), queries.layout_for("MindSpore"))
    with clock.pretend(clock.now() + making.DEAD_AFTER + dt.timedelta(seconds=1)):
        assert work()
    with pytest.raises((making.Stopped, Refused)):
        transaction(lambda: making._issued(dead, line[0], paper))
    transaction(lambda: making._finish(dead))
    assert state(run) == "done" and len(all_certificates()) == 2


def test_a_worker_that_is_told_to_end_gives_the_run_back(cast: Cast) -> None:
    run = ask(cast, cast.mona, [f"task-{accepted(cast).id}"])
    assert work(stop=True) and state(run) == "running"
    assert work() and state(run) == "done"


@pytest.mark.parametrize("who", ["dora", "nils", "admin", "fay"])
def test_only_a_maintainer_asks(cast: Cast, who: str) -> None:
    key = f"task-{accepted(cast).id}"
    with pytest.raises(Forbidden):
        ask(cast, getattr(cast, who), [key])


# -- several processes ----------------------------------------------------------------------------


class Place:
    """An application on a database of its own, with ``SIZE`` accepted tasks of forty people."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.app: Flask = create_app(settings_for(url, folder))
        with self.inside():
            cast = Cast()
            people = [cast.person(f"intern{number}") for number in range(40)]
            self.keys = [f"task-{accepted(cast, people[number % 40]).id}" for number in range(SIZE)]
            self.mona, self.max = cast.mona.id, cast.max.id
            self.sig = cast.akg.id

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.remove()

    def ask(self) -> None:
        from tracker.accounts.models import User
        from tracker.sigs.models import Sig

        with self.inside():
            mona, sig = db.session.get_one(User, self.mona), db.session.get_one(Sig, self.sig)
            transaction(lambda: service.request_run(mona, sig, kind="task", keys=self.keys))

    def count(self) -> int:
        with self.inside():
            return db.session.scalar(select(func.count()).select_from(Certificate)) or 0

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        root = Path(__file__).resolve().parents[2]
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", "from tests.support.worker import main; main()"], cwd=root, stdout=log, stderr=log,
                env={**environment(self.folder, self.url), "TRACKER_SECRET_KEY": "for tests only"},
            )  # fmt: skip
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait(30)


@pytest.fixture
def place(fresh_database: str, tmp_path: Path) -> Iterator[Place]:
    made = Place(fresh_database, tmp_path / "instance")
    yield made
    with made.app.app_context():
        db.engine.dispose()


def test_killed_in_the_middle_and_continued_none_is_twice_and_none_missing(place: Place) -> None:
    place.ask()
    with place.worker() as process:
        _until(place, SIZE // 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL and SIZE // 3 <= place.count() < SIZE, (
        "it ended before it could be killed"
    )
    with place.inside():  # the next one takes it over once the dead one has given no sign of life for long
        transaction(
            lambda: db.session.execute(update(CertificateRun).values(beat_at=clock.now() - 2 * making.DEAD_AFTER))
        )
    with place.worker(), place.worker():
        _until(place, SIZE)
        _until_done(place)
    with place.inside():
        made = db.session.execute(select(Certificate.entitlement, Certificate.code, Certificate.sha256)).all()
        assert sorted(row.entitlement for row in made) == sorted(place.keys)
        assert len({row.code for row in made}) == len({row.sha256 for row in made}) == SIZE
        assert db.session.scalar(select(func.count()).select_from(CertificateFile)) == SIZE
        told = select(func.count()).select_from(Notice).join(Event).where(Event.name == "certificate.issued")
        assert db.session.scalar(told) == SIZE
        counts = queries.run_counts(db.session.scalars(select(CertificateRun.id)).one())
        assert counts == {"issued": SIZE}


def _until(place: Place, count: int) -> None:
    deadline = time.monotonic() + 120 + SIZE
    while place.count() < count:
        assert time.monotonic() < deadline, (place.folder / "worker.log").read_text()[-3000:]
        time.sleep(0.05)


def _until_done(place: Place) -> None:
    deadline = time.monotonic() + 60
    while True:
        with place.inside():
            if db.session.scalars(select(CertificateRun.state)).one() == "done":
                return
        assert time.monotonic() < deadline, (place.folder / "worker.log").read_text()[-3000:]
        time.sleep(0.1)


def test_two_issuers_at_once_make_one_certificate(place: Place) -> None:
    """Both have looked at it and press the button at the same moment, for eight entitlements one after the other."""
    from tracker.accounts.models import User

    outcomes: list[str] = []

    def press(user_id: int, key: str, start: threading.Barrier) -> None:
        with place.inside():
            actor = db.session.get_one(User, user_id)
            paper = issuing.make(get_entitlement(key), queries.layout_for("MindSpore"))
            db.session.rollback()
            start.wait()
            try:
                transaction(lambda: service.issue_certificate(actor, paper))
                outcomes.append("issued")
            except Refused:
                outcomes.append("refused")

    for key in place.keys[:8]:
        start = threading.Barrier(4)
        threads = [threading.Thread(target=press, args=(who, key, start)) for who in (place.mona, place.max) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert Counter(outcomes) == {"issued": 8, "refused": 24} and place.count() == 8
    with place.inside():
        from tracker.sigs.models import Sig

        assert len(entitled(db.session.get_one(Sig, place.sig), "task")) == SIZE - 8
