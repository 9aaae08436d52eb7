"""The hall: who stands there, with which deeds, and who doesn't."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.honours.conftest import accepted, credit, meeting, said
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.claims.models import Claim, DesignDocument, Submission
from tracker.db import db
from tracker.honours.deeds import Deeds, all_deeds, deeds_of
from tracker.sigs.models import Membership

NOW = dt.datetime(2026, 11, 16, 4, tzinfo=dt.UTC)


def review(claim: Claim, by: Any, at: dt.datetime, *, design: bool = False) -> None:
    if design:
        row: Any = DesignDocument(claim_id=claim.id, link="https://example.org/d", sent_at=at, accepted=True, decided_at=at,
                                  decided_by_id=by.id)  # fmt: skip
    else:
        row = Submission(claim_id=claim.id, summary="Done.", links=["https://example.org/1"], submitted_at=at,
                         verdict="accept", reviewed_at=at, reviewed_by_id=by.id)  # fmt: skip
    db.session.add(row)
    db.session.commit()


def cells(page: str, name: str) -> list[str]:
    """The figures in the row of somebody."""
    row = page.split(f">{name}</a>")[1].split("</tr>")[0]
    return [cell.split("</td>")[0] for cell in row.split('<td class="num"')[1:]]


# -- deeds ----------------------------------------------------------------------------------------


def test_deeds_are_accepted_tasks_meetings_that_took_place_and_reviews(cast: Cast) -> None:
    first = accepted(cast, cast.dora, 20, month="2026-11")
    accepted(cast, cast.dora, 10, month="2026-08")
    credit(cast, cast.dora, -5, month="2026-11")  # a correction is no task
    cast.make_claim(cast.otto, state="submitted")
    meeting(cast, cast.nils, day=NOW, vice=cast.mona)
    meeting(cast, cast.nils, day=NOW + dt.timedelta(days=7), state="planned")
    meeting(cast, cast.nils, day=NOW - dt.timedelta(days=7), state="cancelled")
    meeting(cast, cast.mona, day=NOW - dt.timedelta(days=14), vice=cast.mona)
    review(first, cast.nils, NOW)
    review(first, cast.nils, NOW, design=True)
    review(first, cast.mona, NOW - dt.timedelta(days=100))
    people = [cast.dora.id, cast.otto.id, cast.nils.id, cast.mona.id]
    assert deeds_of(people) == {
        (cast.dora.id, cast.akg.id): Deeds(tasks=2),
        (cast.nils.id, cast.akg.id): Deeds(meetings=1, reviews=2),
        (cast.mona.id, cast.akg.id): Deeds(meetings=2, reviews=1),
    }
    assert deeds_of(people, "2026Q4") == {
        (cast.dora.id, cast.akg.id): Deeds(tasks=1),
        (cast.nils.id, cast.akg.id): Deeds(meetings=1, reviews=2),
        (cast.mona.id, cast.akg.id): Deeds(meetings=2),
    }
    assert all_deeds([cast.akg.id, cast.ge.id]) == Deeds(tasks=2, meetings=2, reviews=3)
    assert all_deeds([cast.akg.id], "2026Q3") == Deeds(tasks=1, reviews=1)
    assert all_deeds([cast.ge.id]) == Deeds()


@pytest.mark.parametrize(
    ("at", "quarter"),
    [("2026-12-31T15:59:59+00:00", "2026Q4"), ("2026-12-31T16:00:00+00:00", "2027Q1"), ("2026-09-30T16:00:00+00:00", "2026Q4"),
     ("2026-09-30T15:59:59+00:00", "2026Q3")],
)  # fmt: skip
def test_a_quarter_is_cut_in_the_zone_of_the_sig(cast: Cast, at: str, quarter: str) -> None:
    cast.ge.time_zone = "America/New_York"
    meeting(cast, cast.nils, day=dt.datetime.fromisoformat(at))
    for each in ("2026Q3", "2026Q4", "2027Q1"):
        assert (all_deeds([cast.akg.id], each).meetings == 1) == (each == quarter)


# -- who stands there -----------------------------------------------------------------------------


def test_contributors_committers_and_maintainers_past_and_present(cast: Cast, client: Client) -> None:
    past = cast.member(cast.otto, cast.akg, "contributor", area_id=cast.area.id)
    past.until = dt.date(2025, 6, 1)
    cast.member(cast.fay, cast.akg, "committer", repository_id=cast.repository.id, paths="src/")
    cast.member(cast.finn, cast.akg, "member")
    db.session.add(Membership(user_id=cast.finn.id, sig_id=cast.akg.id, role="maintainer",
                              since=clock.today() + dt.timedelta(days=9), source="test"))  # fmt: skip
    db.session.commit()
    page = said(client.get("/hall-of-honour/"))
    for words in (
        "Otto",
        "Operator support",
        "1 Jan 2024 to 1 Jun 2025",
        "mindspore/akg",
        "Mona",
        "Nils",
        "since 1 Jan 2024",
    ):
        assert words in page
    assert "Finn" not in page and "Dora" not in page
    assert "Otto" not in said(client.get("/hall-of-honour/?quarter=2026Q4"))
    assert "Otto" in said(client.get("/hall-of-honour/?quarter=2025Q2"))
    assert "Otto" not in said(client.get("/hall-of-honour/?quarter=2023Q4"))
    committers = said(client.get("/hall-of-honour/?role=committer"))
    assert "Fay" in committers and "Mona" not in committers
    of_ge = said(client.get("/hall-of-honour/?sig=ge"))
    assert "Nils" in of_ge and "Mona" not in of_ge


def test_a_role_that_ended_on_the_day_it_began_was_a_mistake(cast: Cast, client: Client) -> None:
    for person, days in ((cast.otto, 0), (cast.fay, 1)):
        role = cast.member(person, cast.akg, "contributor", area_id=cast.area.id)
        role.until = role.since + dt.timedelta(days=days)
    db.session.commit()
    for path in ("/hall-of-honour/?sig=akg", "/hall-of-honour/people.csv"):
        page = said(client.get(path))
        assert "Fay" in page and "Otto" not in page


def test_who_holds_several_roles_of_a_sig_has_one_row(cast: Cast, client: Client) -> None:
    cast.member(cast.mona, cast.akg, "committer", repository_id=cast.repository.id)
    cast.member(cast.mona, cast.akg, "contributor", area_id=cast.area.id)
    db.session.commit()
    page = said(client.get("/hall-of-honour/?sig=akg"))
    assert (
        page.count(">Mona</a>") == 1 and "Committer, mindspore/akg" in page and "Contributor, Operator support" in page
    )


def test_deeds_stand_beside_them_in_the_quarter_that_is_asked_for(cast: Cast, client: Client) -> None:
    accepted(cast, cast.mona, 20, month="2026-11")
    accepted(cast, cast.mona, 20, month="2026-08")
    meeting(cast, cast.mona, day=NOW)
    assert [cell.rsplit(">", 1)[1] for cell in cells(said(client.get("/hall-of-honour/")), "Mona")] == ["2", "1", "0"]
    page = said(client.get("/hall-of-honour/?quarter=2026Q3"))
    assert [cell.rsplit(">", 1)[1] for cell in cells(page, "Mona")] == ["1", "0", "0"]


def test_who_left_the_hall_isnt_there_at_once(cast: Cast, client: Client, as_: Any) -> None:
    accepted(cast, cast.mona, 20, month="2026-11")
    assert "Mona" in said(client.get("/hall-of-honour/")) and client.get("/hall-of-honour/people/mona/")
    profile = {"display_name": "Mona", "language": "en", "time_zone": "Asia/Shanghai", "in_ranking": "1"}
    as_(cast.mona).post("/account/", **profile)
    for path in ("/hall-of-honour/", "/hall-of-honour/?sig=akg", "/hall-of-honour/people.csv"):
        assert "Mona" not in said(client.get(path))
    client.get("/hall-of-honour/people/mona/", 404)
    page = said(client.get("/hall-of-honour/?sig=akg"))
    assert "1 of them isn't shown" in page and "<dt>Tasks accepted</dt><dd>1</dd>" in page
    assert "You left the hall" in said(as_(cast.mona).get("/hall-of-honour/"))
    as_(cast.mona).post("/account/", **profile, in_hall="1")
    assert "Mona" in said(client.get("/hall-of-honour/"))


def test_a_suspended_account_isnt_shown_and_its_deeds_count(cast: Cast, client: Client) -> None:
    accepted(cast, cast.mona, 20, month="2026-11")
    cast.mona.suspended_at = clock.now()
    db.session.commit()
    page = said(client.get("/hall-of-honour/?sig=akg"))
    assert "Mona" not in page and "<dt>Tasks accepted</dt><dd>1</dd>" in page
    client.get("/hall-of-honour/people/mona/", 404)


def test_one_persons_page_has_everything_of_theirs(cast: Cast, client: Client) -> None:
    cast.member(cast.nils, cast.akg, "contributor", area_id=cast.area.id)
    meeting(cast, cast.nils, day=NOW)
    page = said(client.get("/hall-of-honour/people/Nils/"))
    assert "Contributor, Operator support" in page and "Maintainer" in page
    for handle in ("dora", "nobody", "nils@example.org", "n" * 300, "%00"):
        client.get(f"/hall-of-honour/people/{handle}/", 400 if handle == "%00" else 404)


def test_the_file_holds_what_the_page_shows(cast: Cast, client: Client) -> None:
    accepted(cast, cast.mona, 20, month="2026-11")
    cast.member(cast.mona, cast.akg, "committer", repository_id=cast.repository.id).until = dt.date(2025, 1, 1)
    cast.max.display_name = "=1+1"
    db.session.commit()
    rows = said(client.get("/hall-of-honour/people.csv?sig=akg")).splitlines()
    assert rows[0].endswith("sig,handle,name,roles,since,until,tasks,meetings,reviews")
    assert rows[1] == (
        "akg,mona,Mona,maintainer 2024-01-01/; committer (mindspore/akg) 2024-01-01/2025-01-01,2024-01-01,,1,0,0"
    )
    assert rows[2].startswith("akg,max,'=1+1,maintainer 2024-01-01/,") and len(rows) == 3
    assert len(said(client.get("/hall-of-honour/people.csv")).splitlines()) == 4
    assert "no quarter such as" in said(client.get("/hall-of-honour/people.csv?quarter=x", 422))


@pytest.mark.parametrize("query", ["sig=x", "quarter=2026Q5", "role=member", "role=x", "year=x"])
def test_what_means_nothing_is_said(client: Client, cast: Cast, query: str) -> None:
    page = said(client.get(f"/hall-of-honour/?{query}", 422))
    assert 'class="note bad"' in page and ">Mona</a>" not in page


@pytest.mark.parametrize("quarter", ["", "?quarter=2026Q4"])
def test_it_is_paged_and_its_cost_doesnt_grow(cast: Cast, client: Client, quarter: str) -> None:
    path = f"/hall-of-honour/{quarter}"
    client.get(path)
    with statements() as few:
        client.get(path)
    for number in range(60):
        person = cast.person(f"c{number:02}")
        cast.member(person, cast.akg, "contributor", area_id=cast.area.id)
    cast.member(cast.nils, cast.akg, "contributor", area_id=cast.area.id)
    accepted(cast, person, 20, month="2026-11")
    meeting(cast, person, day=NOW)
    with statements() as many:
        page = said(client.get(path))
    assert len(few) == len(many) <= (15 if quarter else 13)
    names = [part.split("/")[0] for part in page.split('href="/hall-of-honour/people/')[1:]]
    assert len(names) == 50
    more = said(client.get("/hall-of-honour/" + page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]))
    names += [part.split("/")[0] for part in more.split('href="/hall-of-honour/people/')[1:]]
    assert len(names) == len(set(names)) == 63
    rows = said(client.get(f"/hall-of-honour/people.csv{quarter}")).splitlines()
    listed = [row.split(",")[1] for row in rows[1:]]
    assert len(listed) == 64 and sorted(set(listed)) == sorted(names)  # nils stands there for two SIGs
    client.get("/hall-of-honour/?after=x", 409)
    client.get("/hall-of-honour/?after=2024-01-01~1~2", 409)


def test_a_file_is_read_part_by_part(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.honours.views.AT_ONCE", 2)
    rows = said(client.get("/hall-of-honour/people.csv")).splitlines()
    assert sorted(row.split(",")[1] for row in rows[1:]) == ["max", "mona", "nils"]


def test_its_in_the_navigation_and_on_the_sigs_page(cast: Cast, client: Client, as_: Any) -> None:
    assert 'href="/hall-of-honour/"' in said(client.get("/"))
    assert "/hall-of-honour/?sig=akg" in said(client.get("/sigs/akg/")) and "/sigs/akg/stars" not in said(
        client.get("/sigs/akg/")
    )
    page = said(as_(cast.mona).get("/sigs/akg/"))
    assert "/sigs/akg/stars" in page and 'href="/hall-of-honour/people/mona/"' in page
    cast.mona.in_hall = False
    db.session.commit()
    page = said(client.get("/sigs/akg/"))
    assert "Mona" in page and "/hall-of-honour/people/mona/" not in page
