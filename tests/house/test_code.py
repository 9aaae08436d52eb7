"""The house rules that a reader of the code relies on."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = sorted(path for path in (ROOT / "tracker").rglob("*.py") if "versions" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef):
            yield node


def _length(function: ast.FunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*OURS, *TESTS]}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    long = {f"{_name(p)}:{f.name}": _length(f) for p in OURS for f in _functions(p) if _length(f) > 50}
    assert long == {}


def _is_route(function: ast.FunctionDef) -> bool:
    return any(
        isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) and d.func.attr in ("get", "post", "route")
        for d in function.decorator_list
    )


def test_no_view_is_longer_than_20_lines() -> None:
    long = {f"{_name(p)}:{f.name}": _length(f) for p in OURS for f in _functions(p) if _is_route(f) and _length(f) > 20}
    assert long == {}


def _calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def test_only_transaction_commits() -> None:
    found = [f"{_name(path)}:{line}" for path in OURS for called, line in _calls(path) if called.endswith(".commit")]
    assert len(found) == 1, found
    assert found[0].startswith("tracker/db.py")


def test_only_the_clock_reads_the_time() -> None:
    ways = ("datetime.now", "datetime.utcnow", "date.today", "datetime.today", "time.time")
    found = [
        f"{_name(p)}:{line}" for p in OURS if p.name != "clock.py" for call, line in _calls(p) if call.endswith(ways)
    ]
    assert found == []


def test_only_the_workflow_changes_a_state() -> None:
    found = []
    for path in OURS:
        if _name(path) == "tracker/workflow.py":
            continue
        for node in ast.walk(_tree(path)):
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AugAssign)
                else []
            )
            found += [
                f"{_name(path)}:{node.lineno}"
                for target in targets
                if isinstance(target, ast.Attribute) and target.attr == "state" and ast.unparse(target.value) != "self"
            ]
    assert found == []


def test_every_public_function_of_a_service_records_an_event_or_hands_on() -> None:
    """A verb without an event is a step that nobody hears of."""
    silent = []
    for path in OURS:
        if path.name != "service.py" or "exports" in path.parts or "imports" in path.parts:
            continue
        tree = _tree(path)
        bodies = {f.name: ast.unparse(f) for f in tree.body if isinstance(f, ast.FunctionDef)}

        def records(name: str, seen: frozenset[str] = frozenset(), bodies: dict[str, str] = bodies) -> bool:
            body = bodies[name]
            if "record(" in body:
                return True
            called = {other for other in bodies if other != name and f"{other}(" in body} - seen
            return any(records(other, seen | {name}) for other in called)

        for function in tree.body:
            first = function.args.args[0].arg if isinstance(function, ast.FunctionDef) and function.args.args else ""
            if first == "actor" and not function.name.startswith("_") and not records(function.name):
                silent.append(f"{_name(path)}:{function.name}")
    assert silent == []


WORDS = {"TO" + "DO", "FIX" + "ME"}


@pytest.mark.parametrize("word", sorted(WORDS))
def test_nothing_is_left_for_later(word: str) -> None:
    pattern = re.compile(rf"\b{word}\b")
    assert [_name(path) for path in [*OURS, *TESTS] if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_there_is_no_drawer_for_everything() -> None:
    drawers = {"utils", "helpers", "common", "manager", "misc"}
    assert [_name(path) for path in OURS if path.stem in drawers or set(path.parts) & drawers] == []


def test_the_generated_docs_are_fresh() -> None:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for name, said in generate.pages().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == said, f"docs/{name}: run `make docs`"


def test_the_locks_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in lock
        assert "://" not in lock
        assert re.findall(r"^(?![ #]).*[^\\]$", lock, re.MULTILINE) == [], "a line without hashes"
