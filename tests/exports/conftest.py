"""Lines to export, and a worker that is called by hand."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.support.cast import Cast
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.exports import making, service, views
from tracker.exports.models import ExportJob
from tracker.rewards.models import Reward


def add_lines(cast: Cast, count: int, **columns: Any) -> None:
    """So many proposed bonuses of dora in AKG."""
    values = {
        "sig_id": cast.akg.id, "programme_id": cast.programme.id, "quarter": "2026Q4", "month": "2026-11",
        "user_id": cast.dora.id, "kind": "bonus", "amount": 100, "currency": "CNY", "state": "proposed",
        "proposed_by_id": cast.mona.id, "proposed_at": clock.now(), **columns,
    }  # fmt: skip
    db.session.add_all(Reward(description=f"=Talk {number}", **values) for number in range(count))
    db.session.commit()


def ask(user: User, kind: str = "rewards", lang: str = "en", **filters: Any) -> ExportJob:
    return transaction(lambda: service.request_workbook(user, kind=kind, filters=filters, lang=lang))


def work(stop: bool = False) -> bool:
    """What a worker does next; ``stop``: it was told to end meanwhile."""
    told = threading.Event()
    if stop:
        told.set()
    return making.make_next(told)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No sign of life while a file is made: the test has one connection for all."""
    monkeypatch.setattr(making, "BEAT_SECONDS", 3600.0)


@pytest.fixture
def lines(cast: Cast, app: Flask, quiet: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Five lines, workbooks of more than three made in the background, and a folder of the test's own for them."""
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    monkeypatch.setattr(views, "SMALL", 3)
    add_lines(cast, 5)
    return cast
