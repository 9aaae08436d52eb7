"""The page of the calendar: the year's holidays and the days that were added, for administrators."""

from __future__ import annotations

from flask import render_template, request, url_for

from tracker import clock
from tracker.calendars import models, queries, service
from tracker.calendars.blueprint import bp
from tracker.calendars.forms import DayForm
from tracker.calendars.models import CalendarDay
from tracker.errors import Missing
from tracker.permissions import Permission as P
from tracker.text import _l
from tracker.web.actions import Answer, perform, submit
from tracker.web.i18n import time_zone
from tracker.web.routes import actor, loads, requires
from tracker.working_days import CHINA, FIRST_YEAR, LAST_YEAR, holidays_of, make_up_days_of

__all__ = ["bp", "models"]


@loads(CalendarDay, P.SITE_READ)
def _added(day_id: int) -> CalendarDay:
    found = queries.find_day(day_id)
    if found is None:
        raise Missing(f"day {day_id} of the calendar")
    return found


def _of(row: CalendarDay) -> str:
    return url_for("calendars.days", year=row.day.year)


@bp.route("/calendar/days", methods=["GET", "POST"])
@requires(P.CALENDAR_EDIT)
def days() -> Answer:
    form = DayForm()
    return submit(
        form,
        lambda: service.add_day(actor(), **form.values()),
        page=lambda: _page(form),
        to=_of,
        done=lambda row: _l("%(day)s was added.", day=row.label),
    )


@bp.post("/calendar/days/<int:day_id>/remove")
@requires(P.CALENDAR_EDIT, CalendarDay)
def remove_day(row: CalendarDay) -> Answer:
    done, back = _l("%(day)s was removed.", day=row.label), _of(row)
    return perform(lambda: service.remove_day(actor(), row), to=lambda _gone: back, done=done, back=back)


def _page(form: DayForm) -> str:
    now = clock.today(time_zone()).year
    year = _year(request.args.get("year", ""), now)
    return render_template(
        "calendars/days.html",
        form=form,
        year=year,
        years=sorted({year, *range(now - 1, now + 3)}),
        rows=queries.extra_days(year),
        holidays=holidays_of(year),
        make_up_days=make_up_days_of(year),
        provisional=CHINA.is_provisional(year),
    )


def _year(text: str, default: int) -> int:
    year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else default
    return year if FIRST_YEAR <= year <= LAST_YEAR else default
