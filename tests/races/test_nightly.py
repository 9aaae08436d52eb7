"""The nightly job killed in the middle and run again, and run by three at once: one mail each, one step each.

Real processes on committed data, on both databases. ``TRACKER_RACE_ROUNDS=6`` runs more.
"""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import rounds
from tests.support.server import environment
from tracker import clock, nightly  # noqa: F401  registers the job
from tracker.app import create_app
from tracker.claims.models import Claim
from tracker.db import db, engine_options
from tracker.events import Event, Notice
from tracker.events.models import JobRun
from tracker.events.worker import run_worker
from tracker.meetings.models import Meeting

ROOT = Path(__file__).resolve().parents[2]
STEPS = ("claim.warned", "claim.lapsed", "claim.escalated", "meeting.note_missing")


class Night:
    """A database of its own where ``each`` claims are to be warned, as many lapse and as many wait too long, and a meeting is
    tomorrow. Its own folder is ``folder / name``."""

    def __init__(self, url: str, folder: Path, each: int) -> None:
        self.url, self.each, self.folder = url, each, folder
        self.env = {
            **environment(folder / "instance", url),
            "TRACKER_LOG_LEVEL": "ERROR",
            "TRACKER_NIGHTLY_AT": "00:00",
        }
        self.app = create_app(settings_for(url, folder / "maker", nightly_at="00:00"))
        self.engine = create_engine(url, **engine_options(url))
        now = clock.now()
        with self.app.app_context():
            cast = Cast()
            tasks = [cast.make_task(seats=100, pays_wage=False) for _kind in range(3)]
            for number in range(each):
                for kind, task in enumerate(tasks):
                    self._claim(cast, task, f"p{kind}x{number}", kind, now)
            meeting = Meeting(
                sig_id=cast.akg.id, starts_at=now + dt.timedelta(days=1), time_zone="Asia/Shanghai", created_at=now
            )
            db.session.add(meeting)
            db.session.commit()
            db.session.remove()
            db.engine.dispose()

    def _claim(self, cast: Cast, task: Any, handle: str, kind: int, now: dt.datetime) -> None:
        days = dt.timedelta(days=1)
        state, columns = [
            ("active", {"state_since": now - 12 * days}),
            ("active", {"state_since": now - 30 * days, "warned_at": now - 6 * days}),
            ("applied", {"state_since": now - 9 * days, "answer_by": now - 2 * days}),
        ][kind]
        cast.make_claim(cast.person(handle), task, state, **columns)

    def ask(self, query: Any) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(query))

    def done(self) -> int:
        """How many steps were committed so far."""
        return int(self.ask(select(func.count()).select_from(Event).where(Event.name.in_(STEPS)))[0][0])

    def steps(self) -> dict[str, Counter[Any]]:
        """Step → subject (for reminders: person) → how often it was taken."""
        found: dict[str, Counter[Any]] = {name: Counter() for name in STEPS}
        for name, subject in self.ask(select(Event.name, Event.subject_id).where(Event.name.in_(STEPS))):
            if name != "meeting.note_missing":
                found[name][subject] += 1
        query = select(Notice.user_id).join(Event).where(Event.name == "meeting.note_missing")
        found["meeting.note_missing"].update(row[0] for row in self.ask(query))
        return found

    def mails(self) -> Counter[Any]:
        """(step, subject, person) → how many mails."""
        query = select(Event.name, Event.subject_id, Notice.user_id).join(Notice, Notice.event_id == Event.id)
        return Counter(tuple(row) for row in self.ask(query.where(Event.name.in_(STEPS))))

    def is_done_once(self) -> None:
        """Each claim one step, each person one mail."""
        for name, counted in self.steps().items():
            assert set(counted.values()) == {1} and len(counted) == self.each, f"{name}: {counted}"
        assert set(self.mails().values()) == {1}
        states = Counter(row[0] for row in self.ask(select(Claim.state)))
        assert states == {"active": self.each, "lapsed": self.each, "applied": self.each}


def test_killed_in_the_middle_and_run_again(fresh_database: str, tmp_path: Path) -> None:
    night, kills = Night(fresh_database, tmp_path, each=10), rounds(1, 6)
    for _kill in range(kills):
        before = night.done()
        process = run(night)
        while process.poll() is None and night.done() < before + 4:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, "it ended before it could be killed"
    middle = night.done()
    process = run(night)
    _out, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    print(
        f"\n{night.url.split(':')[0]} nightly: killed {kills} times, {middle} steps until then, {night.done()} in all"
    )
    assert 0 < middle < night.done(), "it was never killed in the middle"
    night.is_done_once()
    finished = [row[0] is not None for row in night.ask(select(JobRun.finished_at).order_by(JobRun.id))]
    assert finished == [False] * kills + [True]


def run(night: Night) -> subprocess.Popen[bytes]:
    """`tracker nightly` in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "tracker", "nightly"], env=night.env, cwd=ROOT, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE)  # fmt: skip


def together(night: Night, name: str, *options: str, number: int = 3) -> list[str]:
    """Three processes that list what is due, wait for each other, and act; what each printed."""
    meet = night.folder / name
    meet.mkdir()
    processes = [
        subprocess.Popen([sys.executable, "-m", "tests.support.night", str(meet), str(number), *options], env=night.env,
                         cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _process in range(number)
    ]  # fmt: skip
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * number, said
    return [out for out, _err in said]


def test_three_that_listed_the_same_act_once(fresh_database: str, tmp_path: Path) -> None:
    night = Night(fresh_database, tmp_path, each=rounds(1, 5) * 4)
    said = together(night, "guarded")
    # Each of the three listed everything; the lapsing ones are still holders in a rehearsal.
    assert said == [f"{night.each * 5}\n"] * 3
    print(f"\n{night.url.split(':')[0]} nightly: 3 × {night.each * 5} acts, {night.done()} steps")
    steps = night.steps()
    assert all(set(counted.values()) == {1} for counted in steps.values())
    assert set(night.mails().values()) == {1}


def test_without_looking_again_two_act_twice(fresh_database: str, tmp_path: Path) -> None:
    night = Night(fresh_database, tmp_path, each=3)
    together(night, "trusting", "--trusting", number=2)
    steps = night.steps()
    print(f"\n{night.url.split(':')[0]} nightly without its guards: {max(night.mails().values())} mails each")
    for name in ("claim.warned", "claim.escalated", "meeting.note_missing"):
        assert set(steps[name].values()) == {2}, f"the control did {name} once: the race isn't one"


def test_three_workers_run_the_slot_once(fresh_database: str, tmp_path: Path) -> None:
    night = Night(fresh_database, tmp_path, each=4)
    together(night, "first", "--worker")
    night.is_done_once()
    [(slot, attempts, finished, counts)] = night.ask(
        select(JobRun.slot, JobRun.attempts, JobRun.finished_at, JobRun.counts).where(JobRun.job == "nightly")
    )
    assert (slot, attempts, finished is not None) == (clock.today("Asia/Shanghai").isoformat(), 1, True)
    assert {name: counts[name] for name in ("warn", "lapse", "escalate", "remind")} == dict.fromkeys(
        ("warn", "lapse", "escalate", "remind"), 4
    )
    run_worker(night.app, once=True)
    assert run(night).wait(120) == 0
    night.is_done_once()


@pytest.fixture(autouse=True)
def quiet(capsys: pytest.CaptureFixture[str]) -> Any:
    """Figures of a race are shown although it passes."""
    yield
    with capsys.disabled():
        print(capsys.readouterr().out, end="")
