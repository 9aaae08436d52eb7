"""`tracker audit verify` finds what was changed behind the triggers, in the ledger, in its accounts and in the lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.conftest import settings_for
from tests.rewards.lines import approve, cancel, correction, pay, propose
from tests.support.cast import Cast
from tracker import cli, triggers
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.events.diary import first_broken as first_broken_event
from tracker.events.models import Event
from tracker.ledger.audit import Broken, first_broken
from tracker.ledger.booking import SAID, digest
from tracker.ledger.models import LedgerAccount, Transfer
from tracker.rewards import service
from tracker.rewards.audit import Difference, first_difference


def told_through_services(cast: Cast) -> None:
    """Dora has earned 20 - 5 points; of three lines one is paid, one approved, one taken back; otto has one that came back."""
    claim = cast.make_claim(state="submitted")
    transaction(lambda: service.accept_claim(cast.nils, claim, points=20))
    approve(cast.fay, correction(cast, points=-5))
    pay(cast.finn, approve_new(cast, "paid"))
    approve_new(cast, "approved")
    cancel(cast.max, approve_new(cast, "taken back"))
    line = approve_new(cast, "came back", user=cast.otto)
    pay(cast.finn, line)
    transaction(lambda: service.return_reward(cast.finn, line, reason="Closed account", version=line.version))


def approve_new(cast: Cast, description: str, **typed: object) -> service.Reward:
    line = propose(cast, description=description, **typed)
    approve(cast.fay, line)
    return line


@pytest.fixture
def ledger(cast: Cast) -> Cast:
    told_through_services(cast)
    return cast


@contextmanager
def behind(*names: str) -> Iterator[None]:
    """Without these triggers."""
    dialect = db.session.get_bind().dialect.name
    made = triggers.statements(dialect)
    for name in names:
        table = made[name].split(" ON ")[1].split()[0]
        db.session.execute(text(f"DROP TRIGGER {name}" + (f" ON {table}" if dialect == "postgresql" else "")))
    yield
    for name in names:
        db.session.connection().exec_driver_sql(made[name])


def change(table: str, change: str, where: str) -> None:
    trigger = {"reward": "reward_frozen", "claim": ""}.get(table, f"{table}_append_only")
    with behind(*([f"{trigger}_update"] if trigger else [])):
        db.session.execute(text(f"UPDATE {table} SET {change} WHERE {where}"))


def transfer(key: str) -> Transfer:
    return db.session.scalars(select(Transfer).where(Transfer.key.like(key)).order_by(Transfer.id)).first()  # type: ignore[return-value]


def test_what_services_did_is_whole(ledger: Cast) -> None:
    assert db.session.query(Transfer).count() == 11
    assert first_broken_event(db.session()) is None
    assert first_broken() is None and first_difference() is None


@pytest.mark.parametrize(
    "changed",
    ["amount = amount + 1", "unit = 'USD'", "month = '2020-01'", "reason = 'another'", "for_wage = NOT for_wage",
     "by_id = (SELECT max(id) FROM user_account)", "digest = substr(digest, 2) || '0'", "debit_id = credit_id, credit_id = debit_id"],
)  # fmt: skip
def test_a_transfer_that_was_changed_is_named(ledger: Cast, changed: str) -> None:
    found = transfer("reward:%:owed")
    change("ledger_transfer", changed, f"id = {found.id}")
    assert first_broken() == Broken("changed", found.id, found.key)


def test_a_transfer_that_was_added_with_a_good_digest_is_named(ledger: Cast) -> None:
    columns = [
        column.name
        for column in Transfer.__table__.columns
        if column.name not in ("id", "key", "digest", "reverses_id")
    ]
    said = ", ".join(columns)
    old = transfer("reward:%:owed")
    db.session.execute(
        text(
            f"INSERT INTO ledger_transfer (key, digest, {said}) SELECT 'forged', '', {said} FROM ledger_transfer WHERE id = :id"
        ),
        {"id": old.id},
    )
    forged = transfer("forged")
    change(
        "ledger_transfer",
        f"digest = '{digest({column: getattr(forged, column) for column in SAID})}'",
        f"id = {forged.id}",
    )
    db.session.expire_all()
    assert first_broken() == Broken("unknown", forged.id, "forged")
    difference = first_difference()
    assert difference is not None and difference.account == "payable" and difference.booked == difference.lines + 50000


def test_a_transfer_that_is_gone_is_named_by_its_event(ledger: Cast) -> None:
    gone = transfer("reward:%:paid")
    event = next(
        e for e in db.session.scalars(select(Event).order_by(Event.id)) if gone.digest in e.facts.get("booked", ())
    )
    taken = db.session.scalars(select(Transfer).where(Transfer.reverses_id.is_(None), Transfer.key == gone.key)).one()
    with behind("ledger_transfer_append_only_delete"):
        db.session.execute(text("DELETE FROM ledger_transfer WHERE id = :id"), {"id": taken.id})
    assert first_broken() == Broken("gone", event.id)


def test_of_several_the_first_is_named(ledger: Cast) -> None:
    first, second = transfer("claim:%"), transfer("reward:%:paid")
    change("ledger_transfer", "amount = amount + 1", f"id IN ({first.id}, {second.id})")
    assert first_broken() == Broken("changed", first.id, first.key)


def test_an_account_that_became_somebody_elses_is_named(ledger: Cast) -> None:
    account = db.session.scalars(select(LedgerAccount).where(LedgerAccount.kind == "payable")).first()
    assert account is not None
    change("ledger_account", f"user_id = {ledger.nils.id}", f"id = {account.id}")
    assert first_broken() == Broken("account", account.id, account.key)


def test_a_line_that_was_changed_differs_from_what_was_booked(ledger: Cast) -> None:
    change("reward", "amount = 60000, approved_amount = 60000", "description = 'approved'")
    assert first_broken() is None
    assert first_difference() == Difference("payable", ledger.programme.id, ledger.dora.id, "CNY", 50000, 60000)


def test_a_payment_that_was_made_up_differs_from_what_was_booked(ledger: Cast) -> None:
    change("reward", "amount = 1, approved_amount = 1", "description = 'paid'")
    assert first_difference() == Difference("bank", ledger.programme.id, ledger.dora.id, "CNY", 50000, 1)


def test_points_that_were_added_to_a_claim_differ_from_what_was_booked(ledger: Cast) -> None:
    change("claim", "points = 40", "state = 'accepted'")
    assert first_difference() == Difference("earned", ledger.programme.id, ledger.dora.id, "points", 15, 35)


# -- the command ----------------------------------------------------------------------------------


def test_the_command_says_what_is_broken_and_exits_1(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(settings_for(fresh_database, tmp_path / "instance"))

    def do(work: object) -> int:
        with app.app_context():
            found = work()  # type: ignore[operator]
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        return int(found or 0)

    monkeypatch.setenv("TRACKER_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("TRACKER_DATABASE_URL", fresh_database)
    do(lambda: told_through_services(Cast()))
    assert cli.run(["audit", "verify"]) == 0
    assert "The diary and the ledger are whole" in capsys.readouterr().err
    person = do(lambda: db.session.scalar(text("SELECT id FROM user_account WHERE handle = 'dora'")))
    do(lambda: change("reward", "amount = 60000, approved_amount = 60000", "description = 'approved'"))
    assert cli.run(["audit", "verify"]) == 1
    said = capsys.readouterr().err
    assert f"person {person} is to be paid 500.00 CNY" in said and "by reward lines and claims 600.00" in said
    number = do(lambda: transfer("claim:%").id)
    do(lambda: change("ledger_transfer", "amount = amount + 1", f"id = {number}"))
    assert cli.run(["audit", "verify"]) == 1
    assert f"transfer {number} (claim:" in capsys.readouterr().err
    do(lambda: change("event", "name = 'account.suspended'", "id = 2"))
    assert cli.run(["audit", "verify"]) == 1
    assert "the diary is broken at row 2" in capsys.readouterr().err
