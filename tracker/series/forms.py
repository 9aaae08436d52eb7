"""What is typed about series. Field names are the services' keywords; the parts of the rule become ``rule``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms.widgets import HiddenInput

from tracker.errors import Refused
from tracker.meetings.models import MEETING_KINDS
from tracker.meetings.rules import start_of
from tracker.schedule.rules import LAST, MOST_MONTHS, MOST_WEEKS, WEEKDAYS, parse_rule, weekday_names
from tracker.series.models import POLICIES, Series
from tracker.series.rules import LONGEST, SHORTEST
from tracker.text import LazyString, _l
from tracker.web.forms import Choice, Day, Form, Line, Number, Prose, Several, Tick, TimeOfDay, required

#: Kind of rule → its name; each has a row of fields of its own on the page.
RULES: dict[str, LazyString] = {
    "every_weeks": _l("Every week, or every few weeks"),
    "nth": _l("On certain weekdays of the month"),
    "iso_weeks": _l("In odd or in even ISO weeks"),
    "every_months": _l("Every few months, on one day"),
    "ad_hoc": _l("Without a rule: each meeting is added by hand"),
}
#: The rules that each part of a rule belongs to.
PARTS = {
    "weeks": ("every_weeks",), "weekdays": ("every_weeks",), "parity": ("iso_weeks",), "nth": ("nth",),
    "weekday": ("nth", "iso_weeks"), "months": ("nth", "every_months"),
    "confirm_day": ("every_weeks", "nth", "iso_weeks", "every_months"),
    "anchor": ("every_weeks", "nth", "iso_weeks", "every_months"),
}  # fmt: skip
_WEEKDAYS = [(name, weekday_names([number])) for number, name in enumerate(WEEKDAYS)]
_NTH = [("1", _l("first")), ("2", _l("second")), ("3", _l("third")), ("4", _l("fourth")), ("5", _l("fifth")),
        ("last", _l("last"))]  # fmt: skip


class SeriesForm(Form):
    """A new series."""

    kind = Choice(_l("Kind"), required(), choices=list(MEETING_KINDS.items()))
    title = Line(_l("Title"), hint=_l("Empty: the SIG and the kind of meeting."), longest=200)
    rule = Choice(_l("How often?"), required(_l("Choose how often people meet.")), choices=list(RULES.items()))
    weeks = Number(_l("Every so many weeks"), least=1, most=MOST_WEEKS, hint=_l("1: every week."))
    weekdays = Several(_l("On these weekdays"), choices=_WEEKDAYS)
    parity = Choice(_l("Which weeks?"), choices=[("odd", _l("odd")), ("even", _l("even"))], default="odd",
                    hint=_l("ISO weeks; a year with 53 of them has two odd ones in a row."))  # fmt: skip
    nth = Several(_l("Which of the month?"), choices=_NTH)
    weekday = Choice(_l("Weekday"), choices=_WEEKDAYS, default="friday")
    months = Number(_l("Every so many months"), least=1, most=MOST_MONTHS, hint=_l("1: every month."))
    anchor = Day(_l("Counted from"), hint=_l("Empty: from the first of its days."))
    confirm_day = Tick(
        _l("A person confirms the day each time"),
        hint=_l("Of several weekdays one is held, and every few months any day may be it."),
    )
    start = TimeOfDay(_l("Start"), required())
    minutes_long = Number(_l("Length in minutes"), required(), least=SHORTEST, most=LONGEST)
    time_zone = Line(_l("Time zone"), required(), longest=40)
    holidays = Choice(
        _l("On a public holiday of China"), choices=list(POLICIES.items()), default="skip",
        hint=_l("By the notices of the State Council, with the days that administrators added."),
    )  # fmt: skip
    place = Line(_l("Place"), longest=300, hint=_l("A link to join, or a room."))
    starts_on = Day(_l("First day"), required())
    ends_on = Day(_l("Last day"), hint=_l("Empty: until the series is ended."))
    agenda_opens_days = Number(_l("Agenda opens, days before"), required(), least=1, most=60)
    agenda_closes_hours = Number(_l("Agenda closes, hours before"), required(), least=0, most=336)

    def values(self) -> dict[str, Any]:
        """With ``rule`` made of its parts. Raises Refused at the part that is missing."""
        typed = super().values()
        parts = {name: typed.pop(name) for name in PARTS}
        typed["rule"] = _rule(typed["rule"], parts)
        return typed


class SeriesEditForm(SeriesForm):
    """A change to a series, as of ``version``."""

    version = Number(_l("Version"), required(), least=1, widget=HiddenInput())


class EndSeriesForm(Form):
    """Ending needs a reason."""

    reason = Prose(_l("Reason"), required(_l("Say why the series ends: its followers read it.")), longest=2000)


class OccurrenceForm(Form):
    """A meeting besides those of the rule, at a time of the series' clocks."""

    starts_on = Day(_l("Day"), required())
    start = TimeOfDay(_l("Start"), required())
    minutes_long = Number(_l("Length in minutes"), required(), least=SHORTEST, most=LONGEST)
    title = Line(_l("Title"), hint=_l("Empty: that of the series."), longest=200)
    place = Line(_l("Place"), longest=300, hint=_l("Empty: that of the series."))

    def __init__(self, series: Series, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = series.time_zone

    def values(self) -> dict[str, Any]:
        """With the moment for the day and time. Raises Refused for a time that doesn't exist."""
        typed = super().values()
        typed["starts_at"] = start_of(typed.pop("starts_on"), typed.pop("start"), self.zone)
        return typed


def _rule(kind: str, parts: dict[str, Any]) -> dict[str, Any]:
    """The rule as ``parse_rule`` reads it. Raises Refused."""
    if kind == "ad_hoc":
        return {"ad_hoc": True}
    rule: dict[str, Any] = {"confirm_day": bool(parts["confirm_day"])}
    if parts["anchor"]:
        rule["anchor"] = parts["anchor"].isoformat()
    if kind == "every_weeks":
        if not parts["weekdays"]:
            raise Refused(_l("Tick at least one weekday."), field="weekdays")
        return rule | {"every_weeks": parts["weeks"] or 1, "weekdays": parts["weekdays"]}
    if kind == "iso_weeks":
        return rule | {"iso_weeks": parts["parity"], "weekday": parts["weekday"]}
    if kind == "every_months":
        return rule | {"every_months": parts["months"] or 1}
    nth = set(parts["nth"] or ())
    if not nth:
        raise Refused(_l("Tick which ones of the month are meant, such as the first and the third."), field="nth")
    if (parts["months"] or 1) > 1:
        rule["every_months"] = parts["months"]
    if nth == {"last"}:
        return rule | {"last": parts["weekday"]}
    if "last" in nth:
        raise Refused(_l("The last one goes alone: set up a second series for the others."), field="nth")
    return rule | {"nth": sorted(map(int, nth)), "weekday": parts["weekday"]}


def fresh(time_zone: str, today: dt.date) -> dict[str, Any]:
    """What the form of a new series begins with."""
    return {
        "kind": "regular", "rule": "every_weeks", "weeks": 2, "weekdays": ["friday"], "parity": "odd", "nth": ["1", "3"],
        "weekday": "friday", "months": 1, "start": dt.time(19), "minutes_long": 90, "time_zone": time_zone,
        "holidays": "skip", "starts_on": today, "agenda_opens_days": 7, "agenda_closes_hours": 24,
    }  # fmt: skip


def filled(series: Series) -> dict[str, Any]:
    """What the form of a series begins with."""
    rule = parse_rule(series.rule)
    kind = {"weeks": "every_weeks", "iso_weeks": "iso_weeks", "months": "nth" if rule.nth else "every_months",
            "ad_hoc": "ad_hoc"}[rule.kind]  # fmt: skip
    days = [WEEKDAYS[number] for number in rule.weekdays]
    names = ("kind", "title", "minutes_long", "time_zone", "holidays", "place", "starts_on", "ends_on", "agenda_opens_days",
             "agenda_closes_hours", "version")  # fmt: skip
    begins = fresh(series.time_zone, series.starts_on) | {name: getattr(series, name) for name in names}
    begins |= {"rule": kind, "anchor": rule.anchor, "confirm_day": rule.confirm_day,
               "start": dt.time.fromisoformat(series.start), "parity": rule.parity or "odd"}  # fmt: skip
    if kind == "every_weeks":
        begins |= {"weeks": rule.every, "weekdays": days}
    elif days:
        begins["weekday"] = days[0]
    if rule.kind == "months":
        begins["months"] = rule.every
        begins["nth"] = ["last" if number == LAST else str(number) for number in rule.nth]
    return begins
