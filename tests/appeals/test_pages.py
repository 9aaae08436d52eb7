"""Pages of appeals, what waits for whom, and what a claim's page says."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template

from tests.handovers.conftest import do, reload
from tests.support.cast import Cast
from tests.support.client import Client, check_page
from tests.support.statements import statements
from tracker import clock
from tracker.appeals import queries, service
from tracker.appeals.models import Appeal
from tracker.appeals.on_claim import on_claim
from tracker.claims import service as claims
from tracker.claims.models import Claim
from tracker.db import db
from tracker.permissions import ANYBODY
from tracker.sigs.models import Membership
from tracker.web.filters import long_day


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


@pytest.fixture
def as_(app: Flask) -> Any:
    return lambda person: Client(app).sign_in(person)


# -- making one -----------------------------------------------------------------------------------


def test_the_claimant_reads_the_verdict_and_until_when_and_appeals(
    cast: Cast, claim: Claim, app: Flask, as_: Any
) -> None:
    client = as_(cast.dora)
    page = said(client.get(f"{claim.path}appeal"))
    last = queries.last_day(claim)
    with app.test_request_context("/"):
        assert f"You can appeal until {long_day(last)}, once." in page
    assert "The <strong>tests</strong> are red." in page and "Nils" in page and "within 5 working days" in page
    page = said(client.post(f"{claim.path}appeal", 422, text=""))
    assert 'aria-invalid="true"' in page
    answer = client.post(f"{claim.path}appeal", text="Red on main too.")
    assert answer.location == claim.path
    page = said(client.post(f"{claim.path}appeal", 409, text="Again, please."))
    assert "there is one only" in page and "Again, please." in page


def test_others_dont_find_the_form(cast: Cast, claim: Claim, client: Client, as_: Any) -> None:
    as_(cast.mona).post(f"{claim.path}appeal", 403, text="No.")
    as_(cast.otto).post(f"{claim.path}appeal", 404, text="No.")
    client.get(f"{claim.path}appeal", 404)


def test_the_form_says_why_not(cast: Cast, claim: Claim, as_: Any) -> None:
    claim.decided_at = clock.now().replace(year=2025)
    db.session.commit()
    page = said(as_(cast.dora).get(f"{claim.path}appeal"))
    assert "An appeal was possible until" in page and 'aria-disabled="true"' in page
    page = said(as_(cast.dora).get(f"{cast.make_claim(task=cast.make_task()).path}appeal"))
    assert "Only a claim that was failed" in page


# -- answering ------------------------------------------------------------------------------------


def test_a_maintainer_reads_both_sides_and_upholds(cast: Cast, claim: Claim, appeal: Appeal, as_: Any) -> None:
    client = as_(cast.mona)
    page = said(client.get(f"{claim.path}appeal/answer"))
    assert "The <strong>tests</strong> are red." in page and "Both scans as <em>loops</em>." in page
    assert "They are red on <code>main</code> too." in page and "https://example.org/pr/7" in page
    assert "A seat is free: the claim goes on" in page
    answer = client.post(f"{claim.path}appeal/answer", verdict="uphold", answer="Right.")
    assert answer.location == claim.path and reload(claim).state == "changes_requested"
    assert "There is nothing to answer now." in said(client.get(f"{claim.path}appeal/answer"))
    page = said(client.post(f"{claim.path}appeal/answer", 409, verdict="dismiss", answer="No."))
    assert "isn't possible now" in page


def test_dismissing_needs_words(cast: Cast, claim: Claim, appeal: Appeal, as_: Any) -> None:
    client = as_(cast.max)
    assert 'aria-invalid="true"' in said(client.post(f"{claim.path}appeal/answer", 422, verdict="dismiss", answer=""))
    client.post(f"{claim.path}appeal/answer", 422, verdict="", answer="No.")
    client.post(f"{claim.path}appeal/answer", 422, verdict="neither", answer="No.")
    client.post(f"{claim.path}appeal/answer", verdict="dismiss", answer="Main is green.")
    assert reload(appeal).state == "dismissed"


def test_it_says_before_that_it_would_only_be_closed(cast: Cast, claim: Claim, appeal: Appeal, as_: Any) -> None:
    for name in ("eve", "lan"):
        cast.make_claim(cast.person(name), cast.task, "active")
    client = as_(cast.mona)
    page = said(client.get(f"{claim.path}appeal/answer"))
    assert "It would be closed without a strike: No seat of the task is free any more" in page
    answer = client.post(f"{claim.path}appeal/answer", verdict="uphold", answer="Right.")
    page = said(client.get(answer.location))
    assert "so it was closed without a strike, and the person was told" in page
    assert "No seat of the task is free any more" in page  # the history says why


def test_who_may_not_answer_doesnt(cast: Cast, claim: Claim, appeal: Appeal, client: Client, as_: Any) -> None:
    path = f"{claim.path}appeal/answer"
    as_(cast.dora).post(path, 403, verdict="uphold", answer="Yes.")
    for person in (cast.nils, cast.otto, cast.fay):
        as_(person).post(path, 404, verdict="uphold", answer="Yes.")
    client.post(path, 404, verdict="uphold", answer="Yes.")
    assert "The verdict" in said(as_(cast.admin).get(path))
    assert reload(appeal).state == "open"


def test_the_claimant_withdraws(cast: Cast, claim: Claim, appeal: Appeal, as_: Any) -> None:
    as_(cast.mona).post(f"{claim.path}appeal/withdraw", 403)
    client = as_(cast.dora)
    client.post(f"{claim.path}appeal/withdraw", 400, token=False)
    client.post(f"{claim.path}appeal/withdraw")
    client.post(f"{claim.path}appeal/withdraw", 409)
    client.post(f"{cast.make_claim(task=cast.make_task()).path}appeal/withdraw", 404)
    assert reload(appeal).state == "withdrawn"


# -- what waits for whom --------------------------------------------------------------------------


def waits(who: Any) -> list[int]:
    return [row.claim_id for row in queries.waiting_for(who)]


def test_it_waits_for_maintainers_but_who_failed_it_oldest_first(cast: Cast, claim: Claim, appeal: Appeal) -> None:
    other = cast.make_claim(cast.otto, cast.make_task(), "active")
    do(claims.fail, cast.mona, other, reason="Red.")
    do(service.make_appeal, cast.otto, other, text="No.")
    assert waits(cast.mona) == [claim.id]
    assert waits(cast.max) == [claim.id, other.id]
    for person in (cast.dora, cast.nils, cast.admin, ANYBODY):
        assert waits(person) == []
    with statements() as seen:
        [row] = queries.waiting_for(cast.mona)
    assert len(seen) <= 2
    assert (row.who, row.reference, row.since, row.due) == (
        "Dora",
        cast.task.reference,
        appeal.made_at,
        appeal.answer_by,
    )
    assert row.path == f"{claim.path}appeal/answer"
    do(service.uphold_appeal, cast.max, appeal)
    assert waits(cast.mona) == []


@pytest.mark.parametrize("why", ["ended", "waits", "suspended"])
def test_it_waits_for_the_administrator_where_no_maintainer_may(cast: Cast, why: str) -> None:
    claim = cast.make_claim(state="active")
    do(claims.fail, cast.mona, claim, reason="Red.")
    do(service.make_appeal, cast.dora, claim, text="No.")
    assert waits(cast.admin) == []
    if why == "ended":
        db.session.query(Membership).filter(Membership.user_id == cast.max.id).update({"until": clock.today()})
    elif why == "waits":
        cast.make_claim(cast.max, cast.task, "waiting")
    else:
        cast.max.suspended_at = clock.now()
    db.session.commit()
    db.session.expire_all()
    assert waits(cast.admin) == [claim.id] == [claim.id for _each in queries.answerers(claim, cast.mona.id)]
    assert queries.answerers(claim, cast.mona.id) == [cast.admin.id]


# -- the claim's page -----------------------------------------------------------------------------


def shown(app: Flask, claim: Claim, who: Any) -> tuple[dict[str, Any], str]:
    """What a claim's page shows to ``who``, as facts and as HTML."""
    facts = on_claim(claim, who)
    with app.test_request_context("/"):
        part = render_template("appeals/_on_claim.html", claim=claim, appeals=facts)
    check_page(f"<!doctype html><html><head><title>x</title></head><body><h1>x</h1>{part}</body></html>")
    return facts, part.replace("&#39;", "'")


def test_a_failed_claim_says_until_when(cast: Cast, claim: Claim, app: Flask) -> None:
    facts, part = shown(app, claim, cast.dora)
    assert facts["can_appeal"] and "You can appeal until" in part and f"{claim.path}appeal" in part
    facts, part = shown(app, claim, cast.mona)
    assert not facts["can_appeal"] and "It can be appealed until" in part
    with clock.pretend(clock.now().replace(year=2027)):
        assert shown(app, claim, cast.dora)[1].strip() == ""


def test_an_open_appeal_shows_what_each_can_do(cast: Cast, claim: Claim, appeal: Appeal, app: Flask) -> None:
    part = shown(app, claim, cast.dora)[1]
    assert (
        "Somebody else than Nils answers by" in part and "Withdraw the appeal" in part and "appeal/answer" not in part
    )
    for person in (cast.mona, cast.admin):
        part = shown(app, claim, person)[1]
        assert "appeal/answer" in part and "Withdraw the appeal" not in part
    # the mentor, who failed it, reads neither text nor answer
    facts, part = shown(app, claim, cast.nils)
    assert facts["appeal"] is None and part.strip() == ""


@pytest.mark.parametrize("how", ["upheld", "closed", "dismissed", "withdrawn"])
def test_the_answer_stays_to_be_read(cast: Cast, claim: Claim, appeal: Appeal, app: Flask, how: str) -> None:
    if how == "closed":
        for name in ("eve", "lan"):
            cast.make_claim(cast.person(name), cast.task, "active")
    if how in ("upheld", "closed"):
        do(service.uphold_appeal, cast.mona, appeal, answer="You are *right*.")
    elif how == "dismissed":
        do(service.dismiss_appeal, cast.mona, appeal, answer="You are *wrong*.")
    else:
        do(service.withdraw_appeal, cast.dora, appeal)
    part = shown(app, reload(claim), cast.dora)[1]
    words = {
        "upheld": "<em>right</em>",
        "closed": "closed without a strike",
        "dismissed": "<em>wrong</em>",
        "withdrawn": "withdrawn",
    }
    assert words[how] in part
    assert "appeal/answer" not in part and "Withdraw the appeal" not in part
