"""SIGs: adding and editing, roles given and ended, following."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events.diary import AUDIENCES
from tracker.events.models import Event, Notice
from tracker.permissions import ANYBODY, SYSTEM, maintains_sig
from tracker.sigs import queries, service
from tracker.sigs.models import Area, Membership, Sig


def events(name: str) -> list[Event]:
    return list(db.session.scalars(select(Event).where(Event.name == name)))


def make(**values: Any) -> Sig:
    given = {"slug": "runtime", "key": "RT", "name": "runtime", **values}
    return transaction(lambda: service.create_sig(SYSTEM, **given))


def test_a_sig_is_added_and_edited(cast: Cast) -> None:
    sig = make(goals="one\ntwo")
    transaction(lambda: service.edit_sig(cast.admin, sig, name="Runtime", name_zh="运行时", goals="one"))
    assert (sig.name, sig.name_zh, sig.goals, sig.label, sig.path) == (
        "Runtime",
        "运行时",
        "one",
        "Runtime",
        "/sigs/runtime/",
    )
    assert events("sig.edited")[0].facts["changed"] == ["name", "name_zh", "goals"]
    assert [s.slug for s in queries.all_sigs()] == ["runtime", "akg", "ge"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"slug": "Run Time"}, "slug"), ({"slug": "a" * 61}, "slug"), ({"slug": ""}, "slug"), ({"key": "rt"}, "key"),
        ({"key": "TOOLONGKEY"}, "key"), ({"key": "1A"}, "key"), ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ],
)  # fmt: skip
def test_it_refuses_a_malformed_identity(cast: Cast, values: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        make(**values)
    assert refusal.value.field == field


@pytest.mark.parametrize("values", [{"slug": "akg"}, {"key": "AKG"}])
def test_it_refuses_a_slug_or_key_that_is_taken(cast: Cast, values: dict[str, str]) -> None:
    with pytest.raises(Refused, match="already"):
        make(**values)


def test_areas_and_repositories_are_added_once_and_edited(cast: Cast) -> None:
    area = transaction(lambda: service.add_area(cast.mona, cast.akg, slug="tools", name="Tools"))
    transaction(lambda: service.edit_area(cast.mona, area, name="Tooling", name_zh="工具"))
    assert (area.name, area.name_zh) == ("Tooling", "工具")
    repository = transaction(lambda: service.add_repository(cast.mona, cast.akg, path="mindspore/tools"))
    transaction(
        lambda: service.edit_repository(cast.mona, repository, url="https://gitee.com/mindspore/tools", role="tools")
    )
    assert repository.role == "tools"
    with pytest.raises(Refused, match="already"):
        transaction(lambda: service.add_area(cast.mona, cast.akg, slug="tools", name="Tools"))
    with pytest.raises(Refused, match="already"):
        transaction(lambda: service.add_repository(cast.mona, cast.akg, path="mindspore/tools"))
    assert len(events("sig.edited")) == 4


def test_a_role_is_given_and_its_person_told(cast: Cast) -> None:
    membership = transaction(
        lambda: service.add_member(
            cast.mona, cast.akg, user=cast.dora, role="contributor", area=cast.area, source="page"
        )
    )
    assert (membership.since, membership.until, membership.area_id) == (clock.today(), None, cast.area.id)
    (event,) = events("sig.member_added")
    assert event.facts["person_id"] == cast.dora.id and event.facts["role"] == "contributor"
    assert list(db.session.scalars(select(Notice.user_id).where(Notice.event_id == event.id))) == [cast.dora.id]


def test_a_new_maintainer_may_at_once_and_an_ended_one_no_longer(cast: Cast) -> None:
    # 02:00 in Beijing is still the day before in UTC: rights mustn't wait for it, nor outlive it.
    with time_machine.travel(dt.datetime(2026, 11, 20, 18, tzinfo=dt.UTC), tick=False):
        membership = transaction(lambda: service.add_member(cast.admin, cast.akg, user=cast.dora, role="maintainer"))
        assert maintains_sig(cast.dora, cast.akg)
        transaction(lambda: service.end_membership(cast.admin, membership))
        db.session.expire_all()
        assert not maintains_sig(cast.dora, cast.akg)
        assert cast.dora.id not in queries.maintainer_ids(cast.akg.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "king"}, "role"), ({"role": "committer"}, "repository"), ({"role": "member", "repository": True}, "repository"),
        ({"role": "member", "paths": "src"}, "repository"), ({"role": "maintainer", "area": True}, "area"),
        ({"role": "member", "since": dt.date(2090, 1, 1)}, "since"),
    ],
)  # fmt: skip
def test_it_refuses_a_role_that_does_not_fit(cast: Cast, values: dict[str, Any], field: str) -> None:
    values = {**values}
    if values.pop("repository", None):
        values["repository"] = cast.repository
    if values.pop("area", None):
        values["area"] = cast.area
    with pytest.raises(Refused) as refusal:
        transaction(lambda: service.add_member(cast.mona, cast.akg, user=cast.dora, **values))
    assert refusal.value.field == field


def test_it_refuses_an_area_of_another_sig(cast: Cast) -> None:
    foreign = Area(sig=cast.ge, slug="x", name="x")
    db.session.add(foreign)
    db.session.commit()
    with pytest.raises(Refused, match="another SIG"):
        transaction(lambda: service.add_member(cast.mona, cast.akg, user=cast.dora, role="contributor", area=foreign))


def test_it_refuses_a_role_somebody_has(cast: Cast) -> None:
    with pytest.raises(Refused, match="has this role since"):
        transaction(lambda: service.add_member(cast.mona, cast.akg, user=cast.max, role="maintainer"))


def test_committers_have_a_repository_each(cast: Cast) -> None:
    other = transaction(lambda: service.add_repository(cast.mona, cast.akg, path="mindspore/other"))
    for repository in (cast.repository, other):
        transaction(
            lambda repository=repository: service.add_member(  # type: ignore[misc]
                cast.mona, cast.akg, user=cast.dora, role="committer", repository=repository, paths="src"
            )
        )
    found = queries.committers_of(cast.akg.id, [cast.repository.id, other.id])
    assert [row.repository for rows in found.values() for row in rows] == ["mindspore/akg", "mindspore/other"]
    assert "committer" not in {row.role for row in queries.people_of(cast.akg.id)}
    assert [r.path for r in queries.repositories_of(cast.akg.id, 1)] == ["mindspore/akg"]
    assert queries.count_repositories(cast.akg.id) == 2


def of(cast: Cast, user: Any) -> Membership:
    return db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()


def test_a_role_is_ended_but_never_twice(cast: Cast) -> None:
    ended = transaction(lambda: service.end_membership(cast.mona, of(cast, cast.max)))
    assert ended.until == clock.today()
    with pytest.raises(Refused, match="ended on"):
        transaction(lambda: service.end_membership(cast.mona, of(cast, cast.max)))
    again = transaction(lambda: service.add_member(cast.mona, cast.akg, user=cast.max, role="maintainer"))
    assert again.id != ended.id


@pytest.mark.parametrize("until", [dt.date(2020, 1, 1), dt.date(2090, 1, 1)])
def test_it_refuses_an_end_before_the_beginning_or_in_the_future(cast: Cast, until: dt.date) -> None:
    with pytest.raises(Refused) as refusal:
        transaction(lambda: service.end_membership(cast.mona, of(cast, cast.max), until=until))
    assert refusal.value.field == "until"


def test_the_last_maintainer_stays(cast: Cast) -> None:
    transaction(lambda: service.end_membership(cast.mona, of(cast, cast.max)))
    with pytest.raises(Refused, match="only maintainer"):
        transaction(lambda: service.end_membership(cast.mona, of(cast, cast.mona)))
    with pytest.raises(Refused, match="only maintainer"):
        transaction(lambda: service.end_membership(cast.admin, of(cast, cast.nils)))


def test_following_twice_is_following_once(cast: Cast) -> None:
    for _time in range(2):
        transaction(lambda: service.follow(cast.dora, cast.akg))
    assert queries.follower_ids(cast.akg.id) == [cast.dora.id]
    assert queries.followed_sig_ids(cast.dora.id) == {cast.akg.id}
    assert len(events("sig.followed")) == 1
    for _time in range(2):
        transaction(lambda: service.unfollow(cast.dora, cast.akg))
    assert queries.follower_ids(cast.akg.id) == []
    assert len(events("sig.unfollowed")) == 1
    assert queries.followed_sig_ids(None) == set() and not queries.is_following(None, cast.akg.id)


def test_only_a_person_follows(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        transaction(lambda: service.follow(ANYBODY, cast.akg))


def test_maintainers_and_followers_are_audiences(cast: Cast) -> None:
    transaction(lambda: service.follow(cast.otto, cast.akg))
    assert sorted(AUDIENCES["maintainers"](cast.task)) == sorted([cast.mona.id, cast.max.id])
    assert list(AUDIENCES["followers"](cast.cycle)) == [cast.otto.id]


def test_suspended_maintainers_are_not_counted(cast: Cast) -> None:
    cast.max.suspended_at = clock.now()
    db.session.commit()
    assert queries.maintainer_ids(cast.akg.id) == [cast.mona.id]


def test_what_does_not_exist_is_missing(cast: Cast) -> None:
    with pytest.raises(Missing):
        queries.get_sig("none")
