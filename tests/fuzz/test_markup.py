"""What people type is text wherever it is shown, also inside the sentences of refusals."""

from __future__ import annotations

import pytest
from flask import Flask
from markupsafe import Markup, escape

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.db import db
from tracker.text import _l, _nl

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_a_lazy_message_is_escaped(app: Flask) -> None:
    for message in (_l("By %(who)s", who="<b>"), _nl("%(who)s", "%(who)s", 2, who="<b>")):
        assert "<b>" in str(message)
        assert "<b>" not in escape(message)
        assert "<b>" not in Markup("{}").format(message)
        assert "<b>" not in app.jinja_env.from_string("{{ message }}").render(message=message)


@pytest.mark.parametrize("viewer", ["mona", "otto", "admin"])
def test_a_hostile_name_is_shown_as_text(cast: Cast, app: Flask, viewer: str) -> None:
    """The holder of every seat is named in the reason why the task can't be claimed."""
    cast.dora.display_name = cast.dora.affiliation = HOSTILE[:80]
    task = cast.make_task(seats=1, title=HOSTILE)
    claim = cast.make_claim(cast.dora, task, state="submitted")
    db.session.commit()
    client = Client(app).sign_in(getattr(cast, viewer))
    paths = [task.path, f"{task.path}claim", "/tasks/", "/dashboard/", "/sigs/akg/", "/claims/"]
    if viewer != "otto":
        paths += [claim.path]
    for path in paths:
        page = client.get(path).get_data(as_text=True)
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path


def test_a_hostile_way_back_is_shown_as_text(client: Client) -> None:
    page = client.get("/login?next=/<img src=x onerror=alert(1)>").get_data(as_text=True)
    assert "<img src=x" not in page
    assert "&lt;img" in page


def test_a_hostile_filter_is_shown_as_text(cast: Cast, app: Flask) -> None:
    visitor = app.test_client()
    for path in ("/tasks/?kind=", "/exports/tasks.csv?kind=", "/meetings/?kind=", "/exports/tasks.csv?lang="):
        page = visitor.get(f"{path}<img src=x>").get_data(as_text=True)
        assert "<img src=x" not in page, path
