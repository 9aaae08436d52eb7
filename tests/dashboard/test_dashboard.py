"""What waits for whom."""

from __future__ import annotations

import datetime as dt

from flask import Flask

from tests.rewards.lines import accepted, approve, cancel, correction, paid_anew, pay, returned
from tests.support.cast import Cast, quarter_now
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.dashboard import queries
from tracker.db import db, transaction
from tracker.meetings import service as meetings
from tracker.rankings.queries import own_row
from tracker.rewards import service as rewards
from tracker.rewards.models import Reward


def rows(actor: object, only: str = "") -> list[tuple[str, str, str]]:
    found = queries.queue(actor, clock.now(), only)  # type: ignore[arg-type]
    return [(row.sort, row.state, row.path) for row in found.rows]


def test_it_shows_what_waits_oldest_first(cast: Cast) -> None:
    second = cast.make_task()
    hand_in = cast.make_claim(cast.otto, second, "submitted", state_since=clock.now() - dt.timedelta(days=9))
    applied = cast.make_claim()
    assert rows(cast.mona) == [
        ("reviews", "submitted", f"/claims/{hand_in.id}/"),
        ("claims", "applied", f"/claims/{applied.id}/"),
    ]


def test_a_mentor_sees_the_claims_on_their_tasks_and_nothing_else_of_the_group(cast: Cast) -> None:
    cast.make_claim()
    other = cast.make_task(mentors=[cast.max])
    cast.make_claim(cast.otto, other)
    cast.make_task(state="draft")
    assert [path for _sort, _state, path in rows(cast.nils)] == [f"/claims/{cast.task.live_claims[0].id}/"]


def test_nobody_waits_for_themselves(cast: Cast) -> None:
    cast.make_claim(cast.mona)
    assert rows(cast.mona) == []
    assert len(rows(cast.max)) == 1


def test_who_proposed_a_reward_does_not_see_it_waiting(cast: Cast) -> None:
    reward = propose(cast)
    assert rows(cast.mona) == []
    assert rows(cast.max) == [("rewards", "proposed", f"/rewards/{reward.id}/")]
    assert rows(cast.fay) == [("rewards", "proposed", f"/rewards/{reward.id}/")]
    assert rows(cast.nils) == []


def test_who_approved_a_reward_does_not_see_it_to_pay(cast: Cast) -> None:
    reward = propose(cast)
    transaction(lambda: rewards.approve_reward(cast.fay, reward, version=reward.version))
    assert rows(cast.fay) == []
    assert rows(cast.finn) == [("rewards", "approved", f"/rewards/{reward.id}/")]
    assert rows(cast.max) == []


def test_what_came_back_waits_for_who_may_have_it_paid_anew(app: Flask, cast: Cast) -> None:
    line = returned(cast.fay, pay(cast.fay, approve(cast.max, propose(cast))))
    back = [("rewards", "returned", line.path)]
    assert [rows(person) for person in (cast.mona, cast.max, cast.fay, cast.finn)] == [back] * 4
    assert rows(cast.nils) == rows(cast.dora) == []
    page = Client(app).sign_in(cast.mona).get("/dashboard/?only=rewards").get_data(as_text=True)
    assert "Came back" in page and "Pay it anew" in page
    again = paid_anew(cast.mona, line)
    assert rows(cast.mona) == [] and rows(cast.max) == [("rewards", "proposed", again.path)]
    cancel(cast.mona, again)
    assert rows(cast.mona) == back


def propose(cast: Cast) -> Reward:
    return transaction(
        lambda: rewards.propose_reward(
            cast.mona, cast.akg, user=cast.dora, kind="bonus", description="Talk", amount=50000, currency="CNY"
        )
    )


def test_drafts_wait_for_the_maintainers(cast: Cast) -> None:
    draft = cast.make_task(state="draft")
    db.session.commit()
    assert rows(cast.mona) == [("tasks", "draft", f"/tasks/{draft.reference}/")]
    assert rows(cast.mona, "claims") == []
    assert queries.queue(cast.mona, clock.now(), "claims").counts["tasks"] == 1


def test_it_counts_what_is_late(cast: Cast) -> None:
    cast.make_claim(answer_by=clock.now() - dt.timedelta(days=2))
    found = queries.queue(cast.mona, clock.now())
    assert (found.total, found.late) == (1, 1)


def test_the_page_shows_queue_reports_and_quarter(app: Flask, cast: Cast) -> None:
    cast.make_claim(state="active")
    cast.make_claim(cast.otto, answer_by=clock.now() - dt.timedelta(days=2))
    meeting = transaction(
        lambda: meetings.create_meeting(
            cast.mona, cast.akg, kind="regular", starts_at=clock.now() + dt.timedelta(days=2), organiser=cast.mona
        )
    )
    page = Client(app).sign_in(cast.mona).get("/dashboard/").get_data(as_text=True)
    assert "Otto" in page
    assert "2 days late" in page
    assert "Not reported for the next meeting" in page
    assert f"/meetings/{meeting.id}/" in page


def test_an_empty_dashboard_says_so(app: Flask, cast: Cast) -> None:
    page = Client(app).sign_in(cast.dora).get("/dashboard/").get_data(as_text=True)
    assert "Nothing waits for you" in page


def test_an_unknown_filter_shows_everything(app: Flask, cast: Cast) -> None:
    cast.make_claim()
    assert "Answer" in Client(app).sign_in(cast.mona).get("/dashboard/?only=nonsense").get_data(as_text=True)


def test_points_of_the_quarter_are_what_the_ranking_says(cast: Cast) -> None:
    accepted(cast)
    approve(cast.max, correction(cast, points=-5))
    quarter = quarter_now()
    assert (
        queries.quarter_figures({cast.akg.id}).points == own_row(cast.programme.id, quarter, cast.dora.id).points == 15
    )
    with clock.pretend(clock.now() + dt.timedelta(days=92)):
        approve(cast.max, correction(cast, points=7))  # of the next quarter, which isn't planned yet
    assert queries.quarter_figures({cast.akg.id}).points == 15
    assert queries.quarter_figures({cast.ge.id}).points == 0


def test_the_number_of_statements_does_not_grow_with_the_queue(app: Flask, cast: Cast) -> None:
    client = Client(app).sign_in(cast.mona)
    cast.make_claim()
    client.get("/dashboard/")
    with statements() as few:
        client.get("/dashboard/")
    for number in range(8):
        cast.make_claim(cast.person(f"dev{number}"), cast.make_task())
    with statements() as many:
        client.get("/dashboard/")
    assert len(many) == len(few)
