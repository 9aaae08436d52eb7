"""What the doctor says about the keys: missing, unreadable, open to others, or opening nothing of what is stored."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands.test_maintenance import migrations_stamped
from tests.conftest import settings_for
from tests.payees.conftest import contract_for, give
from tests.support.cast import Cast
from tracker import doctor, sealing
from tracker.app import create_app
from tracker.config import SettingError, Settings
from tracker.db import db
from tracker.payees.models import Payee


@pytest.fixture
def settings(fresh_database: str, tmp_path: Path) -> Settings:
    """A database with nothing sealed yet, at the newest version."""
    made = settings_for(fresh_database, tmp_path / "instance")
    migrations_stamped(fresh_database)
    return made


@pytest.fixture
def filled(settings: Settings) -> Settings:
    """Two people's payee data, and a contract."""
    with create_app(settings).app_context():
        cast = Cast()
        give(cast.dora)
        give(cast.otto)
        contract_for(cast, cast.dora)
        db.session.remove()
        db.engine.dispose()
    return settings


def said(settings: Settings, *, thorough: bool = True) -> list[doctor.Finding]:
    return [found for found in doctor.findings(settings, thorough=thorough) if found.about == "payee keys"]


def test_without_anything_sealed_all_is_well(settings: Settings) -> None:
    [found] = said(settings)
    assert found.level == "ok" and "none yet" in found.says and not sealing.key_file(settings).exists()


@pytest.mark.parametrize("thorough", [True, False])
def test_keys_that_open_everything_are_well(filled: Settings, thorough: bool) -> None:
    [found] = said(filled, thorough=thorough)
    assert found.level == "ok" and "opening all 4 sealed values" in found.says


def test_a_missing_file_stops_the_server(filled: Settings) -> None:
    sealing.key_file(filled).unlink()
    for thorough in (True, False):
        [found] = said(filled, thorough=thorough)
        assert found.level == "wrong" and found.fatal and "4 of 4" in found.says and "payee_keys" in found.mend
    assert not sealing.key_file(filled).exists()


def test_another_key_opens_nothing(filled: Settings) -> None:
    sealing.key_file(filled).write_text(f"{sealing.new_key()}\n", encoding="ascii")
    [found] = said(filled)
    assert found.fatal and "4 of 4" in found.says and "contract.agreement" in found.says


def test_a_value_that_was_changed_by_hand_is_named(filled: Settings) -> None:
    with create_app(filled).app_context():
        row = db.session.query(Payee).order_by(Payee.user_id).first()
        assert row is not None
        number, row.sealed = row.user_id, "gAAAA"
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    [found] = said(filled)
    assert found.level == "wrong" and not found.fatal and "1 of 4" in found.says and f"payee.sealed {number}" in found.says  # fmt: skip


@pytest.mark.parametrize("content", [b"short\n", b"\xff\xfe\n", b"x" * 44])
def test_keys_that_are_none_stop_the_server(filled: Settings, content: bytes) -> None:
    sealing.key_file(filled).write_bytes(content)
    [found] = said(filled)
    assert found.fatal and content.decode("latin-1").strip() not in found.says


def test_a_file_that_can_not_be_read_stops_the_server(filled: Settings) -> None:
    kept = sealing.key_file(filled)
    kept.unlink()
    kept.mkdir()  # also root can't read a folder as a file
    [found] = [found for found in said(filled) if found.level == "wrong"]
    assert found.fatal and "can't be read" in found.says
    with pytest.raises(SettingError):
        sealing.key_texts(filled)


def test_a_file_that_others_can_read_is_found(filled: Settings) -> None:
    sealing.key_file(filled).chmod(0o640)
    found = [found for found in said(filled) if found.level == "wrong"]
    assert ["can be read by others" in one.says for one in found] == [True] and "chmod 600" in found[0].mend
    assert not found[0].fatal and os.stat(sealing.key_file(filled)).st_mode & 0o777 == 0o640


def test_a_rotation_that_was_broken_off_is_noticed(filled: Settings) -> None:
    sealing.add_key(filled)
    assert ["finished" in found.says for found in said(filled)] == [False, True]


def test_keys_of_the_environment_are_looked_at_too(filled: Settings) -> None:
    [key] = sealing.key_texts(filled)
    sealing.key_file(filled).unlink()
    [found] = said(replace(filled, payee_keys=key))
    assert found.level == "ok" and "TRACKER_PAYEE_KEYS" in found.says and key not in found.says
    [found] = said(replace(filled, payee_keys="nonsense"))
    assert found.fatal and "nonsense" not in found.says
