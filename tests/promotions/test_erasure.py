"""What stays of promotions when an account is erased, and what nobody can put there instead."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.erasure.conftest import erase, with_password
from tests.promotions.conftest import Groups
from tracker.db import db, transaction
from tracker.events import Event, outbox
from tracker.events.history import history
from tracker.promotions import service
from tracker.promotions.erasure import erase_promotions
from tracker.promotions.models import Ballot, Promotion, Recommendation, RoleEnding, Vote
from tracker.sigs.models import Membership


def words() -> str:
    db.session.expire_all()
    columns = (
        Promotion.statement,
        Promotion.work_plan,
        Promotion.reason,
        Recommendation.text,
        Vote.reason,
        RoleEnding.reason,
    )
    return " ".join(word for column in columns for word in db.session.scalars(select(column)))


def test_the_words_go_and_the_outcome_stays(groups: Groups) -> None:
    cast = groups.cast
    made = groups.nominated()
    transaction(lambda: service.recommend(cast.max, made, text="Max says so."))
    transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
    for who, choice in ((cast.mona, "for"), (cast.max, "for"), (groups.cleo, "against")):
        transaction(
            lambda who=who, choice=choice: service.cast_vote(who, made, choice=choice, reason=f"By {who.handle}.")
        )
    transaction(lambda: service.close_ballot(cast.mona, made))
    assert made.membership is not None
    membership = made.membership
    transaction(lambda: service.step_down(cast.dora, membership, reason="Too much to do."))
    applied = transaction(lambda: service.apply_for_membership(cast.otto, cast.akg, statement="Otto asks."))
    transaction(lambda: service.decline_membership(cast.mona, applied, reason="Not now."))

    assert transaction(lambda: erase_promotions(groups.cleo)) == 0
    assert "By cleo." not in words() and "By mona." in words()
    assert transaction(lambda: erase_promotions(cast.dora)) == 1
    assert transaction(lambda: erase_promotions(cast.otto)) == 1
    assert set(words().split()) == {"–"}
    ballot = db.session.scalars(select(Ballot)).one()
    assert (ballot.result, ballot.in_favour, ballot.against) == ("passed", 2, 1)
    assert db.session.get_one(Promotion, made.id).state == "appointed"


def test_words_about_a_person_reach_mail_and_inbox_and_go_with_the_account(groups: Groups, app: Flask) -> None:
    cast, settings = groups.cast, app.extensions["settings"]
    [role] = db.session.scalars(select(Membership).where(Membership.user_id == cast.dora.id))
    transaction(lambda: service.end_role_with_reason(cast.mona, role, reason="Dora was rude."))
    applied = transaction(lambda: service.apply_for_membership(cast.dora, cast.akg, statement="Again."))
    transaction(lambda: service.decline_membership(cast.mona, applied, reason="Dora isn't sorry."))
    mails = [outbox.message(mail, settings).get_content() for mail in outbox.outgoing(settings, limit=9)]
    for reason in ("Dora was rude.", "Dora isn't sorry."):
        assert sum(f"Reason: {reason}" in mail for mail in mails) == 1
    said = {row.name: row.reason for row in history("promotion", applied.id)}
    assert said["promotion.declined"] == "Dora isn't sorry."

    with_password(cast.dora)
    erase(cast.dora)
    assert not [event for event in db.session.scalars(select(Event)) if "Dora" in json.dumps(event.facts)]
    assert {row.reason for row in history("promotion", applied.id)} == {"", "–"}


@pytest.mark.parametrize(
    "change",
    [
        "promotion SET statement = 'x'",
        "promotion SET work_plan = 'x'",
        "promotion SET reason = 'x'",
        "vote SET reason = 'x'",
        "vote SET choice = 'abstain'",
        "role_ending SET reason = 'x'",
        "role_ending SET by_id = by_id + 1",
    ],
)
def test_no_other_words_take_their_place(groups: Groups, change: str) -> None:
    cast, made = groups.cast, groups.voting()
    for who in (cast.mona, cast.max):
        transaction(lambda who=who: service.cast_vote(who, made, choice="for"))
    transaction(lambda: service.close_ballot(cast.mona, made))
    assert made.membership is not None
    membership = made.membership
    transaction(lambda: service.step_down(cast.dora, membership, reason="Too much to do."))
    with pytest.raises(DBAPIError), db.session.begin_nested():
        db.session.execute(text(f"UPDATE {change}"))
