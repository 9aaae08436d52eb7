from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

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
from tracker.public_notices import results, rules, service
from tracker.public_notices.models import Objection, PublicNotice
from tracker.rewards import service as rewards

SHANGHAI = ZoneInfo("Asia/Shanghai")


def do(step: Any, *arguments: Any, at: dt.datetime | None = None, **facts: Any) -> Any:
    with clock.pretend(at or clock.now()):
        return transaction(lambda: step(*arguments, **facts))


def refused(step: Any, *arguments: Any, **facts: Any) -> tuple[str, str | None]:
    """What was said, and at which field."""
    with pytest.raises(Refused) as caught:
        do(step, *arguments, **facts)
    return str(caught.value.message), caught.value.field


def told(name: str) -> set[int]:
    return set(db.session.scalars(select(Notice.user_id).join(Event).where(Event.name == name)))


def reload(thing: Any) -> Any:
    db.session.expire_all()
    return db.session.get_one(type(thing), thing.id)


def seen(cast: Cast) -> str:
    """The fingerprint of the results as a page would show them now."""
    return rules.fingerprint(results.results(cast.cycle))


@pytest.fixture
def accepted(cast: Cast) -> Any:
    """Dora's claim on a task of AKG, accepted by nils for 20 points."""
    claim = cast.make_claim(state="submitted")
    return do(rewards.accept_claim, cast.nils, claim, points=20)


@pytest.fixture
def opened(cast: Cast, accepted: Any) -> PublicNotice:
    """Mona's notice of the quarter: dora's accepted task (row 1) and a bonus for otto (row 2), with five working days."""
    approve(cast.max, propose(cast, user=cast.otto))
    made: PublicNotice = do(service.open_notice, cast.mona, cast.cycle, seen=seen(cast))
    return made


@pytest.fixture
def objected(cast: Cast, opened: PublicNotice) -> Objection:
    """Fay objects to dora's row."""
    made: Objection = do(service.make_objection, cast.fay, opened, row=1, text="The tests **never** ran.")
    return made


@pytest.fixture
def as_(app: Flask) -> Callable[[Any], Client]:
    return lambda person: Client(app).sign_in(person)
