"""Many at once: a reward is paid once, whoever tries how often; without the guard it isn't."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.pool import NullPool

from tests.conftest import settings_for
from tests.support.cast import Cast
from tests.support.load import rounds
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.clock import now
from tracker.db import db, engine_options, transaction
from tracker.errors import Busy, Refused
from tracker.ledger.models import Transfer
from tracker.rewards import service
from tracker.rewards.models import Reward

REWARDS, THREADS = 200, 16


def _together(work: Callable[[int], None]) -> None:
    problems: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems[0]


def _approved(app: Flask) -> tuple[list[int], int, int]:
    """Ids of approved rewards, who may pay them and who receives them."""
    with app.app_context():
        cast = Cast()
        common = {
            "sig_id": cast.akg.id, "programme_id": cast.programme.id, "quarter": "2026Q4", "month": "2026-11",
            "user_id": cast.dora.id, "kind": "bonus", "amount": 100, "currency": "CNY", "proposed_by_id": cast.mona.id,
            "proposed_at": now(), "state": "proposed",
        }  # fmt: skip
        lines = [Reward(**common, description=f"Line {number}") for number in range(REWARDS)]
        db.session.add_all(lines)
        db.session.flush()
        for line in lines:
            line.state, line.approved_by_id, line.approved_at = "approved", cast.fay.id, now()
            line.approved_amount = line.amount
        db.session.commit()
        return [line.id for line in lines], cast.finn.id, cast.dora.id


def test_two_hundred_rewards_paid_by_sixteen_at_once_are_two_hundred_payments(
    fresh_database: str, tmp_path: Path
) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    ids, payer_id, receiver_id = _approved(app)
    # Only who it is counts: the service reads the line itself, and finance needs no membership.
    payer = SimpleNamespace(id=payer_id, is_admin=False, is_finance=True, memberships=())
    refused = [0] * THREADS

    def pay_all(number: int) -> None:
        with app.app_context():
            for reward_id in ids[number:] + ids[:number]:
                refused[number] += not _pay(payer, SimpleNamespace(id=reward_id, user_id=receiver_id))

    _together(pay_all)
    with app.app_context():
        payments = db.session.scalars(select(Transfer.reward_id).where(Transfer.kind == "paid")).all()
        assert sorted(payments) == ids
        assert set(db.session.scalars(select(Reward.state))) == {"paid"} and set(
            db.session.scalars(select(Reward.version))
        ) == {2}
        db.engine.dispose()
    assert sum(refused) == REWARDS * (THREADS - 1)


def _pay(payer: Any, line: Any) -> bool:
    """One try on the line as it was seen at first; a database that is busy is tried again, as a person would."""
    while True:
        try:
            transaction(lambda: service.pay_reward(payer, line, reference="B-1", version=1))
            return True
        except Refused:
            return False
        except Busy:
            continue


def test_approved_paid_and_edited_by_sixteen_at_once_nothing_is_paid_that_was_not_approved(
    fresh_database: str, tmp_path: Path
) -> None:
    """Five approve what they see, five pay what they see approved, six change what nobody approved yet.

    ``TRACKER_RACE_ROUNDS=200`` does it with 200 lines.
    """
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        line = {
            "sig_id": cast.akg.id, "programme_id": cast.programme.id, "quarter": "2026Q4", "month": "2026-11",
            "user_id": cast.dora.id, "kind": "bonus", "amount": 100, "currency": "CNY", "proposed_by_id": cast.mona.id,
            "proposed_at": now(), "state": "proposed",
        }  # fmt: skip
        db.session.add_all(Reward(**line, description=f"Line {number}") for number in range(rounds(40, REWARDS)))
        db.session.commit()
        ids = list(db.session.scalars(select(Reward.id).order_by(Reward.id)))
        people = {name: getattr(cast, name).id for name in ("mona", "max", "fay")}
        db.session.remove()
    approved: dict[int, int | None] = {}
    receiver_id = line["user_id"]

    def person(name: str) -> User:
        return db.session.get_one(User, people[name])

    def step(number: int, reward_id: int) -> None:
        """One try on the line as this person sees it now."""
        seen = db.session.execute(
            select(Reward.state, Reward.version, Reward.amount).where(Reward.id == reward_id)
        ).one()  # fmt: skip
        line = SimpleNamespace(id=reward_id, user_id=receiver_id)
        if number < 5 and seen.state == "proposed":
            transaction(lambda: service.approve_reward(person("max"), line, version=seen.version))
            approved[reward_id] = seen.amount
        elif 5 <= number < 10 and seen.state == "approved":
            transaction(lambda: service.pay_reward(person("fay"), line, reference=f"B-{number}", version=seen.version))
        elif number >= 10 and seen.state == "proposed" and seen.version < 4:
            amount = seen.amount + number
            transaction(
                lambda: service.edit_reward(
                    person("mona"), line, description="Changed", amount=amount, currency="CNY", version=seen.version
                )
            )

    def work(number: int) -> None:
        with app.app_context():
            start = len(ids) * number // THREADS
            waiting = ids[start:] + ids[:start]
            while waiting:
                for reward_id in waiting:
                    with contextlib.suppress(Refused, Busy):
                        step(number, reward_id)
                    db.session.rollback()
                paid = set(db.session.scalars(select(Reward.id).where(Reward.state == "paid")))
                waiting = [reward_id for reward_id in waiting if reward_id not in paid]

    _together(work)
    with app.app_context():
        lines = {line.id: line for line in db.session.scalars(select(Reward))}
        moved = select(Transfer.reward_id, Transfer.amount).order_by(Transfer.reward_id)
        paid = db.session.execute(moved.where(Transfer.kind == "paid")).all()
        owed = db.session.execute(moved.where(Transfer.kind == "owed")).all()
        assert [row.reward_id for row in paid] == [row.reward_id for row in owed] == ids, "each is paid once"
        for reward_id, amount in paid:
            assert amount == lines[reward_id].amount == lines[reward_id].approved_amount == approved[reward_id]
        assert any(line.amount != 100 for line in lines.values()), "no edit went through: the race isn't one"
        db.engine.dispose()


def test_without_lock_and_condition_the_same_pays_more(fresh_database: str) -> None:
    """The control: "if it is approved, pay" on bare tables, with as many threads, until more is paid than there is."""
    engine = create_engine(fresh_database, poolclass=NullPool, **_bare(engine_options(fresh_database)))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE naive_reward (id INTEGER PRIMARY KEY, state VARCHAR(10))"))
        connection.execute(text("CREATE TABLE naive_payment (reward_id INTEGER, payer INTEGER)"))
        rows = [{"id": number} for number in range(1, REWARDS + 1)]
        connection.execute(text("INSERT INTO naive_reward VALUES (:id, 'approved')"), rows)
    paid_by = [0] * THREADS
    enough = threading.Event()
    gate = threading.Barrier(THREADS, action=lambda: enough.set() if sum(paid_by) > REWARDS else None, timeout=60)

    def pay_all(number: int) -> None:
        with engine.connect().execution_options(tracker_writes=False) as connection:
            for reward in range(1, REWARDS + 1):
                gate.wait()
                if enough.is_set():
                    break
                paid_by[number] += _pay_naively(connection, number, reward)

    _together(pay_all)
    with engine.connect() as connection:
        paid = connection.execute(text("SELECT count(*) FROM naive_payment")).scalar_one()
    engine.dispose()
    assert paid > REWARDS


def _bare(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in ("pool_size", "max_overflow")}


def _pay_naively(connection: Connection, payer: int, reward: int) -> bool:
    state = connection.execute(text("SELECT state FROM naive_reward WHERE id = :id"), {"id": reward}).scalar_one()
    connection.commit()
    if state == "approved":
        connection.execution_options(tracker_writes=True)
        connection.execute(text("INSERT INTO naive_payment VALUES (:id, :payer)"), {"id": reward, "payer": payer})
        connection.commit()
        connection.execute(text("UPDATE naive_reward SET state = 'paid' WHERE id = :id"), {"id": reward})
        connection.commit()
        connection.execution_options(tracker_writes=False)
    return bool(state == "approved")
