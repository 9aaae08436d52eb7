"""Reward lines by the hundred thousand, for measuring: written in bulk by the database itself, past no trigger."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from tracker.accounts.models import User
from tracker.db import Base
from tracker.rewards.models import PayoutBatch, Reward

#: How many people receive them, and how many batches pay them.
PEOPLE, BATCHES = 5000, 400

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
#: Column → what it holds in row i; the columns that aren't named have their default.
_PERSON = {
    "handle": "'line-' || i", "handle_key": "'line-' || i", "email": "'line-' || i || '@example.org'",
    "email_key": "'line-' || i || '@example.org'", "created_at": "{moment}",
    "display_name": "CASE WHEN i % 3 = 0 THEN '测试者' || i ELSE 'Receiver ' || i END",
}  # fmt: skip
_BATCH = {
    "number": "'PB-2025-' || (1 + i)", "currency": "'CNY'", "count": "2000000000", "amount": "1", "created_at": "{moment}",
    "created_by_id": "(SELECT id FROM user_account WHERE handle = 'fay')",
}  # fmt: skip
_LINE = {
    "sig_id": "tasks.sig_id", "programme_id": "tasks.programme_id", "user_id": "people.id", "state": "'proposed'",
    "proposed_by_id": "(SELECT id FROM user_account WHERE handle = 'mona')", "proposed_at": "{moment}",
    "quarter": "'2025Q' || (1 + i % 4)",
    "month": "CASE WHEN i % 12 < 9 THEN '2025-0' ELSE '2025-' END || (1 + i % 12)",
    "kind": "CASE WHEN i % 10 = 0 THEN 'correction' ELSE 'bonus' END",
    "description": "CASE WHEN i % 4 = 0 THEN '例会演示与文档整理，第' || i || '项'"
                   " ELSE 'Talk at the meeting, write-up and follow-up ' || i END",
    "task_id": "CASE WHEN i % 5 < 3 THEN tasks.id END", "points": "CASE WHEN i % 20 = 0 THEN 5 END",
    "amount": "CASE WHEN i % 20 = 10 THEN -50000 - i % 700 WHEN i % 20 > 0 THEN 50000 + i % 99901 END",
    "currency": "CASE WHEN i % 20 > 0 THEN 'CNY' ELSE '' END",
}  # fmt: skip
_LINES_OF = (
    "n JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM user_account WHERE handle LIKE 'line-%') people"
    " ON people.k = i % :people JOIN (SELECT t.id, t.sig_id, c.programme_id, row_number() OVER (ORDER BY t.id) - 1 AS k"
    " FROM task t JOIN cycle c ON c.id = t.cycle_id) tasks ON tasks.k = i % (SELECT count(*) FROM task)"
)
_MINE = "user_id >= (SELECT min(id) FROM user_account WHERE handle LIKE 'line-%')"
_TO_BATCH = f"{_MINE} AND state = 'approved' AND amount IS NOT NULL AND (id % 10 IN (0, 2, 4, 6, 8) OR amount < 0)"
_BATCH_ID = "(SELECT min(id) FROM payout_batch WHERE number LIKE 'PB-2025-%') + id % :batches"
#: Of ten lines seven are paid (four of these by a batch), one is in a batch, one approved, one proposed. What takes money back
#: always goes into a batch.
_STEPS = (
    "UPDATE reward SET state = 'approved', approved_by_id = (SELECT id FROM user_account WHERE handle = 'nils'),"
    f" approved_at = {{later}}, approved_amount = amount, version = 2 WHERE {_MINE} AND state = 'proposed' AND id % 10 < 9",
    "INSERT INTO payout_batch_line (batch_id, position, reward_id, amount)"
    f" SELECT {_BATCH_ID}, id, id, amount FROM reward WHERE {_TO_BATCH}",
    f"UPDATE reward SET state = 'in_batch', version = 3, batch_id = {_BATCH_ID} WHERE {_TO_BATCH}",
    "UPDATE reward SET state = 'paid', version = version + 1, payment_reference = 'TX-2025-' || id, paid_at = {later},"
    " paid_by_id = (SELECT id FROM user_account WHERE handle = 'finn')"
    f" WHERE {_MINE} AND state IN ('approved', 'in_batch') AND amount IS NOT NULL AND id % 10 < 7",
)


def add_lines(connection: Connection, count: int) -> None:
    """Add ``count`` lines with their receivers, to the demo's groups and tasks; statistics are brought up to date."""
    sqlite = connection.dialect.name == "sqlite"
    words = {
        "moment": "strftime('%Y-%m-%d %H:%M:%f', '2025-01-01', (i * 311 % 31536000) || ' seconds') || '042'"
        if sqlite
        else "timestamptz '2025-01-01 00:00:00.000042+00' + i * bigint '311' % 31536000 * interval '1 second'",
        "later": "strftime('%Y-%m-%d %H:%M:%f', proposed_at, (3600 + id % 90000) || ' seconds') || '042'"
        if sqlite
        else "proposed_at + (3600 + id % 90000) * interval '1 second'",
    }

    def fill(model: type[Base], columns: dict[str, str], source: str, **values: int) -> None:
        table: Any = model.__table__
        rest = {
            c.name: c.default.arg
            for c in table.columns
            if c.name not in columns and c.default is not None and c.default.is_scalar
        }
        said = [*columns.values(), *(f":{name}" for name in rest)]
        sql = f"{_NUMBERS} INSERT INTO {table.name} ({', '.join([*columns, *rest])}) SELECT {', '.join(said)} FROM {source} ORDER BY i"
        connection.execute(text(sql.format(**words)), {**values, **rest})

    fill(User, _PERSON, "n", count=PEOPLE)
    fill(PayoutBatch, _BATCH, "n", count=BATCHES)
    fill(Reward, _LINE, _LINES_OF, count=count, people=PEOPLE)
    for step in _STEPS:
        connection.execute(text(step.format(**words)), {"batches": BATCHES} if ":batches" in step else {})
    connection.execute(text("ANALYZE"))
