"""What the database refuses about batches, whoever writes to it."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DatabaseError

from tests.batches.stock import approved, cancel, csv, file_of, freeze, some, states, upload
from tests.conftest import build
from tests.rewards.lines import pay
from tests.support.cast import Cast
from tests.support.client import Client
from tracker import sealing
from tracker.batches import files, queries, service
from tracker.batches.models import FILE, RESULT, WORKBOOK, BatchFile, Layout, plant_layouts
from tracker.batches.seeds import SEEDS
from tracker.db import db, engine_options, transaction
from tracker.sealing import Broken, seal


def tries(sql: str) -> str:
    """The name of what refuses; empty where nothing does. Undone in any case."""
    nested = db.session.begin_nested()
    try:
        db.session.execute(text(sql))
    except DatabaseError as error:
        diagnosis = getattr(error.orig, "diag", None)
        return str(diagnosis.constraint_name if diagnosis is not None else error.orig)
    finally:
        if nested.is_active:
            nested.rollback()
        db.session.expire_all()
    return ""


def refused(sql: str, by: str) -> None:
    assert by in tries(sql), sql


def test_nobody_changes_a_frozen_file(cast: Cast) -> None:
    batch = freeze(cast.fay, some(cast))
    file = file_of(batch)
    db.session.execute(select(1))
    for change in (
        "sha256 = 'x'",
        "size = 1",
        "slug = 'other'",
        "batch_id = 999",
        "layout = '{}'",
        "created_at = '2020-01-01 00:00:00'",
    ):
        refused(f"UPDATE payout_file SET {change} WHERE id = {file.id}", "payout_file_frozen")
    refused(f"UPDATE payout_file SET sealed = '' WHERE id = {file.id}", "payout_file_resealed")
    refused(f"DELETE FROM payout_file WHERE id = {file.id}", "payout_file_never_deleted")
    assert tries(f"UPDATE payout_file SET sealed = sealed WHERE id = {file.id}") == ""


def test_other_bytes_of_the_same_length_are_not_taken_for_the_file(cast: Cast, client: Client) -> None:
    """What a trigger can't tell, the seal and the fingerprint do."""
    batch = freeze(cast.fay, some(cast))
    one, other = file_of(batch, "name-amount"), file_of(batch, "general")
    forged = seal(FILE.context(one), files.content(one).replace(b"800.00", b"900.00"))
    db.session.execute(text("UPDATE payout_file SET sealed = :sealed WHERE id = :id"), {"sealed": forged, "id": one.id})
    db.session.commit()
    with pytest.raises(Broken):
        files.content(one)
    assert files.content(other)


def test_nobody_changes_what_a_batch_froze(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    refused("UPDATE payout_batch_line SET amount = 1", "payout_batch_line_append_only")
    refused("DELETE FROM payout_batch_line", "payout_batch_line_append_only")
    for change in ("number = 'PB-2026-777'", "amount = 1", "count = 1", "currency = 'USD'"):
        refused(f"UPDATE payout_batch SET {change} WHERE id = {batch.id}", "payout_batch_frozen")
    refused(f"DELETE FROM payout_batch WHERE id = {batch.id}", "payout_batch_never_deleted")


def test_a_line_is_in_a_batch_only_as_the_batch_froze_it(cast: Cast) -> None:
    lines, outside = some(cast), approved(cast, description="Outside")
    batch = freeze(cast.fay, lines)
    into = f"UPDATE reward SET state = 'in_batch', batch_id = {batch.id} WHERE id = {outside.id}"
    refused(into, "reward_in_its_batch")
    refused(f"UPDATE reward SET batch_id = NULL WHERE id = {lines[0].id}", "in_a_batch")
    refused(f"UPDATE reward SET batch_id = {batch.id} WHERE id = {outside.id}", "reward_in_its_batch")
    refused(f"UPDATE reward SET state = 'approved' WHERE id = {lines[0].id}", "batch_of_its_payment")
    for row in (
        f"({batch.id}, 4, {outside.id}, 50000)",  # more lines than were counted
        f"({batch.id}, 1, {outside.id}, 50000)",  # a place that is taken
        f"({batch.id}, 3, {lines[0].id}, 50000)",  # a line that isn't approved any more
    ):
        assert tries(f"INSERT INTO payout_batch_line (batch_id, position, reward_id, amount) VALUES {row}"), row


def test_a_batch_has_all_its_lines_before_it_has_a_file(cast: Cast) -> None:
    line = approved(cast)
    year = freeze(cast.fay, [approved(cast, description="First")]).number[3:7]
    nested = db.session.begin_nested()
    db.session.execute(
        text(
            "INSERT INTO payout_batch (id, number, title, state, currency, count, amount, created_by_id, created_at, reason, version)"
            f" VALUES (900, 'PB-{year}-002', '', 'frozen', 'CNY', 2, 100000, {cast.fay.id}, '2026-11-27 00:00:00', '', 1)"
        )
    )
    for wrong in (f"(900, 1, {line.id}, 49999)", f"(900, 0, {line.id}, 50000)"):
        refused(
            f"INSERT INTO payout_batch_line (batch_id, position, reward_id, amount) VALUES {wrong}",
            "payout_batch_line_fits",
        )
    db.session.execute(
        text(f"INSERT INTO payout_batch_line (batch_id, position, reward_id, amount) VALUES (900, 1, {line.id}, 50000)")
    )
    refused(
        "INSERT INTO payout_file (batch_id, slug, layout, sealed, sha256, size, created_at)"
        " VALUES (900, 'x', '{}', 'x', 'x', 1, '2026-11-27 00:00:00')", "payout_file_whole",
    )  # fmt: skip
    nested.rollback()


@pytest.mark.parametrize("number", ["002", "009", "000"])
def test_no_number_is_left_out_or_used_twice(cast: Cast, number: str) -> None:
    batch = freeze(cast.fay, some(cast))
    cancel(cast.fay, batch)
    insert = (
        "INSERT INTO payout_batch (number, title, state, currency, count, amount, created_by_id, created_at, reason, version)"
        f" VALUES ('{batch.number[:8]}{number}', '', 'frozen', 'CNY', 1, 1, {cast.fay.id}, '2026-11-27 00:00:00', '', 1)"
    )
    assert tries(insert) == ("" if number == "002" else "payout_batch_numbered")
    first = insert.replace(f"{batch.number[:8]}{number}", "PB-2031-001")
    assert tries(first) == ""


def test_a_batch_of_which_something_is_paid_is_not_cancelled(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    pay(cast.finn, lines[0])
    sql = f"UPDATE payout_batch SET state = 'cancelled', cancelled_by_id = {cast.fay.id}, reason = 'x' WHERE id = {batch.id}"
    refused(sql, "payout_batch_cancelled_paid")
    refused(f"UPDATE reward SET batch_id = NULL WHERE id = {lines[0].id}", "reward_paid_frozen")
    cancelled = cancel(cast.fay, freeze(cast.fay, [approved(cast, description="Another")]))
    refused(f"UPDATE payout_batch SET state = 'frozen' WHERE id = {cancelled.id}", "payout_batch_state_step")
    line = db.session.scalars(
        select(queries.BatchLine.reward_id).where(queries.BatchLine.batch_id == cancelled.id)
    ).one()
    back = f"UPDATE reward SET state = 'in_batch', batch_id = {cancelled.id} WHERE id = {line}"
    refused(back, "reward_in_its_batch")


def test_a_result_is_applied_once_and_stays_as_it_was_uploaded(cast: Cast) -> None:
    lines = some(cast)
    batch = freeze(cast.fay, lines)
    result = upload(cast.finn, batch, csv("reward,amount,result,reference", f"{lines[0].id},500,paid,B-1"))
    refused(f"UPDATE payout_result SET paid = 2 WHERE id = {result.id}", "payout_result_frozen")
    refused(f"UPDATE payout_result SET applied_at = uploaded_at WHERE id = {result.id}", "applied_by_somebody")
    transaction(lambda: service.apply_result(cast.finn, result))
    refused(f"UPDATE payout_result SET applied_by_id = {cast.fay.id} WHERE id = {result.id}", "payout_result_applied")
    refused(f"DELETE FROM payout_result WHERE id = {result.id}", "payout_result_never_deleted")
    assert states(lines[0]) == ["paid"]


def test_a_version_of_a_layout_stays_and_only_one_is_in_use(cast: Cast) -> None:
    layout = queries.get_layout("general")
    refused(f"UPDATE payout_layout SET name = 'x' WHERE id = {layout.id}", "payout_layout_frozen")
    refused(f"DELETE FROM payout_layout WHERE id = {layout.id}", "payout_layout_never_deleted")
    again = (
        "INSERT INTO payout_layout (slug, version, name, name_zh, rows, encoding, columns, created_at)"
        " VALUES ('general', 2, 'x', '', 'line', 'gb18030', '[]', '2026-11-27 00:00:00')"
    )
    assert tries(again)
    transaction(lambda: service.retire_layout(cast.fay, layout, version=1))
    refused(f"UPDATE payout_layout SET ended_at = NULL WHERE slug = '{layout.slug}'", "payout_layout_ended")
    assert tries(again) == ""


def test_layouts_are_planted_once_and_what_finance_changed_stays(fresh_database: str) -> None:
    engine = create_engine(fresh_database, **engine_options(fresh_database))
    build(fresh_database)
    with engine.connect().execution_options(tracker_writes=True) as connection, connection.begin():
        assert set(connection.scalars(select(Layout.slug))) == {seed["slug"] for seed in SEEDS}
        connection.execute(text("UPDATE payout_layout SET ended_at = created_at WHERE slug = 'points'"))
        plant_layouts(connection)
        assert connection.scalar(text("SELECT count(*) FROM payout_layout")) == len(SEEDS)
        assert connection.scalar(text("SELECT ended_at FROM payout_layout WHERE slug = 'points'")) is not None
    engine.dispose()


def test_every_sealed_column_says_what_it_is_sealed_for(cast: Cast) -> None:
    """So that a change of keys can seal each anew."""
    batch = freeze(cast.fay, some(cast))
    transaction(lambda: service.open_workbook(cast.fay, file_of(batch)))
    assert {FILE, WORKBOOK, RESULT} <= set(sealing.columns())
    contexts = {FILE.context(file) for file in db.session.scalars(select(BatchFile))}
    assert contexts == {f"batch-file:{batch.id}:{seed['slug']}" for seed in SEEDS}
