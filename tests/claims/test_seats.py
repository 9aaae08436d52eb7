"""Seats under the hood: what holds when something changes at the last moment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cast import Cast
from tracker.claims import seats, service
from tracker.claims.models import Claim
from tracker.db import db, lock, transaction
from tracker.errors import Refused
from tracker.programmes.models import Rules


def waiting(cast: Cast, seats_of_task: int = 1) -> tuple[Claim, Claim]:
    """Otto holds the only seat, dora waits for it."""
    task = cast.make_task(seats=seats_of_task)
    db.session.commit()
    holds = cast.make_claim(cast.otto, task, state="active")
    return holds, cast.make_claim(cast.dora, task, state="waiting")


def test_a_full_task_numbers_no_further_seat(cast: Cast) -> None:
    _holds, waits = waiting(cast)
    with pytest.raises(Refused, match="Somebody was quicker"):
        transaction(lambda: seats.number(db.session.get_one(Claim, waits.id)))


def test_who_left_before_the_locks_were_held_isnt_moved_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    holds, waits = waiting(cast)

    def lock_late(model: Any, key: int) -> Any:
        thing = lock(model, key)
        if model is Claim and thing.state == "waiting":
            thing.state = "withdrawn"
            db.session.flush()
        return thing

    monkeypatch.setattr(seats, "lock", lock_late)
    transaction(lambda: service.release(cast.otto, holds))
    db.session.expire_all()
    assert waits.state == "withdrawn" and waits.seat_no is None


def test_moving_up_takes_the_rules_of_that_day(cast: Cast) -> None:
    holds, waits = waiting(cast)
    newer: Rules = cast.make_rules(valid_from=cast.cycle.published_at.date(), live_claims_per_person=5)
    db.session.commit()
    transaction(lambda: service.release(cast.otto, holds))
    db.session.expire_all()
    assert waits.state == "applied" and waits.rules_id == newer.id


def test_a_follow_up_that_finds_nobody_changes_nothing(cast: Cast) -> None:
    assert transaction(lambda: seats.fill_seats(cast.task.id)) is None
