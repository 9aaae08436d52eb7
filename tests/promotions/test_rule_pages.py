"""The pages of the rules, and files."""

from __future__ import annotations

import contextvars

import pytest
from sqlalchemy import select

from tests.promotions.conftest import Groups
from tests.promotions.test_pages import _set, text_of
from tests.support.client import Client
from tracker import clock
from tracker.db import db
from tracker.promotions.rule_models import DatedRule
from tracker.promotions.rule_queries import set_of

RULE = {"role": "contributor", "begins": "member", "for_months": "1", "electorate": "maintainer", "threshold": "votes", "in_favour": "2",
        "way": "hours", "hours": "24", "reason": "Two are enough here."}  # fmt: skip


def test_a_set_is_made_read_in_words_and_chosen(groups: Groups, client: Client) -> None:
    admin = client.sign_in(groups.cast.admin)
    months = {
        "committer_months": "6",
        "maintainer_meeting_months": "3",
        "maintainer_months": "6",
        "sig_meeting_months": "3",
    }
    admin.post("/promotions/rules/new", 422, slug="cann-sig", name="Twice", **months)
    path = admin.post("/promotions/rules/new", slug="small-sig", name="Small SIG", name_zh="小型SIG", **months).location
    today = clock.today().isoformat()
    page = admin.post(f"{path}change", 200, **RULE, valid_from=today, preview="1").get_data(as_text=True)
    assert "at least 2 votes in favour" in page and "over 24 hours" in page
    assert db.session.scalar(select(DatedRule).where(DatedRule.reason == RULE["reason"])) is None
    admin.post(f"{path}change", 422, **{**RULE, "valid_from": "2020-01-01"})
    for missing in ("electorate", "in_favour", "hours", "reason"):
        admin.post(f"{path}change", 422, **{**RULE, missing: None}, valid_from=today)
    admin.post(f"{path}change", 422, **{**RULE, "role": "contributor", "begins": "contributor"}, valid_from=today)
    admin.post(f"{path}change", **RULE, valid_from=today)
    admin.post(f"{path}change", 422, **RULE, valid_from=today)
    assert "at least 2 votes in favour" in text_of(admin, path)
    admin.post(f"{path}edit", name="Small", **{**months, "sig_meeting_months": "4"})
    mona = Client(client.app).sign_in(groups.cast.mona)
    mona.post("/sigs/akg/promotion-rules", 422, rule_set="999")
    mona.post("/sigs/akg/promotion-rules", rule_set=str(_set("small-sig").id))
    chosen = set_of(groups.cast.akg.id)
    assert chosen is not None and chosen.slug == "small-sig"


def test_a_rule_that_ends_is_shown_in_words_too(groups: Groups, client: Client) -> None:
    typed = {
        "role": "maintainer",
        "valid_from": clock.today().isoformat(),
        "none": "1",
        "reason": "For now.",
        "preview": "1",
    }
    page = client.sign_in(groups.cast.admin).post("/promotions/rules/cann-sig/change", 200, **typed)
    assert "As it will read" in page.text and "<li>Nobody is elected to this role any more.</li>" in page.text


@pytest.mark.parametrize(("path", "rows"), [("/promotions.csv", 1), ("/sigs/akg/inactivity.csv", 2)])
def test_a_file_is_read_after_its_request_is_over(groups: Groups, client: Client, path: str, rows: int) -> None:
    """As a server does it: the view returns, its request ends, then the body is asked for row by row."""
    groups.nominated()
    client.sign_in(groups.cast.mona)

    def received() -> tuple[str, str]:
        answer = client.raw.get(path)
        return answer.data.decode("utf-8-sig"), answer.headers["Cache-Control"]

    text, cache = contextvars.Context().run(received)
    lines = text.splitlines()
    assert len(lines) == 1 + rows and "," in lines[0]
    assert "no-store" in cache


def test_a_role_can_be_taken_out_of_a_set(groups: Groups, client: Client) -> None:
    admin = client.sign_in(groups.cast.admin)
    admin.post("/promotions/rules/mindspore-sig/change", role="contributor", valid_from=clock.today().isoformat(), none="1",
               reason="Not for now.")  # fmt: skip
    assert "Nobody is elected to this role any more" in text_of(admin, "/promotions/rules/mindspore-sig/")
    page = (
        Client(client.app)
        .sign_in(groups.cast.mona)
        .post("/sigs/akg/nominate", 422, user="dora", role="contributor", statement="x")
    )
    assert "no such choice" in page.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/promotions/rules/", "/promotions/rules/mindspore-sig/"])
def test_everybody_reads_the_rules(groups: Groups, client: Client, path: str) -> None:
    assert "a majority of the votes for and against" in text_of(client, path)
    client.get("/promotions/rules/none-such/", 404)
