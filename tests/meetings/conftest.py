from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.db import transaction
from tracker.meetings import service


@pytest.fixture
def call(cast: Cast):
    """Call a meeting of AKG some days from now (or ago, for the record), by mona."""

    def make(days: float = 3, sig: Any = None, who: Any = None, **fields: Any):
        starts_at = (clock.now() + dt.timedelta(days=days)).replace(second=0, microsecond=0)
        values = {"kind": "regular", "starts_at": starts_at, "minutes_long": 90, "for_the_record": days < 0, **fields}
        return transaction(lambda: service.create_meeting(who or cast.mona, sig or cast.akg, **values))

    return make


@pytest.fixture
def write(cast: Cast):
    """Write a note, some days ago."""

    def make(claim: Any, who: Any = None, ago: float = 0, **fields: Any):
        values = {"percent": 40, "done": "A kernel.", **fields}
        with clock.pretend(clock.now() - dt.timedelta(days=ago)):
            return transaction(lambda: service.write_note(who or cast.dora, claim, **values))

    return make
