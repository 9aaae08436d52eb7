"""Reward lines by the hundred thousand, for measuring: written in bulk by the database itself, past no trigger."""

from __future__ import annotations

from sqlalchemy import Connection, text

#: How many people receive them, and how many batches pay them.
PEOPLE, BATCHES = 5000, 400

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
_PERSON = (
    _NUMBERS
    + """
INSERT INTO user_account (handle, handle_key, email, email_key, display_name, affiliation, language, time_zone,
    password_hash, is_admin, is_finance, created_at)
SELECT 'line-' || i, 'line-' || i, 'line-' || i || '@example.org', 'line-' || i || '@example.org',
    CASE WHEN i % 3 = 0 THEN '测试者' || i ELSE 'Receiver ' || i END, '', 'en', 'Asia/Shanghai', '', :no, :no, {moment}
FROM n"""
)
_BATCH = (
    _NUMBERS
    + """
INSERT INTO payout_batch (number, title, state, currency, count, amount, created_by_id, created_at, reason, version)
SELECT 'PB-2025-' || i, '', 'frozen', 'CNY', 1, 1, (SELECT id FROM user_account WHERE handle = 'fay'), {moment}, '', 1
FROM n"""
)
_LINE = (
    _NUMBERS
    + """,
people AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM user_account WHERE handle LIKE 'line-%'),
tasks AS (SELECT t.id, t.sig_id, c.programme_id, row_number() OVER (ORDER BY t.id) - 1 AS k
    FROM task t JOIN cycle c ON c.id = t.cycle_id)
INSERT INTO reward (sig_id, programme_id, quarter, month, user_id, kind, description, task_id, points, amount, currency,
    state, proposed_by_id, proposed_at, payment_reference, reason, version)
SELECT tasks.sig_id, tasks.programme_id, '2025Q' || (1 + i % 4), CASE WHEN i % 12 < 9 THEN '2025-0' ELSE '2025-' END || (1 + i % 12),
    people.id, CASE WHEN i % 10 = 0 THEN 'correction' ELSE 'bonus' END,
    CASE WHEN i % 4 = 0 THEN '例会演示与文档整理，第' || i || '项' ELSE 'Talk at the meeting, write-up and follow-up ' || i END,
    CASE WHEN i % 5 < 3 THEN tasks.id END, CASE WHEN i % 20 = 0 THEN 5 END,
    CASE WHEN i % 20 = 10 THEN -50000 - i % 700 WHEN i % 20 > 0 THEN 50000 + i % 99901 END,
    CASE WHEN i % 20 > 0 THEN 'CNY' ELSE '' END,
    'proposed', (SELECT id FROM user_account WHERE handle = 'mona'), {moment}, '', '', 1
FROM n JOIN people ON people.k = i % :people JOIN tasks ON tasks.k = i % (SELECT count(*) FROM tasks) ORDER BY i"""
)
#: Of ten lines seven are paid (four of these by a batch), one is in a batch, one approved, one proposed.
_STEPS = (
    "UPDATE reward SET state = 'approved', approved_by_id = (SELECT id FROM user_account WHERE handle = 'nils'),"
    " approved_at = {later}, approved_amount = amount, version = 2 WHERE {ours} AND state = 'proposed' AND id % 10 < 9",
    "UPDATE reward SET state = 'in_batch', version = 3,"
    " batch_id = (SELECT min(id) FROM payout_batch WHERE number LIKE 'PB-2025-%') + id % :batches"
    " WHERE {ours} AND state = 'approved' AND amount IS NOT NULL AND id % 10 IN (0, 2, 4, 6, 8)",
    "UPDATE reward SET state = 'paid', version = version + 1, payment_reference = 'TX-2025-' || id, paid_at = {later},"
    " paid_by_id = (SELECT id FROM user_account WHERE handle = 'finn')"
    " WHERE {ours} AND state IN ('approved', 'in_batch') AND amount IS NOT NULL AND id % 10 < 7",
)


def add_lines(connection: Connection, count: int) -> None:
    """Add ``count`` lines with their receivers, to the demo's groups and tasks; statistics are brought up to date."""
    sqlite = connection.dialect.name == "sqlite"
    words = {
        "ours": "user_id >= (SELECT min(id) FROM user_account WHERE handle LIKE 'line-%')",
        "moment": "strftime('%Y-%m-%d %H:%M:%f', '2025-01-01', (i * 311 % 31536000) || ' seconds') || '042'"
        if sqlite
        else "timestamptz '2025-01-01 00:00:00.000042+00' + i * bigint '311' % 31536000 * interval '1 second'",
        "later": "strftime('%Y-%m-%d %H:%M:%f', proposed_at, (3600 + id % 90000) || ' seconds') || '042'"
        if sqlite
        else "proposed_at + (3600 + id % 90000) * interval '1 second'",
    }

    def run(sql: str, **values: object) -> None:
        connection.execute(text(sql.format(**words)), {"batches": BATCHES, **values} if ":batches" in sql else values)

    run(_PERSON, count=PEOPLE, no=False)
    run(_BATCH, count=BATCHES)
    run(_LINE, count=count, people=PEOPLE)
    for step in _STEPS:
        run(step)
    connection.execute(text("ANALYZE"))
