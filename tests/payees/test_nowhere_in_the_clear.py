"""After everything was done by pages: no clear value in any byte of the database, of the log, of a mail or of an address."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, inspect, text

from tests.conftest import settings_for
from tests.payees.conftest import AGREEMENT, DATA
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.app import create_app
from tracker.db import db, engine_options
from tracker.events import outbox
from tracker.events.models import Notice
from tracker.payees.models import Payee

#: What must not be found, as it is and as JSON would write it. The agreement by a piece of its own text.
CLEAR = [*DATA.values(), "2026-03-01", "2027-02-28", "Agreement of an invented", "%PDF-1.4"]
NEEDLES = [form for value in CLEAR for form in {value, value.encode("unicode_escape").decode().replace("\\\\", "\\")}]


def go_through(app: Flask) -> list[str]:
    """Every step by its page; the answers and addresses of all but those that show values to who may see them."""
    cast = Cast()
    dora, fay = Client(app).sign_in(cast.dora), Client(app).sign_in(cast.fay)
    said = []

    def note(answer: object) -> None:
        said.append(f"{answer.request.url} {dict(answer.headers)} {answer.get_data(as_text=True)}")  # type: ignore[attr-defined]

    note(dora.post("/account/payee", **DATA, version=0))
    contract = f"/payees/dora/contracts/{cast.programme.slug}"
    days = {"starts_on": "2026-03-01", "ends_on": "2027-02-28"}
    note(fay.post(contract, **days, version=0, agreement=(io.BytesIO(AGREEMENT), "signed.pdf")))
    note(fay.post(contract, 409, **{**days, "starts_on": "2026-01-01", "ends_on": ""}, version=0))
    note(fay.get("/payees/dora/"))
    note(fay.get("/payees/"))
    note(fay.get("/payees.csv"))
    note(dora.get("/rewards/mine"))
    note(dora.get("/notices/"))
    note(dora.get("/account/payee/looks.csv"))
    dora.post("/account/payee", 422, **{**DATA, "account": "1"}, version=1)  # shows what was typed, to who typed it
    shown = fay.post("/payees/dora/show", 200, reason="First payment")
    assert DATA["account"] in shown.text and shown.headers["Cache-Control"] == "private, no-store"
    fay.post(f"{contract}/show", 200, reason="When it ends")
    fay.post(f"{contract}/agreement", 200, reason="Is it signed")
    fay.post("/payees/dora/show", 422, reason=f"is {DATA['account']} right")
    fay.post(f"{contract}/remove", 303, reason="Meant for Otto", version=1)
    dora.post("/account/payee/remove", 303)
    note(dora.get("/notices/"))
    return said


def test_no_clear_value_anywhere(fresh_database: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    app = create_app(settings_for(fresh_database, tmp_path / "instance"))
    with app.app_context():
        said = go_through(app)
        mails = [
            str(outbox.message(mail, app.extensions["settings"]).get_content())
            for mail in outbox.outgoing(app.extensions["settings"], limit=500)
        ]
        assert len(mails) == db.session.query(Notice).count() == 7 and db.session.query(Payee).count() == 1
        db.session.remove()
        dump = _dump(fresh_database)
        db.engine.dispose()
    log = "".join(capfd.readouterr())
    for where, everything in (
        ("database", dump),
        ("log", log),
        ("mails", "\n".join(mails)),
        ("pages", "\n".join(said)),
    ):
        found = [needle for needle in NEEDLES if needle in everything]
        assert found == [], f"in the clear in {where}"
    if fresh_database.startswith("sqlite"):
        for file in tmp_path.glob("fresh.db*"):
            raw = file.read_bytes()
            assert [n for n in NEEDLES for form in (n.encode(), n.encode("utf-16-le")) if form in raw] == []


def _dump(url: str) -> str:
    """Every value of every table."""
    engine = create_engine(url, **engine_options(url))
    found = []
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            found += [str(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    engine.dispose()
    assert any("payee.changed" in row for row in found)
    return "\n".join(found)


def test_the_needles_would_be_found() -> None:
    """The search is one: what is written in the clear is found."""
    for value in CLEAR:
        assert any(needle in f"row ({value!r})" for needle in NEEDLES)
    assert any(needle in '{"name": "\\u738b\\u5c0f\\u660e"}' for needle in NEEDLES)
