"""Calendar files: what two independent programs read is what the meeting says."""

from __future__ import annotations

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.calendars import read
from tracker.meetings.ics import calendar_of
from tracker.meetings.models import Meeting
from tracker.meetings.vtimezone import vtimezone

NOW = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
BASE = "https://tracker.example.org/"


def row(number: int = 1, **facts: Any) -> Any:
    """A meeting as feeds give it."""
    return SimpleNamespace(**{
        "id": number, "kind": "regular", "state": "planned", "title": "", "theme": "", "starts_at": NOW,
        "time_zone": "Asia/Shanghai", "minutes_long": 90, "days": 1, "place": "", "options": [], "reason": "", "version": 1,
        "created_at": NOW, "changed_at": None, "organiser": None, "name": "AKG", "name_zh": "图算融合", **facts,
    })  # fmt: skip


def at(zone: str, *when: int, fold: int = 0) -> dt.datetime:
    return dt.datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC)  # type: ignore[misc]


def shown(*when: int) -> dt.datetime:
    """What a clock shows, wherever it hangs."""
    return dt.datetime(*when, tzinfo=dt.UTC).replace(tzinfo=None)  # type: ignore[misc]


def made(*rows: Any, **options: Any) -> bytes:
    return calendar_of(rows, name="AKG meetings", base_url=BASE, **options)


#: zone, start on the clock, minutes, days: on both sides of every change of clocks, and across it.
TABLE = [
    ("Asia/Shanghai", (2026, 11, 27, 19, 0), 90, 1),
    ("Asia/Shanghai", (2026, 12, 28, 9, 0), 480, 7),
    ("Europe/Berlin", (2026, 3, 28, 10, 0), 60, 1),
    ("Europe/Berlin", (2026, 3, 29, 1, 30), 60, 1),
    ("Europe/Berlin", (2026, 3, 29, 3, 0), 60, 1),
    ("Europe/Berlin", (2026, 3, 29, 10, 0), 60, 1),
    ("Europe/Berlin", (2026, 3, 27, 10, 0), 480, 5),
    ("Europe/Berlin", (2026, 10, 24, 10, 0), 60, 1),
    ("Europe/Berlin", (2026, 10, 25, 1, 0), 240, 1),
    ("Europe/Berlin", (2026, 10, 25, 10, 0), 60, 1),
    ("Europe/Berlin", (2026, 10, 23, 9, 0), 480, 5),
    ("America/New_York", (2026, 3, 8, 1, 0), 120, 1),
    ("America/New_York", (2026, 3, 8, 3, 30), 60, 1),
    ("America/New_York", (2026, 3, 6, 9, 0), 480, 4),
    ("America/New_York", (2026, 10, 31, 10, 0), 60, 3),
    ("America/New_York", (2026, 12, 30, 22, 0), 180, 4),
    ("Australia/Lord_Howe", (2026, 4, 4, 10, 0), 60, 3),
    ("Australia/Lord_Howe", (2026, 10, 4, 2, 30), 60, 1),
    ("Australia/Lord_Howe", (2026, 10, 2, 9, 0), 480, 5),
    ("Europe/Dublin", (2026, 3, 28, 10, 0), 60, 3),
    ("Africa/Casablanca", (2026, 2, 14, 10, 0), 60, 3),
    ("UTC", (2026, 6, 1, 10, 0), 60, 2),
]


@pytest.mark.parametrize(("zone", "begin", "minutes", "days"), TABLE)
def test_both_read_the_moments_that_the_meeting_has(app, zone, begin, minutes, days):
    starts_at = at(zone, *begin)
    entry = read(made(row(time_zone=zone, starts_at=starts_at, minutes_long=minutes, days=days)))[
        "meeting-1@tracker.example.org"
    ]
    first = shown(*begin)
    wanted = [at(zone, *(first + dt.timedelta(days=n)).timetuple()[:5]) for n in range(days)]
    assert [start for start, _end in entry.times] == wanted
    assert {end - start for start, end in entry.times} == {dt.timedelta(minutes=minutes)}
    # The same end as the pages show.
    meeting = Meeting(starts_at=starts_at, time_zone=zone, minutes_long=minutes, days=days)
    assert entry.times[-1][1] == meeting.ends_at


def test_all_of_the_table_in_one_file(app):
    rows = [
        row(number, time_zone=zone, starts_at=at(zone, *begin), minutes_long=minutes, days=days)
        for number, (zone, begin, minutes, days) in enumerate(TABLE, 1)
    ]
    entries = read(made(*rows))
    assert len(entries) == len(TABLE)
    for meeting in rows:
        assert entries[f"meeting-{meeting.id}@tracker.example.org"].times[0][0] == meeting.starts_at


def test_ten_o_clock_stays_ten_o_clock_in_a_zone_with_summer_time(app):
    rows = [
        row(month, time_zone="Europe/Berlin", starts_at=at("Europe/Berlin", 2026, month, 12, 10))
        for month in range(1, 13)
    ]
    content = made(*rows)
    assert content.count(b"T100000\r\n") >= 12
    hours = {entry.times[0][0].astimezone(ZoneInfo("Europe/Berlin")).hour for entry in read(content).values()}
    assert hours == {10} and {entry.times[0][0].hour for entry in read(content).values()} == {8, 9}


@pytest.mark.parametrize(
    ("zone", "starts_at", "minutes", "days"),
    [
        # The second half past two of a night that has two of them.
        ("Europe/Berlin", at("Europe/Berlin", 2026, 10, 25, 2, 30, fold=1), 60, 1),
        # Ends in it.
        ("Europe/Berlin", at("Europe/Berlin", 2026, 10, 25, 1, 30), 120, 1),
        # Daily at half past two, which one of the days doesn't have.
        ("Europe/Berlin", at("Europe/Berlin", 2026, 3, 28, 2, 30), 30, 3),
        ("Australia/Lord_Howe", at("Australia/Lord_Howe", 2026, 4, 5, 1, 45, fold=1), 20, 2),
    ],
)  # fmt: skip
def test_hours_that_come_twice_or_never_are_told_in_utc(app, zone, starts_at, minutes, days):
    content = made(row(time_zone=zone, starts_at=starts_at, minutes_long=minutes, days=days))
    entry = read(content)["meeting-1@tracker.example.org"]
    assert b"TZID" not in content
    assert len(entry.times) == days
    assert entry.times[0] == (starts_at, starts_at + dt.timedelta(minutes=minutes))


def test_the_zones_of_the_file_are_right_for_every_zone_there_is():
    """Read by dateutil from the VTIMEZONE alone, around every change of 2026 and 2027."""
    wrong = []
    for key in sorted(available_timezones() - {"localtime", "Factory"}):
        part = vtimezone(key, 2026, 2027)
        read_back = tzical(io.StringIO(f"BEGIN:VCALENDAR\r\n{part.to_ical().decode()}END:VCALENDAR\r\n")).get(key)
        zone = ZoneInfo(key)
        onsets = [shown(2026, month, 15, 10) for month in range(1, 13)]
        for child in part.subcomponents:
            onsets += [child["dtstart"].dt, *([date.dt for date in child["rdate"].dts] if "rdate" in child else [])]
        for onset in onsets:
            for minutes in range(-120, 121, 15):
                clock = onset + dt.timedelta(minutes=minutes)
                moment = clock.replace(tzinfo=zone).astimezone(dt.UTC)
                if clock.year < 2026 or moment.astimezone(zone).replace(tzinfo=None) != clock:
                    continue  # before the file begins, or no clock shows it
                if clock.replace(tzinfo=read_back).astimezone(dt.UTC) != moment:
                    wrong.append(f"{key} {clock}")
    assert wrong == []


# -- what it says ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("planned", "CONFIRMED", "AKG: Regular meeting"), ("held", "CONFIRMED", "AKG: Regular meeting"),
        ("minutes_published", "CONFIRMED", "AKG: Regular meeting"), ("to_confirm", "TENTATIVE", "AKG: Regular meeting"),
        ("cancelled", "CANCELLED", "Cancelled: AKG: Regular meeting"),
        ("postponed", "CANCELLED", "Postponed: AKG: Regular meeting"),
        ("skipped", "CANCELLED", "Skipped: AKG: Regular meeting"),
    ],
)  # fmt: skip
def test_each_state_has_its_status(app, state, status, words):
    entry = read(made(row(state=state, version=4)))["meeting-1@tracker.example.org"]
    assert (entry.status, entry.summary, entry.sequence) == (status, words, 3)


def test_it_says_who_organises_and_where_the_agenda_is(app):
    facts = {"title": "Autumn seminar", "theme": "Fusion", "place": "Room 4", "organiser": "Mona", "kind": "seminar"}
    entry = read(made(row(7, **facts)))["meeting-7@tracker.example.org"]
    assert entry.summary == "AKG: Autumn seminar: Fusion" and entry.location == "Room 4"
    assert entry.url == "https://tracker.example.org/meetings/7/"
    assert entry.description == "Organiser: Mona\nAgenda: https://tracker.example.org/meetings/7/"


def test_it_says_which_days_are_possible_and_why_it_was_cancelled(app):
    waits = read(made(row(state="to_confirm", options=["2026-03-07", "2026-03-08"])))["meeting-1@tracker.example.org"]
    assert "Possible days: 7 March 2026, 8 March 2026" in waits.description
    off = read(made(row(state="cancelled", reason="A storm;\nstay home, all")))["meeting-1@tracker.example.org"]
    assert off.description.startswith("Reason: A storm;\nstay home, all\n")


def test_the_names_of_the_sig_follow_the_language(app):
    assert read(made(row(), language="zh"))["meeting-1@tracker.example.org"].summary.startswith("图算融合")
    assert read(made(row(name_zh=""), language="zh"))["meeting-1@tracker.example.org"].summary.startswith("AKG")


HOSTILE = [
    '=HYPERLINK("http://evil.example.org","Click")', "+1+1", "@SUM(A1)", "one\ntwo", "one\r\nBEGIN:VALARM\r\nEND:VALARM",
    "semi;colon, comma \\ backslash \\n", "END:VCALENDAR", "图算融合编译器与算子库" * 18, "\x00\x07\x0b\x85nul", "a\u2028b\u2029c",
    'quote"d:', "🙂" * 60, " leading and trailing ",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_anybody_typed_stays_in_its_place(app, text):
    content = made(row(title=text, place=text, organiser=text, reason=text, state="cancelled"))
    entries = read(content)
    assert set(entries) == {"meeting-1@tracker.example.org"}
    said = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    entry = entries["meeting-1@tracker.example.org"]
    assert entry.summary == f"Cancelled: AKG: {said}" and entry.location == said
    assert content.count(b"BEGIN:VEVENT") == 1 and b"\nBEGIN:VALARM" not in content


@given(st.text(min_size=1, max_size=200).filter(str.strip))
@settings(max_examples=60, deadline=None)
def test_any_title_is_read_alike_by_both(shared_app, text):
    with shared_app.app_context():
        content = made(row(title=text, place=text))
    assert set(read(content)) == {"meeting-1@tracker.example.org"}
    _is_well_formed(content)


def test_lines_are_folded_and_end_as_they_should(app):
    content = made(row(title="图算融合编译" * 30, place="x" * 300), row(2, state="to_confirm"))
    _is_well_formed(content)
    head = content.decode()
    assert "METHOD:PUBLISH\r\n" in head and "X-WR-CALNAME:AKG meetings\r\n" in head
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in head


def _is_well_formed(content: bytes) -> None:
    lines = content.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(map(len, lines)) <= 75
    assert b"\n" not in b"".join(lines) and b"\r" not in b"".join(lines)
    for line in lines:
        line.decode()  # a fold doesn't cut a character in two


def test_the_same_rows_give_the_same_bytes(app):
    assert made(row(), row(2)) == made(row(), row(2))


def test_no_meeting_gives_a_file_that_can_be_read(app):
    assert read(made()) == {}


def test_due_dates_are_whole_days(app):
    due = SimpleNamespace(
        id=5, due_on=dt.date(2026, 12, 31), approved_at=NOW, reference="AKG-2026Q4-007", title="Scan; reduce"
    )
    content = made(due=[due])
    entry = read(content)["claim-5-20261231@tracker.example.org"]
    assert entry.times == ((dt.date(2026, 12, 31), dt.date(2027, 1, 1)),)
    assert entry.summary == "Due: AKG-2026Q4-007 Scan; reduce" and b"TRANSP:TRANSPARENT" in content
