"""The five groups' own rules from November 2026 to March 2027: what they promise and what comes of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import yaml

from tests.schedule.asking import days_of, line, note
from tracker import seeds
from tracker.schedule.occurrences import Occurrence
from tracker.schedule.rules import parse_rule


def _meetings(slug: str) -> list[dict[str, Any]]:
    text = (Path(seeds.__file__).parent / "sigs.yaml").read_text(encoding="utf-8")
    [sig] = [sig for sig in yaml.safe_load(text)["sigs"] if sig["slug"] == slug]
    found: list[dict[str, Any]] = sig["meetings"]
    return found


def _days(slug: str, which: int = 0) -> list[Occurrence]:
    given = _meetings(slug)[which]
    return days_of(
        parse_rule(given["rule"]),
        "2026-11-01",
        "2027-03-31",
        start=given["start"],
        minutes=given["minutes"],
        policy=given.get("holidays", "skip"),
    )


def _planned(found: list[Occurrence]) -> str:
    return " ".join(f"{one.day:%m-%d}" for one in found if one.state == "planned")


def _with(found: list[Occurrence], text: str) -> list[str]:
    return [line(one) for one in found if text in note(one)]


def test_ge_meets_in_odd_weeks_and_twice_within_eight_days_at_new_year() -> None:
    found = _days("ge")
    assert _planned(found) == "11-06 11-20 12-04 12-18 01-08 01-22 02-19 03-05 03-19"
    new_year, next_week = (one for one in found if one.day in (dt.date(2027, 1, 1), dt.date(2027, 1, 8)))
    assert (line(new_year), str(new_year.holiday)) == ("2027-01-01 skipped", "New Year's Day")
    assert line(next_week) == "2027-01-08 planned"
    assert "7 days after the one before (2027-01-01), not 14: 2026 has an ISO week 53" in note(next_week)
    assert _with(found, "days after the one before") == ["2027-01-08 planned"]
    assert _with(found, "Chinese New Year's Eve") == ["2027-02-05 skipped"]
    assert (found[0].starts_at.isoformat(), found[0].ends_at.isoformat()) == (
        "2026-11-06T06:00:00+00:00",
        "2026-11-06T08:00:00+00:00",
    )


def test_driver_meets_on_first_and_third_fridays_without_holidays() -> None:
    found = _days("driver")
    assert _planned(found) == "11-06 11-20 12-04 12-18 01-15 02-19 03-05 03-19"
    assert _with(found, "New Year's Day") == ["2027-01-01 skipped"]
    assert _with(found, "21 days after the one before") == ["2026-11-06 planned", "2027-02-05 skipped"]


def test_runtime_meets_on_first_and_third_thursdays() -> None:
    found = _days("runtime")
    assert _planned(found) == "11-05 11-19 12-03 12-17 01-07 01-21 02-04 02-18 03-04 03-18"
    assert _with(found, "21 days after the one before (2026-12-17), not 14") == ["2027-01-07 planned"]


def test_heterogeneous_fusion_confirms_saturday_or_sunday_every_second_week() -> None:
    found = _days("heterogeneous-fusion")
    assert line(found[0]) == "2026-11-01 to_confirm", "the first day from the beginning on is the one it counts from"
    assert {one.day.weekday() for one in found[1:]} == {5}
    assert all(one.choices == (one.day, one.day + dt.timedelta(days=1)) for one in found[1:] if one.state != "skipped")
    assert [line(one) for one in found if one.state == "skipped"] == ["2027-02-06 skipped"]
    assert [f"{one.day:%Y-%m}" for one in _days("heterogeneous-fusion", 1)] == [
        "2026-11", "2026-12", "2027-01", "2027-02", "2027-03",
    ]  # fmt: skip


def test_akg_has_one_campus_activity_a_quarter_and_a_summer_school_without_rule() -> None:
    assert [line(one) for one in _days("akg")] == ["2026-11-01 to_confirm", "2027-02-01 to_confirm"]
    assert _days("akg", 1) == []


def test_every_day_of_2027_is_provisional_and_none_of_2026() -> None:
    for slug in ("ge", "driver", "runtime", "heterogeneous-fusion"):
        for one in _days(slug):
            assert ("provisional: the make-up days of 2027 aren't published yet" in note(one)) == (one.day.year == 2027)


def test_odd_weeks_and_first_and_third_fridays_of_2026_agree_on_ten_fridays_and_differ_on_thirty() -> None:
    """The two things that 单周 means (domain.md, section 5); the other 12 Fridays belong to neither."""
    odd, nth = (
        {one.day for one in days_of(parse_rule(rule), "2026-01-01", "2026-12-31", policy="keep")}
        for rule in ({"iso_weeks": "odd", "weekday": "friday"}, {"nth": [1, 3], "weekday": "friday"})
    )
    assert (len(odd & nth), len(odd ^ nth)) == (10, 30)
