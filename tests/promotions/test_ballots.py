"""The vote: who may, until when, what it comes to and what follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.promotions.conftest import Groups
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.permissions import SYSTEM
from tracker.promotions import queries, service
from tracker.promotions.models import Ballot, Elector, Promotion, Vote
from tracker.promotions.rule_queries import get_set
from tracker.sigs.models import Membership
from tracker.sigs.service import add_member, end_membership


def vote(who: User, made: Promotion, choice: str = "for", reason: str = "") -> Promotion:
    return transaction(lambda: service.cast_vote(who, made, choice=choice, reason=reason))


def close(who: Any, made: Promotion) -> Promotion:
    return transaction(lambda: service.close_ballot(who, made))


def roles(user: User) -> list[str]:
    return list(
        db.session.scalars(select(Membership.role).where(Membership.user_id == user.id).order_by(Membership.id))
    )


# -- opening ---------------------------------------------------------------------------------------------


def test_the_electorate_is_everybody_with_the_roles_but_the_candidate(groups: Groups) -> None:
    made = groups.voting()
    cast = groups.cast
    assert made.state == "voting" and made.ballot is not None
    rows = db.session.execute(select(Elector.user_id, Elector.role).order_by(Elector.user_id)).all()
    assert [tuple(row) for row in rows] == [
        (cast.mona.id, "maintainer"),
        (cast.max.id, "maintainer"),
        (groups.cleo.id, "contributor"),
    ]
    assert (made.ballot.electors, made.ballot.closes_at, made.ballot.meeting_id) == (3, None, groups.meeting.id)


def test_a_candidate_who_would_vote_by_another_role_doesnt(groups: Groups) -> None:
    """Nils maintains ge and stands as Committer of it."""
    cast = groups.cast
    groups.electors_of_ge(1)
    elector = db.session.scalars(select(User).where(User.handle == "elector0")).one()
    made = transaction(
        lambda: service.nominate(
            elector, cast.ge, user=cast.nils, role="committer", repository=groups.repository, statement="He does it."
        )
    )
    transaction(lambda: service.stand(cast.nils, made, version=made.version))
    cast.member(cast.mona, cast.ge, "maintainer")
    db.session.commit()
    made = transaction(lambda: service.open_ballot(cast.mona, made))
    assert made.ballot is not None and not queries.is_elector(made.ballot.id, cast.nils.id)
    with pytest.raises(Refused, match="Nobody votes on themselves"):
        vote(cast.nils, made)


def test_it_isnt_opened_while_something_is_missing(groups: Groups) -> None:
    cast = groups.cast
    made = groups.nominated(work_plan="")
    with pytest.raises(Refused, match="A work plan is handed in"):
        transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
    transaction(lambda: service.edit_nomination(cast.dora, made, version=1, work_plan="Plan."))
    with pytest.raises(Refused, match="An area is named"):
        transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
    transaction(lambda: service.edit_nomination(cast.dora, made, version=2, area=cast.area, work_plan="Plan."))
    with pytest.raises(Refused, match="Choose a planned meeting"):
        transaction(lambda: service.open_ballot(cast.mona, made))
    assert transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting)).state == "voting"
    with pytest.raises(Refused, match="put to the vote"):
        transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))


def test_only_a_maintainer_who_isnt_the_candidate_opens_it(groups: Groups) -> None:
    made = groups.nominated()
    for who in (groups.cast.dora, groups.cleo, groups.cast.nils, groups.cast.admin):
        with pytest.raises(Forbidden):
            transaction(lambda who=who: service.open_ballot(who, made, meeting=groups.meeting))


def test_a_maintainer_needs_a_year_and_a_word(groups: Groups) -> None:
    cast, cleo = groups.cast, groups.cleo
    young = cast.person("young")
    row = cast.member(young, cast.akg, "contributor")
    row.since = clock.today() - dt.timedelta(days=300)
    db.session.commit()
    made = transaction(lambda: service.nominate(young, cast.akg, user=young, role="maintainer", statement="A lot."))
    with pytest.raises(Refused, match="For at least 12 months: from"):
        transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
    other = transaction(lambda: service.nominate(cleo, cast.akg, user=cleo, role="maintainer", statement="A lot."))
    with pytest.raises(Refused, match="Recommended by a Maintainer: 0 of 1"):
        transaction(lambda: service.open_ballot(cast.mona, other, meeting=groups.meeting))
    with pytest.raises(Forbidden):
        transaction(lambda: service.recommend(young, other, text="Good."))
    transaction(lambda: service.recommend(cast.max, other, text="She has run two meetings."))
    assert transaction(lambda: service.open_ballot(cast.mona, other, meeting=groups.meeting)).state == "voting"


def test_who_is_nominated_by_somebody_else_has_to_stand(groups: Groups) -> None:
    cast = groups.cast
    made = transaction(
        lambda: service.nominate(
            cast.mona, cast.akg, user=cast.dora, role="contributor", area=cast.area, statement="Good."
        )
    )
    assert made.stands_at is None
    with pytest.raises(Refused, match="candidate's own"):
        transaction(lambda: service.edit_nomination(cast.mona, made, version=1, area=cast.area, work_plan="Hers."))
    transaction(lambda: service.edit_nomination(cast.dora, made, version=1, area=cast.area, work_plan="Mine."))
    with pytest.raises(Refused, match="The candidate stands"):
        transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
    with pytest.raises(Forbidden):
        transaction(lambda: service.stand(cast.mona, made, version=made.version))
    transaction(lambda: service.stand(cast.dora, made, version=made.version))
    assert transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting)).state == "voting"


# -- voting ----------------------------------------------------------------------------------------------


def test_votes_are_changed_until_the_close_and_the_last_one_counts(groups: Groups) -> None:
    cast = groups.cast
    made = groups.voting()
    vote(cast.mona, made, "against", "Too early.")
    vote(cast.mona, made, "for")
    vote(cast.max, made, "abstain")
    made = close(cast.mona, made)
    assert made.ballot is not None
    assert (made.ballot.in_favour, made.ballot.against, made.ballot.abstained) == (1, 0, 1)
    assert (made.state, made.ballot.result, made.ballot.why) == ("appointed", "passed", "majority")
    with pytest.raises(Refused, match="ballot is closed"):
        vote(groups.cleo, made)


def test_a_vote_against_without_a_reason_isnt_cast(groups: Groups) -> None:
    made = groups.voting()
    for reason in ("", "   "):
        with pytest.raises(Refused, match="needs a reason"):
            vote(groups.cast.mona, made, "against", reason)
    assert db.session.scalar(select(func.count()).select_from(Vote)) == 0


def test_the_candidate_and_outsiders_are_told_why_they_dont_vote(groups: Groups) -> None:
    made = groups.voting()
    with pytest.raises(Refused, match="Nobody votes on themselves"):
        vote(groups.cast.dora, made)
    for who in (groups.cast.otto, groups.cast.nils, groups.cast.admin):
        with pytest.raises(Refused, match="Who may vote was set down"):
            vote(who, made)
    with pytest.raises(Refused, match="no such choice"):
        vote(groups.cast.mona, made, "maybe")


def test_who_comes_later_doesnt_vote_and_who_leaves_still_does(groups: Groups) -> None:
    cast = groups.cast
    made = groups.voting()
    late = cast.person("late")
    db.session.commit()
    transaction(lambda: add_member(cast.mona, cast.akg, user=late, role="maintainer"))
    with pytest.raises(Refused, match="Who may vote was set down"):
        vote(late, made)
    row = db.session.scalars(select(Membership).where(Membership.user_id == groups.cleo.id)).one()
    transaction(lambda: end_membership(cast.mona, row))
    vote(groups.cleo, made)
    vote(cast.mona, made)
    made = close(cast.mona, made)
    assert made.ballot is not None and (made.ballot.electors, made.ballot.in_favour) == (3, 2)


def test_how_somebody_voted_stays_out_of_the_diary(groups: Groups) -> None:
    made = groups.voting()
    vote(groups.cast.mona, made, "against", "Too early for that.")
    events = db.session.scalars(select(Event).where(Event.name == "promotion.voted")).all()
    assert len(events) == 1 and "Too early" not in str(events[0].facts) and "against" not in str(events[0].facts)


# -- closing ---------------------------------------------------------------------------------------------


def test_who_passes_is_appointed_once_from_the_ballot(groups: Groups) -> None:
    cast = groups.cast
    made = groups.voting()
    vote(cast.mona, made)
    vote(groups.cleo, made)
    made = close(cast.max, made)
    row = made.membership
    assert row is not None
    assert (row.role, row.area_id, row.since, row.source) == ("contributor", cast.area.id, clock.today(), made.path)
    assert roles(cast.dora) == ["member", "contributor"], "the lower role stays"
    with pytest.raises(Refused, match="no open ballot"):
        close(cast.mona, made)
    told = set(db.session.scalars(
        select(Notice.user_id).join(Event, Event.id == Notice.event_id).where(Event.name == "promotion.passed")
    ))  # fmt: skip
    assert told == {cast.dora.id, cast.mona.id, groups.cleo.id}, "all but who closed it"


def test_a_tie_fails_and_so_does_an_electorate_that_stays_away(groups: Groups) -> None:
    cast = groups.cast
    made = groups.voting()
    vote(cast.mona, made)
    vote(cast.max, made, "against", "Not yet.")
    made = close(cast.mona, made)
    assert made.ballot is not None and (made.state, made.ballot.why) == ("rejected", "tie")
    again = groups.voting()
    vote(cast.mona, again)
    again = close(cast.mona, again)
    assert again.ballot is not None and (again.state, again.ballot.why) == ("rejected", "quorum")
    assert roles(cast.dora) == ["member"]


def test_a_ballot_at_a_meeting_isnt_closed_before_it_begins(groups: Groups, later: Callable[[float], Any]) -> None:
    cast = groups.cast
    groups.meeting.starts_at = clock.now() + dt.timedelta(hours=3)
    db.session.commit()
    made = groups.voting()
    with pytest.raises(Refused, match="not before it begins"):
        close(cast.mona, made)
    with pytest.raises(Forbidden):
        close(groups.cleo, made)
    with later(3):
        with pytest.raises(Forbidden):
            close(SYSTEM, made)
        assert close(cast.mona, made).state == "rejected"


def test_where_the_meeting_falls_away_the_vote_is_held_at_another(
    groups: Groups, later: Callable[[float], Any]
) -> None:
    from tracker.meetings.models import Meeting

    cast = groups.cast
    made = groups.voting()
    groups.meeting.state = "cancelled"
    other = Meeting(sig_id=cast.akg.id, starts_at=clock.now() + dt.timedelta(hours=1), time_zone="Asia/Shanghai",
                    created_at=clock.now())  # fmt: skip
    foreign = Meeting(sig_id=cast.ge.id, starts_at=clock.now(), time_zone="Asia/Shanghai", created_at=clock.now())
    db.session.add_all([other, foreign])
    db.session.commit()
    with pytest.raises(Refused, match="doesn't take place"):
        close(cast.mona, made)
    with pytest.raises(Refused, match="Choose a planned meeting"):
        transaction(lambda: service.move_ballot(cast.mona, made, meeting=foreign))
    transaction(lambda: service.move_ballot(cast.mona, made, meeting=other))
    with pytest.raises(Refused, match="not before it begins"):
        close(cast.mona, made)
    with later(1.5):
        assert close(cast.mona, made).state == "rejected"


def test_a_ballot_over_hours_is_closed_by_the_clock(groups: Groups, later: Callable[[float], Any]) -> None:
    people = groups.electors_of_ge()
    made = groups.committer()
    assert made.ballot is not None and made.ballot.electors == 5
    for person in people:
        vote(person, made)
    with pytest.raises(Refused, match="closed by the clock"):
        close(groups.cast.nils, made)
    assert queries.due_ballots() == []
    with later(72):
        with pytest.raises(Refused, match="ballot is closed"):
            vote(groups.cast.nils, made)
        assert queries.due_ballots() == [made.id]
        assert transaction(lambda: service.count_due(made.id)) is True
        assert transaction(lambda: service.count_due(made.id)) is False
    made = queries.get_promotion(made.id)
    assert (made.state, made.ballot.why, made.ballot.closed_by_id) == ("appointed", "enough", None)  # type: ignore[union-attr]
    assert made.membership is not None and made.membership.repository_id == groups.repository.id


def test_one_vote_against_and_nobody_becomes_a_committer(groups: Groups, later: Callable[[float], Any]) -> None:
    people = groups.electors_of_ge(5)
    made = groups.committer()
    for person in people:
        vote(person, made)
    vote(groups.cast.nils, made, "against", "No tests in the last change.")
    with later(72):
        made = close(groups.cast.nils, made)
    assert made.ballot is not None and (made.state, made.ballot.why) == ("rejected", "objected")


def test_a_changed_rule_doesnt_touch_an_open_ballot(groups: Groups, later: Callable[[float], Any]) -> None:
    people = groups.electors_of_ge(4)
    made = groups.committer()
    for person in people:
        vote(person, made)
    stricter = {"from": "contributor", "electorate": ["maintainer"], "pass": {"in_favour": 5}, "hours": 1}
    transaction(
        lambda: service.add_rule(
            groups.cast.admin, get_set("cann-sig"), role="committer", valid_from=clock.today(), rule=stricter
        )
    )
    transaction(lambda: service.choose_rule_set(groups.cast.nils, groups.cast.ge, rule_set=get_set("mindspore-sig")))
    with later(72):
        assert close(groups.cast.nils, made).state == "appointed"


# -- what changed meanwhile ------------------------------------------------------------------------------


def test_who_has_the_role_meanwhile_isnt_appointed_twice(groups: Groups) -> None:
    cast = groups.cast
    made = groups.voting()
    vote(cast.mona, made)
    vote(cast.max, made)
    transaction(lambda: add_member(cast.mona, cast.akg, user=cast.dora, role="contributor", area=cast.area))
    made = close(cast.mona, made)
    assert made.ballot is not None and (made.state, made.lapse, made.ballot.result) == ("lapsed", "has_role", "passed")
    assert roles(cast.dora) == ["member", "contributor"] and made.membership_id is None


def test_who_left_or_is_suspended_meanwhile_isnt_appointed(groups: Groups) -> None:
    cast = groups.cast
    made = groups.voting()
    vote(cast.mona, made)
    vote(cast.max, made)
    row = db.session.scalars(select(Membership).where(Membership.user_id == cast.dora.id)).one()
    transaction(lambda: end_membership(cast.mona, row))
    assert (close(cast.mona, made).state, made.lapse) == ("lapsed", "left")
    cast.member(cast.otto, cast.akg, "member")
    db.session.commit()
    other = transaction(
        lambda: service.nominate(
            cast.otto, cast.akg, user=cast.otto, role="contributor", area=cast.area, statement="I.", work_plan="Plan."
        )
    )
    transaction(lambda: service.open_ballot(cast.mona, other, meeting=groups.meeting))
    vote(cast.mona, other)
    vote(cast.max, other)
    cast.otto.suspended_at = clock.now()
    db.session.commit()
    assert (close(cast.mona, other).state, other.lapse) == ("lapsed", "suspended")


def test_a_candidate_withdraws_to_the_last_moment(groups: Groups, later: Callable[[float], Any]) -> None:
    groups.electors_of_ge()
    made = groups.committer()
    with later(71.9):
        made = transaction(lambda: service.withdraw_promotion(groups.cast.otto, made, reason="Another job."))
    assert made.ballot is not None and (made.state, made.ballot.result) == ("withdrawn", "withdrawn")
    with later(73), pytest.raises(Refused):
        close(groups.cast.nils, made)
    assert "committer" not in roles(groups.cast.otto)


def test_after_the_end_nobody_withdraws(groups: Groups, later: Callable[[float], Any]) -> None:
    groups.electors_of_ge()
    made = groups.committer()
    with later(72), pytest.raises(Refused, match="only has to be counted"):
        transaction(lambda: service.withdraw_promotion(groups.cast.otto, made))


def test_who_hasnt_voted_is_reminded_once(groups: Groups, later: Callable[[float], Any]) -> None:
    people = groups.electors_of_ge(3)
    made = groups.committer()
    vote(people[0], made)
    assert queries.to_remind() == []
    with later(50):
        assert queries.to_remind() == [made.id]
        assert transaction(lambda: service.remind_electors(made.id)) == 3
        assert transaction(lambda: service.remind_electors(made.id)) == 0
    with later(72):
        assert queries.to_remind() == []


def test_there_is_one_open_nomination_for_a_role(groups: Groups) -> None:
    groups.nominated()
    with pytest.raises(Refused, match="on the way to this role"):
        groups.nominated()
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 0
