"""``make docs``: docs/workflows.md and docs/permissions.md from the tables in the code.

``python docs/generate.py`` writes them; a house test holds what ``pages()`` gives against the files.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from flask import Flask  # noqa: E402  # the path first

from tracker.app import create_app  # noqa: E402
from tracker.config import load  # noqa: E402
from tracker.permissions import RULES, SYSTEM_MAY, Permission  # noqa: E402
from tracker.triggers import WORKFLOWS  # noqa: E402
from tracker.web.routes import permissions_by_route  # noqa: E402
from tracker.workflow import Workflow  # noqa: E402

MADE = "<!-- Made by `make docs` from the code. Change the code, not this page. -->\n"


def who(permission: Permission | None) -> str:
    """The predicate of a permission in words."""
    if permission is None:
        return "the program, as a consequence of another step"
    said = " ".join((RULES[permission].__doc__ or "").split()).rstrip(".").lower()
    return re.sub(r"\bsigs?\b", lambda found: found.group().replace("sig", "SIG"), said)


def diagram(workflow: Workflow) -> str:
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for step in workflow:
        for source in step.sources:
            arrows[source, step.target].append(step.action.replace("_", " "))
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {state}" for state in workflow.initial]
    lines += [f"    {source} --> {target}: {', '.join(actions)}" for (source, target), actions in arrows.items()]
    sources = {source for source, _target in arrows}
    targets = {target for _source, target in arrows}
    lines += [f"    {state} --> [*]" for state in workflow.states if state in targets - sources]
    return "\n".join([*lines, "```"])


def workflows() -> str:
    parts = [MADE, "# What may happen next\n", "Who may is in [permissions.md](permissions.md).\n"]
    for name, workflow in WORKFLOWS.items():
        parts += [
            f"## {name}\n",
            diagram(workflow),
            "",
            "| step | from | to | permission | event |",
            "|---|---|---|---|---|",
        ]
        for step in workflow:
            permission = f"`{step.permission}`" if step.permission else who(None)
            sources = ", ".join(step.sources)
            parts.append(
                f"| {step.name} (`{step.action}`) | {sources} | {step.target} | {permission} | `{step.event}` |"
            )
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def permissions(app: Flask) -> str:
    routes: dict[Permission, list[str]] = defaultdict(list)
    for (rule, method), permission in sorted(permissions_by_route(app).items()):
        routes[permission].append(f"`{method} {rule}`")
    parts = [
        MADE, "# Who may do what\n",
        "One table for pages, exports and commands (`tracker/permissions.py`). What isn't named is denied. *System* is a",
        "command without `--as`. When a step is possible is in [workflows.md](workflows.md).\n",
        "| permission | who | system | routes |", "|---|---|---|---|",
    ]  # fmt: skip
    for permission in RULES:
        system = "yes" if permission in SYSTEM_MAY else ""
        parts.append(f"| `{permission}` | {who(permission)} | {system} | {' · '.join(routes[permission])} |")
    return "\n".join(parts) + "\n"


def pages() -> dict[str, str]:
    """File name → what it should say."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load(Path(folder), environ={}, secret_key="for the docs only"))
        with app.app_context():
            return {"workflows.md": workflows(), "permissions.md": permissions(app)}


if __name__ == "__main__":
    for name, said in pages().items():
        (HERE / name).write_text(said, encoding="utf-8")
        print(f"docs/{name}", file=sys.stderr)
