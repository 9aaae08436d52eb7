"""What is asked about claims."""

from __future__ import annotations

from typing import Any

from tests.support.cast import Cast
from tracker.claims import queries
from tracker.db import db
from tracker.permissions import ANYBODY, SYSTEM


def exported(*arguments: Any, **filters: Any) -> list[Any]:
    return list(db.session.execute(queries.claims_export(*arguments, **filters)))


def test_the_export_shows_what_the_reader_may_see(cast: Cast) -> None:
    mine = cast.make_claim(cast.dora, state="accepted")
    foreign = cast.make_claim(cast.otto)
    for actor, ids in ((cast.dora, [mine.id]), (cast.mona, [mine.id, foreign.id]), (cast.nils, [mine.id, foreign.id]),
                       (cast.admin, [mine.id, foreign.id]), (SYSTEM, [mine.id, foreign.id]), (ANYBODY, []),
                       (cast.finn, [])):  # fmt: skip
        assert [row.claim for row in exported(actor)] == ids
    row = exported(cast.dora, sig="akg", programme=cast.programme.slug, quarter=cast.cycle.quarter, state="accepted")[0]
    assert (row.handle, row.decided_by, row.points, row.area) == ("dora", "nils", 20, "operator-support")
    assert exported(cast.admin, sig="ge") == [] and exported(cast.admin, mine=True) == []


def test_the_next_step_of_a_claim(cast: Cast) -> None:
    assert queries.next_step_of(cast.make_claim()).who == "reviewer"
