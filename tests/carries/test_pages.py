"""Carrying on the pages and by the command."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.budgets.test_pages import words
from tests.budgets.test_service import ready, set_budget
from tests.carries.test_service import december, later
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.claims import service as claims
from tracker.db import db, transaction
from tracker.tasks import service as tasks
from tracker.tasks.models import Task

__all__ = ["december"]
pytestmark = pytest.mark.usefixtures("december")


def where(cast: Cast, task: Task | None = None) -> str:
    db.session.expire_all()
    return (task or cast.task).cycle.quarter


def test_a_task_is_carried_from_its_page(cast: Cast, client: Client) -> None:
    later(cast)
    cast.make_claim(cast.dora, state="active")
    client.sign_in(cast.mona)
    path = f"{cast.task.path}carry"
    assert f'href="{path}"' in client.get(cast.task.path).text
    said = words(client.get(path))
    assert "2026 Q4 → 2027 Q1" in said and "Latest acceptance 28 Dec → 24 Mar 2027" in said and "Dora, due" in said
    client.post(path, quarter="2027Q1", expected_on="2027-02-01", accept_by="")
    assert where(cast) == "2027Q1" and cast.task.expected_on == dt.date(2027, 2, 1)
    page = words(Client(client.app).get(cast.task.path))
    assert "Mona carried" in page and "from 2026Q4 into 2027Q1" in page
    assert "Changed after publication" in page and "2026-12-28 2027-02-01" in page


def test_the_task_page_keeps_the_publication_in_the_quarter_it_left(cast: Cast, client: Client) -> None:
    task = ready(cast)
    transaction(lambda: tasks.publish_cycle(cast.mona, cast.cycle))
    later(cast)
    client.sign_in(cast.mona).post(f"{task.path}carry")
    page = words(client.get(task.path))
    assert "Mona published AKG 2026Q4 with 1 tasks" in page and "carried" in page


@pytest.mark.parametrize(
    ("field", "value"), [("quarter", "2031Q1"), ("quarter", ["2027Q1", "2027Q1"]), ("expected_on", "soon"), ("accept_by", "2027-02-30"),
                         ("accept_by", "2027-03-25"), ("expected_on", "2026-12-30")],
)  # fmt: skip
def test_what_does_not_fit_is_named_at_the_field(cast: Cast, client: Client, field: str, value: Any) -> None:
    later(cast)
    client.sign_in(cast.mona)
    typed = {"quarter": "2027Q1", "expected_on": "2027-02-01", "accept_by": "2027-02-20", field: value}
    page = client.post(f"{cast.task.path}carry", 422, **typed)
    assert "needs your attention" in page.text and where(cast) == "2026Q4"


def test_the_quarter_is_chosen_where_there_are_several(cast: Cast, client: Client) -> None:
    later(cast)
    later(cast, "2027Q2", claims_until=dt.date(2027, 6, 1), accept_by=dt.date(2027, 6, 20))
    client.sign_in(cast.mona)
    assert '<option value="2027Q2">' in client.get(f"{cast.task.path}carry").text
    assert '<option value="2027Q2">' in client.get(f"{cast.cycle.path}refresh").text
    client.post(f"{cast.cycle.path}refresh", quarter="2027Q2")
    assert where(cast) == "2027Q2"


def test_without_a_later_quarter_both_pages_lead_to_planning_one(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    for path in (f"{cast.task.path}carry", f"{cast.cycle.path}refresh"):
        assert 'href="/sigs/akg/quarters/"' in client.get(path).text
        assert "Plan it first" in words(client.post(path, 409))


def test_what_cannot_be_carried_says_why(cast: Cast, client: Client) -> None:
    later(cast)
    transaction(lambda: claims.withdraw_task(cast.mona, cast.task, reason="Done elsewhere."))
    client.sign_in(cast.mona)
    assert "It was withdrawn." in words(client.get(f"{cast.task.path}carry"))
    assert "It was withdrawn." in words(client.post(f"{cast.task.path}carry", 409))
    said = words(client.get(f"{cast.cycle.path}refresh"))
    assert "Nothing is left to carry" in said and "It was withdrawn." in said
    client.post(f"{cast.cycle.path}refresh", 409)


def test_a_quarter_is_refreshed_after_a_list_of_what_is_carried_and_what_stays(cast: Cast, client: Client) -> None:
    later(cast)
    cast.make_claim(cast.dora, state="active")
    free, draft = cast.make_task(), cast.make_task(state="draft")
    db.session.commit()
    client.sign_in(cast.mona)
    assert f'href="{cast.cycle.path}refresh"' in client.get(cast.cycle.path).text
    page = client.get(f"{cast.cycle.path}refresh")
    said = words(page)
    assert "2 tasks go into 2027 Q1" in said and "It was never published." in said
    for task in (cast.task, free, draft):
        assert f'href="{task.path}"' in page.text
    target = client.post(f"{cast.cycle.path}refresh").headers["Location"]
    assert target.endswith("/sigs/akg/quarters/2027Q1/")
    assert (where(cast), where(cast, free), where(cast, draft)) == ("2027Q1", "2027Q1", "2026Q4")
    said = words(client.get(target))
    assert "2 tasks that were carried into the quarter" in said and "0 ready tasks" in said
    client.post(f"{target}publish")
    assert Client(client.app).get("/tasks/?quarter=2027Q1").text.count('<a class="t"') == 2


def test_the_budget_of_the_next_quarter_is_said_before(cast: Cast, client: Client) -> None:
    target = later(cast)
    set_budget(cast, target, points=45)
    client.sign_in(cast.mona)
    for path in (f"{cast.task.path}carry", f"{cast.cycle.path}refresh"):
        assert "It reserves 40 points, CNY 3,200.00 of the budget of 2027 Q1; left afterwards: 5 points" in words(
            client.get(path)
        )
    set_budget(cast, target, points=39)
    for path in (f"{cast.task.path}carry", f"{cast.cycle.path}refresh"):
        page = client.get(path)
        assert "The budget of 2027 Q1 doesn't last for it. Missing: 1 point." in words(page)
        assert 'aria-disabled="true"' in page.text
        assert "Missing: 1 point" in words(client.post(path, 409))
    assert where(cast) == "2026Q4"


def test_who_may_carry_on_the_pages(cast: Cast, client: Client) -> None:
    later(cast)
    draft = cast.make_task(state="draft")
    db.session.commit()
    for path in (f"{cast.task.path}carry", f"{cast.cycle.path}refresh"):
        client.get(path, 302)
        client.post(path, 302)
        for who in (cast.dora, cast.nils, cast.fay, cast.admin):
            Client(client.app).sign_in(who).get(path, 403)
            Client(client.app).sign_in(who).post(path, 403)
    Client(client.app).sign_in(cast.dora).post(f"{draft.path}carry", 404)
    Client(client.app).sign_in(cast.mona).get("/sigs/akg/quarters/2031Q1/refresh", 404)
