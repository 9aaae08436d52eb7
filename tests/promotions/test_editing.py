"""Who changes what of a nomination, what that undoes, and whom it tells."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from tests.promotions.conftest import PLAN, Groups
from tests.support.client import Client
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.events import Event, Notice
from tracker.promotions import service
from tracker.promotions.models import Promotion
from tracker.promotions.rule_queries import get_set
from tracker.sigs.models import Area


def nominated(groups: Groups, by: User) -> Promotion:
    """Dora, put up by ``by`` for Contributor of an area of akg; she stands."""
    cast = groups.cast
    made = transaction(
        lambda: service.nominate(by, cast.akg, user=cast.dora, role="contributor", area=cast.area, statement="Good.")
    )
    return transaction(lambda: service.stand(cast.dora, made, version=1))


def edit(who: User, made: Promotion, **changes: Any) -> Promotion:
    given = {"area": made.area, "paths": made.paths, "version": made.version, **changes}
    return transaction(lambda: service.edit_nomination(who, made, **given))


def told(name: str) -> set[int]:
    return set(db.session.scalars(select(Notice.user_id).join(Event).where(Event.name == name)))


def another_area(groups: Groups) -> Area:
    area = Area(sig_id=groups.cast.akg.id, slug="other", name="Other")
    db.session.add(area)
    db.session.commit()
    return area


def test_the_form_begins_with_the_area_that_is_there(groups: Groups, client: Client) -> None:
    made, area = groups.nominated(), groups.cast.area.id
    page = client.sign_in(groups.cast.dora).get(f"{made.path}edit").get_data(as_text=True)
    select_of = re.search(r'<select[^>]*name="area".*?</select>', page, re.DOTALL)
    assert select_of and re.search(
        rf'<option[^>]*selected[^>]*value="{area}"|value="{area}"[^>]*selected', select_of[0]
    )


def test_each_side_changes_its_own_words(groups: Groups, client: Client) -> None:
    cast = groups.cast
    made = nominated(groups, cast.mona)
    with pytest.raises(Refused, match="said by who nominated"):
        edit(cast.dora, made, statement="Excellent.")
    with pytest.raises(Refused, match="candidate's own"):
        edit(cast.mona, made, work_plan="Hers.")
    page = client.sign_in(cast.dora).get(f"{made.path}edit").get_data(as_text=True)
    assert 'name="work_plan"' in page and 'name="statement"' not in page
    page = Client(client.app).sign_in(cast.mona).get(f"{made.path}edit").get_data(as_text=True)
    assert 'name="work_plan"' not in page and 'name="statement"' in page
    # What the form doesn't have is left alone.
    client.post(f"{made.path}edit", version="1", area=str(cast.area.id), work_plan=PLAN, statement="Excellent.")
    made = db.session.get_one(Promotion, made.id, populate_existing=True)
    assert (made.statement, made.work_plan, made.version) == ("Good.", PLAN, 2)


def test_the_other_side_is_told(groups: Groups) -> None:
    cast = groups.cast
    made = nominated(groups, cast.mona)
    edit(cast.dora, made, work_plan=PLAN)
    assert told("promotion.edited") == {cast.mona.id}
    edit(cast.mona, made, statement="Very good.")
    assert told("promotion.edited") == {cast.mona.id, cast.dora.id}


def test_who_stands_for_something_else_says_so_anew(groups: Groups) -> None:
    cast, other = groups.cast, another_area(groups)
    made = nominated(groups, cast.mona)
    edit(cast.mona, made, statement="Very good.")
    assert made.stands_at is not None
    edit(cast.dora, made, area=other)
    assert made.stands_at is not None, "whoever changes it themselves stands for it"
    edit(cast.mona, made, area=cast.area)
    assert made.stands_at is None
    with pytest.raises(Refused, match="changed since you opened the page"):
        transaction(lambda: service.stand(cast.dora, made, version=1))
    transaction(lambda: service.stand(cast.dora, made, version=made.version))
    assert made.stands_at is not None


def test_a_page_that_is_out_of_date_doesnt_win(groups: Groups, client: Client) -> None:
    cast = groups.cast
    made = nominated(groups, cast.mona)
    mona, area = client.sign_in(cast.mona), str(cast.area.id)
    mona.post(f"{made.path}edit", version="1", area=area, statement="First.")
    page = mona.post(f"{made.path}edit", 409, version="1", area=area, statement="Second.").get_data(as_text=True)
    assert "changed since you opened the page" in page and "Second." in page
    mona.post(f"{made.path}edit", 422, area=area, statement="Third.")
    assert db.session.get_one(Promotion, made.id, populate_existing=True).statement == "First."


def test_who_nominated_is_looked_at_again_when_the_ballot_opens(groups: Groups, client: Client) -> None:
    """Otto put up himself under rules that let him; meanwhile ge goes by rules by which somebody else nominates."""
    cast = groups.cast
    months = {"committer_months": 6, "maintainer_meeting_months": 3, "maintainer_months": 6, "sig_meeting_months": 3}
    free = transaction(lambda: service.create_rule_set(cast.admin, slug="free", name="Free", name_zh="", **months))
    rule = {"from": "contributor", "scope": "repository", "electorate": ["committer"], "pass": "majority", "hours": 24}
    transaction(
        lambda: service.add_rule(
            cast.admin, free, role="committer", rule=rule, valid_from=clock.today(), reason="To begin with."
        )
    )
    transaction(lambda: service.choose_rule_set(cast.admin, cast.ge, rule_set=free))
    groups.electors_of_ge(2)
    cast.member(cast.otto, cast.ge, "contributor")
    db.session.commit()
    made = transaction(
        lambda: service.nominate(
            cast.otto, cast.ge, user=cast.otto, role="committer", repository=groups.repository, statement="I."
        )
    )
    transaction(lambda: service.choose_rule_set(cast.admin, cast.ge, rule_set=get_set("cann-sig")))
    with pytest.raises(Refused, match="Nominated by somebody else"):
        transaction(lambda: service.open_ballot(cast.nils, made))
    page = client.sign_in(cast.otto).get(made.path).get_data(as_text=True)
    assert "That takes a new nomination" in page
    transaction(lambda: service.withdraw_promotion(cast.otto, made))
    again = transaction(
        lambda: service.nominate(
            cast.nils, cast.ge, user=cast.otto, role="committer", repository=groups.repository, statement="He."
        )
    )
    transaction(lambda: service.stand(cast.otto, again, version=1))
    assert transaction(lambda: service.open_ballot(cast.nils, again)).state == "voting"


def test_a_nomination_tells_nobody_whose_an_address_is(groups: Groups, client: Client) -> None:
    cast = groups.cast
    client.sign_in(cast.otto)
    pages = [
        client.post("/sigs/akg/nominate", 422, user=typed, role="contributor", statement="Good.").get_data(as_text=True)
        for typed in (cast.dora.email, "nobody@example.org")
    ]
    assert all("Nobody has this handle." in page for page in pages)


def test_a_contributor_of_one_area_is_nominated_for_another(groups: Groups) -> None:
    cast, other = groups.cast, another_area(groups)
    for area, refused in ((cast.area, True), (None, True), (other, False)):
        given: dict[str, Any] = {"user": groups.cleo, "role": "contributor", "area": area, "statement": "There too."}
        if refused:
            with pytest.raises(Refused, match="has the role already"):
                transaction(lambda given=given: service.nominate(cast.mona, cast.akg, **given))
        else:
            made = transaction(lambda given=given: service.nominate(cast.mona, cast.akg, **given))
    transaction(lambda: service.stand(groups.cleo, made, version=1))
    edit(groups.cleo, made, work_plan=PLAN)
    transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
    for who in (cast.mona, cast.max):
        transaction(lambda who=who: service.cast_vote(who, made, choice="for"))
    assert transaction(lambda: service.close_ballot(cast.mona, made)).state == "appointed"


@pytest.mark.parametrize("blank", ["\u200b", " \u200b\ufeff\n\u3000", "\u2060"])
def test_marks_without_a_width_arent_words(groups: Groups, client: Client, blank: str) -> None:
    made = groups.voting()
    mona = client.sign_in(groups.cast.mona)
    page = mona.post(f"{made.path}vote", 422, choice="against", reason=blank).get_data(as_text=True)
    assert "A vote against needs a reason" in page
    with pytest.raises(Refused, match="needs a reason"):
        transaction(lambda: service.cast_vote(groups.cast.mona, made, choice="against", reason=blank))
