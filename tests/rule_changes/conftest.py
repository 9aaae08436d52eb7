"""November 2026: dora and otto have points of September to November, and September may be settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice, record
from tracker.ledger.booking import Posting, book
from tracker.programmes.models import Programme, Rules
from tracker.rule_changes import service
from tracker.rule_changes.models import RuleChange
from tracker.rule_changes.rules import numbers_of
from tracker.settlements.models import Settlement
from tracker.settlements.service import commit_settlement

#: Friday noon in Beijing.
NOW = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
DECEMBER = dt.date(2026, 12, 1)
#: MindSpore's table with a tier more, in fen.
HIGHER = {"tiers": [[10, 50000], [20, 120000], [40, 250000], [60, 400000], [80, 600000], [100, 800000]]}


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with clock.pretend(NOW):
        yield


def do(step: Any, *arguments: Any, **facts: Any) -> Any:
    return transaction(lambda: step(*arguments, **facts))


def refused(work: Any, *arguments: Any, **facts: Any) -> tuple[str, str | None]:
    """What was said, and at which field."""
    with pytest.raises(Refused) as caught:
        work(*arguments, **facts)
    return str(caught.value.message), caught.value.field


def told(name: str) -> set[int]:
    return set(db.session.scalars(select(Notice.user_id).join(Event).where(Event.name == name)))


def events(thing: Any) -> list[str]:
    query = select(Event.name).where(Event.subject_type == thing.__tablename__, Event.subject_id == thing.id)
    return list(db.session.scalars(query.order_by(Event.id)))


_booked = iter(range(1, 10**9))


def earn(
    cast: Cast, user: User, points: int, at: str, *, for_wage: bool = True, programme: Programme | None = None
) -> None:
    """Points accepted by nils on a day of this year (``09-15``), or at a moment with its offset."""
    moment = dt.datetime.fromisoformat(at if "T" in at else f"2026-{at}T12:00:00+08:00")

    def work() -> None:
        where = programme or cast.programme
        posting = Posting(key=f"test:{next(_booked)}", kind="points", amount=points, programme=where, sig_id=cast.akg.id,
                          user_id=user.id, for_wage=for_wage, reason="Work")  # fmt: skip
        record(cast.nils, "programme.created", where, booked=book(cast.nils, [posting]))

    with clock.pretend(moment):
        transaction(work)


def settle(cast: Cast, month: str, at: dt.datetime = NOW) -> Settlement:
    with clock.pretend(at):
        done: Settlement = do(commit_settlement, cast.mona, cast.programme, month=month)
    return done


def changed(rules: Rules, **columns: Any) -> dict[str, Any]:
    """The numbers of a set with some others."""
    return {**numbers_of(rules), **columns}


def propose(
    cast: Cast, actor: Any = None, day: dt.date = DECEMBER, base: Rules | None = None, **columns: Any
) -> RuleChange:
    """mona proposes the higher table, or other ``columns``."""
    base = base or cast.rules
    made: RuleChange = do(
        service.propose_rule_change, actor or cast.mona, cast.programme, valid_from=day, reason="Ten points are work too.",
        base=base.id, **changed(base, **(columns or {"wage": HIGHER})),
    )  # fmt: skip
    return made


def approve(actor: Any, change: RuleChange) -> RuleChange:
    done: RuleChange = do(service.approve_rule_change, actor, change, version=change.version)
    return done


@pytest.fixture
def ledger(cast: Cast) -> Cast:
    """dora: 25 points in September, 10 in October; otto: 45 in October; mona's task without a wage doesn't count."""
    earn(cast, cast.dora, 25, "09-15")
    earn(cast, cast.dora, 10, "10-15")
    earn(cast, cast.otto, 45, "10-20")
    earn(cast, cast.otto, 30, "10-21", for_wage=False)
    return cast
