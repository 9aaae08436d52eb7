"""Many at once, on committed data: a line goes into one batch, numbers have no gaps, a result is applied once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from tests.batches.stock import bare, csv, shown
from tests.conftest import settings_for
from tests.support.cast import Cast
from tracker.app import create_app
from tracker.batches import service
from tracker.batches.models import BatchFile, BatchLine, ResultFile
from tracker.clock import today
from tracker.db import db, transaction
from tracker.errors import Busy, Refused
from tracker.events.diary import first_broken
from tracker.ledger.models import Transfer
from tracker.rewards.models import PayoutBatch, Reward

THREADS = 8


def together(app: Flask, work: Callable[[int], None], threads: int = THREADS) -> None:
    """``work`` in several threads at the same moment, each with a session of its own."""
    problems: list[BaseException] = []
    gate = threading.Barrier(threads)

    def guarded(number: int) -> None:
        try:
            with app.app_context():
                gate.wait(60)
                work(number)
        except BaseException as error:
            problems.append(error)

    started = [threading.Thread(target=guarded, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    assert not problems, problems[0]


def insist(work: Callable[[], Any]) -> bool:
    """Whether ``work`` was taken or refused; a database that is busy is tried again, as a person would."""
    while True:
        try:
            transaction(work)
            return True
        except Refused:
            return False
        except Busy:
            continue


def finance(user: Any) -> Any:
    """Who acts in a thread: only who it is counts."""
    return SimpleNamespace(id=user.id, is_admin=False, is_finance=True, memberships=())


def test_two_who_freeze_the_same_lines_at_once_make_one_batch(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        actors = [finance(cast.fay), finance(cast.finn)]
        rounds = [shown(bare(cast, 20, [cast.dora, cast.otto])) for _round in range(5)]
    taken: list[list[bool]] = [[], []]

    def freeze_all(number: int) -> None:
        for lines in rounds:
            taken[number].append(insist(lambda lines=lines: service.freeze_batch(actors[number], **lines)))

    together(app, freeze_all, threads=2)
    with app.app_context():
        assert [one + other for one, other in zip(*taken, strict=True)] == [1] * 5
        assert db.session.scalar(select(func.count()).select_from(PayoutBatch)) == 5
        lines = db.session.scalars(select(BatchLine.reward_id)).all()
        assert len(lines) == len(set(lines)) == 100
        assert set(db.session.scalars(select(Reward.state))) == {"in_batch"}
        assert db.session.scalar(select(func.count()).select_from(BatchFile)) == 15
        db.engine.dispose()


def test_numbers_have_neither_gaps_nor_doubles(fresh_database: str, tmp_path: Path) -> None:
    """Eight freeze batches of their own; every third is refused halfway, and its number goes to the next."""
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        actor = finance(cast.fay)
        own = [[shown(bare(cast, 2)) for _batch in range(6)] for _thread in range(THREADS)]

    def freeze_and_fail(values: dict[str, Any]) -> None:
        service.freeze_batch(actor, **values)
        raise Refused("on second thoughts")

    def freeze_all(number: int) -> None:
        for count, values in enumerate(own[number]):
            if count % 3 == 2:
                assert not insist(lambda values=values: freeze_and_fail(values))
            assert insist(lambda values=values: service.freeze_batch(actor, **values))

    together(app, freeze_all)
    with app.app_context():
        year = today("Asia/Shanghai").year
        numbers = sorted(db.session.scalars(select(PayoutBatch.number)))
        assert numbers == [f"PB-{year}-{number:03d}" for number in range(1, 6 * THREADS + 1)]
        assert first_broken(db.session()) is None
        db.engine.dispose()


def test_a_result_that_several_apply_at_once_pays_once(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        payers = [finance(cast.fay), finance(cast.finn)]
        lines = bare(cast, 30, [cast.dora, cast.otto])
        batch = transaction(lambda: service.freeze_batch(cast.fay, **shown(lines)))
        file = csv("reward,amount,result,reference", *(f"{line.id},1.00,paid,B-{line.id}" for line in lines))
        batch_id = batch.id

    def upload_and_apply(number: int) -> None:
        who = payers[number % 2]
        found = db.session.get_one(PayoutBatch, batch_id)
        assert insist(lambda: service.upload_result(who, found, file=file))
        result = db.session.scalars(select(ResultFile)).one()
        assert insist(lambda: service.apply_result(who, result))

    together(app, upload_and_apply)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ResultFile)) == 1
        paid = db.session.scalars(select(Transfer.reward_id).where(Transfer.kind == "paid")).all()
        assert sorted(paid) == sorted(set(paid)) and len(paid) == 30
        assert set(db.session.scalars(select(Reward.state))) == {"paid"}
        assert first_broken(db.session()) is None
        db.engine.dispose()


def test_cancelling_and_paying_at_once_leave_one_of_both(fresh_database: str, tmp_path: Path) -> None:
    from tracker.rewards import service as rewards

    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        actors = [finance(cast.fay), finance(cast.finn)]
        rounds = []
        for _round in range(8):
            lines = bare(cast, 3)
            made = transaction(lambda lines=lines: service.freeze_batch(cast.fay, **shown(lines)))
            rounds.append((made.id, lines[0].id))
    done: list[list[bool]] = [[], []]

    def cancel_or_pay(number: int) -> None:
        for batch_id, reward_id in rounds:
            batch, line = db.session.get_one(PayoutBatch, batch_id), db.session.get_one(Reward, reward_id)

            def work(batch: Any = batch, line: Any = line) -> Any:
                if number:
                    return rewards.pay_reward(actors[1], line, reference="B-1", version=2)
                return service.cancel_batch(actors[0], batch, reason="Wrong", version=1)

            done[number].append(insist(work))

    together(app, cancel_or_pay, threads=2)
    with app.app_context():
        for (batch_id, reward_id), cancelled, paid in zip(rounds, *done, strict=True):
            state = db.session.get_one(PayoutBatch, batch_id).state
            assert (state == "cancelled") == cancelled == (not paid)
            assert db.session.get_one(Reward, reward_id).state == ("paid" if paid else "approved")
        db.engine.dispose()
