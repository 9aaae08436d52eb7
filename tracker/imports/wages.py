"""Files that a wage is tried out with: the dated rules of one programme, and a list of accepted points. Nothing is guessed: what
can't be used is named, line by line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.accounts.names import normalised
from tracker.errors import Refused
from tracker.imports.reading import load_yaml, mapped, short
from tracker.imports.seeds import day, wage_columns
from tracker.programmes.months import month_of
from tracker.programmes.rules import MOST_POINTS, check_wage, in_force
from tracker.programmes.wages import Scheme, scheme_of
from tracker.text import _

LARGEST = 50 * 1024 * 1024
COLUMNS, OPTIONAL = ("handle", "accepted_at", "points"), ("contract_end",)
#: Keys of ``wage`` by scheme.
KEYS = {"tiers": {"tiers"}, "steps": {"rate", "step", "cap"}, "none": set[str]()}
_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII
)  # fmt: skip


class Unusable(ValueError):
    """A file can't be used; ``faults`` are (line, what is wrong with it), in the order of the file."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__(f"{len(faults)}")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class DatedScheme:
    """A wage and the day from which it is in force."""

    valid_from: dt.date
    scheme: Scheme


@dataclass(frozen=True, slots=True)
class WageRules:
    """The wages of a programme, the first one first, and the zone in which its months are cut."""

    time_zone: str
    currency: str
    sets: list[DatedScheme]


@dataclass(slots=True)
class Person:
    """What a file of points says of a person: points by month, corrections included."""

    handle: str
    line: int
    earned: dict[str, int] = field(default_factory=dict)
    contract_end: dt.date | None = None


# -- rules ------------------------------------------------------------------------------------------


def read_rules(path: Path) -> WageRules:
    """One programme as in a seeds file: ``time_zone`` (Asia/Shanghai) and ``rules``, each with ``valid_from`` and ``wage``; its other
    numbers aren't needed. Money in major units. Raises ValueError saying what is wrong with which set."""
    programme = _programme(load_yaml(path))
    zone = programme.get("time_zone", "Asia/Shanghai")
    try:
        ZoneInfo(zone if isinstance(zone, str) else "")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(_("there is no time zone %(zone)s", zone=short(zone))) from error
    entries = programme.get("rules")
    if not isinstance(entries, list) or not entries:
        raise ValueError(_("“rules” is a list of sets with valid_from and wage"))
    currencies: set[str] = set()
    sets: list[DatedScheme] = []
    for number, entry in enumerate(entries, 1):
        try:
            sets.append(_set(mapped(entry), currencies))
            if any(one.valid_from == sets[-1].valid_from for one in sets[:-1]):
                raise ValueError(_("another set begins on this day"))
        except (ValueError, Refused) as error:
            raise ValueError(_("rules, set %(number)s: %(error)s", number=number, error=error)) from error
    if len(currencies) > 1:
        raise ValueError(_("several currencies, %(currencies)s: wages are set off against each other, so they are paid in one",
                           currencies=", ".join(sorted(currencies))))  # fmt: skip
    return WageRules(zone, next(iter(currencies), "CNY"), sorted(sets, key=lambda one: one.valid_from))


def _programme(data: Any) -> Mapping[str, Any]:
    """The programme itself, or the only one of a list of ``programmes``."""
    programme = mapped(data)
    inside = programme.get("programmes")
    if "rules" in programme or not isinstance(inside, list):
        return programme
    if len(inside) != 1:
        raise ValueError(_("%(count)s programmes, but one is asked for", count=len(inside)))
    return mapped(inside[0])


def _set(entry: Mapping[str, Any], currencies: set[str]) -> DatedScheme:
    wage = mapped(entry.get("wage"))
    kind = wage.get("scheme")
    if not isinstance(kind, str) or kind not in KEYS:
        raise ValueError(_("wage.scheme is one of %(schemes)s", schemes=", ".join(KEYS)))
    if unknown := sorted(str(key) for key in wage.keys() - KEYS[kind] - {"scheme", "currency"}):
        raise ValueError(_("wage: unknown %(keys)s", keys=", ".join(map(short, unknown))))
    currency = wage.get("currency", "CNY")
    if not isinstance(currency, str) or not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(_("wage.currency is a code such as CNY"))
    columns = wage_columns(wage)
    check_wage(kind, columns)
    if kind != "none":
        currencies.add(currency)
    return DatedScheme(day(entry.get("valid_from")), scheme_of(kind, currency, columns))


# -- points -----------------------------------------------------------------------------------------


def read_points(path: Path, rules: WageRules) -> list[Person]:
    """Everybody in a CSV of ``handle,accepted_at,points`` and, where given, ``contract_end``; by handle.

    ``accepted_at`` is RFC 3339 with its offset; lines may have different ones: the programme's zone decides the month.
    ``points`` are whole; negative ones are corrections, none are 0. A handle is spelled alike in all its lines.
    Raises Unusable naming every line that can't be used.
    """
    raw = path.read_bytes()
    if len(raw) > LARGEST:
        raise Unusable([(1, _("the file is larger than %(most)s MiB", most=LARGEST // 2**20))])
    rows = _rows(raw.decode("utf-8-sig", "surrogateescape"))
    first, header, why = next(rows, (1, [], _("the file is empty")))
    if why := why or _header_fault(header):
        raise Unusable([(first, why)])
    people: dict[str, Person] = {}
    faults: list[tuple[int, str]] = []
    for line, cells, broken in rows:
        try:
            if broken:
                raise ValueError(broken)
            _take(people, rules, line, header, cells)
        except ValueError as error:
            faults.append((line, str(error)))
    if faults:
        raise Unusable(faults)
    return sorted(people.values(), key=lambda person: person.handle)


def _rows(text: str) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, what is wrong with it) of each line that isn't blank."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], _("not CSV: %(error)s", error=error)
            continue
        if any("\udc80" <= character <= "\udcff" for cell in cells for character in cell):
            yield line, cells, _("not UTF-8 text")
        elif cells:
            yield line, cells, ""


def _header_fault(header: list[str]) -> str:
    if missing := [name for name in COLUMNS if name not in header]:
        return _("the heading lacks %(columns)s", columns=", ".join(missing))
    if unknown := [name for name in header if name not in (*COLUMNS, *OPTIONAL)]:
        return _("unknown columns: %(columns)s", columns=", ".join(short(name) or "“”" for name in unknown))
    return _("a column stands twice in the heading") if len(set(header)) < len(header) else ""


def _take(people: dict[str, Person], rules: WageRules, line: int, header: list[str], cells: list[str]) -> None:
    """Add a line to its person. Raises ValueError."""
    if len(cells) != len(header):
        raise ValueError(_("%(found)s cells where %(asked)s are asked for", found=len(cells), asked=len(header)))
    said = dict(zip(header, cells, strict=True))
    handle = said["handle"]
    if not handle.strip() or handle != handle.strip() or not handle.isprintable() or len(handle) > 80:
        raise ValueError(_("“%(handle)s” is no handle", handle=short(handle)))
    month = month_of(_moment(said["accepted_at"]), rules.time_zone)
    points = _points(said["points"])
    end = _day(said["contract_end"]) if said.get("contract_end") else None
    if in_force(rules.sets, month) is None:
        raise ValueError(_("no rules are in force at the end of %(month)s", month=month))
    person = people.setdefault(normalised(handle), Person(handle, line))
    if person.handle != handle:
        raise ValueError(_("“%(handle)s” is spelled “%(other)s” in line %(line)s", handle=handle, other=person.handle,
                           line=person.line))  # fmt: skip
    if end and person.contract_end and end != person.contract_end:
        raise ValueError(
            _("the contract of %(handle)s ended on %(day)s in a line before", handle=handle, day=person.contract_end)
        )
    person.contract_end = person.contract_end or end
    person.earned[month] = person.earned.get(month, 0) + points


def _moment(text: str) -> dt.datetime:
    try:
        if _MOMENT.fullmatch(text) and 2000 <= int(text[:4]) <= 2100:
            return dt.datetime.fromisoformat(text.upper())
    except ValueError:
        pass
    raise ValueError(_("“%(value)s” is no moment with its offset such as 2026-12-31T23:30:00+08:00", value=short(text)))


def _points(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,6}", text) or not 0 < abs(int(text)) <= MOST_POINTS:
        raise ValueError(_("“%(value)s” is no whole number of points, 1 to %(most)s or below 0 as a correction",
                           value=short(text), most=MOST_POINTS))  # fmt: skip
    return int(text)


def _day(text: str) -> dt.date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError(_("%(value)s is no date such as 2026-12-18", value=short(text)))
    return day(text)
