"""Many at once: a proposal becomes one set of rules, and never for a month that is being settled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.conftest import settings_for
from tests.rule_changes.conftest import NOW, changed, earn
from tests.support.cast import Cast
from tracker import clock
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.errors import Busy, Refused
from tracker.programmes.models import Programme, Rules
from tracker.rule_changes import service
from tracker.rule_changes.models import RuleChange
from tracker.settlements.models import Settlement
from tracker.settlements.service import commit_settlement

THREADS, ROUNDS = 8, 6


def together(*works: Callable[[], None]) -> None:
    """Every work in a thread of its own, all from the same moment on."""
    problems: list[BaseException] = []
    gate = threading.Barrier(len(works))

    def guarded(work: Callable[[], None]) -> None:
        try:
            with clock.pretend(NOW):  # a thread has a clock of its own
                gate.wait(timeout=30)
                work()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems[0]


def tried(work: Callable[[], Any]) -> bool:
    """One try; a database that is busy is tried again, as a person would."""
    while True:
        try:
            transaction(work)
        except Busy:
            continue
        except Refused:
            return False
        return True


def finance(user_id: int) -> Any:
    """Only who it is counts: the service reads the rest itself."""
    return SimpleNamespace(id=user_id, is_admin=False, is_finance=True, memberships=())


def in_app(app: Flask, work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            work()

    return run


def test_a_proposal_that_many_approve_at_once_becomes_one_set(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        made = transaction(
            lambda: service.propose_rule_change(
                cast.mona, cast.programme, valid_from=NOW.date().replace(month=12, day=1), reason="So.", base=cast.rules.id,
                **changed(cast.rules, undo_days=9),
            )
        )  # fmt: skip
        seen = SimpleNamespace(id=made.id, programme_id=made.programme_id)
        people = [cast.fay.id, cast.finn.id]
    done: list[bool] = []

    def approve(number: int) -> Callable[[], None]:
        who = finance(people[number % 2])
        return lambda: done.append(tried(lambda: service.approve_rule_change(who, seen, version=1)))

    together(*(in_app(app, approve(number)) for number in range(THREADS)))
    with app.app_context():
        assert sorted(done) == [False] * (THREADS - 1) + [True]
        assert db.session.query(Rules).count() == 2
        assert db.session.scalars(select(RuleChange.state)).all() == ["approved"]
        db.engine.dispose()


def test_a_month_is_settled_by_the_rules_that_were_in_force_when_it_was(fresh_database: str, tmp_path: Path) -> None:
    """Approval and settlement of the same month at the same moment, in rounds: whoever comes second sees what the first did."""
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context(), clock.pretend(NOW):
        cast = Cast()
        for month in range(1, ROUNDS + 1):
            earn(cast, cast.dora, 10, f"{month:02d}-05")
        programme_id, mona, fay = cast.programme.id, cast.mona.id, cast.fay.id
    maintainer = SimpleNamespace(id=mona, is_admin=False, is_finance=True, memberships=())
    for month in range(1, ROUNDS + 1):
        with app.app_context(), clock.pretend(NOW):
            programme = db.session.get_one(Programme, programme_id)
            newest = max(programme.rules, key=lambda rules: rules.valid_from)
            numbers = changed(newest, undo_days=newest.undo_days + 1)
            change = transaction(
                lambda programme=programme, newest=newest, numbers=numbers, month=month: service.propose_rule_change(  # type: ignore[misc]
                    maintainer, programme, valid_from=NOW.date().replace(month=month, day=15), reason="So.", base=newest.id, **numbers,
                )
            )  # fmt: skip
            seen = SimpleNamespace(id=change.id, programme_id=programme_id)

        def settle(month: int = month) -> None:
            programme = db.session.get_one(Programme, programme_id)
            assert tried(lambda: commit_settlement(maintainer, programme, month=f"2026-{month:02d}"))

        def approve(seen: Any = seen) -> None:
            tried(lambda: service.approve_rule_change(finance(fay), seen, version=1))

        together(in_app(app, settle), in_app(app, approve))
    with app.app_context():
        for settlement in db.session.scalars(select(Settlement).order_by(Settlement.month)):
            sets = [rules for rules in settlement.programme.rules if f"{rules.valid_from:%Y-%m}" <= settlement.month]
            assert settlement.rules_id == max(sets, key=lambda rules: rules.valid_from).id
        assert db.session.query(Settlement).count() == ROUNDS
        db.engine.dispose()
