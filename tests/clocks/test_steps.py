"""What the nightly job does to claims: warning, lapsing, asking somebody else, closing for a late review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from tests.clocks.conftest import days, do, events, night, told
from tests.support.cast import Cast
from tracker import clock
from tracker.claims import eligibility
from tracker.claims import service as claims
from tracker.claims.models import Claim
from tracker.clocks import steps
from tracker.db import db
from tracker.events.history import history
from tracker.meetings import service as meetings
from tracker.text import _day

Silent = Callable[..., Claim]


# -- warning and lapsing --------------------------------------------------------------------------


def test_a_silent_holder_is_warned_once_and_told_the_day(cast: Cast, silent: Silent) -> None:
    claim = silent(12)
    assert night().counts["warn"] == 1
    assert night().counts["warn"] == 0 and night(0.5).counts["warn"] == 0
    [event] = events("claim.warned")
    expected = (clock.now() - days(12)).astimezone(clock.ZoneInfo("Asia/Shanghai")).date() + days(15)
    late = clock.today("Asia/Shanghai") + days(5)
    assert event.facts["lapses_on"] == max(expected, late).isoformat()
    assert told("claim.warned") == [cast.dora.id] and claim.warned_at is not None


def test_a_fresh_claim_is_left_alone(silent: Silent) -> None:
    silent(3)
    run = night()
    assert (run.counts["warn"], run.counts["lapse"], events("claim.warned")) == (0, 0, [])


def test_nobody_lapses_without_a_warning_however_long_the_job_was_down(silent: Silent) -> None:
    claim = silent(200)
    assert night().counts["lapse"] == 0
    assert (claim.state, night(4).counts["lapse"]) == ("active", 0)
    assert night(5.1).counts["lapse"] == 1 and claim.state == "lapsed"


def test_a_lapse_frees_the_seat_counts_as_a_strike_and_says_why(cast: Cast, silent: Silent) -> None:
    claim = silent(12)
    night()
    assert night(6).counts["lapse"] == 1
    assert night(6).counts["lapse"] == 0
    assert (claim.state, claim.seat_no, claim.hold_no, claim.decided_by_id) == ("lapsed", None, None, None)
    assert claim.decided_at is not None and (claim.task.seats_held, claim.task.availability) == (0, "open")
    assert [strike.state for strike in eligibility.strikes_of(cast.dora.id, cast.programme)] == ["lapsed"]
    assert told("claim.lapsed") == sorted({cast.dora.id, cast.nils.id, cast.mona.id, cast.max.id})
    said = history("claim", claim.id)[0]
    since = _day(dt.date.fromisoformat(said.facts["since"]))
    assert said.sentence.endswith(f"since {since}") and "after a warning" in said.reason


def test_the_seat_goes_to_the_waitlist(cast: Cast, silent: Silent) -> None:
    claim = silent(12)
    waits = cast.make_claim(cast.otto, claim.task, "waiting")
    night()
    night(6)
    assert (claim.state, waits.state, waits.seat_no) == ("lapsed", "applied", 1)


@pytest.mark.parametrize("state", ["applied", "design_review", "submitted"])
def test_the_clock_stands_while_somebody_else_must_act(silent: Silent, state: str) -> None:
    claim = silent(200, state=state, answer_by=clock.now() + days(300))
    for later in (0, 6, 30):
        run = night(later)
        assert (run.counts["warn"], run.counts["lapse"]) == (0, 0)
    assert claim.state == state


def test_changes_requested_lapse_too(silent: Silent) -> None:
    claim = silent(12, state="changes_requested")
    night()
    night(6)
    assert claim.state == "lapsed"


def test_a_note_starts_the_clock_anew(cast: Cast, silent: Silent) -> None:
    claim = silent(12)
    night()
    do(meetings.write_note, cast.dora, claim, percent=10, done="A kernel.", later=1)
    assert night(6).counts["lapse"] == 0 and claim.state == "active"
    assert night(12).counts["warn"] == 1 and len(events("claim.warned")) == 2
    assert night(18).counts["lapse"] == 1


def test_a_step_between_listing_and_acting_stops_it(cast: Cast, silent: Silent) -> None:
    """The job listed the claim; then a note came, or another worker was quicker."""
    claim = silent(12)
    assert do(steps.warn, claim.id) is True
    assert do(steps.warn, claim.id) is False
    do(meetings.write_note, cast.dora, claim, percent=10, done="A kernel.")
    assert do(steps.lapse, claim.id, later=6) is False
    assert do(steps.escalate, claim.id) is False and do(steps.close_late, claim.id) is False


def test_a_claim_with_a_hand_over_that_waits_for_a_maintainer_stands(cast: Cast, silent: Silent) -> None:
    from tracker.handovers.models import HandOver

    claim = silent(12)
    offer = HandOver(claim_id=claim.id, user_id=cast.otto.id, state="offered", offered_at=clock.now())
    db.session.add(offer)
    db.session.commit()
    assert night().counts["warn"] == 1, "an offer is nobody else's turn"
    offer.state, offer.accepted_at = "accepted", clock.now()
    db.session.commit()
    assert night(30).counts["lapse"] == 0
    offer.state, offer.decided_at = "refused", clock.now() + days(30)
    db.session.commit()
    assert night(39).counts["warn"] == 0 and claim.state == "active"
    assert night(41).counts["warn"] == 1


# -- late answers ---------------------------------------------------------------------------------


def late(silent: Silent, state: str = "applied", **columns: object) -> Claim:
    return silent(9, state=state, answer_by=clock.now() - days(2), **columns)


def test_a_late_answer_is_asked_of_a_second_maintainer_once(cast: Cast, silent: Silent) -> None:
    claim = late(silent)
    assert night().counts["escalate"] == 1
    assert night().counts["escalate"] == 0 and night(20).counts["escalate"] == 0
    [event] = events("claim.escalated")
    assert claim.escalated_to_id in (cast.mona.id, cast.max.id) and claim.escalated_at is not None
    assert told("claim.escalated") == sorted([cast.nils.id, claim.escalated_to_id])
    assert (
        event.facts["holder_id"] == cast.dora.id and "Dora has waited since" in history("claim", claim.id)[0].sentence
    )


def test_who_was_asked_less_is_asked_next(cast: Cast, silent: Silent) -> None:
    eve, ada = cast.person("eve"), cast.person("ada")
    made = [late(silent), late(silent), late(silent, user=eve), late(silent, user=ada)]
    assert night().counts["escalate"] == 4
    asked = sorted(claim.escalated_to_id or 0 for claim in made)
    assert asked == sorted([cast.mona.id, cast.max.id] * 2)


def test_neither_claimant_nor_somebody_who_waits_for_the_seat_is_asked(cast: Cast, silent: Silent) -> None:
    claim = late(silent, user=cast.mona)
    assert night().counts["escalate"] == 1 and claim.escalated_to_id == cast.max.id
    other = late(silent)
    cast.make_claim(cast.max, other.task, "waiting")
    night()
    assert other.escalated_to_id == cast.mona.id


def test_a_mentor_is_asked_only_when_nobody_else_maintains(cast: Cast, silent: Silent) -> None:
    claim = late(silent, task=cast.make_task(seats=1, mentors=[cast.max]))
    night()
    assert claim.escalated_to_id == cast.mona.id
    cast.mona.suspended_at = clock.now()
    db.session.commit()
    second = late(silent, task=cast.make_task(seats=1, mentors=[cast.max]))
    night()
    assert second.escalated_to_id == cast.max.id


def test_an_administrator_is_asked_where_nobody_maintains(cast: Cast, silent: Silent) -> None:
    for person in (cast.mona, cast.max):
        person.suspended_at = clock.now()
    db.session.commit()
    claim = late(silent)
    night()
    assert claim.escalated_to_id == cast.admin.id
    cast.admin.suspended_at = clock.now()
    db.session.commit()
    nobody = late(silent)
    assert night().counts["escalate"] == 1 and nobody.escalated_to_id is None and nobody.escalated_at is not None


def test_the_next_wait_is_a_wait_of_its_own(cast: Cast, silent: Silent) -> None:
    claim = late(silent, "submitted")
    night()
    do(claims.request_changes, cast.mona, claim, comment="More tests.")
    do(claims.submit, cast.dora, claim, summary="More tests.", links=["https://example.org/pull/1"])
    assert night().counts["escalate"] == 0
    assert night(20).counts["escalate"] == 1 and len(events("claim.escalated")) == 2


def test_an_answer_in_time_is_not_late(silent: Silent) -> None:
    silent(9, state="applied", answer_by=clock.now() + days(1))
    assert night().counts["escalate"] == 0


# -- closing for a late review --------------------------------------------------------------------


@pytest.fixture
def overdue(cast: Cast, silent: Silent) -> Claim:
    """Handed in 20 days ago, to be reviewed 10 days ago; its task accepted work until a week ago."""
    last = clock.today("Asia/Shanghai") - days(7)
    task = cast.make_task(seats=1, accept_by=last, expected_on=last)
    return silent(20, task=task, state="submitted", answer_by=clock.now() - days(10))


def test_a_claim_is_closed_only_after_somebody_had_the_chance(cast: Cast, overdue: Claim) -> None:
    run = night()
    assert (run.counts["escalate"], run.counts["close_late"], overdue.state) == (1, 0, "submitted")
    assert night(1).counts["close_late"] == 0
    assert night(30).counts["close_late"] == 1
    assert (overdue.state, overdue.seat_no, overdue.decided_by_id) == ("closed", None, None)
    assert told("claim.closed") == [cast.dora.id]
    assert "no strike" in history("claim", overdue.id)[0].reason
    assert eligibility.strikes_of(cast.dora.id, cast.programme) == []
    assert night(30).counts["close_late"] == 0


def test_an_answer_within_the_chance_keeps_it(cast: Cast, overdue: Claim) -> None:
    night()
    do(claims.request_changes, cast.mona, overdue, comment="Nearly.")
    assert night(30).counts["close_late"] == 0 and overdue.state == "changes_requested"


def test_of_two_days_of_acceptance_the_later_one_holds(cast: Cast, overdue: Claim) -> None:
    night()
    overdue.task.accept_by = clock.today("Asia/Shanghai") + days(60)
    db.session.commit()
    assert night(30).counts["close_late"] == 0 and overdue.state == "submitted"
