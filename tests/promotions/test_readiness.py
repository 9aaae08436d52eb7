"""A nomination that has everything waits for the SIG's maintainers, until the ballot is open."""

from __future__ import annotations

from typing import Any

import pytest

from tests.promotions.conftest import PLAN, Groups
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Refused
from tracker.promotions import queries, service


def waits(who: Any) -> list[str]:
    return [row.what for row in queries.waiting_for(who)]


def test_a_nomination_that_has_everything_waits_for_every_maintainer_but_the_candidate(
    groups: Groups, client: Client
) -> None:
    cast, made = groups.cast, groups.nominated()
    assert (waits(cast.mona), waits(cast.max)) == (["open"], ["open"])
    assert [waits(who) for who in (cast.dora, groups.cleo, cast.nils, cast.admin)] == [[], [], [], []]
    assert "Ballot to be opened" in client.sign_in(cast.mona).get("/dashboard/").get_data(as_text=True)
    page = client.get("/promotions/").get_data(as_text=True)
    assert "Open the ballot" in page and made.path in page
    transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
    assert "open" not in waits(cast.max)


def test_what_is_still_missing_waits_for_nobody(groups: Groups) -> None:
    """The rule asks for a work plan; and nobody but maintainers votes on otto, who isn't a Member."""
    cast = groups.cast
    made = groups.nominated(work_plan="")
    transaction(
        lambda: service.nominate(
            cast.otto, cast.akg, user=cast.otto, role="contributor", area=cast.area, statement="I.", work_plan=PLAN
        )
    )
    assert waits(cast.mona) == []
    transaction(lambda: service.edit_nomination(cast.dora, made, version=made.version, area=cast.area, work_plan=PLAN))
    assert waits(cast.mona) == ["open"]
    cast.dora.suspended_at = clock.now()
    db.session.commit()
    assert waits(cast.mona) == []


def test_a_maintainer_who_stands_opens_nothing_for_themselves(groups: Groups) -> None:
    """Max maintains akg and would be its Contributor as well."""
    cast = groups.cast
    cast.member(cast.max, cast.akg, "member")
    db.session.commit()
    transaction(
        lambda: service.nominate(
            cast.max, cast.akg, user=cast.max, role="contributor", area=cast.area, statement="I.", work_plan=PLAN
        )
    )
    assert (waits(cast.mona), waits(cast.max)) == (["open"], [])


def test_many_take_as_many_statements_as_one(groups: Groups) -> None:
    cast, seen = groups.cast, list[int]()
    groups.nominated()
    for more in range(2):
        with statements() as few:
            assert set(waits(cast.mona)) == {"open"}
        seen.append(len(few))
        for number in range(3):
            person = cast.person(f"more{more}{number}")
            cast.member(person, cast.akg, "member")
            db.session.commit()
            transaction(
                lambda person=person: service.nominate(
                    person, cast.akg, user=person, role="contributor", area=cast.area, statement="I.", work_plan=PLAN
                )
            )
    assert seen[0] == seen[1], seen


def test_a_word_of_a_suspended_maintainer_doesnt_count(groups: Groups) -> None:
    cast = groups.cast
    made = transaction(
        lambda: service.nominate(groups.cleo, cast.akg, user=groups.cleo, role="maintainer", statement="Me.")
    )
    transaction(lambda: service.recommend(cast.max, made, text="Good."))
    assert [row.counts for row in queries.recommendations_of(made)] == [True]
    cast.max.suspended_at = clock.now()
    db.session.commit()
    assert [row.counts for row in queries.recommendations_of(made)] == [False]
    with pytest.raises(Refused, match="0 of 1"):
        transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting))
