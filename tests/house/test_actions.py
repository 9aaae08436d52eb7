"""Every action of the diary can be said, told and sent, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from tracker import clock
from tracker.config import load
from tracker.events import outbox
from tracker.events.actions import ACTIONS
from tracker.events.diary import AUDIENCES
from tracker.events.sentences import sentence
from tracker.triggers import WORKFLOWS

ROOT = Path(__file__).resolve().parents[2] / "tracker"
#: What ``record`` and ``sentence`` give by themselves.
ALWAYS = {"actor", "thing"}


def _recorded() -> dict[str, list[set[str]]]:
    """Action → the facts of each call of ``record`` in the code."""
    found: dict[str, list[set[str]]] = {}
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words = {c.value for c in ast.walk(tree) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "record" and len(node.args) >= 2
            ):
                continue
            if isinstance(node.args[1], ast.Name):  # handed on: any action that the file names
                for name in words & set(ACTIONS):
                    found.setdefault(name, []).append({"**"})
                continue
            names = [
                c.value for c in ast.walk(node.args[1]) if isinstance(c, ast.Constant) and isinstance(c.value, str)
            ]
            kept = {keyword.arg for keyword in node.keywords if keyword.arg}
            # people are kept by id, the tracker's own reasons by code
            facts = kept | {fact.removesuffix("_id").removesuffix("_code") for fact in kept}
            spread = any(keyword.arg is None for keyword in node.keywords)
            for name in names:
                if name in ACTIONS:
                    found.setdefault(name, []).append(facts | ({"**"} if spread else set()))
    return found


@pytest.mark.parametrize("name", sorted(ACTIONS))
@pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
def test_it_has_a_sentence_whose_facts_are_given(words: Flask, name: str, locale: str) -> None:
    with force_locale(locale):
        said = str(ACTIONS[name].sentence)
    wanted = set(re.findall(r"%\((\w+)\)s", said)) - ALWAYS
    for facts in _RECORDED.get(name, []):
        assert wanted <= facts or "**" in facts, f"{name} is recorded without {sorted(wanted - facts)}"


_RECORDED = _recorded()


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_everybody_it_tells_is_known(words: Flask, name: str) -> None:
    assert set(ACTIONS[name].told) <= set(AUDIENCES)


def test_every_step_of_every_workflow_has_its_action() -> None:
    assert {step.event for workflow in WORKFLOWS.values() for step in workflow} <= set(ACTIONS)


def test_every_step_of_every_workflow_is_recorded() -> None:
    steps = {step.event for workflow in WORKFLOWS.values() for step in workflow}
    assert steps - set(_RECORDED) == set()


@pytest.mark.parametrize("name", sorted(ACTIONS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_its_mail_can_be_written(words: Flask, tmp_path: Path, name: str, language: str) -> None:
    facts = {"thing": "AKG-2026Q4-001 Loops", "path": "/tasks/AKG-2026Q4-001/", "reason": "Because.", "percent": 40,
             "token": 1, "purpose": "confirm", "email": "new@example.org"}  # fmt: skip
    settings = load(tmp_path, environ={}, secret_key="for tests only")
    mail = outbox.Outgoing(
        notice_id=1, attempt=1, state="sending", error="", created_at=clock.now(), name=name, facts=facts, actor="Mona",
        person="Dora", address="dora@example.org", language=language, confirmed=True, letter=None,
    )  # fmt: skip
    with words.test_request_context():
        message = outbox.message(mail, settings)
    assert message["To"] == "Dora <dora@example.org>"
    assert str(message["Subject"]).strip()
    assert "%(" not in message.get_content()
    assert settings.base_url in message.get_content()


def test_an_action_from_another_release_is_said_by_its_name(words: Flask) -> None:
    assert sentence("thing.unheard", {}, "Mona") == "thing.unheard"
