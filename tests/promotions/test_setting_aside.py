"""A nomination that nobody goes on with is set aside by those who look after the SIG."""

from __future__ import annotations

import pytest

from tests.promotions.conftest import Groups
from tests.support.client import Client
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.erasure import service as erasure
from tracker.errors import Forbidden, Refused
from tracker.events import Event
from tracker.events.models import Notice
from tracker.promotions import service
from tracker.promotions.models import Promotion
from tracker.sigs.models import Membership


def aside(groups: Groups, made: Promotion, who: str, reason: str = "Dora is gone.") -> Promotion:
    return transaction(lambda: service.set_aside_nomination(getattr(groups.cast, who), made, reason=reason))


def test_what_a_candidate_left_open_doesnt_hold_their_account(groups: Groups) -> None:
    """Dora put up herself and can't be reached; an administrator is asked to erase her account."""
    cast, made = groups.cast, groups.nominated()
    cast.dora.suspended_at = clock.now()
    db.session.commit()
    with pytest.raises(Refused):
        transaction(lambda: erasure.erase_person(cast.admin, cast.dora, handle="dora", reason="died"))
    assert aside(groups, made, "admin").state == "withdrawn"
    transaction(lambda: erasure.erase_person(cast.admin, cast.dora, handle="dora", reason="died"))
    assert cast.dora.erased_at is not None


def test_neither_the_candidate_nor_a_stranger_sets_aside_and_never_without_a_reason(groups: Groups) -> None:
    made = groups.nominated()
    for who in ("dora", "nils"):
        with pytest.raises(Forbidden):
            aside(groups, made, who)
    with pytest.raises(Refused) as caught:
        aside(groups, made, "mona", " ")
    assert caught.value.field == "reason"
    applied = transaction(lambda: service.apply_for_membership(groups.cast.otto, groups.cast.akg, statement="I."))
    with pytest.raises(Forbidden):  # an application is answered
        aside(groups, applied, "mona")
    aside(groups, made, "mona")
    with pytest.raises(Refused):
        aside(groups, made, "max")


def test_a_vote_that_is_open_isnt_set_aside(groups: Groups) -> None:
    made = groups.voting()
    with pytest.raises(Refused):
        aside(groups, made, "max")
    assert made.state == "voting"


def test_the_page_says_who_set_it_aside_and_everybody_concerned_is_told(groups: Groups, client: Client) -> None:
    cast, made = groups.cast, groups.nominated()
    page = client.sign_in(cast.mona).get(made.path).get_data(as_text=True)
    assert "Set the nomination aside" in page
    client.post(f"{made.path}set-aside", reason="Let us talk first.")
    page = client.get(made.path).get_data(as_text=True)
    assert "Set aside by Mona:" in page and "Let us talk first." in page and "Set it aside" not in page
    told = db.session.query(Notice.user_id).join(Event, Event.id == Notice.event_id)
    assert {row[0] for row in told.filter(Event.name == "promotion.set_aside")} == {cast.dora.id, cast.max.id}


def test_when_who_nominated_left_a_maintainer_clears_the_way(groups: Groups) -> None:
    """By the rules of ge Committers and Maintainers nominate; nils nominated otto and stepped down since."""
    cast = groups.cast
    cast.member(cast.otto, cast.ge, "contributor")
    new = cast.person("newcomer")
    cast.member(new, cast.ge, "maintainer")
    db.session.commit()

    def nominate(who: User) -> Promotion:
        return service.nominate(
            who, cast.ge, user=cast.otto, role="committer", repository=groups.repository, statement="Ten."
        )

    made = transaction(lambda: nominate(cast.nils))
    transaction(lambda: service.stand(cast.otto, made, version=made.version))
    role = db.session.query(Membership).filter_by(user_id=cast.nils.id, sig_id=cast.ge.id).one()
    transaction(lambda: service.step_down(cast.nils, role, reason="Busy."))
    with pytest.raises(Refused, match="or a maintainer sets it aside"):
        transaction(lambda: service.open_ballot(new, made))
    with pytest.raises(Refused, match="already on the way"):
        transaction(lambda: nominate(new))
    transaction(lambda: service.set_aside_nomination(new, made, reason="Nils left."))
    assert transaction(lambda: nominate(new)).state == "proposed"
