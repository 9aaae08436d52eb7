"""What holds for every rule, zone, stretch and calendar."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.schedule.occurrences import POLICIES, Occurrence, Policy, occurrences
from tracker.schedule.rules import WEEKDAYS, Rule, as_json, describe, parse_rule
from tracker.working_days import ExtraDay, WorkingDays

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Nuuk")
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))
WEEKDAY = st.sampled_from(WEEKDAYS)
NTH = st.lists(st.integers(1, 5), min_size=1, max_size=5)
SHAPES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries({"every_weeks": st.integers(1, 6), "weekdays": st.lists(WEEKDAY, min_size=1, max_size=7)}),
    st.fixed_dictionaries({"iso_weeks": st.sampled_from(["odd", "even"]), "weekday": WEEKDAY}),
    st.fixed_dictionaries({"nth": NTH, "weekday": WEEKDAY}),
    st.fixed_dictionaries({"last": WEEKDAY}),
    st.fixed_dictionaries({"every_months": st.integers(1, 6), "nth": NTH, "weekday": WEEKDAY}),
    st.fixed_dictionaries({"every_months": st.integers(1, 6)}),
)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    anchor = draw(DAYS).isoformat()
    return parse_rule({**draw(SHAPES), "anchor": anchor, "confirm_day": draw(st.booleans())})


EXTRA = st.lists(
    st.builds(ExtraDay, DAYS, st.booleans(), st.just("Fair"), st.just("博览会")), max_size=12, unique_by=lambda e: e.day
)
TIMES = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Everything that ``occurrences`` wants but the stretch."""
    return {
        "rule": draw(rules()),
        "start": draw(TIMES),
        "zone": draw(st.sampled_from(ZONES)),
        "minutes": draw(st.integers(1, 1440)),
        "policy": draw(st.sampled_from(POLICIES)),
        "calendar": WorkingDays(draw(EXTRA)),
    }


def _found(plan: dict[str, Any], first: dt.date, last: dt.date) -> list[Occurrence]:
    rest = {name: value for name, value in plan.items() if name != "rule"}
    return occurrences(plan["rule"], first=first, last=last, **rest)


@settings(max_examples=250, deadline=None)
@given(plan=plans(), first=DAYS, length=st.integers(0, 500))
def test_days_rise_and_every_meeting_is_when_its_zone_shows_the_time(
    plan: dict[str, Any], first: dt.date, length: int
) -> None:
    last = first + dt.timedelta(days=length)
    found = _found(plan, first, last)
    days = [one.day for one in found]
    assert days == sorted(set(days))
    assert len({one.rule_day for one in found}) == len(found)
    assert all(first <= day <= last for day in days)
    for one in found:
        _check(one, plan)


def _check(one: Occurrence, plan: dict[str, Any]) -> None:
    calendar, policy, rule = plan["calendar"], plan["policy"], plan["rule"]
    local = one.starts_at.astimezone(ZoneInfo(plan["zone"]))
    skipped_by_clocks = any("the clocks" in str(text) and "skip" in str(text) for text in one.notes)
    assert skipped_by_clocks or local.replace(tzinfo=None) == dt.datetime.combine(one.day, plan["start"])
    assert local.date() == one.day or one.state == "skipped"
    assert one.ends_at - one.starts_at == dt.timedelta(minutes=plan["minutes"])
    assert one.day >= one.rule_day >= rule.anchor
    assert bool(one.choices) == (one.state == "to_confirm")
    if one.state == "to_confirm":
        assert rule.confirm_day
        assert one.choices[0] == one.day
    if one.state == "postponed":
        assert policy == "postpone"
        assert calendar.is_working_day(one.day)
        assert calendar.is_holiday(one.rule_day)
    elif policy != "keep" and one.state != "skipped":
        assert not any(calendar.is_holiday(day) for day in (one.day, *one.choices))


@settings(max_examples=150, deadline=None)
@given(plan=plans(), first=DAYS, length=st.integers(0, 300), cut=st.integers(0, 300), more=st.integers(0, 300))
def test_another_stretch_changes_nothing_about_the_days_in_both(
    plan: dict[str, Any], first: dt.date, length: int, cut: int, more: int
) -> None:
    last = first + dt.timedelta(days=length)
    other_first = first + dt.timedelta(days=min(cut, length))
    other_last = last + dt.timedelta(days=more)

    def both(found: list[Occurrence]) -> list[tuple[Any, ...]]:
        return [
            (one.day, one.rule_day, one.starts_at, one.state, one.choices, [str(text) for text in one.notes])
            for one in found
            if other_first <= one.day <= last
        ]

    assert both(_found(plan, first, last)) == both(_found(plan, other_first, other_last))


@settings(max_examples=150, deadline=None)
@given(shape=SHAPES, first=DAYS, policy=st.sampled_from(POLICIES))
@example(shape={"every_weeks": 1, "weekdays": ["monday"]}, first=dt.date(2026, 2, 10), policy="postpone")
def test_a_rule_without_anchor_is_the_one_counted_from_its_first_day(
    shape: dict[str, Any], first: dt.date, policy: Policy
) -> None:
    def days(rule: Rule, since: dt.date) -> list[dt.date]:
        found = occurrences(
            rule,
            start=dt.time(10),
            zone="UTC",
            minutes=60,
            policy=policy,
            first=since,
            last=first + dt.timedelta(days=400),
        )
        return [one.rule_day for one in found if one.rule_day >= since]

    free = days(parse_rule(shape), first)
    if free:
        begin = min(free)  # in the order of the days met on, one that was put off may stand behind a later one
        assert days(parse_rule({**shape, "anchor": begin.isoformat()}), begin) == free


@settings(max_examples=100, deadline=None)
@given(rule=rules())
def test_a_rule_survives_json_and_has_words(rule: Rule) -> None:
    assert parse_rule(as_json(rule)) == rule
    assert str(describe(rule))
