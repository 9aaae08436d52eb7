"""Excellent interns: computed by the rule in force, for the quarter in which it was met."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.honours.conftest import accepted, credit, said
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.db import db
from tracker.honours import interns
from tracker.honours.interns import Entry, quarters_reached
from tracker.programmes.models import Rules

RULE = {"points": 100, "task_of_at_least": 20}


@pytest.fixture(autouse=True)
def rule(request: pytest.FixtureRequest) -> None:
    if "cast" in request.fixturenames:
        cast: Cast = request.getfixturevalue("cast")
        cast.rules.excellent_intern = RULE
        db.session.commit()


def who(quarter: str, sig: Any = None) -> list[str]:
    rules = interns.rules_for(quarter)
    query, keys = interns.excellent(rules, quarter, sig)
    return [row.handle for row in db.session.execute(query.order_by(*keys))]


def test_it_is_the_quarter_in_which_all_of_the_rule_is_met(cast: Cast) -> None:
    accepted(cast, cast.dora, 60, month="2026-06")
    assert who("2026Q2") == who("2026Q3") == []
    accepted(cast, cast.dora, 40, month="2026-09")
    assert (who("2026Q2"), who("2026Q3"), who("2026Q4")) == ([], ["dora"], [])
    assert [quarter for quarter, _programme in interns.quarters_of(cast.dora.id)] == ["2026Q3"]


def test_a_large_task_is_part_of_it(cast: Cast) -> None:
    for _ in range(9):
        accepted(cast, cast.dora, 12, month="2026-08")
    assert who("2026Q3") == []
    accepted(cast, cast.dora, 20, month="2026-10")
    assert (who("2026Q3"), who("2026Q4")) == ([], ["dora"])


def test_corrections_count(cast: Cast) -> None:
    accepted(cast, cast.dora, 60, month="2026-08")
    accepted(cast, cast.dora, 42, month="2026-08")
    credit(cast, cast.dora, -5, month="2026-09", by=cast.mona)
    assert who("2026Q3") == []
    credit(cast, cast.dora, 30, month="2026-11", by=cast.mona)
    assert who("2026Q4") == ["dora"]


def test_points_by_correction_are_no_task(cast: Cast) -> None:
    credit(cast, cast.dora, 500, month="2026-08", by=cast.mona)
    assert who("2026Q3") == []


def test_the_rule_is_the_one_at_the_quarters_end(cast: Cast) -> None:
    cast.make_rules(valid_from=dt.date(2026, 7, 1), excellent_intern={"points": 50, "task_of_at_least": 20})
    cast.make_rules(valid_from=dt.date(2026, 10, 1), excellent_intern={})
    accepted(cast, cast.dora, 60, month="2026-05")
    accepted(cast, cast.otto, 60, month="2026-08")
    accepted(cast, cast.fay, 300, month="2026-11")
    db.session.commit()
    assert (who("2026Q2"), who("2026Q3"), who("2026Q4"), who("2024Q4")) == ([], ["otto"], [], [])


def test_of_a_sig_are_those_who_worked_for_it(cast: Cast) -> None:
    accepted(cast, cast.dora, 100, month="2026-08")
    assert who("2026Q3", cast.akg) == ["dora"] and who("2026Q3", cast.ge) == []


def test_the_page_shows_them_with_the_rule(cast: Cast, client: Client) -> None:
    accepted(cast, cast.dora, 60, month="2026-08")
    accepted(cast, cast.dora, 40, month="2026-08")
    page = said(client.get("/hall-of-honour/interns?quarter=2026Q3"))
    assert "Dora" in page and "100 points, with a task of at least 20 points among them." in page
    assert 'data-l="Tasks accepted">2<' in page and "Rules from 1 Jan 2025 on" in page
    assert "Nobody reached it" in said(client.get("/hall-of-honour/interns?quarter=2026Q2"))
    rows = said(client.get("/hall-of-honour/interns.csv?quarter=2026Q3")).splitlines()
    assert rows[1:] == ["2026Q3,mindspore-internship,dora,Dora,2,akg"]
    assert len(said(client.get("/hall-of-honour/interns.csv?quarter=2024Q3")).splitlines()) == 1
    assert "No programme had such a rule" in said(client.get("/hall-of-honour/interns?quarter=2024Q3"))
    person = said(client.get("/hall-of-honour/people/dora/"))
    assert "Excellent intern" in person and "2026 Q3" in person
    for path in ("interns", "interns.csv"):
        client.get(f"/hall-of-honour/{path}?quarter=soon", 422)


def test_who_left_the_hall_is_counted_and_not_shown(cast: Cast, client: Client) -> None:
    accepted(cast, cast.dora, 100, month="2026-08")
    cast.dora.in_hall = False
    db.session.commit()
    page = said(client.get("/hall-of-honour/interns?quarter=2026Q3"))
    assert "Dora" not in page and "1 person reached it and isn't shown." in page
    assert "dora" not in said(client.get("/hall-of-honour/interns.csv?quarter=2026Q3"))
    client.get("/hall-of-honour/people/dora/", 404)


def test_the_page_is_paged_and_its_cost_doesnt_grow(cast: Cast, client: Client) -> None:
    accepted(cast, cast.dora, 100, month="2026-08")
    path = "/hall-of-honour/interns?quarter=2026Q3"
    client.get(path)
    with statements() as few:
        client.get(path)
    for number in range(51):
        accepted(cast, cast.person(f"i{number}"), 100, month="2026-08")
    with statements() as many:
        page = said(client.get(path))
    assert len(few) == len(many) <= 11
    assert page.count('href="/hall-of-honour/people/') == 50 and "Next page" in page
    more = said(
        client.get("/hall-of-honour/interns" + page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0])
    )
    assert more.count('href="/hall-of-honour/people/') == 2


# -- one person's quarters are the lists' ----------------------------------------------------------

MONTHS = ["2026-02", "2026-05", "2026-06", "2026-08", "2026-09", "2026-11"]
ENTRIES = st.lists(
    st.tuples(st.sampled_from(MONTHS), st.booleans(), st.integers(-60, 90).filter(bool)), min_size=1, max_size=6
)


@given(ENTRIES, st.integers(1, 150), st.integers(1, 60))
def test_a_person_reaches_it_at_the_quarters_end_and_hadnt_before(entries: Any, points: int, least: int) -> None:
    made = [
        Entry(1, month, number if task and count > 0 else None, count)
        for number, (month, task, count) in enumerate(entries)
    ]
    rules = [
        Rules(
            programme_id=1,
            valid_from=dt.date(2025, 1, 1),
            excellent_intern={"points": points, "task_of_at_least": least},
        )
    ]
    found = [quarter for quarter, _programme in quarters_reached(made, rules)]
    stands = []
    for number, last in enumerate(("2026-03", "2026-06", "2026-09", "2026-12"), 1):
        so_far = [entry for entry in made if entry.month <= last]
        largest = max((entry.points for entry in so_far if entry.claim_id is not None), default=0)
        stands.append((f"2026Q{number}", sum(entry.points for entry in so_far) >= points and largest >= least))
    expected = [
        quarter
        for (quarter, now), (_q, before) in zip(stands, [("", False), *stands], strict=False)
        if now and not before
    ]
    assert found == expected[::-1]


def test_the_database_and_the_rule_agree(cast: Cast) -> None:
    """Many people with points in odd orders: each quarter's list has whom their own page says."""
    amounts = [(60, "2026-02"), (20, "2026-05"), (19, "2026-06"), (45, "2026-08"), (100, "2026-09"), (25, "2026-11")]
    people = []
    for number in range(12):
        person = cast.person(f"p{number}")
        people.append(person)
        for index, (points, month) in enumerate(amounts):
            if (number + 3) >> (index % 4) & 1:
                accepted(cast, person, points, month=month)
            elif number % 3 == index % 3:
                credit(cast, person, -points if index % 2 else points, month=month, by=cast.mona)
    quarters = ["2026Q1", "2026Q2", "2026Q3", "2026Q4"]
    listed = {person.handle: [quarter for quarter in quarters if person.handle in who(quarter)] for person in people}
    own = {person.handle: [quarter for quarter, _p in interns.quarters_of(person.id)][::-1] for person in people}
    assert listed == own
    assert any(listed.values()) and not all(listed.values())
