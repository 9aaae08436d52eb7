from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice
from tracker.handovers import service
from tracker.handovers.models import HandOver


def do(step: Any, *arguments: Any, **facts: Any) -> Any:
    return transaction(lambda: step(*arguments, **facts))


def refused(step: Any, *arguments: Any, **facts: Any) -> tuple[str, str | None]:
    """What was said, and at which field."""
    with pytest.raises(Refused) as caught:
        do(step, *arguments, **facts)
    return str(caught.value.message), caught.value.field


def told(name: str) -> set[int]:
    query = select(Notice.user_id).join(Event).where(Event.name == name)
    return set(db.session.scalars(query))


def events(thing: Any) -> list[str]:
    query = select(Event.name).where(Event.subject_type == thing.__tablename__, Event.subject_id == thing.id)
    return list(db.session.scalars(query.order_by(Event.id)))


def reload(thing: Any) -> Any:
    db.session.expire_all()
    return db.session.get_one(type(thing), thing.id)


@pytest.fixture
def claim(cast: Cast) -> Claim:
    """Dora's active claim on a task of AKG with two seats, which nils mentors."""
    return cast.make_claim(state="active")


@pytest.fixture
def offered(cast: Cast, claim: Claim) -> HandOver:
    """Dora offers it to otto."""
    made: HandOver = do(service.offer_hand_over, cast.dora, claim, receiver="otto", message="The *kernel* is done.")
    return made


@pytest.fixture
def accepted(cast: Cast, offered: HandOver) -> HandOver:
    """Otto would take it."""
    made: HandOver = do(service.accept_hand_over, cast.otto, offered, plan="Tests next.")
    return made


@pytest.fixture
def waiting(cast: Cast) -> Callable[[str], Claim]:
    """Somebody waits for a seat of the task."""

    def make(handle: str) -> Claim:
        return cast.make_claim(cast.person(handle), cast.task, "waiting")

    return make
