"""Every (route, method, identity) has its expected answer; a new route without a row fails the build."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.house.matrix import EXPECTED
from tests.house.stage import IDENTITIES, Stage
from tests.support.client import Client
from tracker import clock
from tracker.db import db
from tracker.web.routes import permissions_by_route


def test_every_route_has_a_row(app: Flask) -> None:
    routes = {f"{method} {rule}" for rule, method in permissions_by_route(app)}
    rows = {row.split("#")[0] for row in EXPECTED}
    assert sorted(routes - rows) == [], "a route without a row in tests/house/matrix.py"
    assert sorted(rows - routes) == [], "a row without a route"


def test_every_row_has_an_answer_for_everybody() -> None:
    assert {row: len(answers) for row, answers in EXPECTED.items() if len(answers) != len(IDENTITIES)} == {}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_everybody_gets_the_expected_answer(app: Flask, identity: str) -> None:
    """A POST carries a valid token and nothing else: 422, 409 or 303 where it is allowed."""
    stage = Stage()
    client = Client(app)
    person = stage.person(identity)
    if person is not None:
        client.sign_in(person)
    if identity == "suspended":
        stage.suspended.suspended_at = clock.now()
        db.session.commit()
    addresses = {row: _address(stage, row) for row in EXPECTED}
    column = IDENTITIES.index(identity)
    token = client.token()
    db.session.remove()
    wrong = {}
    for row, answers in EXPECTED.items():
        given = _ask(app, client, token, row.split()[0], addresses[row])
        if given != answers[column]:
            wrong[row] = f"{given} instead of {answers[column]}"
    assert wrong == {}


def _address(stage: Stage, row: str) -> str:
    rule, _, variant = row.split()[1].partition("#")
    return stage.address(rule, variant)


def _ask(app: Flask, client: Client, token: str, method: str, address: str) -> int:
    """The answer's status; what the request changed is undone."""
    connection = db.engines[None]
    undo = connection.begin_nested()  # type: ignore[attr-defined]
    try:
        kept = client.raw.get_cookie("session")
        with app.app_context():
            if method == "GET":
                status = client.raw.get(address, buffered=True).status_code
            else:
                status = client.raw.post(address, data={"csrf_token": token}, buffered=True).status_code
            db.session.remove()
        assert kept is not None
        client.raw.set_cookie("session", kept.value)
        client.raw.delete_cookie("language")
        return status
    finally:
        db.session.remove()
        undo.rollback()
