"""Pages of hand-overs: what each reader sees and can do."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.handovers.conftest import do, reload
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.claims import service as claims
from tracker.claims.models import Claim, DesignDocument
from tracker.db import db
from tracker.handovers import service
from tracker.handovers.models import HandOver


def said(page: Any) -> str:
    return str(page.text).replace("&#39;", "'").replace("&amp;", "&")


@pytest.fixture
def as_(app: Flask) -> Any:
    return lambda person: Client(app).sign_in(person)


# -- offering -------------------------------------------------------------------------------------


def test_the_form_says_what_it_means_and_offers(cast: Cast, claim: Claim, as_: Any) -> None:
    client = as_(cast.dora)
    page = said(client.get(f"{claim.path}hand-over"))
    assert "It is no strike" in page and "due on 28 Dec" in page and "A maintainer confirms it" in page
    answer = client.post(f"{claim.path}hand-over", receiver="otto", message="Mind the **cache**.")
    page = said(client.get(answer.location))
    assert "Offered to Otto" in page and "<strong>cache</strong>" in page and "Withdraw the offer" in page
    assert "Otto answers the offer" in page


def test_a_form_that_isnt_taken_keeps_what_was_typed(cast: Cast, claim: Claim, as_: Any) -> None:
    client = as_(cast.dora)
    page = said(client.post(f"{claim.path}hand-over", 422, receiver="", message="Mind the cache."))
    assert "Mind the cache." in page and 'aria-invalid="true"' in page
    page = said(client.post(f"{claim.path}hand-over", 422, receiver="nobody", message="Mind the cache."))
    assert "Nobody has this handle" in page and 'value="nobody"' in page
    claims_closed = said(client.post(f"{claim.path}hand-over", 422, receiver="nils"))
    assert "Nils mentors this task" in claims_closed


def test_it_is_refused_while_the_claim_is_elsewhere(cast: Cast, claim: Claim, offered: HandOver, as_: Any) -> None:
    client = as_(cast.dora)
    assert "It is offered to Otto already" in said(client.get(f"{claim.path}hand-over"))
    assert "offered to somebody already" in said(client.post(f"{claim.path}hand-over", 409, receiver="fay"))
    do(claims.release, cast.dora, claim)
    assert "only an active one can be handed over" in said(client.get(f"{claim.path}hand-over"))
    as_(cast.mona).post(f"{claim.path}hand-over", 403, receiver="fay")
    as_(cast.fay).post(f"{claim.path}hand-over", 403, receiver="fay")


# -- the offer ------------------------------------------------------------------------------------


def test_the_receiver_reads_task_terms_and_their_own_conditions(cast: Cast, offered: HandOver, as_: Any) -> None:
    page = said(as_(cast.otto).get(offered.path))
    assert cast.task.title in page and "Monday 28 December 2026" in page and "Unit tests pass." in page
    assert "The <em>kernel</em> is done." in page and "0 of 2 live claims used" in page
    assert "Take it over" in page and "Decline the offer" in page and "Report at least every 14 days." in page
    assert "Confirm the hand-over" not in page and "Withdraw the offer" not in page


def test_a_design_that_was_accepted_is_there_to_read(cast: Cast, claim: Claim, offered: HandOver, as_: Any) -> None:
    now = clock.now()
    claim.design_accepted_at = now
    db.session.add(DesignDocument(claim_id=claim.id, link="https://example.org/design", sent_at=now, accepted=True,
                                  decided_at=now))  # fmt: skip
    db.session.commit()
    assert "https://example.org/design" in said(as_(cast.otto).get(offered.path))


def test_the_receiver_accepts(cast: Cast, offered: HandOver, as_: Any) -> None:
    client = as_(cast.otto)
    page = said(client.post(f"{offered.path}accept", 422, plan=""))
    assert 'aria-invalid="true"' in page and "Take it over" in page
    answer = client.post(f"{offered.path}accept", plan="Tests next.")
    page = said(client.get(answer.location))
    assert (
        "Accepted. A maintainer confirms it" in page
        and "a maintainer of AKG confirms it" in page
        and "Tests next." in page
    )
    assert "isn't possible now" in said(client.post(f"{offered.path}accept", 409, plan="Again."))


def test_the_agreement_is_ticked_there(cast: Cast, claim: Claim, as_: Any) -> None:
    offered = do(service.offer_hand_over, cast.dora, claim, receiver="fay")
    client = as_(cast.fay)
    assert 'name="agree"' in said(client.get(offered.path))
    page = said(client.post(f"{offered.path}accept", 422, plan="Mine."))
    assert "agree-e1" in page and "Mine." in page
    client.post(f"{offered.path}accept", plan="Mine.", agree="1")
    assert reload(offered).state == "accepted"


def test_the_receiver_sees_why_they_cant(cast: Cast, offered: HandOver, as_: Any) -> None:
    held = [cast.make_claim(cast.otto, cast.make_task(), "active") for _ in range(2)]
    client = as_(cast.otto)
    page = said(client.get(offered.path))
    assert "You can't take it over now." in page and held[0].path in page
    assert held[0].task.reference in said(client.post(f"{offered.path}accept", 409, plan="Mine."))


def test_the_receiver_declines_and_the_holder_reads_why(cast: Cast, offered: HandOver, as_: Any) -> None:
    as_(cast.mona).post(f"{offered.path}decline", 403)
    client = as_(cast.otto)
    client.post(f"{offered.path}decline", reason="No time.")
    assert "No time." in said(as_(cast.dora).get(offered.path))
    client.post(f"{offered.path}decline", 409)
    long = "x" * 3000
    assert client.post(f"{offered.path}decline", 422, reason=long)


def test_the_holder_withdraws(cast: Cast, offered: HandOver, as_: Any) -> None:
    as_(cast.otto).post(f"{offered.path}withdraw", 403)
    client = as_(cast.dora)
    answer = client.post(f"{offered.path}withdraw")
    assert "Dora keeps the task" in said(client.get(answer.location))
    client.post(f"{offered.path}withdraw", 409)
    client.post(f"{offered.path}withdraw", 400, token=False)


def test_the_maintainer_sees_who_waits_and_confirms(cast: Cast, accepted: HandOver, waiting: Any, as_: Any) -> None:
    client = as_(cast.mona)
    assert "Nobody waits for a seat of this task." in said(client.get(accepted.path))
    waiting("wei")
    waiting("lan")
    page = said(client.get(accepted.path))
    assert "2 people wait for a seat" in page and "Otto meets the conditions" in page and "Tests next." in page
    assert "live claims used" not in page
    answer = client.post(f"{accepted.path}confirm")
    assert "Confirmed: Otto holds the task now" in said(client.get(answer.location))
    assert "To your claim" in said(as_(cast.otto).get(accepted.path))
    client.post(f"{accepted.path}confirm", 409)
    as_(cast.dora).post(f"{accepted.path}confirm", 403)


def test_who_doesnt_fit_any_more_isnt_confirmed(cast: Cast, accepted: HandOver, as_: Any) -> None:
    held = [cast.make_claim(cast.otto, cast.make_task(), "active") for _ in range(2)]
    page = said(as_(cast.mona).get(accepted.path))
    assert "Otto doesn't meet the conditions" in page and 'aria-disabled="true"' in page
    assert held[0].task.reference not in page
    assert held[0].task.reference in said(as_(cast.otto).get(accepted.path))
    assert "Otto doesn't meet the conditions" in said(as_(cast.mona).post(f"{accepted.path}confirm", 409))


def test_the_maintainer_refuses_with_a_reason(cast: Cast, accepted: HandOver, as_: Any) -> None:
    client = as_(cast.mona)
    assert 'aria-invalid="true"' in said(client.post(f"{accepted.path}refuse", 422, reason=""))
    as_(cast.otto).post(f"{accepted.path}refuse", 403, reason="No.")
    client.post(f"{accepted.path}refuse", reason="Finish it first.")
    for person in (cast.dora, cast.otto, cast.admin):
        assert "Finish it first." in said(as_(person).get(accepted.path))
    assert "isn't possible now" in said(client.post(f"{accepted.path}refuse", 409, reason="No."))


def test_it_is_there_for_who_is_concerned_alone(cast: Cast, offered: HandOver, client: Client, as_: Any) -> None:
    for person in (cast.nils, cast.fay):
        as_(person).get(offered.path, 404)
    client.get(offered.path, 404)
    as_(cast.mona).get("/handovers/99999999999999/", 404)


def test_an_offer_reads_as_its_claim_stands(cast: Cast, claim: Claim, offered: HandOver, as_: Any) -> None:
    do(claims.submit, cast.dora, claim, summary="Done.", links=["https://example.org/pr/1"])
    page = said(as_(cast.otto).get(offered.path))
    assert "The offer waits until Dora has the task back." in page and "Take it over" not in page
    do(claims.release, cast.dora, claim)
    page = said(as_(cast.otto).get(offered.path))
    assert "so there is nothing to hand over any more" in page and "Take it over" not in page
    page = said(as_(cast.otto).post(f"{offered.path}accept", 409, plan="Mine."))
    assert "“Hand over” isn't possible now" in page


def test_the_page_takes_as_many_statements_however_many_wait(
    cast: Cast, accepted: HandOver, waiting: Any, as_: Any
) -> None:
    client = as_(cast.mona)
    client.get(accepted.path)
    with statements() as few:
        client.get(accepted.path)
    for number in range(5):
        waiting(f"w{number}")
    client.get(accepted.path)
    with statements() as many:
        client.get(accepted.path)
    assert len(few) == len(many) <= 32
