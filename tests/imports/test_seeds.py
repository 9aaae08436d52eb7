"""The facts that the package carries itself, planted through the services."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tracker import clock, seeds
from tracker.db import db, transaction
from tracker.events.models import Event
from tracker.imports.reading import Notes
from tracker.imports.seeds import day, fen, plant, rules_columns
from tracker.meetings.models import Meeting
from tracker.permissions import SYSTEM
from tracker.programmes.queries import find_programme, get_programme, programme_of, rules_on
from tracker.series.models import Series
from tracker.series.queries import active_series
from tracker.series.service import end_series
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
    by_sig = Counter(series.sig.slug for series in active_series())
    assert by_sig == {"heterogeneous-fusion": 2, "akg": 2, "ge": 1, "driver": 1, "runtime": 1}
    events = len(list(db.session.scalars(select(Event.id))))
    planned = db.session.query(Meeting).count()
    notes = Notes()
    transaction(lambda: plant(SYSTEM, seeds.load(), notes))
    assert not notes.changed and not notes.warnings
    assert len(list(db.session.scalars(select(Event.id)))) == events
    assert db.session.query(Meeting).count() == planned > 30


def test_every_group_says_how_it_meets() -> None:
    for sig in seeds.load()["sigs"]:
        for meeting in sig["meetings"]:
            assert {"kind", "worded", "rule", "start", "minutes"} <= set(meeting)


def series_by_words(words: str) -> Series:
    return db.session.query(Series).filter(Series.worded.contains(words)).one()


def test_the_groups_words_become_their_series(app: object) -> None:
    with clock.pretend(dt.datetime(2026, 11, 21, 4, tzinfo=dt.UTC)):
        transaction(lambda: plant(SYSTEM, seeds.load()))
    odd = series_by_words("单周周五下午14:00-16:00")
    assert (odd.rule, odd.start, odd.minutes_long, odd.holidays) == (
        {"iso_weeks": "odd", "weekday": "friday"}, "14:00", 120, "skip"
    )  # fmt: skip
    assert (odd.starts_on, odd.created_by_id) == (dt.date(2026, 11, 21), None)
    on = [day.isoformat() for (day,) in db.session.query(Meeting.series_on).filter_by(series_id=odd.id)]
    assert sorted(on)[:4] == ["2026-12-04", "2026-12-18", "2027-01-01", "2027-01-08"], "2026 has an ISO week 53"
    weekend = series_by_words("周六或周日晚上7点")
    assert weekend.rule == {
        "every_weeks": 2,
        "weekdays": ["saturday", "sunday"],
        "anchor": "2026-11-21",
        "confirm_day": True,
    }
    quarterly = series_by_words("every quarter")
    first = db.session.query(Meeting).filter_by(series_id=quarterly.id).order_by(Meeting.series_on).first()
    assert first is not None and first.state == "to_confirm"
    assert (first.options[0], first.options[-1]) == ("2026-11-21", "2026-12-31")
    school = series_by_words("summer school")
    assert db.session.query(Meeting).filter_by(series_id=school.id).count() == 0


def test_a_series_that_was_changed_or_ended_isnt_planted_again(cast: Cast) -> None:
    entry = {"kind": "regular", "rule": {"nth": [1, 3], "weekday": "friday"}, "start": 990, "minutes": 60}
    data = {"sigs": [{"slug": "akg", "name": "AKG", "meetings": [entry]}]}
    transaction(lambda: plant(cast.mona, data))
    [series] = active_series()
    assert (series.start, series.minutes_long) == ("16:30", 60), "YAML reads 16:30 as minutes"
    transaction(lambda: end_series(cast.mona, series, reason="Done."))
    notes = Notes()
    transaction(lambda: plant(cast.mona, data, notes))
    assert not notes.changed and not notes.warnings and active_series() == []


@pytest.mark.parametrize(
    ("meeting", "words"),
    [
        ("weekly", "where a mapping is expected"),
        ({"start": "14:00"}, "where a mapping is expected"),
        ({"rule": {"last": "friday"}}, "no time such as 14:00"),
        ({"rule": {"last": "friday"}, "start": "25:00"}, "no time such as 14:00"),
        ({"rule": {"last": "someday"}, "start": "14:00"}, "A weekday is one of"),
        ({"rule": {"last": "friday"}, "start": "14:00", "kind": "party"}, "no such kind"),
        ({"rule": {"last": "friday"}, "start": "14:00", "minutes": "long"}, "no whole number"),
        ({"rule": {"last": "friday"}, "start": "14:00", "minutes": 0}, "lasts from 5"),
    ],
)
def test_a_meeting_that_can_not_be_read_is_noted(cast: Cast, meeting: Any, words: str) -> None:
    notes = Notes()
    transaction(lambda: plant(cast.mona, {"sigs": [{"slug": "akg", "name": "AKG", "meetings": [meeting]}]}, notes))
    assert len(notes.warnings) == 1 and words in notes.warnings[0] and active_series() == []


def test_an_administrator_who_doesnt_maintain_the_sig_leaves_its_meetings_out(cast: Cast) -> None:
    entry = {"rule": {"last": "friday"}, "start": "14:00", "minutes": 60}
    notes = Notes()
    transaction(lambda: plant(cast.admin, {"sigs": [{"slug": "akg", "name": "AKG", "meetings": [entry]}]}, notes))
    assert notes.warnings == ["SIG akg: meetings are left out: its maintainers set up series"] and active_series() == []


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


def test_rules_that_pay_what_no_batch_can_pay_are_not_planted(cast: Cast) -> None:
    entry = seeds.load()["programmes"][0]
    entry["slug"] = "yen"
    entry["rules"][0]["wage"]["currency"] = "JPY"
    notes = Notes()
    transaction(lambda: plant(SYSTEM, {"programmes": [entry]}, notes))
    assert len(notes.warnings) == 1 and "Wages are paid in one of CNY, USD, EUR." in notes.warnings[0]
    assert find_programme("yen") is None


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
