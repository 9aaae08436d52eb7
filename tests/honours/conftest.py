from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.accounts.models import User
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice
from tracker.ledger.booking import Posting, book
from tracker.meetings.models import Meeting
from tracker.programmes.models import Programme


def do(step: Any, *arguments: Any, **facts: Any) -> Any:
    db.session.commit()  # what the test made by itself
    return transaction(lambda: step(*arguments, **facts))


def refused(step: Any, *arguments: Any, **facts: Any) -> tuple[str, str | None]:
    """What was said, and at which field."""
    with pytest.raises(Refused) as caught:
        do(step, *arguments, **facts)
    return str(caught.value.message), caught.value.field


def told(name: str) -> set[int]:
    return set(db.session.scalars(select(Notice.user_id).join(Event).where(Event.name == name)))


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


def file_of(
    kind: str = "PNG", size: tuple[int, int] = (300, 200), mode: str = "RGB", colour: Any = "teal", **more: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **more)
    return out.getvalue()


def credit(cast: Cast, user: User, points: int, *, month: str, claim: Claim | None = None, programme: Programme | None = None,
           by: User | None = None) -> None:  # fmt: skip
    """Points of ``user`` in a month: for an accepted claim, else by a correction."""
    db.session.commit()
    when = dt.datetime.fromisoformat(f"{month}-15T04:00:00+00:00")
    count = len(db.session.scalars(select(Event.id)).all())
    key = f"claim:{claim.id}" if claim else f"correction:{user.id}:{month}:{points}:{count}"

    def work() -> None:
        with clock.pretend(when):
            book(by or cast.nils, [Posting(
                key=key, kind="points", amount=points, programme=programme or cast.programme, sig_id=cast.akg.id,
                user_id=user.id, task_id=claim.task_id if claim else None, claim_id=claim.id if claim else None,
            )])  # fmt: skip

    transaction(work)


def accepted(cast: Cast, user: User, points: int, *, month: str) -> Claim:
    """An accepted claim with its points in the ledger."""
    claim = cast.make_claim(user, cast.make_task(points=points), state="accepted")
    credit(cast, user, points, month=month, claim=claim)
    return claim


def meeting(cast: Cast, organiser: User, *, day: dt.datetime, state: str = "held", vice: User | None = None) -> Meeting:
    made = Meeting(sig_id=cast.akg.id, starts_at=day, time_zone="Asia/Shanghai", organiser_id=organiser.id,
                   vice_organiser_id=vice.id if vice else None, created_at=clock.now())  # fmt: skip
    db.session.add(made)
    db.session.flush()
    if state != "planned":
        made.state = state
    db.session.commit()
    return made


@pytest.fixture
def as_(app: Flask) -> Any:
    return lambda person: Client(app).sign_in(person)
