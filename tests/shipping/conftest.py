from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.rewards.lines import approve, propose
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice
from tracker.rewards.models import Reward
from tracker.shipping import service

#: Nobody's: the words stand nowhere else in the tests' databases.
ADDRESS: dict[str, str] = {
    "recipient": "Dora Zwölfender", "phone": "+86 139 1234 5678", "country": "CN", "region": "北京市", "city": "Beijing-Xyzzy",
    "street": "海淀区 Quarkallee 17-4", "postcode": "100080",
}  # fmt: skip


def do(step: Any, *arguments: Any, later: float = 0, **facts: Any) -> Any:
    with clock.pretend(clock.now() + dt.timedelta(days=later)):
        return transaction(lambda: step(*arguments, **facts))


def refused(step: Any, *arguments: Any, **facts: Any) -> tuple[str, str | None]:
    """What was said, and at which field."""
    with pytest.raises(Refused) as caught:
        do(step, *arguments, **facts)
    return str(caught.value.message), caught.value.field


def told(name: str) -> set[int]:
    return set(db.session.scalars(select(Notice.user_id).join(Event).where(Event.name == name)))


def events(line: Reward) -> list[str]:
    query = select(Event.name).where(Event.subject_type == "reward", Event.subject_id == line.id)
    return list(db.session.scalars(query.order_by(Event.id)))


def reload(line: Reward) -> Reward:
    db.session.expire_all()
    return db.session.get_one(Reward, line.id)


def enter(cast: Cast, line: Reward, actor: Any = None, **typed: Any) -> Reward:
    made: Reward = do(service.enter_address, actor or cast.dora, line, **{**ADDRESS, **typed})
    return made


def ship(actor: Any, *lines: Reward, tracking: Any = None, carrier: str = "SF Express", later: float = 0) -> Any:
    seen = {line.id: line.version for line in lines}
    numbers = tracking or [f"SF10000{line.id}" for line in lines]
    return do(service.ship_prizes, actor, later=later, lines=seen, carrier=carrier, tracking=numbers)


@pytest.fixture
def thing(cast: Cast) -> Callable[..., Reward]:
    """A bonus for dora that is a thing, proposed by mona and approved by max."""

    def make(description: str = "A development board", approver: Any = None, **typed: Any) -> Reward:
        line = propose(cast, **{"description": description, "amount": None, "currency": "", **typed})
        return approve(approver or cast.max, line)

    return make


@pytest.fixture
def as_(app: Flask) -> Any:
    return lambda person: Client(app).sign_in(person)
