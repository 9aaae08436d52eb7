"""The buttons of a clock, and how it reads on the claim's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, render_template_string

from tests.clocks.conftest import days, do, night
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.claims.models import Claim
from tracker.clocks import service
from tracker.clocks.on_claim import on_claim
from tracker.db import db

Silent = Callable[..., Claim]


def test_a_holder_snoozes_by_a_button(app: Flask, cast: Cast, silent: Silent) -> None:
    claim = silent(3)
    dora, path = Client(app).sign_in(cast.dora), f"/claims/{claim.id}/snooze"
    dora.post(path, 400, token=False)
    answer = dora.post(path)
    assert answer.location == f"/claims/{claim.id}/"
    assert "Snoozed." in dora.get(answer.location).text
    assert "A claim can be snoozed once" in dora.post(path, 409).text
    Client(app).sign_in(cast.mona).post(path, 403)
    Client(app).sign_in(cast.otto).post(path, 404)
    Client(app).post(path, 404)


@pytest.mark.parametrize("who", ["dora", "nils", "mona"])
def test_a_lapse_is_undone_by_a_button(app: Flask, cast: Cast, silent: Silent, who: str) -> None:
    claim = silent(18, warned_at=clock.now() - days(6))
    night()
    browser, path = Client(app).sign_in(getattr(cast, who)), f"/claims/{claim.id}/undo-lapse"
    browser.post(path, 400, token=False)
    Client(app).sign_in(cast.admin).post(path, 403)
    Client(app).sign_in(cast.otto).post(path, 404)
    browser.post(path)
    db.session.expire_all()
    assert claim.state == "active"
    assert "isn&#39;t possible now" in browser.post(path, 409).text


# -- on the claim's page --------------------------------------------------------------------------


def shown(app: Flask, claim: Claim, who: Any, later: float = 0) -> str:
    """The partial's words, as the page includes it."""
    with clock.pretend(clock.now() + days(later)), app.test_request_context():
        page = render_template_string(
            "{% include 'clocks/_on_claim.html' %}",
            claim=claim,
            clocks=on_claim(claim, who),
            csrf_token=lambda: "token",
        )
    return " ".join(page.split())


def test_a_running_clock_says_by_when_to_report_and_what_a_snooze_is(app: Flask, cast: Cast, silent: Silent) -> None:
    claim = silent(3)
    page = shown(app, claim, cast.dora)
    assert "report by" in page and "Beijing time" in page
    assert f'action="/claims/{claim.id}/snooze"' in page and "7 days longer" in page
    mentor = shown(app, claim, cast.nils)
    assert "Dora reports by" in mentor and "snooze" not in mentor


def test_a_warned_holder_reads_it(app: Flask, cast: Cast, silent: Silent) -> None:
    claim = silent(12)
    night()
    assert "you were warned" in shown(app, claim, cast.dora)
    assert "Dora was warned" in shown(app, claim, cast.mona)
    do(service.snooze, cast.dora, claim)
    page = shown(app, claim, cast.dora)
    assert "snoozed. A report is needed by" in page and "<form" not in page and "snooze of this claim is used" in page


@pytest.mark.parametrize(
    ("state", "words"),
    [("applied", "not started"), ("design_review", "paused while a mentor"), ("submitted", "paused while a mentor")],
)
def test_a_paused_clock_says_why(app: Flask, cast: Cast, silent: Silent, state: str, words: str) -> None:
    claim = silent(9, state=state, answer_by=clock.now() - days(2))
    page = shown(app, claim, cast.dora)
    assert words in page and "was asked" not in page
    night()
    assert "was asked for it on" in shown(app, claim, cast.dora)


def test_a_lapsed_claim_says_until_when_it_can_be_undone_and_to_whom(app: Flask, cast: Cast, silent: Silent) -> None:
    claim = silent(18, warned_at=clock.now() - days(6))
    night()
    for person in (cast.dora, cast.mona):
        assert f'action="/claims/{claim.id}/undo-lapse"' in shown(app, claim, person)
    assert "<form" not in shown(app, claim, cast.admin)
    late = shown(app, claim, cast.dora, later=5)
    assert "could be undone until" in late and "<form" not in late


@pytest.mark.parametrize("state", ["accepted", "released", "waiting"])
def test_a_claim_without_a_clock_shows_nothing(app: Flask, cast: Cast, state: str) -> None:
    assert shown(app, cast.make_claim(state=state), cast.dora) == ""


def test_a_clock_costs_few_statements(cast: Cast, silent: Silent) -> None:
    claim = silent(3)
    assert claim.task.cycle.programme is not None
    with statements() as seen:
        on_claim(claim, cast.dora)
    assert len(seen) <= 3, "the clock, and what the reader is"
