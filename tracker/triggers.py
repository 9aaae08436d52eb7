"""What the database refuses beyond keys and checks: one list for SQLite and PostgreSQL.

``install`` puts the whole list in place after the migrations ran; ``differences`` holds it against the live
schema at start. A trigger raises its own name, which ``db.explain`` turns into words.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, text

from tracker.agendas.workflow import PROPOSAL
from tracker.appeals.workflow import APPEAL
from tracker.batches.workflow import BATCH
from tracker.certificates import guards
from tracker.certificates.workflow import CERTIFICATE_RUN
from tracker.claims.models import SEATED
from tracker.claims.workflow import CLAIM
from tracker.cycles.workflow import CYCLE
from tracker.erasure import guards as erasure_guards
from tracker.exports.workflow import EXPORT_JOB
from tracker.guards import Trigger
from tracker.guards import frozen as _frozen
from tracker.handovers.workflow import HAND_OVER
from tracker.meetings.workflow import MEETING
from tracker.promotions.guards import promotion_guards
from tracker.promotions.workflow import PROMOTION
from tracker.public_notices.workflow import OBJECTION
from tracker.reports.guards import report_guards
from tracker.reports.workflow import REPORT
from tracker.rewards.workflow import REWARD
from tracker.rule_changes.workflow import RULE_CHANGE
from tracker.series.workflow import SERIES, SWAP
from tracker.tasks.workflow import TASK

#: Rows that are written once.
APPEND_ONLY = ("event", "ledger_transfer", "ledger_account", "reward_acceptor", "settlement",
               "settlement_line", "payee_look", "minutes_version", "public_notice", "payout_batch_line",
               "promotion_rule", "ballot_elector")  # fmt: skip
#: Rows that change and end, but stay.
NEVER_DELETED = (
    "membership", "task", "claim", "design_document", "submission", "meeting", "progress_note", "reward", "hand_over",
    "appeal", "meeting_series", "rota_swap", "proposal", "meeting_report", "payout_batch", "rule_change",
    "pay_exclusion", "objection", "payout_layout", "payout_file", "payout_workbook", "payout_result",
    "internship_report", "internship_report_version", "internship_assessment", "star",
    "certificate", "certificate_layout", "certificate_run", "certificate_run_line",
    "promotion", "ballot", "vote", "role_ending",
)  # fmt: skip
WORKFLOWS = {
    "cycle": CYCLE, "task": TASK, "claim": CLAIM, "hand_over": HAND_OVER, "appeal": APPEAL, "meeting": MEETING,
    "meeting_series": SERIES, "rota_swap": SWAP, "proposal": PROPOSAL, "reward": REWARD,
    "rule_change": RULE_CHANGE, "objection": OBJECTION, "payout_batch": BATCH, "export_job": EXPORT_JOB,
    "internship_report": REPORT,
    "certificate_run": CERTIFICATE_RUN,
    "promotion": PROMOTION,
}  # fmt: skip
#: Whole numbers that SQLite would also take as text or fractions; PostgreSQL's column types refuse those.
WHOLE = {
    "cycle": ("budget_points", "budget_amount"),
    "task": ("points", "seats", "prize_amount", "wage_reserve"),
    "claim": ("seat_no", "hold_no", "points"),
    "ledger_transfer": ("amount",),
    "reward": ("amount", "approved_amount", "points"),
    "payout_batch": ("count", "amount"),
    "public_notice": ("days", "count"),
    "objection": ("row_no",),
    "payout_batch_line": ("position", "amount"),
    "ballot": ("electors", "in_favour", "against", "abstained"),
    "payout_layout": ("version",),
    "payout_file": ("size",),
    "payout_workbook": ("size",),
    "payout_result": ("size", "paid", "returned", "amount"),
    "internship_report": ("newest", "version"),
    "internship_report_version": ("number",),
    "promotion": ("version",),
    "star": ("year", "place"),
    "certificate": ("points",),
    "certificate_layout": ("version",),
    "settlement": ("count", "amount"),
    "settlement_line": ("before", "earned", "carried_over", "converted", "gross", "settled", "payable", "held"),
}


def _legal_pairs(table: str) -> Iterator[Trigger]:
    workflow = WORKFLOWS[table]
    pairs = " OR ".join(f"(OLD.state = '{a}' AND NEW.state = '{b}')" for a, b in sorted(workflow.pairs()) if a != b)
    yield Trigger(f"{table}_state_step", table, ("UPDATE OF state",), f"NEW.state <> OLD.state AND NOT ({pairs})")
    first = ", ".join(f"'{state}'" for state in workflow.initial)
    yield Trigger(f"{table}_state_first", table, ("INSERT",), f"NEW.state NOT IN ({first})")


#: What a reward line says once it is proposed, and who approved it: a correction is a new line.
PROPOSED_AS = (
    "amount", "currency", "points", "user_id", "kind", "description", "sig_id", "programme_id", "quarter", "month",
    "task_id", "claim_id", "corrects_id", "reissues_id", "settlement_id", "proposed_by_id", "proposed_at",
    "approved_by_id", "approved_at", "approved_amount",
)  # fmt: skip
PAID_AS = ("paid_by_id", "paid_at", "payment_reference", "batch_id")
#: What a set of rules is proposed as, and how it was decided.
RULES_AS = ("programme_id", "valid_from", "numbers", "base_id", "reason", "proposed_by_id", "proposed_at")
DECIDED_AS = ("decided_by_id", "decided_at", "decision", "rules_id")
EXCLUDED_AS = ("user_id", "programme_id", "kind", "note", "since", "set_by_id", "set_at")
FROZEN_AS = ("number", "currency", "count", "amount", "created_by_id", "created_at")
#: Of the sealed files: everything but the sealed text, which a change of keys seals anew.
KEPT_AS: dict[str, tuple[str, ...]] = {
    "payout_file": ("batch_id", "slug", "layout", "sha256", "size", "created_at"),
    "payout_workbook": ("file_id", "sha256", "size", "made_at"),
    "payout_result": ("batch_id", "sha256", "size", "encoding", "paid", "returned", "amount", "uploaded_by_id", "uploaded_at"),
}  # fmt: skip
LAYOUT_AS = ("slug", "version", "name", "name_zh", "rows", "encoding", "columns", "created_by_id", "created_at")


def _all() -> Iterator[Trigger]:
    for table in APPEND_ONLY:
        yield Trigger(f"{table}_append_only", table, ("UPDATE", "DELETE", "TRUNCATE"), "1 = 1")
    for table in WORKFLOWS:
        yield from _legal_pairs(table)
    yield Trigger(
        "claim_seat_above_seats", "claim", ("INSERT", "UPDATE OF seat_no"),
        "NEW.seat_no IS NOT NULL AND NEW.seat_no > (SELECT seats FROM task WHERE id = NEW.task_id)",
    )  # fmt: skip
    yield Trigger(
        "claim_hold_above_limit", "claim", ("INSERT", "UPDATE OF hold_no"),
        "NEW.hold_no IS NOT NULL AND NEW.hold_no >"
        " (SELECT live_claims_per_person FROM programme_rules WHERE id = NEW.rules_id)",
    )  # fmt: skip
    seated = ", ".join(f"'{state}'" for state in SEATED)
    yield Trigger(
        "task_seats_below_held", "task", ("UPDATE OF seats",),
        f"NEW.seats < (SELECT count(*) FROM claim WHERE task_id = NEW.id AND state IN ({seated}))",
    )  # fmt: skip
    for table in NEVER_DELETED:
        yield Trigger(f"{table}_never_deleted", table, ("DELETE", "TRUNCATE"), "1 = 1")
    yield _frozen("reward_frozen", "OLD.state <> 'proposed'", PROPOSED_AS)
    yield _frozen("reward_paid_frozen", "OLD.state IN ('paid', 'returned')", PAID_AS)
    yield _frozen("payout_batch_frozen", "1 = 1", FROZEN_AS, "payout_batch")
    yield _frozen("rule_change_frozen", "1 = 1", RULES_AS, "rule_change")
    yield _frozen("rule_change_decided", "OLD.state <> 'proposed'", DECIDED_AS, "rule_change")
    yield _frozen("pay_exclusion_frozen", "1 = 1", EXCLUDED_AS, "pay_exclusion")
    yield from _ledger()
    yield from _settled()
    yield from _objections()
    # Sealing it anew under another key touches neither of the two columns.
    yield Trigger(
        "shipping_address_of_thing", "shipping_address", ("INSERT", "UPDATE OF reward_id, entered_at"),
        "NOT EXISTS (SELECT 1 FROM reward WHERE id = NEW.reward_id AND state = 'approved' AND kind IN ('prize', 'bonus')"
        " AND amount IS NULL AND points IS NULL)",
    )  # fmt: skip
    yield from _batches()
    yield from report_guards(Trigger, _frozen)
    yield _frozen(
        "star_awarded", "1 = 1", ("sig_id", "year", "place", "user_id", "awarded_by_id", "awarded_at"), "star"
    )
    yield _frozen("star_withdrawn", "OLD.withdrawn_at IS NOT NULL", ("withdrawn_at", "withdrawn_by_id"), "star")
    yield Trigger(
        "star_citation", "star", ("UPDATE OF citation",), "NEW.citation <> OLD.citation AND NEW.citation <> ''"
    )
    yield from (Trigger(*guard) for room in (guards, erasure_guards) for guard in room.REFUSED)
    yield from (_frozen(*guard) for room in (guards, erasure_guards) for guard in room.FROZEN)
    yield from promotion_guards(Trigger, _frozen)
    for table, columns in WHOLE.items():
        wrong = " OR ".join(f"typeof(NEW.{column}) NOT IN ('integer', 'null')" for column in columns)
        yield Trigger(f"{table}_whole_numbers", table, ("INSERT", "UPDATE"), wrong, only="sqlite")


def _ledger() -> Iterator[Trigger]:
    """What checks of one row can't hold: acceptors don't approve, what is paid anew keeps its sum, what is taken back is set off
    first, and transfers fit their accounts and what they reverse."""
    yield Trigger(
        "reward_acceptor_approves", "reward", ("UPDATE OF approved_by_id, state",),
        "NEW.approved_by_id IS NOT NULL AND EXISTS"
        " (SELECT 1 FROM reward_acceptor WHERE reward_id = NEW.id AND user_id = NEW.approved_by_id)",
    )  # fmt: skip
    yield Trigger(
        "reward_acceptor_late", "reward_acceptor", ("INSERT",),
        "(SELECT state FROM reward WHERE id = NEW.reward_id) <> 'proposed'",
    )  # fmt: skip
    yield Trigger(
        "reward_reissue_fits", "reward", ("INSERT", "UPDATE OF reissues_id, user_id, amount, currency"),
        "NEW.reissues_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM reward WHERE id = NEW.reissues_id AND state = 'returned'"
        " AND user_id = NEW.user_id AND amount = NEW.amount AND currency = NEW.currency)",
    )  # fmt: skip
    yield Trigger(
        "reward_set_off", "reward", ("UPDATE OF state",),
        "OLD.state = 'approved' AND NEW.state = 'paid' AND EXISTS (SELECT 1 FROM reward WHERE user_id = NEW.user_id"
        " AND state = 'approved' AND currency = NEW.currency AND amount < 0)",
    )  # fmt: skip
    yield Trigger(
        "ledger_transfer_accounts", "ledger_transfer", ("INSERT",),
        "(SELECT count(*) FROM ledger_account WHERE id IN (NEW.debit_id, NEW.credit_id) AND unit = NEW.unit"
        " AND programme_id = NEW.programme_id AND (user_id IS NULL OR user_id = NEW.user_id)) <> 2",
    )  # fmt: skip
    yield Trigger(
        "ledger_transfer_reversal", "ledger_transfer", ("INSERT",),
        "NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE id = NEW.reverses_id"
        " AND debit_id = NEW.credit_id AND credit_id = NEW.debit_id AND amount = NEW.amount AND reverses_id IS NULL)",
    )  # fmt: skip


def _settled() -> Iterator[Trigger]:
    """Months are settled in order and in one currency, and the rules that they were settled by stay."""
    yield Trigger(
        "settlement_in_order", "settlement", ("INSERT",),
        "EXISTS (SELECT 1 FROM settlement WHERE programme_id = NEW.programme_id AND month > NEW.month)",
    )  # fmt: skip
    yield Trigger(
        "programme_rules_settled", "programme_rules", ("INSERT", "UPDATE OF valid_from"),
        "substr(CAST(NEW.valid_from AS VARCHAR(10)), 1, 7) <="
        " (SELECT max(month) FROM settlement WHERE programme_id = NEW.programme_id)",
    )  # fmt: skip
    yield Trigger(
        "programme_rules_currency", "programme_rules", ("INSERT", "UPDATE OF wage_scheme, wage_currency"),
        "NEW.wage_scheme <> 'none' AND EXISTS"
        " (SELECT 1 FROM settlement WHERE programme_id = NEW.programme_id AND currency <> NEW.wage_currency)",
    )  # fmt: skip
    yield Trigger(
        "settlement_currency", "settlement", ("INSERT",),
        "EXISTS (SELECT 1 FROM settlement WHERE programme_id = NEW.programme_id AND currency <> NEW.currency)",
    )  # fmt: skip
    yield Trigger(
        "programme_rules_used", "programme_rules", ("UPDATE", "DELETE"),
        "EXISTS (SELECT 1 FROM settlement WHERE rules_id = OLD.id)",
    )  # fmt: skip


OBJECTED_AS = ("notice_id", "row_no", "user_id", "about_id", "text", "made_at")
ANSWERED_AS = ("answer", "follows", "answered_by_id", "answered_at")


def _objections() -> Iterator[Trigger]:
    """Objections come within the window of their notice, to a row of it; what was said stays."""
    notice = "FROM public_notice WHERE id = NEW.notice_id"
    yield Trigger("objection_in_window", "objection", ("INSERT",), f"NEW.made_at >= (SELECT closes_at {notice})")
    yield Trigger("objection_to_a_row", "objection", ("INSERT",), f"NEW.row_no > (SELECT count {notice})")
    yield _frozen("objection_frozen", "1 = 1", OBJECTED_AS, "objection")
    yield _frozen("objection_answered", "OLD.state <> 'open'", ANSWERED_AS, "objection")


def _batches() -> Iterator[Trigger]:
    """A batch holds approved lines as they were approved, all of them before its first file; what is frozen stays."""
    yield Trigger(
        "payout_batch_numbered", "payout_batch", ("INSERT",),
        "CAST(substr(NEW.number, 9) AS INTEGER) <> 1 +"
        " (SELECT count(*) FROM payout_batch WHERE substr(number, 1, 8) = substr(NEW.number, 1, 8))",
    )  # fmt: skip
    yield Trigger(
        "payout_batch_cancelled_paid", "payout_batch", ("UPDATE OF state",),
        "NEW.state = 'cancelled' AND EXISTS (SELECT 1 FROM reward WHERE batch_id = NEW.id AND state IN ('paid', 'returned'))",
    )  # fmt: skip
    yield Trigger(
        "payout_batch_line_fits", "payout_batch_line", ("INSERT",),
        "NOT EXISTS (SELECT 1 FROM reward JOIN payout_batch ON payout_batch.id = NEW.batch_id WHERE reward.id = NEW.reward_id"
        " AND reward.state = 'approved' AND reward.amount = NEW.amount AND reward.currency = payout_batch.currency"
        " AND payout_batch.state = 'frozen' AND NEW.position BETWEEN 1 AND payout_batch.count)",
    )  # fmt: skip
    yield Trigger(
        "reward_in_its_batch", "reward", ("UPDATE OF state, batch_id",),
        "(NEW.batch_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payout_batch_line WHERE batch_id = NEW.batch_id"
        " AND reward_id = NEW.id AND amount = NEW.amount)) OR (NEW.state = 'in_batch' AND"
        " (SELECT state FROM payout_batch WHERE id = NEW.batch_id) <> 'frozen')",
    )  # fmt: skip
    yield Trigger(
        "payout_file_whole", "payout_file", ("INSERT",),
        "NOT EXISTS (SELECT 1 FROM payout_batch WHERE id = NEW.batch_id"
        " AND count = (SELECT count(*) FROM payout_batch_line WHERE batch_id = NEW.batch_id)"
        " AND amount = (SELECT sum(amount) FROM payout_batch_line WHERE batch_id = NEW.batch_id))",
    )  # fmt: skip
    for table, columns in KEPT_AS.items():
        yield _frozen(f"{table}_frozen", "1 = 1", columns, table)
        # The same bytes sealed anew are as long as before.
        yield Trigger(f"{table}_resealed", table, ("UPDATE OF sealed",), "length(NEW.sealed) <> length(OLD.sealed)")
    yield _frozen(
        "payout_result_applied", "OLD.applied_at IS NOT NULL", ("applied_by_id", "applied_at"), "payout_result"
    )
    yield _frozen("payout_layout_frozen", "1 = 1", LAYOUT_AS, "payout_layout")
    yield _frozen("payout_layout_ended", "OLD.ended_at IS NOT NULL", ("ended_by_id", "ended_at"), "payout_layout")


TRIGGERS = tuple(_all())


def statements(dialect: str) -> dict[str, str]:
    """Name → CREATE statement for ``sqlite`` or ``postgresql``, in the order of creation."""
    made: dict[str, str] = {}
    for trigger in TRIGGERS:
        if trigger.only in ("", dialect):
            made.update(trigger.for_sqlite() if dialect == "sqlite" else trigger.for_postgresql())
    made.update(_search_index(dialect))
    return made


def _search_index(dialect: str) -> dict[str, str]:
    """The full-text index of tasks over ``task.search``, kept by triggers on SQLite, by an index on PostgreSQL."""
    if dialect == "sqlite":
        return {
            "task_fts": "CREATE VIRTUAL TABLE task_fts USING fts5(search, content='task', content_rowid='id',"
            " tokenize='unicode61')",
            "task_fts_insert": "CREATE TRIGGER task_fts_insert AFTER INSERT ON task BEGIN"
            " INSERT INTO task_fts(rowid, search) VALUES (NEW.id, NEW.search); END",
            "task_fts_update": "CREATE TRIGGER task_fts_update AFTER UPDATE OF search ON task BEGIN"
            " INSERT INTO task_fts(task_fts, rowid, search) VALUES ('delete', OLD.id, OLD.search);"
            " INSERT INTO task_fts(rowid, search) VALUES (NEW.id, NEW.search); END",
        }
    return {"ix_task_search": "CREATE INDEX ix_task_search ON task USING gin (to_tsvector('simple', search))"}


def _live(connection: Connection) -> dict[str, str]:
    """Name → fingerprint of what the database has now."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' OR name = 'task_fts'")
        )
        return {name: _fingerprint(sql) for name, sql in rows}
    rows = connection.execute(
        text(
            "SELECT proname || '()', obj_description(oid, 'pg_proc') FROM pg_proc"
            " WHERE pronamespace = current_schema()::regnamespace AND prokind = 'f' AND prorettype = 'trigger'::regtype"
            " UNION ALL SELECT tgname, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
            " UNION ALL SELECT relname, obj_description(oid, 'pg_class') FROM pg_class WHERE relname = 'ix_task_search'"
        )
    )
    return {name: mark or "" for name, mark in rows}


def _fingerprint(sql: str) -> str:
    return hashlib.sha256(" ".join(sql.split()).encode()).hexdigest()[:16]


def differences(connection: Connection) -> list[str]:
    """Names that are missing, changed or unknown; empty when the schema is as it should be."""
    wanted = {name: _fingerprint(sql) for name, sql in statements(connection.dialect.name).items()}
    live = _live(connection)
    return sorted(name for name in wanted.keys() | live.keys() if wanted.get(name) != live.get(name))


def install(connection: Connection) -> None:
    """Put the whole list in place, replacing what is there."""
    remove(connection)
    postgresql = connection.dialect.name == "postgresql"
    for name, sql in statements(connection.dialect.name).items():
        connection.exec_driver_sql(sql)
        if not postgresql:
            continue
        if name.endswith("()"):
            kind, of = "FUNCTION", ""
        elif sql.startswith("CREATE INDEX"):
            kind, of = "INDEX", ""
        else:
            kind, of = "TRIGGER", f" ON {sql.split(' ON ', 1)[1].split()[0]}"
        connection.exec_driver_sql(f"COMMENT ON {kind} {name}{of} IS '{_fingerprint(sql)}'")
    if not postgresql:
        connection.exec_driver_sql("INSERT INTO task_fts(task_fts) VALUES ('rebuild')")


def remove(connection: Connection) -> None:
    """Drop every trigger, trigger function and full-text index."""
    if connection.dialect.name == "sqlite":
        for name in _live(connection):
            kind = "TABLE" if name == "task_fts" else "TRIGGER"
            connection.exec_driver_sql(f"DROP {kind} IF EXISTS {name}")
        return
    for name in _live(connection):
        if name.endswith("()"):
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {name} CASCADE")
    connection.exec_driver_sql("DROP INDEX IF EXISTS ix_task_search")
