"""Invented lines, to see what a layout makes of them: two people, one of them with three lines and a word that spreadsheets act on."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tracker.batches.fields import Line

_AT = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
_COMMON: dict[str, Any] = {
    "batch": "PB-2026-000", "sig": "akg", "sig_name": "AKG", "sig_name_zh": "AKG图算融合编译", "programme": "internship",
    "programme_name": "Internship", "programme_name_zh": "开源实习", "month": "2026-11", "quarter": "2026Q4", "currency": "CNY",
    "state": "in_batch", "proposed_by": "mona", "proposed_at": _AT, "approved_by": "fay", "approved_at": _AT,
}  # fmt: skip
_SU: dict[str, Any] = {
    "user_id": 1, "handle": "suhe", "display_name": "苏禾", "legal_name": "苏禾", "id_number": "000000200001010000",
    "bank": "示例银行", "account": "6222000000000000001", "github": "suhe-dev", "gitee": "suhe",
}  # fmt: skip
_PAVEL: dict[str, Any] = {
    "user_id": 2, "handle": "pavel", "display_name": "Pavel", "legal_name": "Pavel Sample", "id_number": "P0000000",
    "bank": "示例银行", "account": "6222000000000000002", "github": "pavel-dev",
}  # fmt: skip
LINES: tuple[Line, ...] = (
    Line(**_COMMON, **_SU, reward=1, kind="wage", description="Wage 2026-11", amount=200000, carried_over=15, earned=45,
         converted=40),
    Line(**_COMMON, **_SU, reward=2, kind="bonus", description="=Talk at the seminar", amount=50000, task="AKG-2026Q4-007",
         task_title="Softmax fusion for CPU"),
    Line(**_COMMON, **_SU, reward=3, kind="correction", description="Counted twice", amount=-10000),
    Line(**_COMMON, **_PAVEL, reward=4, kind="prize", description="Prize of the quarter", amount=80050),
)  # fmt: skip
