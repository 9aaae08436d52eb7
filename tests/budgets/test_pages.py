"""The page of a budget, its file, and what the plan and the task say before one publishes."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from tests.budgets.test_service import ready, set_budget
from tests.conftest import settings_for
from tests.rewards.test_acceptance import accept, handed_in
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.server import command, environment
from tests.support.statements import statements
from tests.tasks.test_pages import typed
from tracker.app import create_app
from tracker.cycles.models import Cycle
from tracker.db import db

BUDGET = {"points": "500", "amount": "20000", "currency": "CNY", "reason": "The board agreed.", "version": "1"}


def path_of(cycle: Cycle) -> str:
    return f"{cycle.path}budget"


def words(page: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", page.get_data(as_text=True).split("<main", 1)[-1])
    return re.sub(r" ([,.])", r"\1", " ".join(text.replace("\u00a0", " ").split()))


def test_finance_sets_it_and_the_figures_open_to_their_tasks(cast: Cast, client: Client) -> None:
    accept(cast.nils, handed_in(cast), points=15, comment="No float16.")
    client.sign_in(cast.fay)
    path = path_of(cast.cycle)
    assert "Finance hasn't set one" in words(client.get(path))
    client.post(path, **BUDGET)
    page = client.get(path)
    said = words(page)
    assert "Budget 500 points, CNY 20,000.00" in said
    assert "Used wages at their highest rate 15 points, CNY 1,200.00" in said
    assert "Reserved wages at their highest rate 20 points, CNY 1,600.00" in said
    assert "Left 465 points, CNY 17,200.00" in said
    assert "The board agreed." in said and "Fay set the budget of AKG" in said
    assert page.text.count(f'href="{cast.task.path}"') == 2 and "1 of 2" in said
    assert 'name="version" value="2"' in page.text and 'value="20000.00"' in page.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points", "-1"), ("points", "many"), ("points", "1000001"), ("points", "1.5"), ("amount", "NaN"), ("amount", "-5"),
        ("amount", "0.005"), ("amount", "1e5"), ("amount", "100000001"), ("currency", "QQQ"), ("currency", ""), ("reason", " "),
        ("reason", "x" * 2001), ("version", ""), ("version", "x"), ("points", ["1", "2"]),
    ],
)  # fmt: skip
def test_a_malformed_field_is_named_and_what_was_typed_is_kept(
    cast: Cast, client: Client, field: str, value: Any
) -> None:
    client.sign_in(cast.fay)
    page = client.post(path_of(cast.cycle), 422, **{**BUDGET, field: value})
    assert "needs your attention" in page.text
    assert (BUDGET["reason"] in page.text) == (field != "reason") and cast.cycle.budget_points is None


def test_a_budget_may_be_of_points_alone_of_money_alone_and_of_nothing(cast: Cast, client: Client) -> None:
    client.sign_in(cast.fay)
    path = path_of(cast.cycle)
    client.post(path, **{**BUDGET, "amount": ""})
    client.post(path, **{**BUDGET, "points": "", "version": "2"})
    assert (cast.cycle.budget_points, cast.cycle.budget_amount) == (None, 2000000)
    client.post(path, 422, **{**BUDGET, "amount": "0", "version": "3"})  # 40 points are promised at 80.00
    client.post(path, **{**BUDGET, "points": "", "amount": "", "version": "3"})
    assert (cast.cycle.budget_points, cast.cycle.budget_amount, cast.cycle.budget_currency) == (None, None, "")


def test_a_stale_form_is_refused_with_the_budget_of_now_and_can_be_sent_again(cast: Cast, client: Client) -> None:
    set_budget(cast, points=300)
    client.sign_in(cast.finn)
    page = client.post(path_of(cast.cycle), 409, **BUDGET)
    assert "Its budget is now: 300 points" in words(page) and 'value="500"' in page.text
    assert 'name="version" value="2"' in page.text
    client.post(path_of(cast.cycle), **{**BUDGET, "version": "2"})
    assert cast.cycle.budget_points == 500


def test_who_may_read_and_who_may_set_it(cast: Cast, client: Client) -> None:
    path = path_of(cast.cycle)
    for address in (path, f"{path}.csv"):
        client.get(address, 302)
        for who in (cast.dora, cast.nils):
            Client(client.app).sign_in(who).get(address, 403)
        for who in (cast.mona, cast.fay, cast.admin):
            Client(client.app).sign_in(who).get(address)
    client.post(path, 302, **BUDGET)
    for who in (cast.dora, cast.nils, cast.mona):
        Client(client.app).sign_in(who).post(path, 403, **BUDGET)
    assert "who spends a budget doesn't set it" in words(Client(client.app).sign_in(cast.mona).get(path))
    Client(client.app).sign_in(cast.admin).post(path, **BUDGET)
    for missing in ("/sigs/akg/quarters/2031Q1/budget", "/sigs/nowhere/quarters/2026Q4/budget"):
        Client(client.app).sign_in(cast.fay).get(missing, 404)
        Client(client.app).sign_in(cast.fay).post(missing, 404, **BUDGET)


def test_the_budget_of_a_closed_quarter_is_read_and_not_set(cast: Cast, client: Client) -> None:
    cast.cycle.state = "closed"
    db.session.commit()
    client.sign_in(cast.fay)
    assert "its budget stays as it is" in words(client.get(path_of(cast.cycle)))
    client.post(path_of(cast.cycle), 409, **BUDGET)


def test_more_promised_than_there_is_stands_on_top(cast: Cast, client: Client) -> None:
    cast.cycle.budget_points, cast.cycle.budget_amount, cast.cycle.budget_currency = 30, 10**6, "CNY"
    cast.make_task(pays_wage=False, prize="P", prize_amount=500, prize_currency="USD", kind="community", points=1)
    db.session.commit()
    said = words(client.sign_in(cast.mona).get(path_of(cast.cycle)))
    assert "12 points are missing" in said and "Promised in another currency: USD 10.00" in said
    assert "Left \u221212 points" in said or "Left -12 points" in said


def test_the_file_has_a_row_for_each_task_and_currency(cast: Cast, client: Client) -> None:
    cast.make_task(title="=HYPERLINK(1)", prize="P", prize_amount=500, prize_currency="USD", seats=1)
    cast.make_task(pays_wage=False, kind="community", points=5, seats=3)
    cast.make_task(state="draft")
    accept(cast.nils, handed_in(cast), points=15, comment="No float16.")
    answer = client.sign_in(cast.mona).get(f"{path_of(cast.cycle)}.csv")
    assert answer.data.startswith(b"\xef\xbb\xbftask,title,") and b"\r\n" in answer.data
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    quarter = cast.cycle.quarter
    assert [row[:1] + row[2:] for row in rows[1:]] == [
        [f"AKG-{quarter}-001", "published", "2", "1", "20", "15", "1600.00", "1200.00", "CNY"],
        [f"AKG-{quarter}-002", "published", "1", "0", "20", "0", "1600.00", "0.00", "CNY"],
        [f"AKG-{quarter}-002", "published", "1", "0", "", "", "5.00", "0.00", "USD"],
        [f"AKG-{quarter}-003", "published", "3", "0", "15", "0", "", "", ""],
    ]
    assert rows[2][1] == "'=HYPERLINK(1)"


# -- before one publishes ---------------------------------------------------------------------------


def test_the_plan_says_what_publishing_would_leave(cast: Cast, client: Client) -> None:
    task = ready(cast)
    client.sign_in(cast.mona)
    said = words(client.get(cast.cycle.path))
    assert "Finance has set no limit." in said and "These tasks reserve: 40 points, CNY 3,200.00" in said
    set_budget(cast, points=100, amount=10**6, currency="CNY")
    said = words(client.get(cast.cycle.path))
    assert "Left now: 60 points, CNY 6,800.00" in said and "Left afterwards: 20 points, CNY 3,600.00" in said
    assert "Publishing it reserves 40 points, CNY 3,200.00" in words(client.get(task.path))
    client.post(f"{cast.cycle.path}publish")


def test_the_plan_says_before_that_the_budget_does_not_last_and_for_what(cast: Cast, client: Client) -> None:
    first = ready(cast)
    second = ready(cast, title="Another", prize="P", prize_amount=500, prize_currency="USD")
    set_budget(cast, points=90, amount=10**6, currency="CNY")
    client.sign_in(cast.mona)
    page = client.get(cast.cycle.path)
    said = words(page)
    assert "Missing: 30 points." in said and "no money in the currency of USD 10.00" in said
    assert f"{first.reference} 40 points, CNY 3,200.00 {second.reference}" in said
    assert f"{second.reference} 40 points, CNY 3,200.00, USD 10.00 not covered" in said
    assert f'action="{cast.cycle.path}publish"' not in page.text
    assert "Missing: 30 points." in words(client.post(f"{cast.cycle.path}publish", 409))
    client.post(f"{first.path}publish")
    page = client.get(second.path)
    assert "The budget of the quarter doesn't last for it." in words(page)
    assert f'action="{second.path}publish"' not in page.text
    assert "Missing" in words(client.post(f"{second.path}publish", 409))


def test_an_edit_beyond_the_budget_is_refused_and_what_was_typed_is_kept(cast: Cast, client: Client) -> None:
    set_budget(cast, points=40)
    client.sign_in(cast.mona)
    task = cast.task
    fields = typed(cast, title=task.title, mentors=[str(cast.nils.id)], points="35", version=str(task.version))
    page = client.post(f"{task.path}edit", 409, **fields)
    assert "Missing: 30 points." in words(page) and 'value="35"' in page.text


def test_finance_finds_the_budget_among_the_quarters(cast: Cast, client: Client) -> None:
    address = path_of(cast.cycle)
    assert address in client.sign_in(cast.fay).get("/sigs/akg/quarters/").text
    assert address not in Client(client.app).get("/sigs/akg/quarters/").text
    assert address in Client(client.app).sign_in(cast.mona).get(cast.cycle.path).text


def test_the_pages_cost_the_same_whatever_the_quarter_holds(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    paths = (path_of(cast.cycle), cast.cycle.path)

    def counts() -> list[int]:
        found = []
        for path in paths:
            with statements() as seen:
                client.get(path)
            found.append(len(seen))
        return found

    set_budget(cast, points=1000)
    ready(cast)
    cast.make_claim(cast.otto, cast.make_task(), state="active")
    before = counts()
    for number in range(4):
        cast.make_claim(cast.person(f"q{number}"), cast.make_task(), state="active")
        ready(cast, title=f"R{number}")
    assert counts() == before


# -- the command ------------------------------------------------------------------------------------


def test_the_command_says_before_what_is_left_and_what_is_missing(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path / "maker"))
    with app.app_context():
        cast = Cast()
        reference, quarter = ready(cast).reference, cast.cycle.quarter
        cast.cycle.budget_points = 100
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    env = environment(tmp_path / "instance", fresh_database)
    publish = ("publish", "akg", quarter, "--as", "mona", "--dry-run")
    assert "Left of the budget afterwards: 20 points." in command(*publish, env=env).stderr
    with app.app_context():
        db.session.get_one(Cycle, 1).budget_points = 79
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    refused = command(*publish, env=env, check=False)
    assert refused.returncode == 1 and "Missing: 1 point." in refused.stderr and reference in refused.stderr
    assert "Tasks whose reserve was missing: 1" in command("rebuild", env=env).stderr
