"""The page of a claim: for its holder, for who answers, for nobody else."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.claims.models import STATES, DesignDocument, Submission
from tracker.db import db, transaction
from tracker.meetings import service
from tracker.pages.claim import road
from tracker.rewards import service as rewards
from tracker.rewards.queries import reward_of_claim


def add(thing):
    db.session.add(thing)
    db.session.commit()
    return thing


def hand_in(claim, **columns):
    return add(Submission(claim_id=claim.id, summary="Done **well**.", links=["https://example.org/pr/1"],
                          submitted_at=clock.now(), **columns))  # fmt: skip


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("lapsed", "handed_over")])
def test_every_state_has_its_page_for_holder_and_maintainer(app, cast: Cast, state):
    claim = cast.make_claim(state=state)
    for person in (cast.dora, cast.mona, cast.admin):
        page = Client(app).sign_in(person).get(claim.path).text
        assert str(STATES[state]) in page
        assert "Reuse the schedule." in page


def test_a_visitor_and_other_developers_see_no_claim(app, cast: Cast, client: Client):
    claim = cast.make_claim()
    client.get(claim.path, 404)
    Client(app).sign_in(cast.otto).get(claim.path, 404)
    client.get("/claims/99999999999999999999/", 404)


def test_what_it_brought_is_there_for_who_may_read_it(app, cast: Cast):
    terms = {**cast.task.terms, "prize": "Prize", "prize_amount": 80000, "prize_currency": "CNY"}
    claim = cast.make_claim(state="submitted", terms=terms)
    assert "Points and rewards" not in Client(app).sign_in(cast.dora).get(claim.path).text
    transaction(lambda: rewards.accept_claim(cast.max, claim, points=20))
    (prize,) = reward_of_claim(claim.id)
    for person in (cast.dora, cast.mona):
        page = Client(app).sign_in(person).get(claim.path).text
        assert "Points and rewards" in page and f'href="/rewards/{prize.id}/"' in page
    page = Client(app).sign_in(cast.nils).get(claim.path).text
    assert "Points and rewards" not in page and f'href="/rewards/{prize.id}/"' not in page


def test_the_mentor_answers_an_application_there(app, cast: Cast):
    claim = cast.make_claim()
    page = Client(app).sign_in(cast.nils).get(claim.path).text
    assert f'action="{claim.path}approve"' in page and f'action="{claim.path}reject"' in page
    assert "Nils answers the application" in page
    assert f'action="{claim.path}approve"' not in Client(app).sign_in(cast.dora).get(claim.path).text


def test_the_mentor_reviews_a_hand_in_there(app, cast: Cast):
    claim = cast.make_claim(state="submitted")
    hand_in(claim)
    page = Client(app).sign_in(cast.nils).get(claim.path).text
    assert "Points, 1 to 20" in page and "<strong>well</strong>" in page
    assert f'action="{claim.path}review"' in page
    assert "clock paused" in page


def test_it_shows_how_a_hand_in_was_reviewed(app, cast: Cast):
    claim = cast.make_claim(state="changes_requested")
    hand_in(claim, verdict="changes", comment="Add float16.", reviewed_at=clock.now(), reviewed_by_id=cast.nils.id)
    page = Client(app).sign_in(cast.dora).get(claim.path).text
    assert "Changes requested" in page and "Add float16." in page and "Nils" in page
    assert f'href="{claim.path}submit"' in page


def test_a_design_document_is_answered_there(app, cast: Cast):
    task = cast.make_task(needs_design=True)
    claim = cast.make_claim(task=task, state="design_review")
    add(
        DesignDocument(claim_id=claim.id, link="https://example.org/design", summary="Two passes.", sent_at=clock.now())
    )
    page = Client(app).sign_in(cast.mona).get(claim.path).text
    assert f'action="{claim.path}answer-design"' in page and "Two passes." in page
    returned = db.session.query(DesignDocument).one()
    returned.accepted, returned.comment, returned.decided_at, returned.decided_by_id = (
        False,
        "Which pass?",
        clock.now(),
        cast.mona.id,
    )
    db.session.commit()
    page = Client(app).sign_in(cast.dora).get(claim.path).text
    assert "Returned" in page and "Which pass?" in page


def test_it_shows_notes_and_lets_the_mentor_comment(app, cast: Cast):
    claim = cast.make_claim(state="active")
    note = transaction(lambda: service.write_note(cast.dora, claim, percent=40, done="A kernel.", next="Tests.",
                                                  links=["https://example.org/branch"]))  # fmt: skip
    page = Client(app).sign_in(cast.nils).get(claim.path).text
    assert "A kernel." in page and "40 %" in page and f'action="/progress/{note.id}/comment"' in page
    holder = Client(app).sign_in(cast.dora).get(claim.path).text
    assert f"/progress/{note.id}/comment" not in holder and f'href="{claim.path}progress"' in holder


def test_hostile_text_is_shown_as_text(app, cast: Cast):
    claim = cast.make_claim(plan="<script>alert(1)</script> [x](javascript:alert(1))")
    page = Client(app).sign_in(cast.mona).get(claim.path).text
    assert "<script>alert(1)" not in page and 'href="javascript:' not in page


def test_the_history_says_who_did_what_how_and_why(app, cast: Cast):
    from tracker.claims import service as claims

    claim = cast.make_claim()
    transaction(lambda: claims.reject(cast.mona, claim, reason="The task needs C++."))
    page = Client(app).sign_in(cast.dora).get(claim.path).text
    assert "Mona declined Dora" in page and "The task needs C++." in page and "by command" in page


def test_who_must_act_is_a_maintainer_where_nobody_mentors(app, cast: Cast):
    claim = cast.make_claim(task=cast.make_task(mentors=[]))
    assert "a maintainer of AKG answers the application" in Client(app).sign_in(cast.dora).get(claim.path).text


# -- the road -------------------------------------------------------------------------------------


def stages(claim, notes=0):
    return [(str(stage.name), stage.status) for stage in road(claim, notes)]


def test_the_road_has_a_design_where_the_task_needs_one(app, cast: Cast):
    with app.test_request_context():
        claim = cast.make_claim(task=cast.make_task(needs_design=True), state="active")
        assert stages(claim) == [
            ("Applied", "done"), ("Approved", "done"), ("Design document", "current"), ("In progress", ""), ("Submitted", ""),
            ("Accepted", ""),
        ]  # fmt: skip
        claim.design_accepted_at = clock.now()
        assert stages(claim)[3] == ("In progress", "current")


def test_the_road_of_an_accepted_claim_is_done(app, cast: Cast):
    with app.test_request_context():
        assert {status for _name, status in stages(cast.make_claim(state="accepted"))} == {"done"}


def test_the_road_ends_where_the_claim_ended(app, cast: Cast):
    with app.test_request_context():
        assert stages(cast.make_claim(state="released")) == [
            ("Applied", "done"),
            ("Approved", "done"),
            ("Released", "current"),
        ]
        assert stages(cast.make_claim(cast.otto, state="rejected")) == [("Applied", "done"), ("Declined", "current")]


def test_the_road_names_deadlines(app, cast: Cast):
    with app.test_request_context():
        claim = cast.make_claim(state="submitted", answer_by=clock.now() + dt.timedelta(days=3))
        details = {str(stage.name): stage.detail for stage in road(claim, 2)}
        assert details["Submitted"].startswith("answer by ") and details["In progress"] == "2 notes"
        assert details["Accepted"].startswith("until ") and details["Approved"] == "Nils"


def test_several_mentors_are_joined_by_or(app, cast: Cast):
    claim = cast.make_claim(task=cast.make_task(mentors=[cast.nils, cast.max]))
    assert "Max or Nils answers the application" in Client(app).sign_in(cast.dora).get(claim.path).text
