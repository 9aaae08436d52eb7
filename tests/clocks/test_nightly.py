"""The nightly job as a whole: its rehearsal, and what it does when something is broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select, update

from tests.clocks.conftest import days, events, night
from tests.support.cast import Cast
from tracker import clock, nightly, triggers
from tracker.claims.models import Claim
from tracker.db import db, transaction
from tracker.events import Event
from tracker.events.models import JobRun, Notice, Once
from tracker.meetings.models import Meeting
from tracker.programmes.models import Programme
from tracker.series import service as series

Silent = Callable[..., Claim]


@pytest.fixture
def everything(cast: Cast, silent: Silent, call: Any) -> dict[str, Claim]:
    """One claim for each thing that the job does."""
    made = {
        "warn": silent(12),
        "lapse": silent(30, user=cast.person("eve"), warned_at=clock.now() - days(6)),
        "escalate": silent(9, user=cast.person("ada"), state="applied", answer_by=clock.now() - days(2)),
    }
    full = silent(1, user=cast.person("bob"))
    made["fill_seat"] = cast.make_claim(cast.otto, full.task, "waiting")
    meeting = call(1)
    full.task.seats = 2
    meeting.agenda_opens_at, meeting.agenda_closes_at = clock.now() - days(1), meeting.starts_at
    db.session.commit()
    return made


def rehearsed() -> list[tuple[str, int | None, str]]:
    wrong: list[str] = []
    acts = list(nightly.rehearse(lambda what, error: wrong.append(what)))
    assert wrong == []
    return [(act.action, act.claim, act.handle) for act in acts]


def dump() -> list[Any]:
    """What a rehearsal must not change."""
    db.session.expire_all()
    claims = [
        tuple(row) for row in db.session.execute(
            select(Claim.id, Claim.state, Claim.warned_at, Claim.escalated_at, Claim.seat_no).order_by(Claim.id)
        )
    ]  # fmt: skip
    return [
        claims,
        *(db.session.scalar(select(func.count()).select_from(model)) for model in (Event, Notice, Once, JobRun)),
    ]


def test_a_rehearsal_says_what_the_job_then_does(everything: dict[str, Claim]) -> None:
    expected = {(name, claim.id, claim.user.handle) for name, claim in everything.items()}
    before = dump()
    acts = rehearsed()
    assert dump() == before
    assert expected <= set(acts)
    assert {handle for action, _claim, handle in acts if action == "remind"} == {"dora", "eve", "bob"}
    run = night()
    for action in nightly.ACTIONS:
        assert run.counts[action] == sum(name == action for name, _claim, _handle in acts) - (action == "remind"), (
            action
        )
    # Eve's claim lapsed before the reminders went out.
    assert "eve" not in {event.facts["tasks"] for event in events("meeting.note_missing")}
    assert rehearsed() == []
    assert night().counts == {}


def test_a_rehearsal_spreads_late_answers_as_the_job_does(cast: Cast, silent: Silent) -> None:
    for number in range(4):
        silent(9, user=cast.person(f"p{number}"), state="applied", answer_by=clock.now() - days(2))
    acts = list(nightly.rehearse(lambda what, error: None))
    assert sorted(act.detail for act in acts) == ["to max", "to max", "to mona", "to mona"]


def test_series_are_planned_ahead(cast: Cast) -> None:
    def weekly() -> Any:
        return series.create_series(
            cast.mona, cast.akg, kind="regular", rule={"every_weeks": 1, "weekdays": ["friday"]}, start=dt.time(14)
        )

    planned = transaction(weekly)
    before = db.session.scalar(select(func.count()).select_from(Meeting))
    with clock.pretend(clock.now() + days(28)):
        [act] = [act for act in nightly.rehearse(lambda what, error: None) if act.action == "plan_meetings"]
        assert db.session.scalar(select(func.count()).select_from(Meeting)) == before
        assert planned.label in act.detail
        assert nightly.run_by_hand().counts["plan_meetings"] > 0
        assert nightly.run_by_hand().counts["plan_meetings"] == 0
    assert (db.session.scalar(select(func.count()).select_from(Meeting)) or 0) > (before or 0)


# -- something is broken --------------------------------------------------------------------------


def refuse(connection: Any, trigger: triggers.Trigger) -> None:
    """Put a trigger into the test's database: a row that can't be changed."""
    made = trigger.for_sqlite() if connection.dialect.name == "sqlite" else trigger.for_postgresql()
    for _name, sql in made:
        connection.exec_driver_sql(sql)


def test_a_claim_that_can_not_be_changed_stops_nobody_else(cast: Cast, silent: Silent) -> None:
    broken, fine = silent(12), silent(12, user=cast.otto)
    refuse(
        db.session.connection(),
        triggers.Trigger("broken_row", "claim", ("UPDATE OF warned_at",), f"NEW.id = {broken.id}"),
    )
    db.session.commit()
    run = night()
    assert (run.counts["warn"], run.counts["errors"]) == (1, 1)
    assert (broken.warned_at, fine.warned_at is not None) == (None, True)
    assert f"warn {broken.id}" in run.error
    again = night(6)
    assert (again.counts["lapse"], broken.state, fine.state) == (1, "active", "lapsed"), "an error never lapses anybody"
    assert len(events("claim.warned")) == 1


def test_a_lapse_that_fails_leaves_the_claim_as_it_was(cast: Cast, silent: Silent) -> None:
    broken, fine = silent(12), silent(12, user=cast.otto)
    night()
    refuse(
        db.session.connection(),
        triggers.Trigger("broken_row", "claim", ("UPDATE OF decided_at",), f"NEW.id = {broken.id}"),
    )
    db.session.commit()
    run = night(6)
    assert (run.counts["lapse"], run.counts["errors"]) == (1, 1)
    assert (broken.state, broken.seat_no, fine.state) == ("active", 1, "lapsed")
    assert len(events("claim.lapsed")) == 1


def test_a_row_that_can_not_be_read_lapses_nobody(cast: Cast, silent: Silent) -> None:
    other = Programme(slug="mars", name="Mars", time_zone="Mars/Base")
    db.session.add(other)
    db.session.flush()
    broken, fine = silent(12), silent(12, user=cast.otto)
    late = silent(9, user=cast.person("eve"), state="submitted", answer_by=clock.now() - days(2))
    db.session.execute(update(Claim).where(Claim.id == broken.id).values(programme_id=other.id))
    db.session.execute(update(Claim).where(Claim.id == late.id).values(terms={"accept_by": "tomorrow"}))
    db.session.commit()
    run = night()
    assert (run.counts["warn"], run.counts["escalate"], run.counts["errors"]) == (1, 0, 2)
    assert night(6).counts["lapse"] == 1
    assert (broken.state, fine.state, late.state) == ("active", "lapsed", "submitted")


def test_a_stage_that_can_not_be_listed_stops_no_other(cast: Cast, silent: Silent) -> None:
    silent(12)
    silent(9, user=cast.otto, state="applied", answer_by=clock.now() - days(2))

    def fail(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if (
            "progress_note" in statement
            and "changes_requested" not in statement
            and "SELECT claim.id, claim.state" in statement
        ):
            raise LookupError("the disk")

    bind = db.session.get_bind()
    listening.listen(bind, "before_cursor_execute", fail)
    try:
        run = night()
    finally:
        listening.remove(bind, "before_cursor_execute", fail)
    assert run.counts["errors"] >= 1 and (run.counts["warn"], run.counts["lapse"]) == (0, 0)
    assert night().counts["warn"] == 1
