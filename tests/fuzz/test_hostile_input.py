"""No input makes a 500, and what is refused changes nothing: every rule, method and person, from a seed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, literal, select, union_all

from tests.fuzz.hostile import Enemy, Known, send
from tests.house.stage import Stage
from tests.support.client import Client
from tests.support.statements import statements
from tracker.accounts import views
from tracker.db import Base, db
from tracker.web import forms

#: Requests of each (rule, method, person).
ROUNDS = 2
IDENTITIES = ("anon", "dora", "mona", "fay")
#: Counted on purpose although the request is turned away, or work of the frame.
COUNTERS = {"sign_in_attempt", "user_session"}


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Known:
    found = Known()
    validate = forms.Form.validate

    def noticed(form: forms.Form, extra: Any = None) -> bool:
        found.notice(form)
        return validate(form, extra)

    monkeypatch.setattr(forms.Form, "validate", noticed)
    monkeypatch.setattr(views, "FLOOR_SECONDS", 0)
    return found


@pytest.fixture
def answering(app: Flask) -> Iterator[Flask]:
    """The application as it answers people: a bug is a page with 500 instead of an exception."""
    app.config["PROPAGATE_BUGS"] = False
    app.testing = False
    yield app
    app.config["PROPAGATE_BUGS"] = True
    app.testing = True


def _written() -> tuple[Any, ...]:
    """How many rows each table has, and how often versioned rows changed."""
    counts = []
    for table in Base.metadata.sorted_tables:
        if table.name in COUNTERS:
            continue
        changes = func.coalesce(func.sum(table.c.version), 0) if "version" in table.c else literal(0)
        if table.name == "agreement":
            changes = literal(0)
        counts.append(select(literal(table.name), func.count(), changes).select_from(table))
    return tuple(tuple(row) for row in db.session.execute(union_all(*counts)))


def _writes(statement: str) -> bool:
    """Whether a statement can change a row; most of what is refused comes to none, and needs no counting of every table."""
    return not statement.lstrip().startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "PRAGMA", "SET"))


@contextmanager
def _undone() -> Iterator[None]:
    db.session.remove()
    undo = db.engines[None].begin_nested()  # type: ignore[attr-defined]
    try:
        yield
    finally:
        db.session.remove()
        undo.rollback()


def _signed_in(app: Flask, stage: Stage, identity: str) -> tuple[Client, str]:
    client = Client(app)
    if (person := stage.person(identity)) is not None:
        client.sign_in(person)
    token = client.token()
    db.session.commit()
    return client, token


def _restore(client: Client, kept: Any) -> None:
    client.raw.delete_cookie("language")
    if kept is not None:
        client.raw.set_cookie("session", kept.value)


@pytest.mark.parametrize("identity", IDENTITIES)
def test_no_input_makes_a_500(
    answering: Flask, known: Known, identity: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = Stage()
    client, token = _signed_in(answering, stage, identity)
    kept = client.raw.get_cookie("session")
    enemy = Enemy(stage, known, identity)
    db.session.commit()
    before = _written()
    db.session.remove()
    bad: list[str] = []
    for rule in sorted(answering.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint)):
        for method in ("GET", "POST"):
            for turn in range(ROUNDS if method == "POST" else 1):
                made = enemy.request(rule, method, token)
                if turn == 0 and method == "POST":  # the form is met first, as it is
                    made = {"path": enemy.address(rule.rule), "method": "POST", "data": {"csrf_token": token}}
                with _undone():
                    with statements() as seen:
                        status, page = send(answering, client, made)
                    db.session.remove()
                    if status >= 500 and rule.rule != "/readyz":
                        bad.append(f"{status} {made}"[:600] + capsys.readouterr().err[-1500:])
                    elif status >= 400 and any(map(_writes, seen)) and _written() != before:
                        bad.append(f"half written: {status} {made}"[:600])
                    if page and "Traceback" in page:
                        bad.append(f"a traceback is shown: {made}"[:600])
                _restore(client, kept)
    assert not bad, f"{len(bad)}:\n" + "\n\n".join(bad[:12])


def test_too_much_is_refused(answering: Flask) -> None:
    """More than 2 MiB, more than 200 parts, more than 2 MiB in one field."""
    stage = Stage()
    client, token = _signed_in(answering, stage, "dora")
    db.session.commit()
    path = f"/tasks/{stage.other_task.reference}/claim"
    parts: dict[str, Any] = {f"p{n}": (io.BytesIO(b"x"), "f") for n in range(300)}
    bodies: list[dict[str, Any]] = [
        {"data": {"csrf_token": token, "plan": "x" * 3 * 2**20}},
        {"data": {**parts, "csrf_token": token}, "content_type": "multipart/form-data"},
        {
            "data": {"csrf_token": token, "plan": (io.BytesIO(b"x" * 3 * 2**20), "f")},
            "content_type": "multipart/form-data",
        },
    ]
    for body in bodies:
        with _undone():
            assert send(answering, client, {"path": path, "method": "POST", **body})[0] == 413


def test_a_step_without_any_form_is_taken_or_refused(answering: Flask) -> None:
    """The token may come in a header: then there is no field at all, and those that may stay empty are."""
    stage = Stage()
    meeting, proposal, offered = stage.meeting.id, stage.proposal.id, stage.offered.id
    steps = {
        "mona": f"/proposals/{proposal}/defer",
        "otto": f"/meetings/{meeting}/sign-up",
        "dora": f"/handovers/{offered}/decline",
    }
    for person, path in steps.items():
        client, token = _signed_in(answering, stage, person)
        made = {"path": path, "method": "POST", "data": b"", "headers": {"X-CSRFToken": token}}
        assert send(answering, client, made)[0] == 303, path


def test_a_number_that_no_column_holds_is_no_appeal(answering: Flask) -> None:
    stage = Stage()
    client, token = _signed_in(answering, stage, "admin")
    for number in (2**31, 2**63, 10**400):
        for method, end in (("GET", "answer"), ("POST", "answer"), ("POST", "withdraw")):
            made = {"path": f"/claims/{number}/appeal/{end}", "method": method, "data": {"csrf_token": token}}
            assert send(answering, client, made)[0] == 404
