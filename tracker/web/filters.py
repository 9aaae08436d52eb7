"""How templates write dates, amounts, states and texts."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from flask import Flask, url_for
from flask_babel import get_locale
from markupsafe import Markup, escape

from tracker import clock
from tracker.markdown import render as markdown
from tracker.money import written
from tracker.text import _, _month, _n
from tracker.web.i18n import language, own_zone, time_zone


def _pattern(en: str, zh: str) -> str:
    return zh if language() == "zh" else en


def day(value: dt.date | dt.datetime | None, zone: str | None = None) -> str:
    """``18 Dec`` / ``12月18日``; with the year where it isn't this one."""
    if value is None:
        return "–"
    date = _in_zone(value, zone).date() if isinstance(value, dt.datetime) else value
    if date.year == clock.today(zone or time_zone()).year:
        return format_date(date, _pattern("d MMM", "M月d日"), locale=get_locale())
    return format_date(date, _pattern("d MMM y", "y年M月d日"), locale=get_locale())


def full_day(value: dt.date | dt.datetime | None, zone: str | None = None) -> str:
    """``18 December 2026`` / ``2026年12月18日``: with its year whenever it is read."""
    if value is None:
        return "–"
    date = _in_zone(value, zone).date() if isinstance(value, dt.datetime) else value
    return format_date(date, _pattern("d MMMM y", "y年M月d日"), locale=get_locale())


def long_day(value: dt.date | dt.datetime | None, zone: str | None = None) -> str:
    """``Friday 18 December 2026`` / ``2026年12月18日 星期五``."""
    if value is None:
        return "–"
    date = _in_zone(value, zone).date() if isinstance(value, dt.datetime) else value
    return format_date(date, _pattern("EEEE d MMMM y", "y年M月d日 EEEE"), locale=get_locale())


def weekday(value: dt.date | dt.datetime | None, zone: str | None = None) -> str:
    """``Fri 18 Dec`` / ``12月18日 周五``: a day on which people meet."""
    if value is None:
        return "–"
    date = _in_zone(value, zone).date() if isinstance(value, dt.datetime) else value
    return format_date(date, _pattern("EEE d MMM", "M月d日 EEE"), locale=get_locale())


def day_span(first: dt.datetime, last: dt.datetime, zone: str | None = None) -> str:
    """``Mon 3 – Fri 7 August`` / ``8月3日 周一 – 8月7日 周五``: several days on which people meet; with the year where it
    isn't this one."""
    one, other = _in_zone(first, zone).date(), _in_zone(last, zone).date()
    year = other.year != clock.today(zone or time_zone()).year or one.year != other.year
    whole = _pattern("EEE d MMMM y" if year else "EEE d MMMM", "y年M月d日 EEE" if year else "M月d日 EEE")
    short_one = whole
    if (one.year, one.month) == (other.year, other.month):
        short_one = _pattern("EEE d", whole)
    return f"{format_date(one, short_one, locale=get_locale())} – {format_date(other, whole, locale=get_locale())}"


def moment(value: dt.datetime | None, zone: str | None = None) -> str:
    """``18 Dec, 16:08`` / ``12月18日 16:08`` in the reader's zone (or ``zone``)."""
    if value is None:
        return "–"
    here = _in_zone(value, zone)
    year = here.year != clock.today(zone or time_zone()).year
    pattern = _pattern("d MMM y, HH:mm" if year else "d MMM, HH:mm", "y年M月d日 HH:mm" if year else "M月d日 HH:mm")
    return format_datetime(here.replace(tzinfo=None), pattern, locale=get_locale())


def clock_time(value: dt.datetime, zone: str | None = None) -> str:
    """``19:00`` in the reader's zone (or ``zone``)."""
    return format_time(_in_zone(value, zone).replace(tzinfo=None), "HH:mm", locale=get_locale())


def iso(value: dt.date | dt.datetime | None) -> str:
    """For the ``datetime`` attribute."""
    return value.isoformat() if value else ""


def _in_zone(value: dt.datetime, zone: str | None) -> dt.datetime:
    return value.astimezone(ZoneInfo(zone or time_zone()))


def days_since(value: dt.datetime) -> int:
    """Whole days from ``value`` to now."""
    return max((clock.now() - value).days, 0)


def waited(value: dt.datetime) -> str:
    """``9 days``; ``today`` below one."""
    days = days_since(value)
    return _n("%(num)s day", "%(num)s days", days) if days else _("today")


def late(value: dt.date | dt.datetime | None) -> int:
    """How many days ``value`` is past: 0 while it isn't."""
    if value is None:
        return 0
    if isinstance(value, dt.datetime):
        behind = clock.now() - value
        return max(behind.days, 1) if behind > dt.timedelta(0) else 0
    return max((clock.today(time_zone()) - value).days, 0)


def money(fen: int | None, currency: str = "") -> str:
    """``CNY 1,000.00`` of 100000 fen; a minus as −."""
    return "–" if fen is None else written(int(fen), currency)


def signed_money(fen: int) -> str:
    """``+1,000.00`` / ``−500.00``: a difference."""
    return money(fen) if fen < 0 else f"+{money(fen)}"


def month_name(value: str) -> str:
    """``October 2026`` / ``2026年10月`` of ``2026-10``."""
    return str(_month(value))


def local(thing: Any, field: str = "name") -> str:
    """The Chinese text of a thing that has one, where the page is Chinese."""
    if language() == "zh" and (text := getattr(thing, f"{field}_zh", "")):
        return str(text)
    return str(getattr(thing, field))


def quarter(value: str) -> str:
    """``2026 Q4`` / ``2026 年第四季度`` of ``2026Q4``."""
    year = value[:4]
    names = {"1": _("%(year)s Q1", year=year), "2": _("%(year)s Q2", year=year), "3": _("%(year)s Q3", year=year),
             "4": _("%(year)s Q4", year=year)}  # fmt: skip
    return names.get(value[5:], value)


def zone_name(zone: str) -> str:
    return _("Beijing time") if zone == "Asia/Shanghai" else zone


def icon(name: str, label: str = "") -> Markup:
    """An icon of the sprite; alone it needs a ``label``."""
    href = f"{url_for('static', filename='img/sprite.svg')}#{name}"
    if label:
        return Markup('<svg class="i" role="img" aria-label="{}"><use href="{}"/></svg>').format(label, href)
    return Markup('<svg class="i" aria-hidden="true"><use href="{}"/></svg>').format(href)


def short(text: str, length: int = 160) -> str:
    """The first words of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def capital(text: object) -> str:
    """A name that begins a line: its first letter is a capital."""
    said = str(text)
    return said[:1].upper() + said[1:]


FILTERS = (
    day, full_day, long_day, weekday, day_span, moment, clock_time, iso, waited, late, money, signed_money, month_name, local, quarter, zone_name, short, capital, markdown,
)  # fmt: skip


def init(app: Flask) -> None:
    for function in FILTERS:
        app.jinja_env.filters[function.__name__ if function is not markdown else "markdown"] = function
    app.jinja_env.globals.update(icon=icon, language=language, escape=escape, own_zone=own_zone)
