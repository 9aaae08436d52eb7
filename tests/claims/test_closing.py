"""A task that is withdrawn and a quarter that is closed, with the claims on them."""

from __future__ import annotations

import pytest

from tests.claims.test_service import apply, do, events, full, refusal, seats, told
from tests.support.cast import Cast
from tracker.claims import eligibility, service
from tracker.errors import Forbidden


def test_withdrawing_a_task_closes_its_claims_and_tells_everybody(cast: Cast) -> None:
    task, holds, waits = full(cast)
    assert "Say why" in refusal(service.withdraw_task, cast.mona, task, reason="")
    do(service.withdraw_task, cast.mona, task, reason="The kernel does it now.")
    assert (task.state, task.reason, holds.state, waits.state) == (
        "withdrawn", "The kernel does it now.", "closed", "closed"
    )  # fmt: skip
    assert told("claim.closed") == {cast.otto.id, cast.dora.id} and cast.nils.id in told("task.withdrawn")
    assert events(task, "task") == ["task.withdrawn"] and seats(task)[:3] == (0, 0, 0)
    assert eligibility.strikes_of(cast.otto.id, cast.programme) == []
    assert "withdrawn" in refusal(service.withdraw_task, cast.mona, task, reason="Again.")


def test_who_holds_a_claim_cant_withdraw_the_task(cast: Cast) -> None:
    apply(cast, cast.mona, agree=True)
    with pytest.raises(Forbidden):
        do(service.withdraw_task, cast.mona, cast.task, reason="Mine.")


def test_closing_a_quarter_closes_its_claims_but_not_over_a_hand_in(cast: Cast) -> None:
    submitted = cast.make_claim(state="submitted")
    said = refusal(service.close_cycle, cast.mona, cast.cycle, reason="Over.")
    assert cast.task.reference in said
    do(service.request_changes, cast.nils, submitted, comment="More.")
    do(service.close_cycle, cast.mona, cast.cycle, reason="Over.")
    assert (cast.cycle.state, submitted.state, submitted.reason) == ("closed", "closed", "Over.")
    assert events(cast.cycle, "cycle") == ["cycle.closed"] and seats(cast.task)[0] == 0


def test_a_maintainer_with_a_claim_leaves_the_closing_to_another(cast: Cast) -> None:
    apply(cast, cast.mona, agree=True)
    assert "Another maintainer" in refusal(service.close_cycle, cast.mona, cast.cycle, reason="Over.")
