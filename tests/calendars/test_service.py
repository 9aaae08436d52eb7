"""Days that are added to the calendar of holidays, and what follows them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker.calendars import queries, service
from tracker.calendars.models import CalendarDay
from tracker.claims import service as claims
from tracker.db import db, transaction
from tracker.errors import Forbidden, Missing, Refused
from tracker.events import Event
from tracker.permissions import ANYBODY, SYSTEM, Actor

MONDAY = dt.date(2026, 11, 23)
CLOSED: dict[str, Any] = {"day": MONDAY, "working": False, "name": "Move", "name_zh": "搬迁"}


def add(actor: Actor, **changed: Any) -> CalendarDay:
    return transaction(lambda: service.add_day(actor, **{**CLOSED, **changed}))


def _said() -> list[tuple[str, str]]:
    rows = db.session.scalars(select(Event).where(Event.name.startswith("calendar.day")).order_by(Event.id))
    return [(event.name, event.facts["thing"]) for event in rows]


def test_an_administrator_closes_a_day(cast: Cast) -> None:
    row = add(cast.admin)
    assert (row.created_by_id, row.working) == (cast.admin.id, False)
    assert not queries.calendar().is_working_day(MONDAY)
    assert str(queries.calendar().name_of(MONDAY)) == "Move"
    assert _said() == [("calendar.day_added", "2026-11-23 Move")]


def test_a_make_up_day_is_worked(cast: Cast) -> None:
    add(cast.admin, day=dt.date(2027, 2, 20), working=True, name="Make-up day")
    assert queries.calendar().is_make_up_day(dt.date(2027, 2, 20))
    assert queries.calendar().is_provisional(2027)


def test_an_added_day_is_removed_again(cast: Cast) -> None:
    row = add(cast.admin)
    transaction(lambda: service.remove_day(cast.admin, row))
    assert queries.calendar().is_working_day(MONDAY)
    assert queries.extra_days(2026) == []
    assert _said()[-1] == ("calendar.day_removed", "2026-11-23 Move")
    with pytest.raises(Missing):
        transaction(lambda: service.remove_day(cast.admin, row))


def test_a_day_that_somebody_else_removed_since_the_page_was_asked_for_is_missing(cast: Cast) -> None:
    row = add(cast.admin)
    db.session.execute(delete(CalendarDay).execution_options(synchronize_session=False))
    db.session.commit()
    with pytest.raises(Missing):
        transaction(lambda: service.remove_day(cast.admin, row))


def test_only_administrators_and_the_system_change_the_calendar(cast: Cast) -> None:
    row = add(SYSTEM)
    assert row.created_by is None
    for person in (cast.mona, cast.dora, cast.fay, ANYBODY):
        with pytest.raises(Forbidden):
            add(person, day=dt.date(2026, 11, 24))
        with pytest.raises(Forbidden):
            transaction(lambda who=person: service.remove_day(who, row))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"day": dt.date(2100, 1, 1)}, "2001 to 2099"),
        ({"day": dt.date(2000, 12, 31)}, "2001 to 2099"),
        ({"day": dt.date(2026, 10, 1)}, "off already: National Day"),
        ({"day": dt.date(2026, 10, 4)}, "off already: National Day holidays"),
        ({"day": MONDAY, "working": True}, "a working day already"),
        ({"day": dt.date(2026, 10, 10), "working": True}, "a working day already"),
    ],
)
def test_it_refuses_a_day_that_changes_nothing(cast: Cast, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says) as refusal:
        add(cast.admin, **changed)
    assert refusal.value.field == "day"
    assert _said() == []


def test_a_plain_weekend_may_be_closed(cast: Cast) -> None:
    add(cast.admin, day=dt.date(2026, 11, 28))
    assert queries.calendar().is_holiday(dt.date(2026, 11, 28))


def test_it_refuses_a_day_twice(cast: Cast) -> None:
    add(cast.admin)
    with pytest.raises(Refused, match="in the table already: Move. Remove it first"):
        add(cast.admin, name="Other")


def test_the_database_refuses_a_day_twice_as_well(cast: Cast) -> None:
    add(cast.admin)
    twice = CalendarDay(day=MONDAY, working=True, name="Other", created_at=cast.admin.created_at)
    with pytest.raises(Refused, match="in the table already"):
        transaction(lambda: db.session.add(twice))


def test_the_days_of_a_year_come_in_order(cast: Cast) -> None:
    for day in (dt.date(2026, 12, 31), MONDAY, dt.date(2027, 12, 31)):
        add(cast.admin, day=day)
    assert [row.day for row in queries.extra_days(2026)] == [MONDAY, dt.date(2026, 12, 31)]


def test_the_calendar_is_one_query(cast: Cast) -> None:
    add(cast.admin)
    with statements() as seen:
        queries.calendar()
    assert len(seen) == 1


def test_answers_are_due_by_the_calendar_of_this_installation(cast: Cast) -> None:
    claim = cast.make_claim(cast.dora, cast.make_task(), state="active")
    transaction(lambda: claims.submit(cast.dora, claim, summary="Done.", links=["https://example.org/1"]))
    due = claim.answer_by
    assert due is not None
    add(cast.admin, day=(due - dt.timedelta(hours=1)).date())
    other = cast.make_claim(cast.otto, cast.make_task(), state="active")
    transaction(lambda: claims.submit(cast.otto, other, summary="Done.", links=["https://example.org/1"]))
    assert other.answer_by is not None
    assert other.answer_by > due
