"""Layouts: added, edited as a new version, retired and taken up again; by services and on pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.batches.stock import approved, freeze, text_of
from tests.support.cast import Cast
from tests.support.client import Client
from tracker.batches import queries, service
from tracker.batches.models import Layout
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event
from tracker.permissions import ANYBODY, SYSTEM

COLUMNS = [{"heading": "Who", "field": "handle"}, {"heading": "=Sum", "field": "amount"}]
BANK: dict[str, Any] = {"slug": "bank", "name": "Bank", "rows": "person", "encoding": "utf-8-sig", "columns": COLUMNS}
FORM = {
    "slug": "bank",
    "name": "Bank",
    "name_zh": "银行",
    "rows": "person",
    "encoding": "gb18030",
    "columns": "Who = handle\n金额(元) = amount\n",
}


def add(cast: Cast, **typed: Any) -> Layout:
    return transaction(lambda: service.add_layout(cast.fay, **{**BANK, **typed}))


def edit(cast: Cast, layout: Layout, version: int, **typed: Any) -> Layout:
    values = {**BANK, **typed}
    values.pop("slug")
    return transaction(lambda: service.edit_layout(cast.fay, layout, version=version, **values))


def test_a_layout_is_added_and_every_batch_from_then_on_has_it(cast: Cast) -> None:
    before = freeze(cast.fay, [approved(cast)])
    add(cast)
    batch = freeze(cast.fay, [approved(cast, description="Second")])
    assert text_of(batch, "bank") == "Who,'=Sum\r\ndora,500.00\r\n"
    assert "bank" not in {file.slug for file in queries.files_of(before.id)}


def test_an_edit_is_a_new_version_and_frozen_files_keep_theirs(cast: Cast) -> None:
    layout = add(cast)
    batch = freeze(cast.fay, [approved(cast)])
    changed = edit(cast, layout, 1, columns=COLUMNS[1:])
    assert (changed.version, changed.slug, layout.ended_by_id) == (2, "bank", cast.fay.id)
    assert text_of(batch, "bank").startswith("Who,") and queries.files_of(batch.id)[0].layout["version"] == 1
    assert text_of(freeze(cast.fay, [approved(cast, description="Second")]), "bank") == "'=Sum\r\n500.00\r\n"
    with pytest.raises(Refused, match="Somebody else changed"):
        edit(cast, layout, 1, name="Late")
    with pytest.raises(Refused, match="Nothing is different"):
        edit(cast, changed, 2, columns=COLUMNS[1:])


def test_a_retired_layout_is_taken_up_again_by_an_edit(cast: Cast) -> None:
    layout = add(cast)
    transaction(lambda: service.retire_layout(cast.fay, layout, version=1))
    assert "bank" not in {one.slug for one in queries.active_layouts()}
    with pytest.raises(Refused, match="retired already"):
        transaction(lambda: service.retire_layout(cast.fay, layout, version=1))
    with pytest.raises(Refused, match="is or was a layout"):
        add(cast)
    assert edit(cast, layout, 1).version == 2 and "bank" in {one.slug for one in queries.active_layouts()}


def test_the_last_layout_in_use_stays(cast: Cast) -> None:
    *others, last = queries.active_layouts()
    for layout in others:
        transaction(lambda layout=layout: service.retire_layout(cast.fay, layout, version=1))
    with pytest.raises(Refused, match="last layout in use"):
        transaction(lambda: service.retire_layout(cast.fay, last, version=1))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "Bank"}, "slug"), ({"slug": "general"}, "slug"), ({"name": " "}, "name"), ({"name": "x" * 81}, "name"),
        ({"name_zh": "x" * 81}, "name_zh"), ({"rows": "table"}, "rows"), ({"encoding": "utf-16"}, "encoding"),
        ({"columns": []}, "columns"),
    ],
)  # fmt: skip
def test_a_wrong_layout_is_refused_at_its_field(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        add(cast, **wrong)
    assert refused.value.field == field


def test_layouts_are_finances(cast: Cast) -> None:
    layout = add(cast)
    for nobody in (cast.mona, cast.admin, cast.dora, ANYBODY, SYSTEM):
        for step in (
            lambda nobody=nobody: service.add_layout(nobody, **{**BANK, "slug": "other"}),
            lambda nobody=nobody: service.retire_layout(nobody, layout, version=1),
        ):
            with pytest.raises(Forbidden):
                transaction(step)


def test_each_step_is_in_the_diary(cast: Cast) -> None:
    layout = edit(cast, add(cast), 1, name="Bank of all")
    transaction(lambda: service.retire_layout(cast.fay, layout, version=2))
    names = db.session.scalars(select(Event.name).where(Event.subject_type == "payout_layout").order_by(Event.id)).all()
    assert names == ["layout.added", "layout.edited", "layout.retired"]


# -- pages ----------------------------------------------------------------------------------------


def test_the_list_and_a_layout_show_what_they_make(cast: Cast, client: Client) -> None:
    page = client.sign_in(cast.fay).get("/rewards/batches/layouts/").text
    assert "General" in page and "Points and amount" in page and "In use" in page
    page = client.get("/rewards/batches/layouts/points/").text
    assert "上个月结转分数" in page and "2400.00" in page and "shows payee data" in page
    assert "shows payee data" not in client.get("/rewards/batches/layouts/general/").text
    assert "&#39;=Talk at the seminar" in client.get("/rewards/batches/layouts/general/").text
    client.get("/rewards/batches/layouts/nowhere/", 404)


def test_a_layout_is_previewed_before_it_is_saved(cast: Cast, client: Client) -> None:
    page = client.sign_in(cast.fay).post("/rewards/batches/layouts/new", 200, **FORM, preview="1").text
    assert "Not saved yet" in page and "2400.00" in page and "银行" in page
    assert db.session.scalar(select(Layout.id).where(Layout.slug == "bank")) is None
    answer = client.post("/rewards/batches/layouts/new", **FORM)
    assert answer.headers["Location"].endswith("/rewards/batches/layouts/bank/")
    layout = queries.get_layout("bank")
    assert (layout.encoding, layout.columns[1]) == ("gb18030", {"heading": "金额(元)", "field": "amount"})


def test_a_layout_is_edited_and_retired_on_its_page(cast: Cast, client: Client) -> None:
    add(cast)
    page = client.sign_in(cast.fay).get("/rewards/batches/layouts/bank/edit").text
    assert "Who = handle\n=Sum = amount" in page
    client.post("/rewards/batches/layouts/bank/edit", **{**FORM, "slug": None}, version="1")
    assert queries.get_layout("bank").version == 2
    client.post("/rewards/batches/layouts/bank/edit", 409, **{**FORM, "slug": None, "name": "Late"}, version="1")
    client.post("/rewards/batches/layouts/bank/retire", 409, version="1")
    client.post("/rewards/batches/layouts/bank/retire", version="2")
    page = client.get("/rewards/batches/layouts/bank/").text
    assert "Retired" in page and "Take up again" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": "no sign"}, {"columns": "Who = nobody"}, {"columns": "Who = handle"}, {"columns": ""}, {"columns": "= amount"},
        {"columns": "a\x01 = amount"}, {"columns": "x" * 10_001}, {"slug": "no good"}, {"slug": ""}, {"rows": "both"}, {"rows": None},
        {"encoding": "latin-1"}, {"name": ""}, {"name": "x" * 81}, {"columns": "Who = handle", "preview": "1"},
    ],
)  # fmt: skip
def test_a_wrong_layout_is_shown_at_its_field(cast: Cast, client: Client, wrong: dict[str, Any]) -> None:
    page = client.sign_in(cast.fay).post("/rewards/batches/layouts/new", 422, **{**FORM, **wrong}).text
    assert 'aria-invalid="true"' in page or 'class="err"' in page


def test_who_reads_layouts_and_who_edits_them(cast: Cast, app: Flask) -> None:
    client = Client(app).sign_in(cast.admin)
    assert "Add a layout" not in client.get("/rewards/batches/layouts/").text
    client.get("/rewards/batches/layouts/new", 403)
    client.post("/rewards/batches/layouts/new", 403, **FORM)
    client.post("/rewards/batches/layouts/general/retire", 403, version="1")
    for user, status in ((cast.mona, 403), (cast.dora, 403), (None, 302)):
        one = Client(app).sign_in(user) if user else Client(app)
        one.get("/rewards/batches/layouts/", status)
        one.get("/rewards/batches/layouts/general/", 404)
        one.get("/rewards/batches/layouts/new", status)
