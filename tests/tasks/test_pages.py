from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tests.tasks.test_service import create, edit, planned, whole
from tracker.cycles.models import Cycle
from tracker.db import db, transaction
from tracker.tasks import service
from tracker.tasks.models import Task


def typed(cast: Cast, **changes: Any) -> dict[str, Any]:
    """What a browser sends for a complete task."""
    fields = whole(cast)
    return {
        **{name: value for name, value in fields.items() if isinstance(value, str)},
        "area": str(cast.area.id), "mentors": [str(cast.mona.id)], "backends": ["CPU"], "points": "20", "hours": "60",
        "seats": "2", "expected_on": fields["expected_on"].isoformat(), "accept_by": fields["accept_by"].isoformat(),
        "pays_wage": "1", **changes,
    }  # fmt: skip


def text(response: Any) -> str:
    return str(response.get_data(as_text=True))


def newest() -> Task:
    db.session.expire_all()
    return db.session.query(Task).order_by(Task.id.desc()).first()  # type: ignore[return-value]


# -- drafting ---------------------------------------------------------------------------------------


def test_a_maintainer_drafts_marks_ready_and_publishes(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    path = f"/sigs/akg/tasks/new?quarter={cast.cycle.quarter}"
    assert "Mona (mona)" in text(client.get(path))
    client.post(path, **typed(cast))
    task = newest()
    assert task.points == 20 and task.mentors == [cast.mona] and task.area == cast.area and task.pays_wage
    client.get(task.path)
    client.post(f"{task.path}ready")
    client.post(f"{task.path}return")
    client.post(f"{task.path}ready")
    client.post(f"{task.path}publish")
    assert newest().state == "published"
    assert task.title in text(Client(client.app).get("/tasks/"))


def test_a_draft_may_be_a_title_alone_and_the_page_names_what_is_missing(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    client.post("/sigs/akg/tasks/new", title="Half a thought")
    task = newest()
    page = text(client.get(task.path))
    assert f'href="{task.path}edit#points"' in page
    refused = text(client.post(f"{task.path}ready", 409))
    assert f'href="{task.path}edit#criteria"' in refused and "Acceptance criteria" in refused
    assert 'id="criteria"' in text(client.get(f"{task.path}edit"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", "x" * 201), ("title", "a\x00b"), ("points", "0"), ("points", "1001"), ("points", "many"),
        ("points", "99999999999999999999"), ("area", "999999"), ("area", "x"), ("kind", "odd"), ("difficulty", "L7"),
        ("backends", ["TPU"]), ("mentors", ["999999"]), ("mentors", ["x"]), ("expected_on", "18.12.2026"),
        ("expected_on", "2026-02-30"), ("prize_amount", "NaN"), ("prize_amount", "0.005"), ("prize_amount", "-5"),
        ("prize_currency", "QQQ"), ("pays_wage", "perhaps"), ("seats", "0"), ("seats", "101"), ("criteria", "x" * 20001),
        ("title", ["one", "two"]), ("background", "a\ud800b".encode("utf-8", "surrogatepass")),
    ],
)  # fmt: skip
def test_a_malformed_field_is_named_and_what_was_typed_is_kept(
    cast: Cast, client: Client, field: str, value: Any
) -> None:
    client.sign_in(cast.mona)
    before = newest().id
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    page = text(
        client.post(
            "/sigs/akg/tasks/new",
            303 if "\ufffd" in value else 422,
            **typed(cast, **{field: value, "guidance": "kept words"}),
        )
    )
    if "\ufffd" not in value:
        assert "kept words" in page and newest().id == before


def test_an_amount_without_its_currency_is_an_error_at_the_field(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    page = text(client.post("/sigs/akg/tasks/new", 422, **typed(cast, prize="Board", prize_amount="800")))
    assert "An amount needs its currency" in page
    client.post("/sigs/akg/tasks/new", **typed(cast, prize="Board", prize_amount="800", prize_currency="CNY"))
    assert newest().prize_amount == 80000


def test_the_plan_leads_everybody_else_to_the_board_once_there_is_one(cast: Cast, client: Client) -> None:
    board = f"/tasks/?sig=akg&quarter={cast.cycle.quarter}"
    for who in (client, Client(client.app).sign_in(cast.dora)):
        assert who.get(cast.cycle.path, 302).headers["Location"] == board
    planned = Cycle(
        sig_id=cast.akg.id,
        programme_id=cast.programme.id,
        quarter="2030Q1",
        state="planning",
        claims_until=cast.cycle.claims_until,
        accept_by=cast.cycle.accept_by,
    )
    db.session.add(planned)
    db.session.commit()
    assert "/login" in client.get(planned.path, 302).headers["Location"]
    Client(client.app).sign_in(cast.dora).get(planned.path, 403)


def test_who_may_draft(cast: Cast, client: Client) -> None:
    assert "/login" in client.get("/sigs/akg/tasks/new", 302).headers["Location"]
    Client(client.app).sign_in(cast.dora).get("/sigs/akg/tasks/new", 403)
    client.post("/sigs/akg/tasks/new", 302, **typed(cast))
    Client(client.app).sign_in(cast.nils).post("/sigs/akg/tasks/new", 403, **typed(cast))
    client.sign_in(cast.mona)
    client.get("/sigs/nowhere/tasks/new", 404)
    client.get("/sigs/akg/tasks/new?quarter=1999Q1", 404)
    client.get("/sigs/akg/tasks/new?quarter=x", 404)
    cast.cycle.state = "closed"
    db.session.commit()
    client.get("/sigs/akg/tasks/new", 409)


# -- editing ----------------------------------------------------------------------------------------


def test_a_published_task_is_edited_and_the_change_stands_on_its_page(cast: Cast, client: Client) -> None:
    cast.make_claim(cast.dora, state="active")
    client.sign_in(cast.mona)
    assert 'value="20"' in text(client.get(f"{cast.task.path}edit"))
    task = cast.task
    fields = typed(
        cast, title=task.title, points="35", seats="2", mentors=[str(cast.nils.id)], version=str(task.version),
        accept_by=task.accept_by.isoformat(), criteria="**Bold** criteria",
    )  # fmt: skip
    client.post(f"{task.path}edit", **fields)
    page = text(Client(client.app).get(task.path))
    assert "Changed after publication" in page and "<strong>Bold</strong>" in page
    assert re.search(r"Points</th>\s*<td[^>]*>20</td><td[^>]*>35</td><td>Mona", page)
    assert "Mona edited" in page


def test_a_stale_form_is_refused_with_what_changed_and_can_be_sent_again(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    task = cast.task
    fields = typed(cast, title="My new title", mentors=[str(cast.nils.id)], version=str(task.version))
    edit(cast, task, by=cast.max, points=25)
    page = text(client.post(f"{task.path}edit", 409, **fields))
    assert "Max changed" in page and "20 → 25" in page and 'value="My new title"' in page
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    client.post(f"{task.path}edit", **{**fields, "version": version[1]})
    db.session.expire_all()
    assert task.title == "My new title"


def test_an_edit_needs_its_version(cast: Cast, client: Client) -> None:
    client.sign_in(cast.mona)
    client.post(f"{cast.task.path}edit", 422, **typed(cast, mentors=[str(cast.nils.id)]))


def test_who_may_edit(cast: Cast, client: Client) -> None:
    cast.make_claim(cast.max)
    for path in ("edit", "ready", "return", "publish"):
        client.post(f"{cast.task.path}{path}", 302)
        Client(client.app).sign_in(cast.dora).post(f"{cast.task.path}{path}", 403)
        Client(client.app).sign_in(cast.max).post(f"{cast.task.path}{path}", 403)
        Client(client.app).sign_in(cast.mona).post(f"/tasks/AKG-2026Q4-999/{path}", 404)
    mona = Client(client.app).sign_in(cast.mona)
    for path in ("ready", "return", "publish"):
        assert "published" in text(mona.post(f"{cast.task.path}{path}", 409))


def test_a_draft_isnt_there_for_others(cast: Cast, client: Client) -> None:
    draft = create(cast)
    for path in ("", "edit"):
        client.get(f"{draft.path}{path}", 404)
        Client(client.app).sign_in(cast.dora).get(f"{draft.path}{path}", 404)
    Client(client.app).sign_in(cast.dora).post(f"{draft.path}ready", 404)
    Client(client.app).sign_in(cast.nils).get(draft.path)
    Client(client.app).sign_in(cast.nils).get(f"{draft.path}edit", 403)


# -- the page ---------------------------------------------------------------------------------------


def test_the_page_shows_holders_history_and_steps(cast: Cast, client: Client) -> None:
    cast.make_claim(cast.dora, state="active")
    cast.make_claim(cast.otto, state="waiting")
    page = text(client.get(cast.task.path))
    assert "Dora" in page and "one person" in page and "Prefix sums cut fusion groups" in page
    assert "mailto" not in page and "Withdraw the task" not in page
    page = text(Client(client.app).sign_in(cast.mona).get(cast.task.path))
    assert "Withdraw the task" in page and "mailto:nils@example.org" in page


def test_the_history_tells_of_the_publication_of_its_quarter(cast: Cast, client: Client) -> None:
    task = create(cast)
    transaction(lambda: service.mark_ready(cast.mona, task))
    transaction(lambda: service.publish_cycle(cast.mona, cast.cycle))
    page = text(client.get(task.path))
    assert "Mona published AKG" in page and "drafted" not in page
    assert "drafted" in text(Client(client.app).sign_in(cast.mona).get(task.path))
    assert "published AKG" not in text(client.get(cast.task.path))


def test_a_withdrawn_task_says_why(cast: Cast, client: Client) -> None:
    cast.task.state, cast.task.reason = "withdrawn", "The interface is gone."
    db.session.commit()
    assert "The interface is gone." in text(client.get(cast.task.path))


def test_the_page_costs_the_same_with_more_history(cast: Cast, client: Client) -> None:
    counted = []
    for number in range(2):
        db.session.expire_all()
        with statements() as seen:
            client.get(cast.task.path)
        counted.append(len(seen))
        for points in (30, 40, 50):
            edit(cast, cast.task, points=points + number)
    assert counted[0] == counted[1]


# -- the plan ---------------------------------------------------------------------------------------


def test_the_plan_says_what_is_missing_and_publishes(cast: Cast, client: Client) -> None:
    cycle = planned(cast)
    client.sign_in(cast.mona)
    assert "No task is planned yet" in text(client.get(cycle.path))
    client.post(f"{cycle.path}publish", 409)
    client.post(
        f"/sigs/akg/tasks/new?quarter={cycle.quarter}", **typed(cast, expected_on="2031-03-01", accept_by="2031-03-10")
    )
    task = newest()
    client.post(f"/sigs/akg/tasks/new?quarter={cycle.quarter}", title="Half")
    half = newest()
    client.post(f"{task.path}ready")
    client.post(f"{task.path}publish", 409)
    page = text(client.get(cycle.path))
    assert f'href="{half.path}edit#points"' in page and "1 ready task, 40 points" in page
    client.post(f"{cycle.path}publish")
    db.session.expire_all()
    assert (task.state, half.state, cycle.state) == ("published", "draft", "open")
    page = text(client.get(cycle.path))
    assert "Nothing is ready" in page and "Close the quarter" in page


def test_who_may_publish_a_quarter(cast: Cast, client: Client) -> None:
    path = f"{cast.cycle.path}publish"
    client.post(path, 302)
    Client(client.app).sign_in(cast.dora).post(path, 403)
    Client(client.app).sign_in(cast.admin).post(path, 403)
    assert "A maintainer of the SIG publishes" in text(Client(client.app).sign_in(cast.admin).get(cast.cycle.path))
    Client(client.app).sign_in(cast.mona).post("/sigs/akg/quarters/1999Q1/publish", 404)
    cast.cycle.state = "closed"
    db.session.commit()
    mona = Client(client.app).sign_in(cast.mona)
    mona.post(path, 409)
    assert "This quarter is closed" in text(mona.get(cast.cycle.path))


# -- the preview ------------------------------------------------------------------------------------


def test_the_preview_renders_safe_markdown_for_whoever_is_signed_in(cast: Cast, client: Client) -> None:
    client.post("/preview", 302, text="x")
    client.sign_in(cast.dora)
    answer = text(client.post("/preview", 200, text="**a** <script>x</script> [l](javascript:1)"))
    assert "<strong>a</strong>" in answer and "<script" not in answer and "javascript:1)" in answer
    assert 'href="javascript' not in answer
    client.post("/preview", 422, text="x" * 20001)
