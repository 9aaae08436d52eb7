"""The layouts that come with the tracker. Plain data: finance edits them like its own."""

from __future__ import annotations

from typing import Any

#: The columns of the rewards export, and two layouts that finance offices use.
SEEDS: tuple[dict[str, Any], ...] = (
    {
        "slug": "general", "name": "General", "name_zh": "通用", "rows": "line", "encoding": "utf-8-sig",
        "columns": [
            {"heading": field, "field": field}
            for field in (
                "reward", "sig", "programme", "quarter", "month", "handle", "display_name", "kind", "description",
                "task", "task_title", "points", "amount", "currency", "state", "proposed_by", "proposed_at",
                "approved_by", "approved_at", "batch", "paid_by", "paid_at", "payment_reference",
            )
        ],
    },
    {
        "slug": "name-amount", "name": "Name and amount", "name_zh": "姓名与金额", "rows": "person",
        "encoding": "utf-8-sig",
        "columns": [{"heading": "姓名", "field": "name"}, {"heading": "金额(元)", "field": "amount"}],
    },
    {
        "slug": "points", "name": "Points and amount", "name_zh": "积分与金额", "rows": "person",
        "encoding": "utf-8-sig",
        "columns": [
            {"heading": "姓名", "field": "name"}, {"heading": "GitHub ID", "field": "github"},
            {"heading": "上个月结转分数", "field": "carried_over"}, {"heading": "本月新增分数", "field": "earned"},
            {"heading": "本月转换分数", "field": "converted"}, {"heading": "金额(元)", "field": "amount"},
        ],
    },
)  # fmt: skip
