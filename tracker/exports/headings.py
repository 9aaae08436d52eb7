"""The columns of each export and their Chinese headings; the English ones are the names scripts rely on."""

from __future__ import annotations

COLUMNS: dict[str, tuple[str, ...]] = {
    "tasks": (
        "task", "sig", "quarter", "area", "kind", "title", "difficulty", "points", "hours", "backends", "seats",
        "live_claims", "state", "availability", "mentors", "expected_on", "accept_by", "published_at",
    ),
    "claims": (
        "claim", "task", "task_title", "sig", "quarter", "area", "handle", "state", "applied_at", "approved_at",
        "due_on", "submitted_at", "decided_at", "decided_by", "points", "reason",
    ),
    "progress": (
        "note", "claim", "task", "sig", "handle", "meeting", "percent", "done", "next", "blockers", "links",
        "written_at", "mentor_comment",
    ),
    "points": (
        "entry", "programme", "sig", "task", "claim", "handle", "points", "reason", "accepted_by", "accepted_at", "month",
    ),
    "rewards": (
        "reward", "sig", "programme", "quarter", "month", "handle", "display_name", "kind", "description", "task",
        "task_title", "points", "amount", "currency", "state", "proposed_by", "proposed_at", "approved_by",
        "approved_at", "batch", "paid_by", "paid_at", "payment_reference",
    ),
    "certificates": (
        "code", "kind", "sig", "programme", "handle", "name", "title", "points", "period_from", "period_to", "issued_by",
        "issued_at", "revoked_at", "reason",
    ),
    "members": ("sig", "handle", "display_name", "role", "repository", "area", "since", "until", "source"),
}  # fmt: skip

CHINESE: dict[str, str] = {
    "task": "任务", "sig": "特别兴趣小组", "quarter": "季度", "area": "任务方向", "kind": "类型", "title": "标题",
    "difficulty": "难度", "points": "积分", "hours": "预计工时", "backends": "硬件后端", "seats": "名额",
    "live_claims": "进行中的认领", "state": "状态", "availability": "可认领情况", "mentors": "导师",
    "expected_on": "预计完成日期", "accept_by": "验收截止日期", "published_at": "发布时间", "claim": "认领",
    "task_title": "任务标题", "handle": "用户名", "applied_at": "申请时间", "approved_at": "批准时间", "due_on": "截止日期",
    "submitted_at": "提交成果时间", "decided_at": "结束时间", "decided_by": "处理人", "reason": "原因", "note": "进展",
    "meeting": "例会", "percent": "完成百分比", "done": "已完成", "next": "下步计划", "blockers": "当前阻塞",
    "links": "链接", "written_at": "填写时间", "mentor_comment": "导师评语", "entry": "积分记录", "programme": "项目",
    "accepted_by": "验收人", "accepted_at": "验收时间", "month": "月份", "reward": "奖励", "display_name": "姓名",
    "description": "说明", "amount": "金额", "currency": "币种", "proposed_by": "提议人", "proposed_at": "提议时间",
    "approved_by": "复核人", "batch": "发放批次", "paid_by": "发放人", "paid_at": "发放时间",
    "payment_reference": "凭证号", "role": "角色", "repository": "代码仓", "since": "开始日期", "until": "结束日期",
    "source": "来源", "code": "证书编号", "name": "证书姓名", "period_from": "起始日期", "period_to": "截止日期（含）",
    "issued_by": "签发人", "issued_at": "签发时间", "revoked_at": "撤销时间",
}  # fmt: skip


def headings(kind: str, lang: str) -> tuple[str, ...]:
    """The heading of each column of ``kind``, in ``en`` or ``zh``."""
    columns = COLUMNS[kind]
    return tuple(CHINESE[column] for column in columns) if lang == "zh" else columns
