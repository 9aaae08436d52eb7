"""Two people of finance note the same things as sent at once: each is sent once."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select

from tests.conftest import settings_for
from tests.shipping.conftest import ADDRESS
from tests.support.cast import Cast
from tracker import clock
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.errors import Busy, Refused
from tracker.events import Event
from tracker.rewards import service as rewards
from tracker.rewards.models import Reward
from tracker.shipping import rules, service
from tracker.shipping.models import ShippingAddress

THINGS, THREADS = 20, 8


def _ready(app: Flask) -> tuple[dict[int, int], list[int], int]:
    """Id → version of things that are ready to be sent, who may send them, and who receives them."""
    with app.app_context():
        cast = Cast()
        senders = [cast.fay.id, cast.finn.id]
        for number in range(THINGS):
            line = transaction(
                lambda number=number: rewards.propose_reward(
                    cast.mona, cast.akg, user=cast.dora, kind="bonus", description=f"Board {number}"
                )
            )
            transaction(lambda line=line: rewards.approve_reward(cast.max, line, version=1))
            transaction(lambda line=line: service.enter_address(cast.dora, line, **ADDRESS))
        seen = {
            row.id: row.version for row in db.session.execute(select(Reward.id, Reward.version).order_by(Reward.id))
        }
        receiver = cast.dora.id
        db.session.remove()
        return seen, senders, receiver


def _sent(actor: Any, line: int, version: int, number: int) -> bool:
    """One try; a database that is busy is tried again, as a person would."""
    while True:
        try:
            transaction(
                lambda: service.ship_prizes(
                    actor, lines={line: version}, carrier="SF", tracking=[f"SF-{number}-{line}"]
                )
            )
            return True
        except Refused:
            return False
        except Busy:
            continue


def test_each_is_sent_once_whoever_tries(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    seen, senders, _receiver = _ready(app)
    won: list[tuple[int, int]] = []
    problems: list[BaseException] = []

    def work(number: int) -> None:
        actor = SimpleNamespace(id=senders[number % 2], is_admin=False, is_finance=True, memberships=())
        try:
            with app.app_context():
                for line, version in seen.items():
                    if _sent(actor, line, version, number):
                        won.append((line, number))
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems[0]
    with app.app_context():
        assert sorted(line for line, _number in won) == sorted(seen)
        references = dict(db.session.execute(select(Reward.id, Reward.payment_reference)).all())  # type: ignore[arg-type]
        assert references == {line: f"SF SF-{number}-{line}" for line, number in won}
        assert len(db.session.scalars(select(Event.id).where(Event.name == "reward.shipped")).all()) == THINGS
        db.session.remove()
        db.engine.dispose()


def test_an_address_that_is_changed_while_it_is_sent_wins_or_loses_whole(fresh_database: str, tmp_path: Path) -> None:
    """Either the parcel was noted first and the change is refused, or the change was first and the sender is told."""
    app = create_app(settings_for(fresh_database, tmp_path))
    seen, senders, receiver = _ready(app)
    sender = SimpleNamespace(id=senders[0], is_admin=False, is_finance=True, memberships=())
    owner = SimpleNamespace(id=receiver, is_admin=False, is_finance=False, memberships=())
    changed: set[int] = set()
    sent: set[int] = set()
    gate = threading.Barrier(2, timeout=60)

    def change() -> None:
        with app.app_context():
            for line in seen:
                gate.wait()
                try:
                    transaction(
                        lambda line=line: service.enter_address(
                            owner, SimpleNamespace(id=line, user_id=receiver), **{**ADDRESS, "city": "Elsewhere"}
                        )
                    )
                    changed.add(line)
                except Refused:
                    continue

    def send() -> None:
        with app.app_context():
            for line, version in seen.items():
                gate.wait()
                if _sent(sender, line, version, 1):
                    sent.add(line)

    threads = [threading.Thread(target=change), threading.Thread(target=send)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert changed | sent == set(seen) and not changed & sent
    with app.app_context():
        db.engine.dispose()


def test_two_nights_at_once_delete_each_address_once(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    seen, senders, _receiver = _ready(app)
    sender = SimpleNamespace(id=senders[0], is_admin=False, is_finance=True, memberships=())
    with app.app_context():
        transaction(
            lambda: service.ship_prizes(sender, lines=seen, carrier="SF", tracking=[f"SF-{n}" for n in range(100, 120)])
        )
        later = clock.now() + rules.KEPT
        db.session.remove()
    gate, deleted, problems = threading.Barrier(THREADS, timeout=60), [0] * THREADS, []

    def work(number: int) -> None:
        try:
            with app.app_context(), clock.pretend(later):
                gate.wait()
                for line in seen:
                    deleted[number] += _deleted(line)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems[0]
    assert sum(deleted) == THINGS
    with app.app_context():
        names = list(db.session.scalars(select(Event.name).where(Event.name == "reward.address_deleted")))
        assert len(names) == THINGS and not list(db.session.scalars(select(ShippingAddress.reward_id)))
        db.session.remove()
        db.engine.dispose()


def _deleted(line: int) -> bool:
    while True:
        try:
            return transaction(lambda: service.delete_kept_address(line))
        except Busy:
            continue
