"""The facts that the package carries itself, planted through the services."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from tracker import seeds
from tracker.db import db, transaction
from tracker.events.models import Event
from tracker.imports.reading import Notes
from tracker.imports.seeds import day, fen, plant, rules_columns
from tracker.permissions import SYSTEM
from tracker.programmes.queries import get_programme, programme_of, rules_on
from tracker.sigs.queries import get_sig


def test_the_five_groups_are_planted_once(app: object) -> None:
    found = transaction(lambda: plant(SYSTEM, seeds.load()))
    assert sorted(found) == ["akg", "driver", "ge", "heterogeneous-fusion", "runtime"]
    internship = get_programme("mindspore-internship")
    rules = rules_on(internship.id, dt.date(2026, 11, 21))
    assert (rules.live_claims_per_person, rules.strike_limit, rules.answer_within_working_days) == (2, 3, 3)
    assert rules.wage == {"tiers": [[20, 100000], [40, 250000], [60, 400000], [80, 600000], [100, 800000]]}
    assert rules.certificate == {"points": 60, "within_months": 6, "mentor_comment": True, "report": True}
    assert internship.agreement_on == dt.date(2025, 1, 1)
    ge = get_sig("ge")
    programme = programme_of(ge.id)
    assert programme is not None and programme.slug == "cann-community-tasks"
    assert [area.slug for area in ge.areas] == ["graph-compilation", "automatic-fusion", "framework-bridges"]
    assert len(ge.repositories) == 5
    events = len(list(db.session.scalars(select(Event.id))))
    notes = Notes()
    transaction(lambda: plant(SYSTEM, seeds.load(), notes))
    assert not notes.changed and not notes.warnings
    assert len(list(db.session.scalars(select(Event.id)))) == events


def test_every_group_says_how_it_meets() -> None:
    for sig in seeds.load()["sigs"]:
        for meeting in sig["meetings"]:
            assert {"kind", "worded", "rule", "start", "minutes"} <= set(meeting)


def test_later_rules_are_added_to_a_programme_that_exists(app: object) -> None:
    data = seeds.load()
    transaction(lambda: plant(SYSTEM, data))
    later = {**data["programmes"][0]["rules"][0], "valid_from": "2027-01-01", "live_claims_per_person": 4}
    data["programmes"][0]["rules"].append(later)
    data["sigs"][1]["areas"].append({"slug": "new-area"})
    notes = Notes()
    transaction(lambda: plant(SYSTEM, data, notes))
    assert notes.changed
    programme = get_programme("mindspore-internship")
    assert rules_on(programme.id, dt.date(2027, 1, 1)).live_claims_per_person == 4
    assert rules_on(programme.id, dt.date(2026, 12, 31)).live_claims_per_person == 2
    assert get_sig("akg").areas[-1].name == "new-area"


def test_what_a_sig_lacks_is_filled_and_what_it_has_is_kept(app: object) -> None:
    data: dict[str, Any] = {"sigs": [{"slug": "lab", "key": "LAB", "name": "Lab"}]}
    transaction(lambda: plant(SYSTEM, data))
    data["sigs"][0] |= {"name": "Another", "scope": "What it is for", "goals": ["one", "two"], "programme": "missing"}
    notes = Notes()
    transaction(lambda: plant(SYSTEM, data, notes))
    lab = get_sig("lab")
    assert (lab.name, lab.scope, lab.goals) == ("Lab", "What it is for", "one\ntwo")
    assert notes.warnings == ["SIG lab: there is no programme missing"]


@pytest.mark.parametrize(("value", "expected"), [(1000, 100000), (12.5, 1250), ("0.05", 5), ("800", 80000)])
def test_money_is_exact(value: Any, expected: int) -> None:
    assert fen(value) == expected


@pytest.mark.parametrize("value", ["x", 0.005, float("nan"), float("inf"), -1, True, None, [1], 10**15])
def test_it_refuses_what_is_no_amount(value: Any) -> None:
    with pytest.raises(ValueError, match="no amount"):
        fen(value)


@pytest.mark.parametrize("value", [None, "soon", 7, "1999-01-01"])
def test_it_refuses_what_is_no_date(value: Any) -> None:
    with pytest.raises(ValueError, match=r"no date|isoformat"):
        day(value)


def test_the_steps_scheme_is_kept_in_fen() -> None:
    entry = {
        **seeds.load()["programmes"][0]["rules"][0],
        "wage": {"scheme": "steps", "rate": 50, "step": 40, "cap": 120},
    }
    assert rules_columns(entry)["wage"] == {"rate": 5000, "step": 40, "cap": 120}
    for wrong in ({"scheme": "tiers", "tiers": [1]}, {"scheme": "steps"}, {"scheme": "tiers", "tiers": [["a", 1]]}):
        with pytest.raises(ValueError, match=r"."):
            rules_columns({**entry, "wage": wrong})
    assert day(dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC)) == dt.date(2026, 1, 2)
