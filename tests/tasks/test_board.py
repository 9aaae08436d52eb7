from __future__ import annotations

import re

import pytest
from flask import Flask, request
from werkzeug.datastructures import MultiDict

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.db import db
from tracker.errors import Refused
from tracker.tasks import board, shelf


def text(client: Client, path: str, status: int = 200) -> str:
    return client.get(path, status).get_data(as_text=True)


def titles(page: str) -> list[str]:
    return re.findall(r'<a class="t"[^>]*>([^<]*)</a>', page)


def test_the_board_shows_open_tasks_of_open_quarters(cast: Cast, client: Client) -> None:
    other = cast.make_task(title="Held by two")
    cast.make_claim(cast.dora, other)
    cast.make_claim(cast.otto, other)
    other.availability = "under_review"
    cast.make_task(title="Only a draft", state="draft")
    db.session.commit()
    page = text(client, "/tasks/")
    assert titles(page) == [cast.task.title]
    assert "Export 1 as CSV" in page
    assert titles(text(client, "/tasks/?availability=under_review")) == ["Held by two"]
    assert set(titles(text(client, "/tasks/?availability=all"))) == {cast.task.title, "Held by two"}


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("sig=akg", True), ("sig=ge", False), ("sig=akg&sig=ge", True), ("kind=internship", True), ("kind=community", False),
        ("difficulty=L2", True), ("difficulty=L3", False), ("backend=CPU", True), ("backend=FPGA", False),
        ("area=operator-support", True), ("area=backend-iteration", False), ("quarter=2001Q1", False), ("quarter=all", True),
    ],
)  # fmt: skip
def test_each_filter_narrows_the_list(cast: Cast, client: Client, query: str, fits: bool) -> None:
    page = text(client, f"/tasks/?{query}")
    assert titles(page) == ([cast.task.title] if fits else [])
    assert ("No task fits" in page) is not fits


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("sig=nowhere", "SIG"), ("sig=%27--", "SIG"), ("quarter=2026Q9", "Quarter"), ("area=nowhere", "Area"),
        ("kind=odd", "Kind"), ("difficulty=L9", "Level"), ("backend=TPU", "Hardware"), ("availability=maybe", "Availability"),
        ("q=" + "x" * 300, "200"), ("after=nonsense", "page of the list"), ("after=2026-01-01~99999999999999", "page of the list"),
        ("after=2026-01-01", "page of the list"), ("after=0001-01-01T00:00:00%2B14:00~1", "page of the list"),
        ("&".join(f"sig=s{n}" for n in range(40)), "Too many"),
    ],
)  # fmt: skip
def test_unknown_values_are_named_and_nothing_is_listed(cast: Cast, client: Client, query: str, word: str) -> None:
    page = text(client, f"/tasks/?{query}", 422)
    assert word in page and not titles(page)


@pytest.mark.parametrize("q", ["%00", "%ff", "'%22*", "NEAR(", "算子", "%F0%9F%98%80"])
def test_any_search_is_answered(cast: Cast, client: Client, q: str) -> None:
    text(client, f"/tasks/?q={q}", 400 if q == "%00" else 200)


def test_the_board_in_chinese(cast: Cast, client: Client) -> None:
    page = client.get("/tasks/", headers={"Accept-Language": "zh-CN"}).get_data(as_text=True)
    assert "算子支持" in page and "图算融合编译" in page


def test_counts_are_under_all_the_other_filters(cast: Cast, app: Flask) -> None:
    cast.make_task(title="Community", kind="community", difficulty="L1", area_id=cast.backend_area.id)
    db.session.commit()
    counts = board.facets(board.parse_filters({"kind": "internship"}, availability="open"))
    assert counts.counts["kind"] == {"community": 1, "internship": 1}
    assert counts.counts["difficulty"] == {"L2": 1}
    assert counts.counts["backend"]["CPU"] == 1
    assert counts.counts["availability"] == {"open": 1}
    assert counts.total == 1
    assert counts.areas["operator-support"] == ("Operator support", "算子支持")


def test_pages_follow_each_other_without_gap_or_double(cast: Cast, client: Client) -> None:
    for number in range(60):
        cast.make_task(title=f"Task {number:02d}")
    db.session.commit()
    first = text(client, "/tasks/?sig=akg")
    assert len(titles(first)) == 50
    following = re.search(r'href="(\?[^"]*)" rel="next"', first)
    assert following is not None
    second = text(client, "/tasks/" + following[1].replace("&amp;", "&"))
    assert len(titles(second)) == 11
    assert not set(titles(first)) & set(titles(second))
    assert "First page" in second


def test_the_board_takes_at_most_four_statements_however_many_rows(cast: Cast, app: Flask) -> None:
    counted = []
    for _round in range(2):
        with app.test_request_context("/tasks/"), statements() as seen:
            shelf.read(MultiDict([("q", "loops"), ("area", "operator-support")]))
        counted.append(len(seen))
        for _number in range(20):
            cast.make_task()
        db.session.commit()
    assert counted[0] == counted[1] <= 4


def test_filters_can_be_written_as_an_address_and_read_again() -> None:
    filters = board.parse_filters(MultiDict([("sig", "akg"), ("sig", "ge"), ("q", "a b")]), quarter="open")
    assert board.parse_filters(MultiDict(filters.arguments())) == filters
    assert ("availability", "all") in filters.arguments()
    assert board.parse_filters({"sig": ["akg"], "other": "x"}).sig == ("akg",)
    with pytest.raises(Refused) as refused:
        board.parse_filters({"kind": "x"})
    assert refused.value.field == "kind"


def test_a_sig_link_adds_and_takes_away_and_the_others_replace(cast: Cast, app: Flask) -> None:
    def links(query: str) -> dict[str, str]:
        with app.test_request_context(f"/tasks/?{query}"):
            shown = shelf.read(request.args)
        return {str(link.name): link.href for _name, group in shown.groups for link in group}

    assert links("")["AKG"] == "/tasks/?sig=akg"
    assert links("sig=akg")["AKG"] == "/tasks/"
    assert links("kind=internship&sig=akg")["L2"] == "/tasks/?sig=akg&kind=internship&difficulty=L2"
    assert links("kind=internship")["Internship task"] == "/tasks/"
    quarter = cast.cycle.quarter
    assert links("")[quarter] == f"/tasks/?quarter={quarter}"
    assert links(f"quarter={quarter}")[quarter] == "/tasks/"


def test_the_export_link_leads_to_exactly_what_is_shown(cast: Cast, client: Client) -> None:
    cast.make_task(title="Another kind", kind="community").search = "loops"
    cast.task.search = "loops"
    db.session.commit()
    client.sign_in(cast.dora)
    page = text(client, "/tasks/?kind=internship&q=loops")
    link = re.search(r'href="(/exports/tasks[.]csv[^"]*)"', page)
    assert link is not None
    lines = text(client, link[1].replace("&amp;", "&")).splitlines()
    assert len(lines) == 2 and cast.task.reference in lines[1]


def test_it_says_when_no_quarter_is_open(cast: Cast, client: Client) -> None:
    cast.cycle.state = "closed"
    db.session.commit()
    page = text(client, "/tasks/")
    assert "No quarter is open" in page and "No task fits" in page
