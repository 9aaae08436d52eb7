"""Pages of settlements: the preview with its sums repeated, what is frozen, and who may."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.rewards.lines import approve, correction
from tests.settlements.ways import beijing, commit, correct, earn, wages
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker.db import db
from tracker.programmes.models import Agreement
from tracker.settlements.models import Settlement

PATH = "/settlements/mindspore-internship/2026-10/"


@pytest.fixture(autouse=True)
def the_month_after() -> Iterator[None]:
    with time_machine.travel(beijing("2026-11-20 09:40")):
        yield


def shown(page: str) -> dict[str, str]:
    """What the page's form sends back."""
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', page).group(1)  # type: ignore[union-attr]
        for name in ("count", "amount", "seen")
    }


def test_the_preview_shows_every_figure_and_commits_what_it_showed(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    earn(cast, cast.otto, 15)
    page = client.sign_in(cast.mona).get(PATH).text
    assert (
        "Settlement of October 2026" in page and "CNY\u00a01,000.00" in page and "5 points below the first tier" in page
    )
    assert "I have checked 1 line, CNY\u00a01,000.00" in page and "Dora" in page and "Otto" in page
    answer = client.post(f"{PATH}commit", checked="1", **shown(page))
    assert answer.headers["Location"] == PATH
    done = client.get(PATH).text
    assert "Committed by Mona" in done and "it doesn" in done and "Proposed" in done


def test_a_wage_that_nobody_may_approve_says_what_helps(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 40, "2026-09-10 10:00", by=cast.mona)
    earn(cast, cast.dora, 1, "2026-09-11 10:00", by=cast.max)
    with time_machine.travel(beijing("2026-09-12 10:00"), tick=False):
        approve(cast.fay, correction(cast, points=-1))
    commit(cast, "2026-09", actor=cast.nils)
    (wage,) = wages(cast.dora)
    client.sign_in(cast.mona)
    assert "Nobody may approve it" not in client.get(wage.path).text  # finn may
    with time_machine.travel(beijing("2026-10-12 10:00"), tick=False):
        approve(cast.finn, correction(cast, points=20))
    commit(cast, "2026-10", actor=cast.nils)
    _september, wage = wages(cast.dora)
    for person in (cast.mona, cast.fay, cast.dora):
        page = client.sign_in(person).get(wage.path).text
        assert "Nobody may approve it." in page and "an administrator makes one" in page
    cast.person("fred", is_finance=True)
    db.session.commit()
    assert "Nobody may approve it" not in client.get(wage.path).text


def test_it_is_committed_only_as_it_was_shown_and_with_the_box_ticked(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    page = client.sign_in(cast.mona).get(PATH).text
    fields = shown(page)
    assert "tick the box" in client.post(f"{PATH}commit", 422, **fields).text
    for wrong in ({"amount": "NaN"}, {"amount": "1e5"}, {"count": "-1"}, {"seen": "x"}, {"amount": "-1"}):
        client.post(f"{PATH}commit", 422, checked="1", **{**fields, **wrong})
    earn(cast, cast.otto, 40, "2026-10-20 10:00")
    assert "now there are 2" in client.post(f"{PATH}commit", 409, checked="1", **fields).text
    assert not db.session.scalars(select(Settlement)).all()


def test_the_difference_is_against_all_that_the_month_before_paid(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20, "2026-09-10 10:00")
    earn(cast, cast.otto, 40, "2026-09-10 10:00")
    commit(cast, "2026-09", at="2026-10-02 09:00")
    earn(cast, cast.dora, 20)
    page = client.sign_in(cast.mona).get(PATH).text
    assert "Against the month before</dt><dd>\u22122,000.00</dd>" in page, "1,500.00 now, 3,500.00 then"
    assert "Otto" in page and ">\u22122,500.00</td>" in page
    commit(cast, at="2026-11-02 09:00")
    page = client.get("/settlements/mindspore-internship/2026-10/").text
    assert "Otto" in page


def test_two_tabs_commit_one_settlement(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    fields = shown(client.sign_in(cast.mona).get(PATH).text)
    for _tab in range(2):
        client.post(f"{PATH}commit", checked="1", **fields)
    assert len(db.session.scalars(select(Settlement)).all()) == 1


def test_a_month_that_somebody_else_settled_meanwhile_with_other_figures_says_so(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    fields = shown(client.sign_in(cast.mona).get(PATH).text)
    earn(cast, cast.otto, 40, "2026-10-20 10:00")
    commit(cast, actor=cast.fay, at="2026-11-20 09:39")
    page = client.post(f"{PATH}commit", 409, checked="1", **fields).text
    assert (
        "Fay settled the month meanwhile" in page and "2 lines, CNY\u00a03,500.00" in page and f'href="{PATH}"' in page
    )


def test_a_month_that_is_not_due_says_why(cast: Cast, client: Client) -> None:
    client.sign_in(cast.fay)
    assert "no points" in client.get(PATH, 409).text
    earn(cast, cast.dora, 20)
    assert "ended yet" in client.get("/settlements/mindspore-internship/2026-11/", 409).text
    assert "2026-10" in client.get("/settlements/mindspore-internship/2026-09/", 409).text
    for wrong in ("2026-13", "x", "2026-1", "99999-01"):
        client.get(f"/settlements/mindspore-internship/{wrong}/", 404)
    client.get("/settlements/nowhere/2026-10/", 404)


def test_who_sees_and_who_commits(cast: Cast, app: Flask) -> None:
    earn(cast, cast.dora, 20)
    fields = {"checked": "1", "count": "1", "amount": "100000", "seen": "0" * 16}
    for user, status in ((cast.dora, 404), (cast.otto, 404)):
        Client(app).sign_in(user).get(PATH, status)
        Client(app).sign_in(user).post(f"{PATH}commit", status, **fields)
        Client(app).sign_in(user).get("/settlements/", 403)
    Client(app).get(PATH, 404)
    Client(app).get("/settlements/", 302)
    page = Client(app).sign_in(cast.admin).get(PATH).text
    assert "Commit the settlement" not in page
    Client(app).sign_in(cast.admin).post(f"{PATH}commit", 403, **fields)
    Client(app).sign_in(cast.fay).post(f"{PATH}commit", 409, **fields)


def test_who_is_left_out_and_what_is_held_is_worth_a_look(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 40, "2026-09-10 10:00")
    commit(cast, "2026-09", at="2026-10-02 09:00")
    correct(cast, cast.dora, -5, "2026-10-10 10:00")
    db.session.query(Agreement).filter(Agreement.user_id == cast.otto.id).delete()
    earn(cast, cast.otto, 20)
    page = client.sign_in(cast.fay).get(PATH).text
    assert "Worth a look" in page and "CNY\u00a01,500.00 held" in page and "The agreement isn" in page
    assert "Not paid now" in page and "I have checked 0 lines, CNY\u00a00.00" in page


def test_the_list_says_what_is_due_and_what_was_settled(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    assert "Nothing is due" in client.get("/settlements/").text
    earn(cast, cast.dora, 20)
    assert "Preview October 2026" in client.get("/settlements/").text
    commit(cast, at="2026-11-02 09:00")
    page = client.get("/settlements/").text
    assert "November 2026 can be settled once it has ended" in page and "CNY\u00a01,000.00" in page


def test_the_file_is_the_preview_and_then_what_was_committed(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    client.sign_in(cast.mona)
    line = "dora,Dora,2026-10,0,20,0,20,20,1000.00,0.00,1000.00,0.00,CNY,,{reward},{state}\r\n"
    got = client.get("/settlements/mindspore-internship/2026-10.csv").get_data(as_text=True)
    assert got.endswith(line.format(reward="", state="preview"))
    commit(cast, at="2026-11-02 09:00")
    got = client.get("/settlements/mindspore-internship/2026-10.csv").get_data(as_text=True)
    assert got.endswith(line.format(reward=1, state="proposed")) or ",proposed\r\n" in got
    client.get("/settlements/mindspore-internship/2026-12.csv", 409)


def test_a_long_settlement_has_pages(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracker.settlements import views

    monkeypatch.setattr(views, "SIZE", 2)
    for number in range(5):
        earn(cast, cast.person(f"p{number}"), 20)
    client.sign_in(cast.mona)
    for _state in range(2):
        first = client.get(PATH).text
        assert "<strong>P0</strong>" in first and "<strong>P2</strong>" not in first and "?from=2" in first
        assert "<strong>P4</strong>" in client.get(f"{PATH}?from=4").text
        client.get(f"{PATH}?from=-1")
        commit(cast, at="2026-11-02 09:00")


def test_whoever_cancels_a_wage_reads_what_becomes_of_it(cast: Cast, client: Client) -> None:
    earn(cast, cast.dora, 20)
    commit(cast, at="2026-11-02 09:00")
    path = wages(cast.dora)[0].path
    assert "The next settlement computes this wage anew." in client.sign_in(cast.fay).get(path).text
    cast.make_rules(valid_from=dt.date(2026, 11, 1), wage_scheme="none", wage={})
    db.session.commit()
    page = client.get(path).text
    assert "No settlement computes this wage anew" in page and "The next settlement" not in page


def test_pages_in_chinese(cast: Cast, client: Client) -> None:
    cast.mona.language = "zh"
    earn(cast, cast.dora, 20)
    client.sign_in(cast.mona)
    assert "2026年10月" in client.get(PATH).text and "2026年10月" in client.get("/settlements/").text


def test_more_lines_take_no_more_statements(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    counts = []
    for number in range(3):
        for index in range(number * 3 + 1):
            earn(cast, cast.person(f"p{number}{index}"), 20)
        with statements() as seen:
            client.get(PATH)
        counts.append(len(seen))
    assert len(set(counts)) == 1
