from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.cast import Cast
from tracker import clock
from tracker.agendas import service
from tracker.agendas.models import Proposal
from tracker.db import db, transaction
from tracker.meetings.models import Meeting


@pytest.fixture
def call(cast: Cast) -> Callable[..., Meeting]:
    """A meeting of AKG some days from now, which nils organises; its agenda is open until a day before."""

    def make(days: float = 3, **columns: Any) -> Meeting:
        starts_at = (clock.now() + dt.timedelta(days=days)).replace(second=0, microsecond=0)
        values: dict[str, Any] = {
            "sig_id": cast.akg.id, "starts_at": starts_at, "time_zone": "Asia/Shanghai", "minutes_long": 60,
            "organiser_id": cast.nils.id, "created_at": clock.now() - dt.timedelta(days=30),
            "agenda_opens_at": starts_at - dt.timedelta(days=7), "agenda_closes_at": starts_at - dt.timedelta(days=1),
        }  # fmt: skip
        meeting = Meeting(**{**values, **columns})
        db.session.add(meeting)
        db.session.commit()
        return meeting

    return make


@pytest.fixture
def propose(cast: Cast) -> Callable[..., Proposal]:
    """A proposal of dora for a meeting."""

    def make(meeting: Meeting, who: Any = None, title: str = "Softmax on an FPGA", **fields: Any) -> Proposal:
        values = {"kind": "demo", "minutes_long": 15, **fields}
        return transaction(lambda: service.propose_item(who or cast.dora, meeting, title=title, **values))

    return make


@pytest.fixture
def accepted(cast: Cast, propose: Callable[..., Proposal]) -> Callable[..., Proposal]:
    """A proposal that is on the agenda."""

    def make(meeting: Meeting, who: Any = None, title: str = "Softmax on an FPGA", **fields: Any) -> Proposal:
        proposal = propose(meeting, who, title, **fields)
        return transaction(lambda: service.accept_proposal(cast.nils, proposal))

    return make
