"""The next dates of a series that is being typed: what the form shows before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from tracker import clock
from tracker.calendars.queries import calendar
from tracker.meetings.slots import Overlap, overlapping
from tracker.schedule.occurrences import Occurrence
from tracker.schedule.rules import describe
from tracker.series import queries, rules
from tracker.series.models import Series
from tracker.series.service import check_series
from tracker.sigs.models import Sig
from tracker.text import Text

#: So many dates are shown.
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Preview:
    """``rows`` in the zone of the series, with what else takes place at the time of some of them."""

    rule: Text
    zone: ZoneInfo
    rows: list[Occurrence] = field(default_factory=list)
    #: What is said about each of them, and once about many.
    remarks: list[list[Text]] = field(default_factory=list)
    footnotes: list[Text] = field(default_factory=list)
    warnings: list[Text] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)


def preview(values: Mapping[str, Any], *, sig: Sig | None = None, series: Series | None = None) -> Preview:
    """The next dates for the typed ``values`` of a series, or of a change to ``series``.

    Raises Refused, as saving them would.
    """
    names = ("rule", "start", "time_zone", "minutes_long", "holidays", "starts_on", "ends_on")
    timing = rules.timing(**{name: values[name] for name in names})
    now, days = clock.now(), calendar()
    rules.check_days(timing, now=now, before=series.starts_on if series else None)
    number, sig_id = (series.id, series.sig_id) if series else (0, sig.id if sig else 0)
    check_series(
        sig_id, values["kind"], timing, opens_days=values["agenda_opens_days"], closes_hours=values["agenda_closes_hours"],
        but=number,
    )  # fmt: skip
    found = rules.upcoming(timing, now=now, calendar=days, least=SHOWN)[:SHOWN]
    slots = [(one.starts_at, one.ends_at) for one in found if one.state != "skipped"]
    people = queries.rota_of(number) if number else ()
    overlaps = overlapping(slots, sig_id=sig_id, organiser_ids=people, but_series=number)
    remarks, footnotes = rules.footnotes([one.notes for one in found])
    return Preview(
        rule=describe(timing.rule), zone=ZoneInfo(timing.zone), rows=found, remarks=remarks, footnotes=footnotes,
        warnings=rules.warnings(timing, found, days) if found else [], overlaps=overlaps,
    )  # fmt: skip
