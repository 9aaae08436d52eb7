from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tracker.claims import models as claims
from tracker.db import db, transaction
from tracker.tasks import summary


def test_the_states_are_those_of_the_claims_room() -> None:
    assert set(summary.SEATED) == set(claims.SEATED)
    assert set(summary.UNANSWERED) == set(claims.UNANSWERED)


@pytest.mark.parametrize(
    ("state", "seats", "held", "accepted", "unanswered", "word"),
    [
        ("published", 2, 0, 0, 0, "open"),
        ("published", 2, 1, 0, 1, "open"),
        ("published", 2, 2, 0, 1, "under_review"),
        ("published", 2, 2, 1, 0, "taken"),
        ("published", 2, 2, 2, 0, "finished"),
        ("closed", 2, 0, 0, 0, "finished"),
    ],
)
def test_availability(state: str, seats: int, held: int, accepted: int, unanswered: int, word: str) -> None:
    assert summary.availability(state=state, seats=seats, held=held, accepted=accepted, unanswered=unanswered) == word


def test_refresh_counts_the_claims(cast: Cast) -> None:
    cast.make_claim(cast.dora, state="accepted")
    cast.make_claim(cast.otto)
    cast.make_claim(cast.max, state="waiting")
    cast.task.seats_held = 0
    transaction(lambda: summary.refresh(cast.task))
    task = cast.task
    assert (task.seats_held, task.seats_accepted, task.waiting_count, task.availability) == (2, 1, 1, "under_review")


def test_rebuild_mends_what_is_wrong_and_says_how_much(cast: Cast) -> None:
    other = cast.make_task()
    cast.make_claim(cast.dora)
    cast.task.seats_held = 0
    other.waiting_count = 7
    db.session.commit()
    assert transaction(summary.rebuild) == 2
    assert (cast.task.seats_held, other.waiting_count) == (1, 0)
    assert transaction(summary.rebuild) == 0
