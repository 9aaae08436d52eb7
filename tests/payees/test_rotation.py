"""Keys change while everything stays readable: killed anywhere and run again, beside a server that goes on sealing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import settings_for
from tests.payees.conftest import AGREEMENT, DATA, contract_for, give
from tests.support.cast import Cast
from tests.support.server import environment
from tracker import cli, rotation, sealing
from tracker.app import create_app
from tracker.config import SettingError, Settings
from tracker.db import db, transaction
from tracker.errors import Busy
from tracker.payees.models import PAYEE, Contract, Payee
from tracker.payees.secrets import agreement_of, dates_of, opened, sealed

PEOPLE = 30


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> Iterator[Settings]:
    """A database of its own with payee data of thirty people and two contracts, sealed with one key."""
    made = settings_for(fresh_database, tmp_path / "instance")
    app = create_app(made)
    with app.app_context():
        cast = Cast()
        people = [cast.person(f"p{number}") for number in range(PEOPLE)]
        db.session.commit()
        for number, user in enumerate(people):
            give(user, account=f"62000000{number:04d}")
        contract_for(cast, cast.dora)
        contract_for(cast, cast.otto, agreement=None)
        yield made
        db.session.remove()
        db.engine.dispose()


def texts() -> list[str]:
    """Everything that is sealed."""
    db.session.remove()
    found = [row.sealed for row in db.session.query(Payee)] + [row.sealed for row in db.session.query(Contract)]
    return found + [row.agreement for row in db.session.query(Contract) if row.agreement]


def everything_opens() -> bool:
    db.session.remove()
    accounts = {opened(row).account for row in db.session.query(Payee)}
    contracts = db.session.query(Contract).all()
    files = [agreement_of(row) for row in contracts if row.agreement_at]
    return (
        accounts == {f"62000000{number:04d}" for number in range(PEOPLE)} and files == [AGREEMENT]
        and len([dates_of(row) for row in contracts]) == 2
    )  # fmt: skip


def test_everything_is_sealed_anew_and_the_old_key_goes(settings: Settings) -> None:
    [old] = sealing.key_texts(settings)
    before = texts()
    found = rotation.rotate(settings)
    assert (found.values, found.resealed, found.broken) == (PEOPLE + 3, PEOPLE + 3, [])
    [new] = sealing.key_texts(settings)
    assert new != old and everything_opens() and not set(before) & set(texts())
    sealing.key_file(settings).write_text(f"{old}\n", encoding="ascii")
    assert len(rotation.look(db.session.connection(), thorough=True).broken) == PEOPLE + 3


def test_only_keys_change(settings: Settings) -> None:
    """No version, no date and no event: nobody's page becomes stale."""

    def rest() -> list[Any]:
        db.session.remove()
        columns = [
            (row.user_id, row.version, row.updated_at) for row in db.session.query(Payee).order_by(Payee.user_id)
        ]
        return [columns, db.session.scalar(text("SELECT count(*) FROM event"))]

    before = rest()
    rotation.rotate(settings)
    assert rest() == before


@pytest.mark.parametrize("portions", [0, 1, 2, 3, 5])
def test_killed_between_two_portions_it_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, portions: int
) -> None:
    monkeypatch.setattr(rotation, "ROWS", 7)
    [old] = sealing.key_texts(settings)

    done: list[int] = []

    class Killed(Exception):
        pass

    def killing(parts: Iterator[rotation.Found]) -> Iterator[rotation.Found]:
        for number, part in enumerate(parts):
            done.append(part.resealed)
            if number == portions:
                raise Killed
            yield part

    with pytest.raises(Killed):
        rotation.rotate(settings, watch=killing)
    new = sealing.key_texts(settings)
    assert len(new) == 2 and new[1] == old and everything_opens()
    found = rotation.rotate(settings)  # goes on with the same new key
    assert sealing.key_texts(settings) == new[:1] and everything_opens()
    assert found.values == PEOPLE + 3 and found.resealed == PEOPLE + 3 - sum(done) and len(done) == portions + 1


def test_killed_for_good_in_the_middle_of_a_portion_nothing_is_lost(settings: Settings, tmp_path: Path) -> None:
    """kill -9 while a portion is written and not committed."""
    db.session.remove()
    env = environment(settings.instance, settings.database_url)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.rotating"], env=env, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    process.stdout.close()
    assert len(sealing.key_texts(settings)) == 2 and everything_opens()
    with_new = sum(map(sealing.is_newest, texts()))
    assert 0 < with_new < PEOPLE + 3  # the first portion is there, the one that was killed isn't
    rotation.rotate(settings)
    assert len(sealing.key_texts(settings)) == 1 and everything_opens() and all(map(sealing.is_newest, texts()))


def test_run_twice_it_changes_keys_twice_and_breaks_nothing(settings: Settings) -> None:
    rotation.rotate(settings)
    [first] = sealing.key_texts(settings)
    rotation.rotate(settings)
    assert sealing.key_texts(settings) != [first] and everything_opens()


def test_what_no_key_opens_keeps_the_old_keys(settings: Settings) -> None:
    row = db.session.query(Payee).order_by(Payee.user_id).first()
    assert row is not None
    number = row.user_id
    row.sealed = sealed(number + 1, opened(row))
    db.session.commit()
    found = rotation.rotate(settings)
    assert found.broken == [f"payee.sealed {number}"] and found.resealed == PEOPLE + 2
    assert len(sealing.key_texts(settings)) == 2
    db.session.delete(db.session.get_one(Payee, number))
    db.session.commit()
    assert rotation.rotate(settings).broken == [] and len(sealing.key_texts(settings)) == 1


def test_two_do_not_rotate_at_once(settings: Settings) -> None:
    """Each would put its key in front of the old one and throw the other's away."""
    before = sealing.key_texts(settings)
    with sealing.alone(settings), pytest.raises(SettingError, match="just now"):
        rotation.rotate(settings)
    assert sealing.key_texts(settings) == before
    rotation.rotate(settings)
    assert everything_opens()


def test_lost_keys_are_not_replaced(settings: Settings) -> None:
    kept = sealing.key_file(settings)
    aside = kept.rename(kept.with_name("aside"))
    for reseal_only in (False, True):
        with pytest.raises(SettingError, match="no keys"):
            rotation.rotate(settings, reseal_only=reseal_only)
    assert not kept.exists()
    aside.rename(kept)
    assert everything_opens()


def test_keys_of_the_environment_are_resealed_only(settings: Settings) -> None:
    [old], new = sealing.key_texts(settings), sealing.new_key()
    both = replace(settings, payee_keys=f"{new},{old}")
    sealing.configure(both)
    with pytest.raises(SettingError, match="--reseal-only"):
        rotation.rotate(both)
    assert rotation.rotate(both, reseal_only=True).resealed == PEOPLE + 3
    sealing.configure(replace(settings, payee_keys=new))
    assert everything_opens()


def test_a_portion_is_bounded_by_its_size_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counting(parts: Iterator[rotation.Found]) -> Iterator[rotation.Found]:
        for part in parts:
            seen.append(part.values)
            yield part

    monkeypatch.setattr(rotation, "SIZE", 1)  # less than any value: one at a time, never none
    rotation.rotate(settings, watch=counting)
    assert seen == [1] * (PEOPLE + 3) and everything_opens()


def test_a_writer_that_sealed_before_is_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sealed with the old key and hasn't committed yet: the old key stays until that is sealed anew."""
    app = create_app(settings)
    sealed_it, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        row = db.session.query(Payee).order_by(Payee.user_id).first()
        assert row is not None
        PAYEE.put(row, PAYEE.read(row))
        db.session.flush()
        sealed_it.set()
        assert go_on.wait(30)

    def writing() -> None:
        with app.app_context():
            transaction(slowly)
            db.session.remove()
            db.engine.dispose()

    writer = threading.Thread(target=writing)
    writer.start()
    assert sealed_it.wait(30)
    if settings.database_url.startswith("postgresql"):
        monkeypatch.setattr(rotation, "WAIT_SECONDS", 0.3)
        with pytest.raises(Busy):
            rotation.rotate(settings)
        assert len(sealing.key_texts(settings)) == 2
        monkeypatch.setattr(rotation, "WAIT_SECONDS", 60)
    threading.Timer(0.5, go_on.set).start()
    rotation.rotate(settings)
    writer.join()
    assert len(sealing.key_texts(settings)) == 1 and everything_opens()


def test_a_server_that_runs_goes_on_with_the_new_key(settings: Settings) -> None:
    """Only this process rotates; the other one reads the file anew and seals with what is in front."""
    rotation.rotate(settings)
    first = db.session.query(Payee).order_by(Payee.user_id).first()
    assert first is not None
    give(first.user, version=1, account="620000000000")
    assert everything_opens() and all(map(sealing.is_newest, texts()))


def test_the_command_says_what_it_did(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment(settings.instance, settings.database_url).items():
        if name.startswith("TRACKER_"):
            monkeypatch.setenv(name, value)
    db.session.remove()
    assert cli.run(["keys", "rotate"]) == 0
    assert f"Sealed values: {PEOPLE + 3}, of which sealed anew: {PEOPLE + 3}" in capsys.readouterr().err
    row = db.session.query(Payee).first()
    assert row is not None
    row.sealed = "gAAAA"
    db.session.commit()
    db.session.remove()
    assert cli.run(["keys", "rotate"]) == 1
    said = capsys.readouterr().err
    assert "1 can't be opened" in said and "payee.sealed" in said and DATA["bank"] not in said
    assert cli.run(["keys", "new"]) == 0
    assert len(capsys.readouterr().out.strip()) == 44
