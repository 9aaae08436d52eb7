"""Rules of series: what is read, what is refused, and how a rule is said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from tracker.errors import Refused
from tracker.schedule.rules import as_json, describe, parse_rule

SATURDAYS = {"every_weeks": 2, "weekdays": ["saturday"], "anchor": "2026-11-07"}
SAID: list[tuple[dict[str, Any], str]] = [
    (SATURDAYS, "Every 2 weeks on Saturday, counted from 7 November 2026"),
    ({"every_weeks": 1, "weekdays": ["monday", "thursday"]}, "Every week on Monday and Thursday"),
    (
        {"every_weeks": 2, "weekdays": ["saturday", "sunday"], "confirm_day": True},
        "Every 2 weeks on Saturday or Sunday; a person confirms the day",
    ),
    ({"iso_weeks": "odd", "weekday": "friday"}, "Odd ISO weeks, Friday"),
    ({"iso_weeks": "even", "weekday": "friday"}, "Even ISO weeks, Friday"),
    ({"nth": [1, 3], "weekday": "friday"}, "The first and third Friday of each month"),
    ({"last": "friday"}, "The last Friday of each month"),
    ({"every_months": 3, "last": "friday"}, "The last Friday of every 3 months"),
    (
        {"every_months": 2, "nth": [2], "weekday": "tuesday"},
        "The second Tuesday of a month, every 2 months",
    ),
    ({"every_months": 1}, "Every month on the same day"),
    ({"every_months": 3}, "Every 3 months on the same day"),
    ({"every_months": 1, "confirm_day": True}, "Once a month, any day; a person confirms the day"),
    ({"every_months": 3, "confirm_day": True}, "Once every 3 months, any day; a person confirms the day"),
    ({"ad_hoc": True}, "No rule: meetings are added one by one"),
]


@pytest.mark.parametrize(("given", "says"), SAID)
def test_a_rule_is_said_in_plain_words_and_written_back_as_it_was(given: dict[str, Any], says: str) -> None:
    rule = parse_rule(given)
    assert str(describe(rule)) == says
    assert as_json(rule) == given
    assert parse_rule(as_json(rule)) == rule


def test_weekdays_are_said_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context("/"), force_locale("zh_Hans_CN"):
        said = str(describe(parse_rule({"every_weeks": 2, "weekdays": ["saturday", "sunday"], "confirm_day": True})))
    assert "星期六或星期日" in said


@pytest.mark.parametrize(
    ("given", "other"),
    [
        ({"every_months": 1, "nth": [2], "weekday": "tuesday"}, {"nth": [2], "weekday": "tuesday"}),
        ({"nth": [3, 1, 1], "weekday": "Friday"}, {"nth": [1, 3], "weekday": "friday"}),
        ({"every_months": 1, "last": "friday", "confirm_day": False}, {"last": "friday"}),
        ({**SATURDAYS, "anchor": dt.date(2026, 11, 7)}, SATURDAYS),
        ({"every_weeks": 1, "weekdays": ["sunday", "monday", "sunday"]}, {"every_weeks": 1, "weekdays": ["monday", "sunday"]}),
    ],
)  # fmt: skip
def test_two_ways_to_write_the_same_rule_are_the_same_rule(given: dict[str, Any], other: dict[str, Any]) -> None:
    assert parse_rule(given) == parse_rule(other)
    assert as_json(parse_rule(given)) == other


REFUSED: list[tuple[Any, str]] = [
    ({}, "every_weeks"),
    ([], "JSON object"),
    ("every friday", "JSON object"),
    (None, "JSON object"),
    ({"weekday": "friday"}, "every_weeks"),
    ({"every_fortnight": 1}, "every_weeks"),
    ({"every_weeks": 0, "weekdays": ["friday"]}, "from 1 to 52"),
    ({"every_weeks": 53, "weekdays": ["friday"]}, "from 1 to 52"),
    ({"every_weeks": -2, "weekdays": ["friday"]}, "from 1 to 52"),
    ({"every_weeks": 2.0, "weekdays": ["friday"]}, "whole number"),
    ({"every_weeks": "2", "weekdays": ["friday"]}, "whole number"),
    ({"every_weeks": True, "weekdays": ["friday"]}, "whole number"),
    ({"every_weeks": 2}, "at least one weekday"),
    ({"every_weeks": 2, "weekdays": []}, "at least one weekday"),
    ({"every_weeks": 2, "weekdays": "friday"}, "at least one weekday"),
    ({"every_weeks": 2, "weekdays": ["fryday"]}, "monday, tuesday"),
    ({"every_weeks": 2, "weekdays": [5]}, "monday, tuesday"),
    ({"every_weeks": 2, "weekday": "friday"}, "weekday”"),
    ({"every_weeks": 2, "weekdays": ["friday"], "nth": [1]}, "nth"),
    ({"every_weeks": 2, "weekdays": ["friday"], "anchor": "7 November"}, "2026-11-07"),
    ({"every_weeks": 2, "weekdays": ["friday"], "anchor": "20261107"}, "2026-11-07"),
    ({"every_weeks": 2, "weekdays": ["friday"], "anchor": "2026-W45-6"}, "2026-11-07"),
    ({"every_weeks": 2, "weekdays": ["friday"], "anchor": "2026-02-30"}, "no day 2026-02-30"),
    ({"every_weeks": 2, "weekdays": ["friday"], "anchor": "1999-01-01"}, "2001 to 2099"),
    ({"every_weeks": 2, "weekdays": ["friday"], "anchor": "2100-01-01"}, "2001 to 2099"),
    ({"every_weeks": 2, "weekdays": ["friday"], "anchor": None}, "2026-11-07"),
    ({"every_weeks": 2, "weekdays": ["friday"], "confirm_day": "yes"}, "true or false"),
    ({"every_weeks": 2, "weekdays": ["friday"], "confirm_day": 1}, "true or false"),
    ({"iso_weeks": "both", "weekday": "friday"}, "odd"),
    ({"iso_weeks": ["odd"], "weekday": "friday"}, "odd"),
    ({"iso_weeks": "odd"}, "monday, tuesday"),
    ({"iso_weeks": "odd", "weekdays": ["friday"]}, "weekdays"),
    ({"nth": [1, 6], "weekday": "friday"}, "from 1 to 5"),
    ({"nth": [0], "weekday": "friday"}, "from 1 to 5"),
    ({"nth": [-1], "weekday": "friday"}, "from 1 to 5"),
    ({"nth": [], "weekday": "friday"}, "from 1 to 5"),
    ({"nth": 1, "weekday": "friday"}, "from 1 to 5"),
    ({"nth": "13", "weekday": "friday"}, "from 1 to 5"),
    ({"nth": [True], "weekday": "friday"}, "from 1 to 5"),
    ({"nth": [1]}, "monday, tuesday"),
    ({"last": "friday", "weekday": "friday"}, "weekday"),
    ({"last": 5}, "monday, tuesday"),
    ({"every_months": 0}, "from 1 to 24"),
    ({"every_months": 25}, "from 1 to 24"),
    ({"every_months": 1, "weekday": "friday"}, "nth"),
    ({"every_months": 1, "nth": [1], "weekday": "friday", "last": "friday"}, "last"),
    ({"every_months": 1, "weekdays": ["friday"]}, "weekdays"),
    ({"ad_hoc": False}, "true"),
    ({"ad_hoc": 1}, "true"),
    ({"ad_hoc": True, "confirm_day": True}, "confirm_day"),
    ({"ad_hoc": True, "every_weeks": 1}, "every_weeks"),
    ({"nth": [1], "weekday": "friday", "colour": "blue"}, "colour"),
    ({"nth": [1], "weekday": "friday", 7: 7}, "7"),
]


@pytest.mark.parametrize(("given", "says"), REFUSED)
def test_it_refuses_what_is_no_rule_and_says_why(given: Any, says: str) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        parse_rule(given)
    assert refusal.value.field == "rule"
    assert str(refusal.value).endswith(".")
