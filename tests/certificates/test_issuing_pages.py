"""Issuing by page: the preview first, one or many."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests.certificates.earned import accepted, all_certificates, intern, issue
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.certificates import document, issuing, queries
from tracker.certificates.entitlements import get_entitlement
from tracker.certificates.models import CertificateRun, CertificateRunLine
from tracker.db import db


def text(response: Any) -> str:
    return str(response.get_data(as_text=True))


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


@pytest.fixture
def mona(cast: Cast, app: Flask) -> Client:
    return Client(app).sign_in(cast.mona)


def test_what_will_be_said_is_shown_and_then_issued(cast: Cast, mona: Client) -> None:
    row = intern(cast)
    page = text(mona.get(row.path))
    assert "data:image/png;base64," in page and "What it will say" in page and "60 points, and 60 are asked for" in page
    answer = mona.post(row.path, layout="mindspore", seen=seen_on(page))
    [certificate] = all_certificates()
    assert answer.headers["Location"] == certificate.path
    page = text(mona.get(row.path))
    assert "certified already" in page and certificate.path in page
    mona.post(row.path, 409, layout="mindspore", seen="0" * 64)
    assert len(all_certificates()) == 1


def test_what_was_not_shown_is_not_issued(cast: Cast, mona: Client) -> None:
    row = intern(cast)
    seen = seen_on(text(mona.get(row.path)))
    cast.dora.display_name = "Dora Ekström"
    db.session.commit()
    assert "changed since the preview" in text(mona.post(row.path, 409, layout="mindspore", seen=seen))
    mona.post(row.path, 422)
    mona.post(row.path, 422, layout="nothing", seen=seen)
    assert "changed since the preview" in text(mona.post(row.path, 409, layout="general", seen=seen))
    assert all_certificates() == []


def test_characters_that_no_font_has_are_told_before(cast: Cast, mona: Client) -> None:
    claim = accepted(cast)
    cast.dora.display_name = "Dora \U00013000"
    db.session.commit()
    page = text(mona.get(f"/certificates/issue/task-{claim.id}"))
    assert "No font of the certificate has these characters: \U00013000" in page and 'name="seen"' not in page
    mona.post(f"/certificates/issue/task-{claim.id}", 409, layout="mindspore", seen="0" * 64)
    assert all_certificates() == []


def test_who_has_a_name_that_no_font_has_is_not_picked(cast: Cast, mona: Client) -> None:
    claims = [accepted(cast, user) for user in (cast.dora, cast.otto, cast.dora)]
    cast.dora.display_name = "Dora \U00013000"
    db.session.commit()
    # Nobody waits for an internship's: the page opens where somebody does, and counts.
    assert '<a href="/sigs/akg/certificates/new?kind=task" aria-current="true">' in text(mona.get("/sigs/akg/certificates/new")).replace("&amp;quarter=", "")
    page = text(mona.get("/sigs/akg/certificates/new?kind=task&all=1"))
    assert page.count(" checked") == 1 and f'value="task-{claims[1].id}" checked' in page
    assert page.count("no font of the certificate has \U00013000") == 2
    keys = [f"task-{claim.id}" for claim in claims]
    page = text(mona.post("/sigs/akg/certificates/new?kind=task", 409, layout="mindspore", keys=keys))
    assert "some characters of these: Dora \U00013000 (\U00013000)" in page
    assert db.session.query(CertificateRun).count() == 0
    mona.post("/sigs/akg/certificates/new?kind=task", layout="mindspore", keys=keys[1:2])


def test_a_long_list_is_tried_in_one_go(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    shown = document._shown
    monkeypatch.setattr(document, "_shown", lambda text: tried.append(text) or shown(text))
    rows = [get_entitlement(f"task-{accepted(cast).id}") for _number in range(5)]
    layout = queries.layout_for("MindSpore")
    assert issuing.unprintable(rows, layout) == {} and len(tried) == 1
    strange = [*rows[:3], replace(rows[3], title="\u202eLoops"), rows[4]]
    assert issuing.unprintable(strange, layout) == {rows[3].key: "U+202E"}


@pytest.mark.parametrize(("state", "words"), [("failed", "The task failed."), ("withdrawn", "was withdrawn")])
def test_why_not_stands_beside_the_button(cast: Cast, mona: Client, state: str, words: str) -> None:
    claim = cast.make_claim(state=state)
    page = text(mona.get(f"/certificates/issue/task-{claim.id}"))
    assert words in page and 'aria-disabled="true"' in page
    assert words in text(mona.post(f"/certificates/issue/task-{claim.id}", 409, layout="mindspore", seen="0" * 64))


def test_ones_own_says_who_else_issues_it(cast: Cast, mona: Client) -> None:
    claim = accepted(cast, cast.mona)
    assert "Another maintainer" in text(mona.get(f"/certificates/issue/task-{claim.id}"))


@pytest.mark.parametrize(("who", "status"), [("dora", 404), ("nils", 404), ("fay", 404), ("admin", 404), ("max", 200)])
def test_who_may_look_at_it(cast: Cast, app: Flask, who: str, status: int) -> None:
    claim = accepted(cast)
    Client(app).sign_in(getattr(cast, who)).get(f"/certificates/issue/task-{claim.id}", status)


def test_those_who_are_entitled_are_picked_and_issued_in_the_background(cast: Cast, mona: Client) -> None:
    rows = [intern(cast), intern(cast, cast.otto)]
    page = text(mona.get("/sigs/akg/certificates/new?kind=internship"))
    assert all(row.key in page for row in rows) and " checked" not in page
    page = text(mona.get("/sigs/akg/certificates/new?kind=internship&all=1"))
    assert page.count(" checked") == 2
    answer = mona.post("/sigs/akg/certificates/new?kind=internship", layout="mindspore", keys=[row.key for row in rows])
    [run] = db.session.query(CertificateRun)
    assert answer.headers["Location"] == run.path and db.session.query(CertificateRunLine).count() == 2
    page = text(mona.get(run.path))
    assert "0 of 2 are decided." in page and "Stop" in page
    assert len(text(mona.get(f"/certificates/runs/{run.id}.csv")).splitlines()) == 3
    mona.post(f"{run.path}cancel")
    mona.post(f"{run.path}cancel", 409)
    assert "It was stopped." in text(mona.get(f"{run.path}?state=waiting"))


def test_a_pick_that_is_no_good_is_refused_as_a_whole(cast: Cast, mona: Client) -> None:
    row, own = intern(cast), intern(cast, cast.mona)
    path = "/sigs/akg/certificates/new?kind=internship"
    mona.post(path, 422, layout="mindspore")
    mona.post(path, 422, layout="mindspore", keys=["' OR 1=1"])
    mona.post(path, 422, layout="nothing", keys=[row.key])
    mona.post(path, 409, layout="mindspore", keys=[row.key, own.key])
    mona.post(path, 409, layout="mindspore", keys=[row.key, "internship-1-999999"])
    issue(cast.max, row.key)
    mona.post(path, 409, layout="mindspore", keys=[row.key])
    assert db.session.query(CertificateRun).count() == 0


@pytest.mark.parametrize("query", ["kind=honour", "quarter=2026", "quarter=2026Q5"])
def test_a_filter_that_means_nothing_is_said(cast: Cast, mona: Client, query: str) -> None:
    mona.get(f"/sigs/akg/certificates/new?{query}", 422)
    mona.get(f"/sigs/akg/certificates/new.csv?{query}", 422)


def test_the_list_as_a_file(cast: Cast, mona: Client) -> None:
    intern(cast)
    rows = text(mona.get("/sigs/akg/certificates/new.csv?kind=internship")).splitlines()
    assert len(rows) == 2 and rows[1].startswith("internship,dora,Dora,,60,")
    assert "Nobody is waiting" in text(mona.get("/sigs/akg/certificates/new?kind=internship&quarter=2020Q1"))
