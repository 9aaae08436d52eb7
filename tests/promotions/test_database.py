"""What the database itself refuses, past every service."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import exc, text

from tests.promotions.conftest import Groups
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.promotions import service
from tracker.promotions.models import Ballot, Elector, Promotion, Vote


def refused(work: Callable[[], Any], name: str = "") -> None:
    """The database says no, and names what it holds to."""
    with pytest.raises((exc.IntegrityError, Refused)) as caught:
        transaction(lambda: (work(), db.session.flush()))
    error = caught.value.__cause__ if isinstance(caught.value, Refused) else caught.value
    assert name in str(error), error
    db.session.rollback()


def ballot_of(made: Promotion) -> Ballot:
    assert made.ballot is not None
    return made.ballot


def add_vote(ballot_id: int, user_id: int, **columns: Any) -> Callable[[], Any]:
    row = {"choice": "for", "cast_at": clock.now(), **columns}
    return lambda: db.session.add(Vote(ballot_id=ballot_id, user_id=user_id, **row))


def run(sql: str, **values: Any) -> Callable[[], Any]:
    return lambda: db.session.execute(text(sql), values)


def test_no_vote_by_an_outsider_by_the_candidate_twice_or_without_a_reason(groups: Groups) -> None:
    cast, made = groups.cast, groups.voting()
    number = ballot_of(made).id
    refused(add_vote(number, cast.otto.id), "FOREIGN KEY" if db.engine.dialect.name == "sqlite" else "fk_vote_elector")
    refused(add_vote(number, cast.dora.id), "vote_by_candidate")
    refused(add_vote(number, cast.mona.id, choice="against"), "against_says_why")
    refused(add_vote(number, cast.mona.id, choice="maybe"), "choice_known")
    transaction(add_vote(number, cast.mona.id))
    mona, other = cast.mona.id, cast.max.id
    db.session.expunge_all()
    refused(add_vote(number, mona))
    refused(run("DELETE FROM vote"), "vote_never_deleted")
    refused(run("UPDATE vote SET user_id = :other", other=other), "vote_frozen")


def test_no_vote_after_the_close_and_no_change_of_one(groups: Groups) -> None:
    cast, made = groups.cast, groups.voting()
    number = ballot_of(made).id
    transaction(lambda: service.cast_vote(cast.mona, made, choice="for"))
    transaction(lambda: service.close_ballot(cast.mona, made))
    refused(add_vote(number, cast.max.id), "vote_after_close")
    refused(run("UPDATE vote SET choice = 'abstain'"), "vote_after_close")


def test_no_vote_after_the_clock_has_closed_it(groups: Groups) -> None:
    groups.electors_of_ge(2)
    made = groups.committer()
    late = clock.now() + dt.timedelta(hours=72)
    refused(add_vote(ballot_of(made).id, groups.cast.nils.id, cast_at=late), "vote_after_close")


def test_the_electorate_is_frozen(groups: Groups) -> None:
    cast, made = groups.cast, groups.voting()
    number = ballot_of(made).id
    refused(
        lambda: db.session.add(Elector(ballot_id=number, user_id=cast.otto.id, role="maintainer")),
        "ballot_elector_fits",
    )
    refused(run("DELETE FROM ballot_elector"), "ballot_elector_append_only")
    refused(run("UPDATE ballot_elector SET role = 'member'"), "ballot_elector_append_only")


@pytest.mark.parametrize(
    "change",
    [
        "electors = 1",
        "opened_at = closed_at",
        "promotion_id = promotion_id + 1",
        "rule = '{}'",
        "rule_id = rule_id + 1",
    ],
)
def test_what_a_ballot_was_opened_as_stays(groups: Groups, change: str) -> None:
    groups.voting()
    refused(run(f"UPDATE ballot SET {change}"))
    refused(run("DELETE FROM ballot"), "ballot_never_deleted")


def test_a_closed_ballot_is_closed(groups: Groups) -> None:
    cast, made = groups.cast, groups.voting()
    for who in (cast.mona, cast.max):
        transaction(lambda who=who: service.cast_vote(who, made, choice="for"))
    transaction(lambda: service.close_ballot(cast.mona, made))
    for change in (
        "result = 'failed'",
        "result = '', closed_at = NULL",
        "in_favour = 0",
        "why = 'tie'",
        "closed_by_id = NULL",
    ):
        refused(run(f"UPDATE ballot SET {change}"))
    for change in ("membership_id = NULL, state = 'voting'", "reason = 'x'", "work_plan = 'y'", "role = 'maintainer'"):
        refused(run(f"UPDATE promotion SET {change}"))
    refused(run("DELETE FROM promotion"), "promotion_never_deleted")


def test_no_count_that_isnt_the_votes_and_none_before_its_time(groups: Groups) -> None:
    groups.electors_of_ge(2)
    groups.committer()
    now = clock.now()
    early = "UPDATE ballot SET result = 'passed', closed_at = :at, in_favour = 0"
    refused(run(early, at=_as_stored(now)), "ballot_closes_in_time")
    wrong = "UPDATE ballot SET result = 'passed', closed_at = :at, in_favour = 1"
    refused(run(wrong, at=_as_stored(now + dt.timedelta(hours=73))), "ballot_counts_votes")


def _as_stored(moment: dt.datetime) -> Any:
    return moment.replace(tzinfo=None).isoformat(" ") if db.engine.dialect.name == "sqlite" else moment


def test_nobody_is_appointed_past_the_ballot(groups: Groups) -> None:
    cast, made = groups.cast, groups.nominated()
    member = groups.cast.member(cast.dora, cast.akg, "contributor", area_id=cast.area.id)
    db.session.commit()
    at = {"at": _as_stored(clock.now()), "m": member.id, "id": made.id}
    refused(run("UPDATE promotion SET state = 'appointed', decided_at = :at, membership_id = :m WHERE id = :id", **at),
            "promotion_appoints")  # fmt: skip
    refused(run("UPDATE promotion SET state = 'voting' WHERE id = :id", id=made.id), "promotion_with_ballot")


def test_nobody_is_appointed_where_the_vote_failed_or_to_anothers_role(groups: Groups) -> None:
    cast, made = groups.cast, groups.voting()
    other = cast.member(cast.otto, cast.akg, "contributor")
    own = cast.member(cast.dora, cast.akg, "contributor")
    db.session.commit()
    set_to = "UPDATE promotion SET state = 'appointed', decided_at = :at, membership_id = :m WHERE id = :id"
    at = {"at": _as_stored(clock.now()), "id": made.id}
    refused(run(set_to, m=own.id, **at), "promotion_by_its_ballot")
    with db.session.begin_nested():
        db.session.execute(text("UPDATE ballot SET result = 'passed', closed_at = :at"), at)
    refused(run(set_to, m=other.id, **at))


def test_rules_are_written_once(groups: Groups) -> None:
    refused(run("UPDATE promotion_rule SET rule = '{}'"), "promotion_rule_append_only")
    refused(run("DELETE FROM promotion_rule"), "promotion_rule_append_only")


def test_there_is_one_open_promotion_of_a_person_to_a_role(groups: Groups) -> None:
    cast, made = groups.cast, groups.nominated()
    again = {"sig_id": cast.akg.id, "user_id": cast.dora.id, "role": "contributor", "statement": "x",
             "nominated_by_id": cast.mona.id, "nominated_at": clock.now()}  # fmt: skip
    refused(lambda: db.session.add(Promotion(**again)), "uq_promotion_open")
    transaction(lambda: service.withdraw_promotion(cast.dora, made))
    transaction(lambda: db.session.add(Promotion(**again)))
