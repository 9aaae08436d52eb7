"""Pages of SIGs."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.db import db
from tracker.sigs import queries
from tracker.sigs.models import Membership


@pytest.mark.parametrize("path", ["/", "/sigs/", "/sigs/akg/"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_everybody_reads_the_public_pages(cast: Cast, app: Flask, path: str, language: str) -> None:
    page = Client(app).get(path, headers={"Accept-Language": language}).get_data(as_text=True)
    assert ("AKG图算融合编译" in page) == (language == "zh")
    for user in (cast.mona, cast.dora):
        Client(app).sign_in(user).get(path)


def test_the_page_of_a_sig_shows_its_people_tasks_and_the_way_to_plan(cast: Cast, client: Client) -> None:
    cast.member(cast.dora, cast.akg, "committer", repository_id=cast.repository.id, paths="graph_kernel/")
    cast.member(cast.otto, cast.akg, "contributor", area_id=cast.area.id)
    db.session.commit()
    page = client.get("/sigs/akg/").get_data(as_text=True)
    for expected in (
        "Mona",
        "Max",
        "Dora",
        "graph_kernel/",
        "Otto",
        "Operator support",
        cast.task.reference,
        "1 open task",
    ):
        assert expected in page
    assert "/sigs/akg/people" not in page
    assert "/sigs/akg/people" in client.sign_in(cast.mona).get("/sigs/akg/").get_data(as_text=True)


def test_an_empty_site_has_a_front_page_and_a_way_on(app: Flask) -> None:
    client = Client(app)
    assert "No open task now" in client.get("/").get_data(as_text=True)
    assert "No SIG yet" in client.get("/sigs/").get_data(as_text=True)


def test_following_by_a_button(cast: Cast, app: Flask) -> None:
    dora = Client(app).sign_in(cast.dora)
    dora.post("/sigs/akg/follow")
    assert queries.follower_ids(cast.akg.id) == [cast.dora.id]
    assert "Following" in dora.get("/sigs/akg/").get_data(as_text=True)
    dora.post("/sigs/akg/unfollow")
    assert queries.follower_ids(cast.akg.id) == []
    for step in ("follow", "unfollow"):
        Client(app).post(f"/sigs/akg/{step}", status=302)
        dora.post(f"/sigs/none/{step}", status=404)
        dora.post(f"/sigs/akg/{step}", status=400, token=False)


EDIT = {
    "name": "AKG!",
    "name_zh": "",
    "scope": "Fusion",
    "time_zone": "Asia/Shanghai",
    "goals": "one\ntwo",
    "community": "MindSpore",
}


def test_editing_a_sig(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)
    mona.get("/sigs/akg/edit")
    mona.post("/sigs/akg/edit", **EDIT)
    db.session.expire_all()
    assert (cast.akg.name, cast.akg.goals) == ("AKG!", "one\ntwo")
    page = mona.post("/sigs/akg/edit", 422, **{**EDIT, "name": "", "scope": "kept text"}).get_data(as_text=True)
    assert "kept text" in page
    mona.post("/sigs/akg/edit", 422, **{**EDIT, "agenda_pad": "javascript:alert(1)"})
    mona.post("/sigs/akg/edit", 422, **{**EDIT, "time_zone": "Nowhere"})
    Client(app).sign_in(cast.admin).post("/sigs/akg/edit", **EDIT)


def test_areas_and_repositories(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)
    mona.get("/sigs/akg/areas")
    mona.post("/sigs/akg/areas/new", slug="tools", name="Tools")
    mona.post("/sigs/akg/areas/new", 422, slug="tools", name="Tools")
    mona.post("/sigs/akg/areas/new", 422, slug="Not A Slug", name="Tools")
    mona.post(f"/sigs/akg/areas/{cast.area.id}", name="Operators", name_zh="算子")
    mona.post(f"/sigs/akg/areas/{cast.area.id}", 422, name="")
    mona.post("/sigs/akg/repositories/new", path="mindspore/tools", url="https://gitee.com/mindspore/tools")
    mona.post("/sigs/akg/repositories/new", 422, path="mindspore/tools")
    mona.post("/sigs/akg/repositories/new", 422, path="no slash")
    mona.post(f"/sigs/akg/repositories/{cast.repository.id}", url="", role="the compiler")
    mona.post(f"/sigs/akg/repositories/{cast.repository.id}", 422, url="not a link")
    mona.get("/sigs/akg/areas")
    db.session.expire_all()
    assert (cast.area.name, cast.repository.role) == ("Operators", "the compiler")
    for path in (
        f"/sigs/ge/areas/{cast.area.id}",
        f"/sigs/akg/areas/{2**40}",
        f"/sigs/ge/repositories/{cast.repository.id}",
    ):
        mona.post(path, 404, name="x")


def test_people_are_added_and_their_roles_ended(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)
    mona.get("/sigs/akg/people")
    mona.post(
        "/sigs/akg/people",
        user="dora",
        role="committer",
        repository=str(cast.repository.id),
        paths="src",
        since="2025-01-01",
    )
    row = db.session.scalars(select(Membership).where(Membership.user_id == cast.dora.id)).one()
    assert (row.role, row.paths, row.source, row.since.isoformat()) == (
        "committer",
        "src",
        "/sigs/akg/people",
        "2025-01-01",
    )
    page = mona.post("/sigs/akg/people", 422, user="nobody-here", role="member").get_data(as_text=True)
    assert "no account" in page and "nobody-here" in page
    mona.post("/sigs/akg/people", 422, user="dora", role="king")
    mona.post("/sigs/akg/people", 422, user="dora", role="contributor", area="99999999")
    mona.post("/sigs/akg/people", 422, user="max", role="maintainer")
    mona.post("/sigs/akg/people", 422, user="otto", role="member", since="yesterday")
    mona.post(f"/sigs/akg/people/{row.id}/end", 422, until="soon")
    mona.post(f"/sigs/akg/people/{row.id}/end")
    mona.post(f"/sigs/akg/people/{row.id}/end", 409)
    mona.post(f"/sigs/ge/people/{row.id}/end", 404)
    mona.post(f"/sigs/akg/people/{2**63}/end", 404)
    mona.get("/sigs/akg/people?after=nonsense", 409)


def test_rights_end_at_the_next_request(cast: Cast, app: Flask) -> None:
    max_ = Client(app).sign_in(cast.max)
    max_.get("/sigs/akg/edit")
    row = db.session.scalars(select(Membership).where(Membership.user_id == cast.max.id)).one()
    Client(app).sign_in(cast.mona).post(f"/sigs/akg/people/{row.id}/end")
    max_.get("/sigs/akg/edit", 403)
    db.session.expire_all()
    last = db.session.scalars(select(Membership).where(Membership.user_id == cast.mona.id)).one()
    page = Client(app).sign_in(cast.mona).post(f"/sigs/akg/people/{last.id}/end", 409).get_data(as_text=True)
    assert "only maintainer" in page


@pytest.mark.parametrize(
    "path",
    [
        "edit",
        "areas/new",
        "areas/{area}",
        "repositories/new",
        "repositories/{repository}",
        "people",
        "people/{membership}/end",
    ],
)
def test_only_maintainers_of_the_sig_and_admins_change_it(cast: Cast, app: Flask, path: str) -> None:
    membership = db.session.scalars(select(Membership).where(Membership.user_id == cast.max.id)).one()
    path = "/sigs/akg/" + path.format(area=cast.area.id, repository=cast.repository.id, membership=membership.id)
    Client(app).post(path, status=302)
    for user in (cast.dora, cast.nils, cast.fay):
        Client(app).sign_in(user).post(path, status=403)


def test_a_page_of_people_that_cannot_be_is_refused(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)
    for after in (f"-{'9' * 30}", "9" * 30, "0", "1~2", "x", "٣"):
        mona.get(f"/sigs/akg/people?after={after}", 409)
