"""What waits for whom, and what a claim's page says of hand-overs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, render_template

from tests.handovers.conftest import do
from tests.support.cast import Cast
from tests.support.client import check_page
from tests.support.statements import statements
from tracker.claims import service as claims
from tracker.claims.models import Claim
from tracker.db import db
from tracker.handovers import queries, service
from tracker.handovers.models import HandOver
from tracker.handovers.on_claim import on_claim
from tracker.permissions import ANYBODY


def waits(who: Any) -> list[tuple[int, bool]]:
    return [(row.hand_over_id, row.mine) for row in queries.waiting_for(who)]


def test_an_offer_waits_for_the_receiver_then_for_the_maintainers(cast: Cast, offered: HandOver) -> None:
    assert waits(cast.otto) == [(offered.id, True)]
    [row] = queries.waiting_for(cast.otto)
    assert (row.reference, row.giver, row.receiver, row.path) == (cast.task.reference, "Dora", "Otto", offered.path)
    assert row.since == offered.offered_at
    for person in (cast.dora, cast.mona, cast.nils, cast.admin, ANYBODY):
        assert waits(person) == []
    made = do(service.accept_hand_over, cast.otto, offered, plan="Mine.")
    assert waits(cast.mona) == waits(cast.max) == [(offered.id, False)]
    assert queries.waiting_for(cast.mona)[0].since == made.accepted_at
    for person in (cast.otto, cast.dora, cast.nils, cast.admin):
        assert waits(person) == []
    do(service.confirm_hand_over, cast.mona, offered)
    assert waits(cast.max) == []


def test_it_waits_for_nobody_who_couldnt_decide_or_once_the_claim_went_its_way(cast: Cast, accepted: HandOver) -> None:
    cast.make_claim(cast.max, cast.task, "waiting")
    assert waits(cast.max) == [] and waits(cast.mona) == [(accepted.id, False)]
    assert [row.id for row in queries.offers_for(cast.otto.id)] == [accepted.id]
    do(claims.submit, cast.dora, accepted.claim, summary="Done.", links=["https://example.org/pr/1"])
    assert waits(cast.mona) == [] and queries.offers_for(cast.otto.id) == []


def test_my_offers_are_rows_oldest_first(cast: Cast, offered: HandOver) -> None:
    eve = cast.person("eve")
    other = do(service.offer_hand_over, eve, cast.make_claim(eve, cast.make_task(), "active"), receiver="otto")
    otto_id = cast.otto.id
    with statements() as seen:
        rows = queries.offers_for(otto_id)
    assert [(row.id, row.state, row.giver) for row in rows] == [
        (offered.id, "offered", "Dora"),
        (other.id, "offered", "Eve"),
    ]
    assert len(seen) == 1
    assert queries.offers_for(cast.dora.id) == []


def shown(app: Flask, claim: Claim, who: Any) -> tuple[dict[str, Any], str]:
    """What a claim's page shows to ``who``, as facts and as HTML."""
    facts = on_claim(claim, who)
    with app.test_request_context("/"):
        part = render_template("handovers/_on_claim.html", claim=claim, handovers=facts)
    check_page(f"<!doctype html><html><head><title>x</title></head><body><h1>x</h1>{part}</body></html>")
    return facts, part.replace("&#39;", "'")


def test_the_holder_can_offer_an_active_claim(cast: Cast, claim: Claim, app: Flask) -> None:
    facts, part = shown(app, claim, cast.dora)
    assert facts["can_offer"] and f"{claim.path}hand-over" in part
    facts, part = shown(app, claim, cast.mona)
    assert not facts["can_offer"] and part.strip() == ""


@pytest.mark.parametrize(
    ("step", "words"),
    [("", "who hasn't answered yet"), ("accept", "a maintainer confirms it"), ("decline", "Otto declined on"),
     ("refuse", "a maintainer refused"), ("submit", "waits until the claim is active again"), ("release", "ended with the claim")],
)  # fmt: skip
def test_it_says_how_an_offer_stands(
    cast: Cast, claim: Claim, offered: HandOver, app: Flask, step: str, words: str
) -> None:
    if step in ("accept", "refuse"):
        do(service.accept_hand_over, cast.otto, offered, plan="Mine.")
    if step == "refuse":
        do(service.refuse_hand_over, cast.mona, offered, reason="No.")
    if step == "decline":
        do(service.decline_hand_over, cast.otto, offered)
    if step == "submit":
        do(claims.submit, cast.dora, claim, summary="Done.", links=["https://example.org/pr/1"])
    if step == "release":
        do(claims.release, cast.dora, claim)
    facts, part = shown(app, claim, cast.dora)
    assert words in part and offered.path in part
    assert facts["can_offer"] == (step in ("decline", "refuse"))
    # the mentor reads that it is so; the offer itself isn't for them
    assert words in shown(app, claim, cast.nils)[1] and offered.path not in shown(app, claim, cast.nils)[1]


def test_both_claims_say_where_it_went_and_came_from(cast: Cast, claim: Claim, accepted: HandOver, app: Flask) -> None:
    made = do(service.confirm_hand_over, cast.mona, accepted)
    new = db.session.get_one(Claim, made.new_claim_id)
    for who, sees in ((cast.dora, False), (cast.mona, True), (cast.nils, True)):
        part = shown(app, claim, who)[1]
        assert "Otto holds the task since" in part and (new.path in part) == sees
    for who, sees in ((cast.otto, False), (cast.mona, True)):
        part = shown(app, new, who)[1]
        assert "Dora handed the task over on" in part and (f'"{claim.path}"' in part) == sees
    assert shown(app, new, cast.otto)[0]["can_offer"]


def test_a_claim_without_a_hand_over_costs_one_statement(cast: Cast, claim: Claim, app: Flask) -> None:
    on_claim(claim, cast.mona)
    with statements() as seen:
        on_claim(claim, cast.mona)
    assert len(seen) == 1
