"""Snoozing a claim and taking a lapse back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clocks.conftest import days, do, events, night, told
from tests.support.cast import Cast
from tests.support.statements import statements
from tracker import clock
from tracker.claims import eligibility
from tracker.claims import service as claims
from tracker.claims.models import Claim
from tracker.clocks import queries, rules, service
from tracker.db import db
from tracker.errors import Forbidden, Refused
from tracker.permissions import ANYBODY, SYSTEM

Silent = Callable[..., Claim]


def refusal(step: Callable[..., object], *arguments: object, later: float = 0) -> str:
    with pytest.raises(Refused) as caught:
        do(step, *arguments, later=later)
    return str(caught.value.message)


# -- snoozing -------------------------------------------------------------------------------------


def test_a_snooze_keeps_a_claim_that_would_have_lapsed(cast: Cast, silent: Silent) -> None:
    claim = silent(12)
    night()
    by = queries.clocks_of([claim.id])[claim.id].report_by
    do(service.snooze, cast.dora, claim, later=1)
    with clock.pretend(clock.now() + days(1)):
        found = queries.clocks_of([claim.id])[claim.id]
    assert by is not None and (found.state, found.report_by) == ("snoozed", by + days(7))
    [event] = events("claim.snoozed")
    assert event.facts["until"] == (by + days(7)).isoformat() and told("claim.snoozed") == [cast.nils.id]
    assert night(6).counts["lapse"] == 0
    assert night(9).counts["warn"] == 1, "the snoozed end has a warning of its own"
    assert night(14).counts["lapse"] == 1 and claim.state == "lapsed"


def test_a_claim_is_snoozed_once(cast: Cast, silent: Silent) -> None:
    claim = silent(3)
    do(service.snooze, cast.dora, claim)
    assert "once" in refusal(service.snooze, cast.dora, claim)
    assert "once" in refusal(service.snooze, cast.dora, claim, later=100)


def test_a_paused_clock_can_not_be_snoozed(cast: Cast, silent: Silent) -> None:
    assert "paused" in refusal(service.snooze, cast.dora, silent(3, state="submitted"))


def test_only_its_holder_snoozes_a_claim(cast: Cast, silent: Silent) -> None:
    claim = silent(3)
    for person in (cast.nils, cast.mona, cast.otto, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            do(service.snooze, person, claim)
    assert claim.snoozed_until is None


# -- undoing --------------------------------------------------------------------------------------


@pytest.fixture
def lapsed(silent: Silent) -> Claim:
    """Lapsed six days from now."""
    claim = silent(12)
    night()
    night(6)
    assert claim.state == "lapsed"
    return claim


@pytest.mark.parametrize("who", ["dora", "nils", "mona"])
def test_a_lapse_is_undone_by_claimant_mentor_or_maintainer(cast: Cast, lapsed: Claim, who: str) -> None:
    do(service.undo_lapse, getattr(cast, who), lapsed, later=7)
    db.session.expire_all()
    assert (lapsed.state, lapsed.seat_no, lapsed.hold_no, lapsed.decided_at) == ("active", 1, 1, None)
    assert (lapsed.task.seats_held, lapsed.task.availability) == (1, "taken")
    assert eligibility.strikes_of(cast.dora.id, cast.programme) == []
    others = {cast.dora.id, cast.nils.id, cast.mona.id, cast.max.id} - {getattr(cast, who).id}
    assert set(told("claim.lapse_undone")) == others
    assert night(8).counts["warn"] == 0, "the clock starts anew"
    assert night(19).counts["warn"] == 1 and night(24).counts["lapse"] == 1


def test_others_do_not_undo_it(cast: Cast, lapsed: Claim) -> None:
    for person in (cast.otto, cast.fay, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            do(service.undo_lapse, person, lapsed, later=7)
    assert lapsed.state == "lapsed"


def test_it_stays_after_the_programmes_days(cast: Cast, lapsed: Claim) -> None:
    assert "could be undone until" in refusal(service.undo_lapse, cast.dora, lapsed, later=11)
    assert do(service.undo_lapse, cast.dora, lapsed, later=8).state == "active"


def test_it_stays_when_somebody_took_the_seat(cast: Cast, lapsed: Claim) -> None:
    do(claims.apply, cast.otto, lapsed.task, plan="As loops.")
    assert "next person" in refusal(service.undo_lapse, cast.dora, lapsed, later=7)


def test_it_stays_when_the_waitlist_is_about_to_get_the_seat(cast: Cast, lapsed: Claim) -> None:
    waits = cast.make_claim(cast.otto, lapsed.task, "waiting")
    assert "next person" in refusal(service.undo_lapse, cast.dora, lapsed, later=7)
    waits.user.affiliation = ""  # who waits may not take it now
    db.session.commit()
    assert do(service.undo_lapse, cast.dora, lapsed, later=7).state == "active"


def test_it_stays_above_the_persons_limit(cast: Cast, lapsed: Claim) -> None:
    first = cast.make_claim(cast.dora, cast.make_task())
    cast.make_claim(cast.dora, cast.make_task())
    assert first.task.reference in refusal(service.undo_lapse, cast.dora, lapsed, later=7)
    do(claims.withdraw, cast.dora, first)
    assert do(service.undo_lapse, cast.dora, lapsed, later=7).hold_no == 1


def test_it_stays_when_the_task_is_over(cast: Cast, lapsed: Claim) -> None:
    do(claims.withdraw_task, cast.mona, lapsed.task, reason="Done upstream.")
    assert "isn't open any more" in refusal(service.undo_lapse, cast.dora, lapsed, later=7)


def test_only_a_lapse_can_be_undone(cast: Cast) -> None:
    claim = cast.make_claim(state="released")
    assert "isn't possible now" in refusal(service.undo_lapse, cast.dora, claim)


# -- what is asked --------------------------------------------------------------------------------


def test_the_clocks_of_many_claims_are_one_statement(cast: Cast, silent: Silent) -> None:
    made = [silent(12, user=cast.person(f"p{number}")) for number in range(8)]
    paused = silent(12, state="submitted")
    numbers = [claim.id for claim in [*made, paused]]
    with statements() as seen:
        found = queries.clocks_of(numbers)
    assert len(seen) == 1 and len(found) == 9
    assert found[paused.id].lapses_on is None and found[paused.id].state == "paused"
    assert {found[claim.id].report_by for claim in made} == {
        rules.clock(queries.facts(queries.row_of(made[0].id)), clock.now()).report_by
    }
    assert queries.clocks_of([]) == {}


def test_the_red_list_shows_late_answers_to_who_can_give_them(cast: Cast, silent: Silent) -> None:
    claim = silent(9, state="submitted", answer_by=clock.now() - days(2))
    assert queries.escalated_for(cast.mona) == []
    night()
    asked, other = (cast.mona, cast.max) if claim.escalated_to_id == cast.mona.id else (cast.max, cast.mona)
    with statements() as seen:
        [row] = queries.escalated_for(asked)
    assert len(seen) <= 2, "memberships, then the list"
    assert (row.mine, row.who, row.to, row.path) == (True, "Dora", asked.display_name, claim.path)
    assert row.due is not None and row.due < clock.now() and row.since == claim.state_since
    assert [found.mine for found in queries.escalated_for(other)] == [False]
    assert len(queries.escalated_for(cast.nils)) == 1, "he mentors the task"
    assert queries.escalated_for(cast.dora) == queries.escalated_for(cast.otto) == queries.escalated_for(ANYBODY) == []
    do(claims.request_changes, cast.mona, claim, comment="More tests.")
    assert queries.escalated_for(asked) == []
