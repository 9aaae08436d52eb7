"""The pages of claims, as people meet them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask

from tests.support.cast import Cast
from tests.support.client import Client
from tracker import clock
from tracker.claims import service
from tracker.claims.models import Claim
from tracker.db import db, transaction


def make(cast: Cast, **columns: Any) -> Any:
    task = cast.make_task(**columns)
    db.session.commit()
    return task


def words(response: Any) -> str:
    return " ".join(response.get_data(as_text=True).split())


def newest() -> Claim:
    db.session.expire_all()
    return db.session.query(Claim).order_by(Claim.id.desc()).first()  # type: ignore[return-value]


def form_of(cast: Cast) -> str:
    return f"/tasks/{cast.task.reference}/claim"


# -- the form -------------------------------------------------------------------------------------


def test_the_form_says_what_is_met_and_what_happens_next(cast: Cast, client: Client) -> None:
    page = words(client.sign_in(cast.dora).get(form_of(cast)))
    for said in ("You can claim it", "E-mail verified", "Profile complete", "0 of 2 live claims used", "No strikes",
                 "2 of 2 seats free", "Nils and the maintainers are told now", "Report at least every 14 days"):  # fmt: skip
        assert said in page
    assert 'name="agree"' not in page


def test_it_claims(cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora)
    answer = client.post(form_of(cast), plan="As loops.", hours_per_week="12", promised_on=str(cast.task.expected_on))
    claim = newest()
    assert answer.location.endswith(f"/claims/{claim.id}/")
    assert (claim.state, claim.user_id, claim.hours_per_week, claim.plan) == ("applied", cast.dora.id, 12, "As loops.")


def test_it_keeps_what_was_typed_and_names_the_field(cast: Cast, client: Client) -> None:
    client.sign_in(cast.dora)
    page = words(client.post(form_of(cast), 422, plan="", experience="One &lt;task", hours_per_week="twelve"))
    assert "2 fields need your attention" in page and "One &amp;lt;task" in page and 'value="twelve"' in page
    late = cast.task.expected_on + dt.timedelta(days=9)
    page = words(client.post(form_of(cast), 422, plan="As loops.", promised_on=str(late)))
    assert "is after the expected completion" in page and "As loops." in page


def test_the_agreement_is_signed_on_the_form(cast: Cast, app: Flask) -> None:
    eve = cast.person("eve")
    db.session.commit()
    client = Client(app).sign_in(eve)
    assert "agreement of" in words(client.get(form_of(cast)))
    assert "sign it by ticking the box" in words(client.post(form_of(cast), 422, plan="As loops."))
    client.post(form_of(cast), plan="As loops.", agree="1")
    assert newest().user_id == eve.id


def test_somebody_was_quicker(cast: Cast, client: Client) -> None:
    task = make(cast, seats=1)
    cast.make_claim(cast.otto, task, state="active")
    client.sign_in(cast.dora)
    path = f"/tasks/{task.reference}/claim"
    page = words(client.post(path, 409, plan="My good plan"))
    for said in ("Otto since", "My good plan", "Join the waitlist", "number 1 in line", "Similar tasks that are open"):
        assert said in page
    client.post(path, plan="My good plan", waitlist="1")
    assert (newest().state, newest().plan) == ("waiting", "My good plan")


def test_the_page_shows_though_the_task_cant_be_claimed(cast: Cast, client: Client) -> None:
    cast.make_claim(cast.dora)
    client.sign_in(cast.dora)
    page = words(client.get(form_of(cast)))
    assert "You can't claim it now" in page.replace("&#39;", "'") and 'aria-disabled="true"' in page
    client.post(form_of(cast), 409, plan="Again")


def test_visitors_sign_in_first_and_drafts_are_invisible(cast: Cast, client: Client) -> None:
    assert "/login?next=" in client.get(form_of(cast), 302).location
    draft = make(cast, state="draft")
    client.sign_in(cast.dora).get(f"/tasks/{draft.reference}/claim", 404)
    client.get("/tasks/AKG-2026Q4-999/claim", 404)


# -- steps ----------------------------------------------------------------------------------------

LINK = {"link": "https://example.org/design"}
WORK = {"summary": "All done.", "links": "https://example.org/1\nhttps://example.org/2"}
WHY = {"reason": "Because."}
#: step, state before, who may, form, state after
STEPS = [
    ("approve", "applied", "nils", {}, "active"),
    ("reject", "applied", "mona", WHY, "rejected"),
    ("withdraw", "applied", "dora", {}, "withdrawn"),
    ("withdraw", "waiting", "dora", WHY, "withdrawn"),
    ("release", "active", "dora", WHY, "released"),
    ("design", "active", "dora", LINK, "design_review"),
    ("answer-design", "design_review", "nils", {"accepted": "yes"}, "active"),
    ("answer-design", "design_review", "nils", {"accepted": "no", "comment": "More."}, "active"),
    ("submit", "active", "dora", WORK, "submitted"),
    ("submit", "changes_requested", "dora", WORK, "submitted"),
    ("fail", "submitted", "mona", WHY, "failed"),
]


def designed(cast: Cast, state: str) -> Claim:
    """A claim in ``state`` with a design document where it has one."""
    task = make(cast, needs_design=state == "design_review")
    if state != "design_review":
        return cast.make_claim(task=task, state=state)
    claim = cast.make_claim(task=task, state="active")
    sent: Claim = transaction(lambda: service.send_design(cast.dora, claim, **LINK, summary="Look *here*."))
    return sent


@pytest.mark.parametrize(("step", "before", "who", "fields", "after"), STEPS)
def test_a_step(cast: Cast, app: Flask, step: str, before: str, who: str, fields: Any, after: str) -> None:
    claim = designed(cast, before)
    if step == "design":
        claim.terms = {**claim.terms, "needs_design": True}
        db.session.commit()
    path = f"/claims/{claim.id}/{step}"
    client = Client(app).sign_in(getattr(cast, who))
    if step != "approve":
        client.get(path)
    client.post(path, **fields)
    assert newest().state == after


@pytest.mark.parametrize("step", sorted({row[0] for row in STEPS}))
def test_who_may_not(cast: Cast, app: Flask, step: str) -> None:
    claim = cast.make_claim(state="active")
    path = f"/claims/{claim.id}/{step}"
    answers = step in ("approve", "reject", "fail", "answer-design")
    Client(app).post(path, 404)
    Client(app).sign_in(cast.otto).post(path, 404)
    Client(app).sign_in(cast.dora if answers else cast.nils).post(path, 403)
    Client(app).sign_in(cast.mona).post("/claims/99999999999/" + step, 404)


@pytest.mark.parametrize(
    ("step", "who", "state", "fields"),
    [
        ("reject", "nils", "applied", {"reason": ""}),
        ("fail", "nils", "active", {"reason": " "}),
        ("fail", "nils", "active", {"reason": "x" * 2001}),
        ("submit", "dora", "active", {"summary": "", "links": ""}),
        ("submit", "dora", "active", {"summary": "x", "links": "javascript:alert(1)"}),
        ("design", "dora", "active", {"link": "no link"}),
        ("answer-design", "nils", "active", {"accepted": "perhaps"}),
    ],
)
def test_a_step_that_cant_be_read(cast: Cast, app: Flask, step: str, who: str, state: str, fields: Any) -> None:
    claim = cast.make_claim(state=state)
    Client(app).sign_in(getattr(cast, who)).post(f"/claims/{claim.id}/{step}", 422, **fields)
    assert newest().state == state


@pytest.mark.parametrize(
    ("step", "who", "state", "fields"),
    [
        ("approve", "nils", "active", {}),
        ("reject", "nils", "active", WHY),
        ("withdraw", "dora", "active", {}),
        ("release", "dora", "applied", {}),
        ("design", "dora", "active", LINK),
        ("answer-design", "nils", "active", {"accepted": "yes"}),
        ("submit", "dora", "submitted", WORK),
        ("fail", "nils", "applied", WHY),
    ],
)
def test_a_step_that_isnt_possible_now(cast: Cast, app: Flask, step: str, who: str, state: str, fields: Any) -> None:
    claim = cast.make_claim(state=state)
    Client(app).sign_in(getattr(cast, who)).post(f"/claims/{claim.id}/{step}", 409, **fields)
    assert newest().state == state


def test_releasing_shows_its_cost(cast: Cast, client: Client) -> None:
    for _ in range(2):
        cast.make_claim(task=make(cast), state="released")
    claim = cast.make_claim(state="active")
    page = words(client.sign_in(cast.dora).get(f"/claims/{claim.id}/release"))
    assert "You have 2 strikes now; releasing makes it 3 of 3" in page and "you could claim again from" in page


# -- closing --------------------------------------------------------------------------------------


def test_withdrawing_a_task(cast: Cast, app: Flask) -> None:
    cast.make_claim(state="active")
    path = f"/tasks/{cast.task.reference}/withdraw"
    Client(app).post(path, 302, **WHY)
    Client(app).sign_in(cast.otto).post(path, 403, **WHY)
    client = Client(app).sign_in(cast.mona)
    client.post(path, 422, reason="")
    client.post(path, **WHY)
    assert newest().state == "closed"
    client.post(path, 409, **WHY)


def test_closing_a_quarter(cast: Cast, app: Flask) -> None:
    claim = cast.make_claim(state="submitted")
    path = f"/sigs/akg/quarters/{cast.cycle.quarter}/close"
    Client(app).post(path, 302, **WHY)
    Client(app).sign_in(cast.nils).post(path, 403, **WHY)
    client = Client(app).sign_in(cast.mona)
    client.post(path, 422, reason="")
    client.post(path, 409, **WHY)
    transaction(lambda: service.request_changes(cast.nils, claim, comment="More."))
    client.post(path, **WHY)
    assert newest().state == "closed"
    client.post("/sigs/akg/quarters/2031Q1/close", 404, **WHY)


# -- my claims ------------------------------------------------------------------------------------


def test_my_claims_says_the_next_step_and_who_must_act(cast: Cast, client: Client) -> None:
    assert "/login?next=" in client.get("/claims/", 302).location
    client.sign_in(cast.dora)
    assert "You have no claims yet" in words(client.get("/claims/"))
    cast.make_claim(task=make(cast, title="Given up"), state="released")
    cast.make_claim(task=make(cast, title="Done"), state="accepted")
    cast.make_claim(task=make(cast, title="Runs"), state="active")
    cast.make_claim(task=make(cast, title="Applied for"), state="applied")
    waiting = make(cast, title="Wanted", seats=1)
    cast.make_claim(cast.otto, waiting, state="active")
    cast.make_claim(task=waiting, state="waiting")
    page = words(client.get("/claims/"))
    for said in ("Next step", "Hand in your work", "a mentor", "number 1 in line", "Finished and ended, 2", "1 of 3",
                 "Accepted, 20 points", "Export as CSV"):  # fmt: skip
        assert said in page


def test_my_claims_shows_the_cooldown(cast: Cast, client: Client) -> None:
    for _ in range(3):
        cast.make_claim(task=make(cast), state="released")
    page = words(client.sign_in(cast.dora).get("/claims/"))
    assert "You pause: you can claim again on" in page and "Nothing runs at the moment" in page
    assert clock.today().isoformat()[:7] in page
