"""Who has an interest in a task doesn't decide about others on it."""

from __future__ import annotations

import pytest

from tests.support.cast import Cast
from tracker.claims import service
from tracker.db import transaction
from tracker.errors import Forbidden


def test_a_maintainer_on_the_waitlist_cannot_decline_whoever_holds_the_seat(cast: Cast) -> None:
    task = cast.make_task(seats=1)
    holder = cast.make_claim(task=task)
    cast.make_claim(cast.max, task, "waiting")
    with pytest.raises(Forbidden):
        transaction(lambda: service.reject(cast.max, holder, reason="I would like it myself"))
    assert transaction(lambda: service.reject(cast.mona, holder, reason="No time to mentor it")).state == "rejected"
