"""The demo's forty tasks as fields of the task form."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

_TEXTS = ("environment", "submit_to", "guidance", "language")


def load_tasks() -> list[dict[str, Any]]:
    """One dict a task: ``sig`` and ``area`` as slugs, the rest as the task form has it; texts are Markdown."""
    text = resources.files("tracker.seeds").joinpath("tasks.yaml").read_text(encoding="utf-8")
    data = yaml.safe_load(text)
    return [_fields(task, data["shared"][task["sig"]]) for task in data["tasks"]]


def _fields(task: dict[str, Any], shared: dict[str, str]) -> dict[str, Any]:
    fields = {name: shared[name] for name in _TEXTS} | task
    fields["requirement"] = "\n".join(f"- {line}" for line in task["requirement"])
    fields["criteria"] = "\n".join(f"{number}. {line}" for number, line in enumerate(task["criteria"], 1))
    fields["pays_wage"] = fields["gives_certificate"] = task["kind"] == "internship"
    fields.setdefault("seats", 1)
    fields.setdefault("needs_design", False)
    fields.setdefault("prize", "")
    fields.setdefault("prize_amount", None)
    fields["prize_currency"] = "CNY" if fields["prize_amount"] else ""
    return fields
