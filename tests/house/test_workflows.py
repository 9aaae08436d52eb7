"""Every step of every workflow, in every state, by everybody: allowed exactly as the tables say, also in the database."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from tests.support.cast import Cast
from tracker import triggers
from tracker.errors import Forbidden, Refused
from tracker.permissions import ANYBODY, RULES, SYSTEM, Permission, allowed
from tracker.triggers import WORKFLOWS
from tracker.workflow import Workflow

PEOPLE = ("anybody", "system", "dora", "otto", "nils", "mona", "max", "fay", "admin")
#: Who may take which step of a thing of SIG A: dora's claim on a task that nils mentors, a reward for dora that mona
#: proposed, nils accepted and (where it is to be paid) max approved.
MAY: dict[str, dict[str, set[str]]] = {
    "cycle": {"publish": {"mona", "max"}, "close": {"mona", "max"}},
    "task": {
        "ready": {"mona", "max"}, "return": {"mona", "max"}, "publish": {"mona", "max"}, "withdraw": {"mona", "max"},
        "close": set(PEOPLE),
    },
    "claim": {
        "approve": {"nils", "mona", "max"}, "reject": {"nils", "mona", "max"}, "withdraw": {"dora"}, "promote": set(PEOPLE), "end_wait": set(PEOPLE),
        "send_design": {"dora"}, "accept_design": {"nils", "mona", "max"}, "return_design": {"nils", "mona", "max"},
        "submit": {"dora"}, "request_changes": {"nils", "mona", "max"}, "accept": {"nils", "mona", "max"},
        "fail": {"nils", "mona", "max"}, "release": {"dora"}, "close": {"mona", "max"}, "lapse": set(PEOPLE),
        "undo_lapse": {"dora", "nils", "mona", "max"}, "hand_over": set(PEOPLE), "take_over": set(PEOPLE), "reopen": set(PEOPLE),
        "clear": set(PEOPLE), "close_late": set(PEOPLE),
    },
    # dora offers otto her claim, and appeals against nils' verdict
    "hand_over": {
        "accept": {"otto"}, "decline": {"otto"}, "withdraw": {"dora"}, "confirm": {"mona", "max"},
        "refuse": {"mona", "max"},
    },
    "appeal": {"uphold": {"mona", "max", "admin"}, "dismiss": {"mona", "max", "admin"}, "withdraw": {"dora"}},
    # nils organises it
    "meeting": {
        action: {"nils", "mona", "max"}
        for action in ("confirm", "move", "postpone", "end", "resume", "publish_minutes", "cancel")
    } | {action: set(PEOPLE) for action in ("skip", "plan", "ask", "drop")},
    "meeting_series": {"end": {"system", "mona", "max"}},
    # nils asks otto to swap
    "rota_swap": {"accept": {"otto"}, "decline": {"otto"}, "withdraw": {"nils"}},
    # dora objects to otto's row
    "objection": {step: {"mona", "max", "admin"} for step in ("uphold", "dismiss")},
    # dora proposes for nils' meeting
    "proposal": {
        action: {"nils", "mona", "max"} for action in ("accept", "decline", "defer", "hear", "unhear")
    } | {"carry": set(PEOPLE), "withdraw": {"dora"}},
    "reward": {"approve": {"max", "fay"}, "batch": set(PEOPLE), "unbatch": set(PEOPLE), "pay": {"fay"}, "return": {"fay"},
               "cancel": {"mona", "max", "fay"}},
    "payout_batch": {"cancel": {"fay"}},
    # a file for dora
    "export_job": {"cancel": {"dora"}} | {action: set(PEOPLE) for action in ("start", "finish", "fail", "expire")},
    # mona has certificates issued
    "certificate_run": {"cancel": {"mona", "max"}} | {action: set(PEOPLE) for action in ("start", "finish", "halt")},
    # otto nominates dora
    "promotion": {"grant": {"mona", "max"}, "decline": {"mona", "max"}, "open": {"mona", "max"}, "withdraw": {"dora"},
                  "take_back": {"otto"}} | {action: set(PEOPLE) for action in ("appoint", "reject", "lapse")},
    # mona proposes other rules for her programme
    "rule_change": {"approve": {"fay", "admin"}, "decline": {"fay", "admin"}, "withdraw": {"mona"}},
    # dora's, on a task of akg that nils mentors
    "internship_report": {"hand_in": {"dora"}, "take_back": {"dora"}} | {
        action: {"nils", "mona", "max"} for action in ("accept", "request_changes")
    },
}  # fmt: skip


def _thing(kind: str, state: str, cast: Cast) -> Any:
    """What the predicates ask of a thing, in any state; steps that the program takes have no permission."""
    facts: dict[str, dict[str, Any]] = {
        "task": {"mentor_ids": {cast.nils.id}, "live_claimant_ids": set(), "is_public": True},
        "claim": {"user_id": cast.dora.id, "user": cast.dora, "mentor_ids": {cast.nils.id}, "live_claimant_ids": {cast.dora.id}},
        "reward": {"user_id": cast.dora.id, "proposed_by_id": cast.mona.id, "acceptor_ids": {cast.nils.id},
                   "approved_by_id": None if state == "proposed" else cast.max.id},
        "hand_over": {"user_id": cast.otto.id, "offered_by_id": cast.dora.id, "live_claimant_ids": {cast.dora.id}},
        "appeal": {"user_id": cast.dora.id, "failed_by_id": cast.nils.id, "live_claimant_ids": set()},
        "meeting": {"organiser_ids": {cast.nils.id}},
        "objection": {"user_id": cast.dora.id, "about_id": cast.otto.id},
        "rota_swap": {"user_id": cast.otto.id, "offered_by_id": cast.nils.id},
        "proposal": {"user_id": cast.dora.id, "organiser_ids": {cast.nils.id}},
        "rule_change": {"proposed_by_id": cast.mona.id},
        "export_job": {"user_id": cast.dora.id},
        "internship_report": {"user_id": cast.dora.id, "mentor_ids": {cast.nils.id}, "worked_sig_ids": {cast.akg.id}},
        "certificate_run": {"user_id": cast.mona.id},
        "promotion": {"user_id": cast.dora.id, "proposed_by_id": cast.otto.id},
    }  # fmt: skip
    return SimpleNamespace(state=state, label="the thing", sig_id=cast.akg.id, **facts.get(kind, {}))


def _who(name: str, cast: Cast) -> Any:
    return {"anybody": ANYBODY, "system": SYSTEM}.get(name) or getattr(cast, name)


@pytest.mark.parametrize("kind", sorted(WORKFLOWS))
def test_every_step_in_every_state_by_everybody(cast: Cast, kind: str) -> None:
    workflow = WORKFLOWS[kind]
    assert set(MAY[kind]) == set(workflow.steps), "a step without a row in MAY"
    for state in workflow.states:
        for step in workflow:
            for name in PEOPLE:
                thing, who = _thing(kind, state, cast), _who(name, cast)
                given = _answer(workflow, who, thing, step.action)
                may = name in MAY[kind][step.action]
                wanted = "forbidden" if not may else "taken" if state in step.sources else "refused"
                assert given == wanted, f"{step.action} of a {kind} that is {state}, by {name}"
                shown = step in workflow.available(who, thing)
                assert shown == (wanted == "taken" and step.permission is not None)


def _answer(workflow: Workflow, who: Any, thing: Any, action: str) -> str:
    try:
        workflow.check(who, thing, action)
    except Forbidden:
        return "forbidden"
    except Refused as refused:
        return "refused" if str(workflow.states[thing.state]) in str(refused) else f"says only: {refused}"
    return "taken"


@pytest.mark.parametrize("kind", sorted(WORKFLOWS))
def test_the_tables_are_sound(kind: str) -> None:
    workflow = WORKFLOWS[kind]
    for step in workflow:
        assert {*step.sources, step.target} <= set(workflow.states)
        assert str(step.name)
    reached = set(workflow.initial) | {target for _source, target in workflow.pairs()}
    assert set(workflow.states) - reached <= {"lapsed", "handed_over"}, "a state that nothing leads to"


@pytest.mark.parametrize("kind", sorted(WORKFLOWS))
def test_the_trigger_knows_the_same_steps(kind: str) -> None:
    [step] = [trigger for trigger in triggers.TRIGGERS if trigger.name == f"{kind}_state_step"]
    for source, target in WORKFLOWS[kind].pairs():
        assert source == target or f"(OLD.state = '{source}' AND NEW.state = '{target}')" in step.when


def test_every_permission_has_a_rule() -> None:
    assert set(RULES) == set(Permission)
    assert [permission for permission, rule in RULES.items() if not (rule.__doc__ or "").strip()] == []


def test_the_system_never_proposes_approves_or_pays(app: Flask) -> None:
    for permission in (
        "reward:propose",
        "reward:approve",
        "reward:pay",
        "reward:cancel",
        "claim:review",
        "claim:answer",
    ):
        assert not allowed(SYSTEM, Permission(permission))
