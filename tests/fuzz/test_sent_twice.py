"""A form that is sent twice, by an impatient finger or from a second tab, is one thing, not two."""

from __future__ import annotations

import datetime as dt

from flask import Flask
from sqlalchemy import func, select

from tests.support.cast import Cast
from tests.support.client import Client
from tracker.db import db
from tracker.meetings.models import ProgressNote
from tracker.rewards.models import Reward
from tracker.tasks.models import Task


def _count(model: type) -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_same_reward_is_proposed_once(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)
    fields = {"user": "dora", "kind": "bonus", "description": "A talk", "amount": "5", "currency": "CNY"}
    mona.post("/sigs/akg/rewards/new", **fields)
    page = mona.post("/sigs/akg/rewards/new", 422, **fields).get_data(as_text=True)
    assert "exactly this" in page
    assert _count(Reward) == 1
    mona.post("/sigs/akg/rewards/new", **{**fields, "description": "A second talk"})
    mona.post("/sigs/akg/rewards/new", **{**fields, "amount": "6"})
    thing = {**fields, "amount": "", "currency": ""}
    mona.post("/sigs/akg/rewards/new", **thing)
    mona.post("/sigs/akg/rewards/new", 422, **thing)
    assert _count(Reward) == 4


def test_the_same_note_is_written_once(cast: Cast, app: Flask) -> None:
    claim = cast.make_claim(cast.dora, state="active")
    dora = Client(app).sign_in(cast.dora)
    path = f"/claims/{claim.id}/progress"
    fields = {"percent": "50", "done": "Half.", "links": "https://example.org/1"}
    dora.post(path, **fields)
    dora.post(path, 422, **fields)
    assert _count(ProgressNote) == 1
    dora.post(path, **{**fields, "percent": "60"})
    assert _count(ProgressNote) == 2


def test_the_same_task_is_drafted_once(cast: Cast, app: Flask) -> None:
    mona = Client(app).sign_in(cast.mona)
    before = _count(Task)
    mona.post("/sigs/akg/tasks/new", title="Twice", kind="community")
    page = mona.post("/sigs/akg/tasks/new", 422, title=" Twice ", kind="community").get_data(as_text=True)
    assert "already" in page
    assert _count(Task) == before + 1
    Client(app).sign_in(cast.max).post("/sigs/akg/tasks/new", title="Twice", kind="community")
    assert _count(Task) == before + 2


def test_a_note_that_nothing_has_changed_is_written_later(cast: Cast, app: Flask) -> None:
    claim = cast.make_claim(cast.dora, state="active")
    dora = Client(app).sign_in(cast.dora)
    dora.post(f"/claims/{claim.id}/progress", percent="50", done="Half.")
    db.session.expire_all()
    db.session.scalars(select(ProgressNote)).one().written_at -= dt.timedelta(days=7)
    db.session.commit()
    dora.post(f"/claims/{claim.id}/progress", percent="50", done="Half.")
    assert _count(ProgressNote) == 2
