"""Many at once: one of them gives the data, enters the contract, notes the exclusion; the others are told, and nothing breaks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.conftest import settings_for
from tests.payees.conftest import DATA, FIRST
from tests.support.cast import Cast
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.payees import service
from tracker.payees.models import Contract, Payee, PayExclusion, PurgeRequest
from tracker.payees.queries import Recipient
from tracker.programmes.models import Programme

THREADS = 12
Step = Callable[[Any, User, Programme], Any]

STEPS: dict[str, tuple[Step, type[Any]]] = {
    "payee data": (lambda fay, dora, programme: service.change_payee(dora, **DATA, version=0), Payee),
    "a contract": (
        lambda fay, dora, programme: service.edit_contract(
            fay, Recipient(dora), programme, starts_on=FIRST, ends_on=None, agreement=None, version=0
        ),
        Contract,
    ),
    "an exclusion": (
        lambda fay, dora, programme: service.add_exclusion(
            fay, Recipient(dora), programme=programme, kind="employee", note="", since=FIRST, until=None
        ),
        PayExclusion,
    ),
}


def together(app: Flask, step: Step) -> list[str]:
    """What became of each try."""
    said: list[str] = []
    ready = threading.Barrier(THREADS)

    def work() -> None:
        with app.app_context():
            people = {user.handle: user for user in db.session.query(User)}
            programme = db.session.query(Programme).one()
            fay = SimpleNamespace(id=people["fay"].id, is_finance=True, is_admin=False, memberships=())
            ready.wait()
            try:
                transaction(lambda: step(fay, people["dora"], programme))
            except Refused as refused:
                said.append(f"refused: {refused.message}")
            except Exception as error:
                said.append(f"broken: {error!r}")
            else:
                said.append("done")
            db.session.remove()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


@pytest.mark.parametrize("name", STEPS)
def test_one_of_many_does_it(fresh_database: str, tmp_path: Path, name: str) -> None:
    step, model = STEPS[name]
    app = create_app(settings_for(fresh_database, tmp_path / "instance"))
    with app.app_context():
        Cast()
        db.session.remove()
    said = together(app, step)
    assert said.count("done") == 1 and all(word == "done" or word.startswith("refused") for word in said), said
    with app.app_context():
        assert db.session.query(model).count() == 1
        db.session.remove()
        db.engine.dispose()


def test_asking_many_times_at_once_is_asking_once(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path / "instance"))
    with app.app_context():
        cast = Cast()
        transaction(lambda: service.change_payee(cast.dora, **DATA, version=0))
        db.session.remove()
    assert together(app, lambda fay, dora, programme: service.ask_purge(dora)) == ["done"] * THREADS
    with app.app_context():
        assert db.session.query(PurgeRequest).count() == 1
        db.session.remove()
        db.engine.dispose()
