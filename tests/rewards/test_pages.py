"""Pages of rewards, and each of their POST routes: taken, invalid, refused, forbidden, invisible, signed out."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from tests.batches.stock import freeze
from tests.rewards.lines import approve, cancel, give_back, pay, reissue
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.claims.models import Claim, Submission
from tracker.clock import now
from tracker.db import db, transaction
from tracker.rewards import service
from tracker.rewards.models import Reward


def handed_in(cast: Cast, **columns: Any) -> Claim:
    claim = cast.make_claim(state="submitted", **columns)
    db.session.add(
        Submission(claim_id=claim.id, summary="It **works**.", links=["https://example.org/1"], submitted_at=now())
    )
    db.session.commit()
    return claim


def bonus(cast: Cast, actor: Any = None, **typed: Any) -> Reward:
    values = {"user": cast.dora, "kind": "bonus", "description": "Talk", "amount": 50000, "currency": "CNY", **typed}
    return transaction(lambda: service.propose_reward(actor or cast.mona, cast.akg, **values))


def approved(cast: Cast, **typed: Any) -> Reward:
    line = bonus(cast, **typed)
    return transaction(lambda: service.approve_reward(cast.max, line, version=1))


def in_state(cast: Cast, state: str) -> Reward:
    """A line of dora's in any state."""
    if state in ("proposed", "cancelled"):
        line = bonus(cast)
        return cancel(cast.max, line) if state == "cancelled" else line
    line = approved(cast)
    if state == "in_batch":
        freeze(cast.fay, [line])
    if state in ("paid", "returned"):
        pay(cast.fay, line)
    return give_back(cast.fay, line) if state == "returned" else line


def state_of(thing: Any) -> str:
    db.session.expire_all()
    return str(thing.state)


def test_before_points_are_approved_it_says_which_wages_that_bars(cast: Cast, client: Client) -> None:
    said = "approve the wages that follow from them"
    claim = cast.make_claim(task=cast.make_task(pays_wage=False), state="submitted")
    transaction(lambda: service.accept_claim(cast.nils, claim, points=20))
    points = bonus(cast, kind="correction", amount=None, currency="", points=5)
    unpaid = bonus(cast, kind="correction", amount=None, currency="", points=5, description="More", task=claim.task)
    money = bonus(cast)
    client.sign_in(cast.max)
    assert [said in client.get(line.path).text for line in (points, unpaid, money)] == [True, False, False]
    for line, says in ((points, True), (money, False)):
        assert (said in client.post("/rewards/approve", 200, line=f"{line.id}.1").text) is says
    assert said not in client.sign_in(cast.mona).get(points.path).text  # she proposed it, and can't approve it anyhow
    assert "approves no later wage" in client.get(f"/sigs/{cast.akg.slug}/rewards/new").text


# -- review ---------------------------------------------------------------------------------------


def test_a_mentor_reviews_on_the_page(cast: Cast, client: Client) -> None:
    claim = handed_in(cast)
    page = client.sign_in(cast.nils).get(f"/claims/{claim.id}/review").text
    assert "<strong>works</strong>" in page and "https://example.org/1" in page and 'value="20"' in page
    answer = client.post(f"/claims/{claim.id}/review", verdict="accept", points="20", comment="")
    assert answer.headers["Location"].endswith(f"/claims/{claim.id}/")
    assert state_of(claim) == "accepted"


def test_an_invalid_review_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    path = f"/claims/{handed_in(cast).id}/review"
    client.sign_in(cast.nils)
    page = client.post(path, 422, verdict="accept", points="many", comment="Nearly there").text
    assert "Nearly there" in page and "many" in page and 'aria-invalid="true"' in page
    assert "need a comment" in client.post(path, 422, verdict="accept", points="5", comment="").text
    for typed in ({"verdict": "maybe"}, {}, {"verdict": "accept", "points": "21"}, {"verdict": "fail", "comment": ""}):
        client.post(path, 422, **{"points": "20", "comment": "x", **typed})
    client.post(path, 422, verdict=["accept", "fail"], points="20", comment="x")


def test_a_review_that_comes_late_is_refused_with_the_state(cast: Cast, client: Client) -> None:
    claim = cast.make_claim(state="active")
    client.sign_in(cast.nils)
    assert "There is nothing to review now" in client.get(f"/claims/{claim.id}/review").text
    page = client.post(f"/claims/{claim.id}/review", 409, verdict="accept", points="20", comment="Kept").text
    assert "Active" in page and "Dora" in page and "Kept" in page


def test_who_may_not_review(cast: Cast, app: Flask) -> None:
    claim = handed_in(cast)
    path = f"/claims/{claim.id}/review"
    typed = {"verdict": "accept", "points": "20", "comment": ""}
    for user, status in ((cast.dora, 403), (cast.otto, 404), (cast.admin, 403), (cast.fay, 403)):
        Client(app).sign_in(user).get(path, status)
        Client(app).sign_in(user).post(path, status, **typed)
    Client(app).get(path, 404)
    Client(app).post(path, 404, **typed)
    Client(app).sign_in(cast.nils).get("/claims/99999999999999/review", 404)
    assert state_of(claim) == "submitted"


# -- the list -------------------------------------------------------------------------------------


def test_the_list_shows_ones_sigs_and_says_why_not(cast: Cast, app: Flask) -> None:
    bonus(cast)
    page = Client(app).sign_in(cast.mona).get("/rewards/").text
    assert "Talk" in page and "You proposed it" in page and "aria-disabled" in page and "CNY\u00a0500.00" in page
    assert "Talk" in Client(app).sign_in(cast.fay).get("/rewards/").text
    assert "Talk" not in Client(app).sign_in(cast.nils).get("/rewards/").text
    Client(app).sign_in(cast.dora).get("/rewards/", 403)
    Client(app).get("/rewards/", 302)


def test_the_list_filters_by_address_and_links_its_export(cast: Cast, client: Client) -> None:
    line = approved(cast)
    bonus(cast, description="Second talk")
    client.sign_in(cast.fay)
    page = client.get(f"/rewards/?state=approved&sig=akg&month={line.month}&quarter={line.quarter}&kind=bonus").text
    assert "Second talk" not in page and "/exports/rewards.csv?sig=akg" in page and "state=approved" in page
    assert "No rewards here" in client.get("/rewards/?state=paid").text
    assert "mindspore-internship" in client.get("/rewards/?programme=mindspore-internship").text
    for wrong in (
        "state=lost",
        "month=2026-13",
        "after=x",
        "after=0",
        "after=99999999999999",
        "sig=..",
        "kind=%F0%9F%99%82",
    ):
        client.get(f"/rewards/?{wrong}", 422)


def test_the_sum_leaves_out_what_was_cancelled_or_came_back(cast: Cast, client: Client) -> None:
    client.sign_in(cast.fay)

    def said(**filters: str) -> tuple[str, str, bool]:
        page = client.get(url := "/rewards/?" + "&".join(f"{name}={value}" for name, value in filters.items())).text
        found = re.search(r"<dt>(Sum of [^<]*)</dt><dd>([^<]*)", page)
        assert found, url
        return found[1], found[2].replace("\u00a0", " "), "without cancelled and returned ones" in page

    line = pay(cast.fay, approved(cast))
    assert said() == ("Sum of 1 line", "CNY 500.00", False)
    again = reissue(cast.mona, give_back(cast.fay, line))
    assert said() == ("Sum of 1 line", "CNY 500.00", True)  # once, by the line that pays it anew
    cancel(cast.mona, bonus(cast, description="Other", amount=700))
    assert said() == ("Sum of 1 line", "CNY 500.00", True)
    assert said(state="cancelled") == ("Sum of 1 line", "CNY 7.00", False)
    assert said(state="returned") == said(state="proposed") == ("Sum of 1 line", "CNY 500.00", False)
    cancel(cast.mona, again)
    assert "Sum of" not in client.get("/rewards/").text


def test_the_list_is_paged_and_asks_no_more_for_more_rows(cast: Cast, client: Client) -> None:
    client.sign_in(cast.fay)
    for number in range(3):
        bonus(cast, description=f"Line {number}")
    few = _statements(client, "/rewards/")
    for number in range(3, 55):
        bonus(cast, description=f"Line {number}")
    assert _statements(client, "/rewards/") == few <= 12
    first = client.get("/rewards/").text
    assert "Line 54" in first and "Line 4<" not in first
    after = first.split("after=")[1].split('"')[0]
    second = client.get(f"/rewards/?after={after}").text
    assert "Line 4<" in second and "Line 54" not in second


def _statements(client: Client, path: str) -> int:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    connection = db.session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        client.get(path)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return len(seen)


# -- one line -------------------------------------------------------------------------------------


def test_a_line_shows_who_did_what_and_what_is_next(cast: Cast, app: Flask) -> None:
    line = bonus(cast)
    finance = Client(app).sign_in(cast.fay)
    page = finance.get(line.path).text
    assert "Mona" in page and "Four eyes" in page and f'action="/rewards/{line.id}/approve"' in page
    assert "You proposed it" in Client(app).sign_in(cast.mona).get(line.path).text
    assert "Four eyes" in Client(app).sign_in(cast.dora).get(line.path).text
    for user in (cast.otto, cast.nils):
        Client(app).sign_in(user).get(line.path, 404)
    Client(app).get(line.path, 404)
    finance.get("/rewards/99999999999/", 404)


def test_a_prize_links_its_claim_and_task_both_ways(cast: Cast, client: Client) -> None:
    claim = handed_in(cast, terms={**cast.task.terms, "prize": "A board"})
    transaction(lambda: service.accept_claim(cast.nils, claim, points=20))
    line = db.session.scalars(select(Reward)).one()
    page = client.sign_in(cast.mona).get(line.path).text
    assert f'href="/claims/{claim.id}/"' in page and cast.task.reference in page and "Nils accepted the work" in page


def test_a_correction_and_its_line_link_each_other(cast: Cast, client: Client) -> None:
    line = approved(cast)
    fixed = bonus(cast, kind="correction", description="Less", amount=-100, corrects=line)
    client.sign_in(cast.mona)
    assert f'href="/rewards/{fixed.id}/"' in client.get(line.path).text
    page = client.get(fixed.path).text
    assert f'href="/rewards/{line.id}/"' in page and "\u22121.00" in page
    assert "corrects" in client.get(line.path).text


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("proposed", "approved yet: who proposed it edits it"),
        ("approved", ""),
        ("in_batch", "is in a batch: wait for the bank"),
        ("paid", ""),
        ("returned", "came back from the bank: correct the line that pays it anew"),
        ("cancelled", "is cancelled: there is nothing to correct"),
    ],
)
def test_a_correction_is_offered_where_it_is_taken_and_else_the_refusal_says_what_helps(
    cast: Cast, client: Client, state: str, why: str
) -> None:
    line = in_state(cast, state)
    offered = f"corrects={line.id}" in client.sign_in(cast.mona).get(line.path).text
    assert offered == (not why)
    typed = {**FORM, "kind": "correction", "amount": "-1.00", "corrects": str(line.id)}
    answer = client.post("/sigs/akg/rewards/new", 422 if why else 303, **typed)
    assert why in answer.text


def test_nobody_is_offered_to_correct_what_they_receive(cast: Cast, client: Client) -> None:
    line = approve(cast.fay, bonus(cast, user=cast.max))
    assert "Propose a correction" not in client.sign_in(cast.max).get(line.path).text
    assert "Propose a correction" in client.sign_in(cast.mona).get(line.path).text


def test_the_list_is_narrowed_to_a_person_by_name_or_handle(cast: Cast, client: Client) -> None:
    bonus(cast)
    bonus(cast, user=cast.otto, description="Otto's talk")
    client.sign_in(cast.fay)
    for words in ("OTT", cast.otto.display_name[:4].lower()):
        page = html.unescape(client.get(f"/rewards/?person={words}").text)
        assert "Otto's talk" in page and "Sum of 1 line" in page
    assert client.get("/exports/rewards.csv?person=ott").text.count("\n") == 2
    client.get(f"/rewards/?person={'x' * 81}", 422)


def test_words_of_a_step_that_is_refused_are_given_back(cast: Cast, client: Client) -> None:
    line = bonus(cast)
    reason = "Paid by the university </textarea>"
    page = client.sign_in(cast.max).post(f"{line.path}cancel", 409, version="7", reason=reason).text
    assert html.escape(reason) in page and reason not in page
    assert "What you typed" not in client.post(f"{line.path}cancel", 422, version="1", reason=" ").text


def test_nothing_is_picked_beforehand_and_who_paid_is_named(cast: Cast, client: Client) -> None:
    pay(cast.fay, approved(cast))
    bonus(cast)
    page = client.sign_in(cast.max).get("/rewards/").text
    assert 'name="line"' in page and " checked" not in page
    assert client.get("/rewards/?all=1").text.count(" checked") == 1
    row = page[page.index("Paid</span>") :]
    assert row[: row.index("</td>")].count("Fay") == 1 and "Max" not in row[: row.index("</td>")]


def test_approve_pay_and_cancel_by_page(cast: Cast, app: Flask) -> None:
    line, other = bonus(cast), bonus(cast, description="Other")
    Client(app).sign_in(cast.max).post(f"/rewards/{line.id}/approve", version="1")
    assert state_of(line) == "approved"
    assert 'id="pay"' in Client(app).sign_in(cast.fay).get(line.path).text
    Client(app).sign_in(cast.fay).post(f"/rewards/{line.id}/pay", version="2", reference="B-1")
    assert state_of(line) == "paid" and "B-1" in Client(app).sign_in(cast.dora).get(line.path).text
    Client(app).sign_in(cast.mona).post(f"/rewards/{other.id}/cancel", version="1", reason="Twice")
    assert state_of(other) == "cancelled" and "Twice" in Client(app).sign_in(cast.mona).get(other.path).text
    back = (
        Client(app)
        .sign_in(cast.fay)
        .post(f"/rewards/{bonus(cast).id}/approve?back=/rewards/?state=proposed", version="1")
    )
    assert back.headers["Location"].endswith("/rewards/?state=proposed")
    away = Client(app).sign_in(cast.fay).post(f"/rewards/{bonus(cast).id}/approve?back=//evil.example", version="1")
    assert "evil" not in away.headers["Location"]


@pytest.mark.parametrize("step", ["approve", "pay", "cancel"])
def test_steps_are_turned_away_as_they_should(cast: Cast, app: Flask, step: str) -> None:
    line = approved(cast) if step == "pay" else bonus(cast)
    good = {"version": str(line.version), "reason": "x", "reference": "x"}
    may = Client(app).sign_in(cast.fay)
    path = f"/rewards/{line.id}/{step}"
    for wrong in ({"version": ""}, {"version": "x"}, {"version": "99999999999"}, {"version": "0"}):
        may.post(path, 422, **{**good, **wrong})
    assert "changed" in may.post(path, 409, **{**good, "version": "77"}).text
    forbidden = {"approve": cast.mona, "pay": cast.mona, "cancel": cast.dora}[step]
    Client(app).sign_in(forbidden).post(path, 403, **good)
    Client(app).sign_in(cast.otto).post(path, 404, **good)
    Client(app).post(path, 404, **good)
    may.post(f"/rewards/99999999999/{step}", 404, **good)
    may.get(path, 405)
    may.post(path, 400, token=False, **good)
    assert state_of(line) == ("approved" if step == "pay" else "proposed")


def test_pay_and_cancel_need_their_words(cast: Cast, client: Client) -> None:
    line = approved(cast)
    client.sign_in(cast.fay)
    for step, name in (("pay", "reference"), ("cancel", "reason")):
        for value in ("", " ", "x" * 20_001 if step == "cancel" else "x" * 101, "a\x01b"):
            client.post(f"/rewards/{line.id}/{step}", 422, version="2", **{name: value})


# -- proposing ------------------------------------------------------------------------------------

FORM = {"user": "dora", "kind": "bonus", "description": "A talk", "amount": "500.00", "currency": "CNY"}


def test_a_maintainer_proposes_on_the_page(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona).get("/sigs/akg/rewards/new")
    client.post("/sigs/akg/rewards/new", **FORM, task=cast.task.reference.lower())
    line = db.session.scalars(select(Reward)).one()
    assert (line.amount, line.currency, line.task_id, line.proposed_by_id) == (50000, "CNY", cast.task.id, cast.mona.id)


def test_a_correction_is_prefilled_from_its_line(cast: Cast, client: Client) -> None:
    line = approved(cast)
    page = client.sign_in(cast.mona).get(f"/sigs/akg/rewards/new?kind=correction&user=dora&corrects={line.id}").text
    assert f'value="{line.id}"' in page and 'value="dora"' in page
    client.post("/sigs/akg/rewards/new", **{**FORM, "kind": "correction", "amount": "-1.50", "corrects": str(line.id)})
    assert db.session.scalars(select(Reward.amount).where(Reward.corrects_id == line.id)).all() == [-150]


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "nobody"}, {"user": ""}, {"user": "mona"}, {"kind": "wage"}, {"description": ""}, {"amount": "0.005"},
        {"amount": "NaN"}, {"amount": "-5"}, {"currency": "BTC"}, {"points": "3"}, {"task": "AKG-2026Q4-999"},
        {"task": "?"}, {"corrects": "99999"}, {"corrects": "99999999999"}, {"description": "x" * 301}, {"currency": ""},
    ],
)  # fmt: skip
def test_a_wrong_proposal_is_shown_at_its_field(cast: Cast, client: Client, wrong: dict[str, str]) -> None:
    page = client.sign_in(cast.mona).post("/sigs/akg/rewards/new", 422, **{**FORM, **wrong}).text
    assert 'aria-invalid="true"' in page or 'class="err"' in page
    assert not db.session.scalars(select(Reward)).all()


def test_who_may_not_propose(cast: Cast, app: Flask) -> None:
    for user in (cast.dora, cast.nils, cast.fay, cast.admin):
        Client(app).sign_in(user).get("/sigs/akg/rewards/new", 403)
        Client(app).sign_in(user).post("/sigs/akg/rewards/new", 403, **FORM)
    Client(app).get("/sigs/akg/rewards/new", 302)
    Client(app).post("/sigs/akg/rewards/new", 302, **FORM)
    Client(app).sign_in(cast.mona).get("/sigs/nowhere/rewards/new", 404)


def test_a_sig_without_programme_says_so(cast: Cast, client: Client) -> None:
    from tracker.programmes.models import ProgrammeSig

    db.session.query(ProgrammeSig).delete()
    db.session.commit()
    assert "no programme" in client.sign_in(cast.mona).post("/sigs/akg/rewards/new", 409, **FORM).text
