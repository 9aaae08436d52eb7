"""What is sealed opens with its keys and in its place alone; keys are files that only their owner reads."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.conftest import settings_for
from tests.payees.conftest import DATA, OTHER, contract_for, give
from tests.support.cast import Cast
from tracker import sealing
from tracker.config import SettingError, Settings
from tracker.db import db
from tracker.payees.models import AGREEMENT, DATES, PAYEE, Contract, Payee
from tracker.payees.secrets import Dates, PayeeData, dates_of, masked, opened, payee_data_of, sealed
from tracker.sealing import Broken, seal, unseal


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an instance of this test, without keys yet."""
    made = settings_for("sqlite://", tmp_path / "instance")
    sealing.configure(made)
    return made


@given(st.binary(max_size=300))
def test_what_is_sealed_opens(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    sealing.configure(settings_for("sqlite://", tmp_path_factory.getbasetemp() / "opens"))
    text = seal("payee:1", data)
    assert unseal("payee:1", text) == data
    assert text.isascii()
    assert seal("payee:1", data) != text  # never the same twice: equal accounts can't be told


@pytest.mark.parametrize("context", ["payee:2", "payee:", "payee:11", "contract:1", "", "payee:1\0"])
def test_it_opens_in_its_place_alone(settings: Settings, context: str) -> None:
    text = seal("payee:1", b"data")
    with pytest.raises(Broken):
        unseal(context, text)


def test_any_changed_character_breaks_it(settings: Settings) -> None:
    text = seal("payee:1", b"data")
    raw = base64.urlsafe_b64decode(text)
    for at in range(len(raw)):
        changed = base64.urlsafe_b64encode(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]).decode()
        with pytest.raises(Broken):
            unseal("payee:1", changed)
    for other in ("", "x", text[:-4], "王" * 40, "gAAAA"):
        with pytest.raises(Broken):
            unseal("payee:1", other)


def test_what_breaks_says_nothing_of_what_it_was(settings: Settings) -> None:
    text = seal("payee:1", b"6200000000000005")
    with pytest.raises(Broken) as broken:
        unseal("payee:2", text)
    assert "6200" not in f"{broken.value!r} {broken.value}" and text not in str(broken.value)
    assert "tracker doctor" in str(broken.value.message)
    data = PayeeData(**DATA)
    assert repr(data) == str(data) == "PayeeData(…)" and "2026" not in repr(Dates(*_days()))


def _days() -> tuple[object, object]:
    import datetime as dt

    return dt.date(2026, 3, 1), None


def test_a_row_copied_onto_another_persons_is_refused(cast: Cast) -> None:
    mine, other = give(cast.dora), give(cast.otto, **OTHER)
    assert opened(mine).account == DATA["account"] and opened(other).legal_name == OTHER["legal_name"]
    db.session.execute(update(Payee).where(Payee.user_id == cast.otto.id).values(sealed=mine.sealed))
    db.session.expire_all()
    other = db.session.get_one(Payee, cast.otto.id)
    with pytest.raises(Broken):
        opened(other)
    assert masked(other) is None and masked(None) is None
    with pytest.raises(Broken):
        payee_data_of([cast.dora.id, cast.otto.id])
    assert payee_data_of([cast.dora.id]) == {cast.dora.id: PayeeData(**DATA)}


def test_the_columns_of_a_contract_can_not_be_swapped_or_moved(cast: Cast) -> None:
    mine, other = contract_for(cast, cast.dora), contract_for(cast, cast.otto)
    assert dates_of(mine).starts_on.isoformat() == "2026-03-01"
    for column, text in (
        (DATES, mine.agreement),
        (AGREEMENT, mine.sealed),
        (DATES, other.sealed),
        (AGREEMENT, other.agreement),
    ):
        setattr(mine, column.attribute, text)
        with pytest.raises(Broken):
            column.read(mine)
        db.session.refresh(mine, ["sealed", "agreement"])
    assert PAYEE.name == "payee.sealed" and sealed(7, PayeeData(**DATA)).isascii()


def test_a_column_is_named_once() -> None:
    assert {PAYEE, DATES, AGREEMENT} <= set(sealing.columns())
    with pytest.raises(ValueError, match=r"payee\.sealed"):
        sealing.column(Payee, "sealed", lambda row: "x")


def test_a_list_of_contracts_leaves_the_files_where_they_are(cast: Cast) -> None:
    contract_for(cast, cast.dora)
    db.session.expire_all()
    contract = db.session.query(Contract).one()
    assert "agreement" not in contract.__dict__ and contract.agreement_at is not None


# -- keys -----------------------------------------------------------------------------------------


def test_the_first_key_is_made_when_something_is_sealed_first(settings: Settings) -> None:
    kept = sealing.key_file(settings)
    with pytest.raises(Broken):
        unseal("payee:1", "gAAAAA")
    assert not kept.exists()  # opening makes none: a lost key must not be replaced unnoticed
    text = seal("payee:1", b"data")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    sealing.configure(settings)  # as another process
    assert unseal("payee:1", text) == b"data"


def test_a_key_file_that_goes_away_stops_sealing(settings: Settings) -> None:
    text = seal("payee:1", b"data")
    kept = sealing.key_file(settings)
    aside = kept.rename(kept.with_name("aside"))
    for step in (lambda: seal("payee:1", b"more"), lambda: unseal("payee:1", text)):
        with pytest.raises(Broken):
            step()
    assert not kept.exists()
    aside.rename(kept)
    assert unseal("payee:1", text) == b"data"


def test_a_new_key_reaches_processes_that_run(settings: Settings) -> None:
    old = seal("payee:1", b"old")
    sealing.add_key(settings)  # another process does: this one isn't configured anew
    new = seal("payee:1", b"new")
    assert not sealing.is_newest(old) and sealing.is_newest(new)
    assert unseal("payee:1", old) == b"old"
    assert sealing.retire_keys(settings) == 1 and sealing.retire_keys(settings) == 0
    assert unseal("payee:1", new) == b"new"
    with pytest.raises(Broken):
        unseal("payee:1", old)


def test_whoever_rotates_leaves_the_file_to_its_owner(settings: Settings) -> None:
    seal("payee:1", b"data")
    kept = sealing.key_file(settings)
    if os.geteuid() == 0:
        os.chown(kept, 12345, 12345)
    before = kept.stat()
    sealing.add_key(settings)
    after = kept.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (before.st_uid, before.st_gid, 0o600)
    assert sorted(path.name for path in settings.instance.iterdir()) == ["payee_keys"]


def test_keys_of_the_environment_go_first_to_last(tmp_path: Path) -> None:
    old, new = sealing.new_key(), sealing.new_key()
    sealing.configure(settings_for("sqlite://", tmp_path, payee_keys=old))
    text = seal("payee:1", b"data")
    both = settings_for("sqlite://", tmp_path, payee_keys=f" {new}, {old} ")
    sealing.configure(both)
    assert unseal("payee:1", text) == b"data" and not sealing.is_newest(text)
    assert sealing.check_keys(both) == 2 and sealing.retire_keys(both) == 0
    with pytest.raises(SettingError, match="--reseal-only"):
        sealing.add_key(both)
    assert not sealing.key_file(both).exists()


@pytest.mark.parametrize(
    "text", ["short", "x" * 44, "王" * 44, sealing.new_key()[:-2]], ids=["short", "x", "王", "cut"]
)
def test_a_key_that_is_none_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    settings = settings_for("sqlite://", tmp_path, payee_keys=text)
    sealing.configure(settings)
    with pytest.raises(SettingError, match="32 bytes") as refused:
        seal("payee:1", b"data")
    assert text not in str(refused.value) and text not in repr(settings)
    with pytest.raises(SettingError):
        sealing.check_keys(settings)
