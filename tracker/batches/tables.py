"""What the pages of batches list, as files: headings and rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select

from tracker.batches.rules import Choice
from tracker.db import db
from tracker.web.csv import Amount

Table = tuple[Sequence[str], Iterator[Sequence[Any]]]

BATCHES = (
    "batch",
    "title",
    "currency",
    "lines",
    "amount",
    "paid",
    "returned",
    "open",
    "state",
    "frozen_by",
    "frozen_at",
)
LINES = ("position", "reward", "sig", "month", "handle", "display_name", "kind", "description", "amount", "currency", "state",
         "payment_reference", "paid_at", "returned_at", "reason")  # fmt: skip
FITTING = ("reward", "sig", "programme", "month", "handle", "display_name", "kind", "description", "amount", "currency",
           "payee_data", "left_out")  # fmt: skip
CHINESE = {
    "batch": "发放批次", "title": "标题", "currency": "币种", "lines": "条数", "amount": "金额", "paid": "已发放", "returned": "已退回",
    "open": "未完成", "state": "状态", "frozen_by": "冻结人", "frozen_at": "冻结时间", "position": "序号", "reward": "奖励",
    "sig": "特别兴趣小组", "programme": "项目", "month": "月份", "handle": "用户名", "display_name": "姓名", "kind": "类型",
    "description": "说明", "payment_reference": "凭证号", "paid_at": "发放时间", "returned_at": "退回时间", "reason": "原因",
    "payee_data": "收款信息", "left_out": "未纳入原因",
}  # fmt: skip


def headings(columns: Sequence[str], lang: str) -> Sequence[str]:
    """The headings in English, which scripts rely on, or in Chinese."""
    return [CHINESE[column] for column in columns] if lang == "zh" else columns


def _rows(query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    yield from db.session.execute(query.execution_options(yield_per=500))


def batches(query: Select[*tuple[Any, ...]], lang: str) -> Table:
    """Of ``queries.batches``, newest first."""
    rows = (
        (row.number, row.title, row.currency, row.lines, Amount(row.amount), row.paid, row.returned, row.open, row.state,
         row.handle, row.created_at)
        for row in _rows(query.order_by(query.selected_columns.id.desc()))
    )  # fmt: skip
    return headings(BATCHES, lang), rows


def lines(query: Select[*tuple[Any, ...]], lang: str) -> Table:
    """Of ``queries.lines``, in the batch's order."""
    rows = (
        (row.position, row.id, row.sig, row.month, row.handle, row.receiver, row.kind, row.description, Amount(row.amount),
         row.currency, row.state, row.payment_reference, row.paid_at, row.returned_at, row.reason)
        for row in _rows(query.order_by(query.selected_columns.position))
    )  # fmt: skip
    return headings(LINES, lang), rows


def fitting(choice: Choice[Any], lang: str) -> Table:
    """Of ``queries.fitting_lines``: what would go in, then what is left out and why (the tokens of ``rules.Held``)."""
    rows = (
        (row.id, row.slug, row.programme, row.month, row.handle, row.receiver, row.kind, row.description, Amount(row.amount),
         row.currency, row.has_data, choice.why(row).token if left else "")
        for found, left in ((choice.taken, False), (choice.left, True))
        for row in found
    )  # fmt: skip
    return headings(FITTING, lang), rows
