"""Setting up, changing and ending series; what becomes of their meetings."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.series.conftest import NOW, days, of
from tests.support.cast import Cast
from tracker import clock
from tracker.agendas.models import Proposal
from tracker.agendas.service import propose_item
from tracker.calendars.models import CalendarDay
from tracker.calendars.service import add_day, remove_day
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events import Event, Notice
from tracker.events.history import history
from tracker.meetings import service as meetings
from tracker.meetings.models import Meeting
from tracker.permissions import SYSTEM
from tracker.series import service
from tracker.series.models import RotaEntry, Series
from tracker.sigs.models import Follower

pytestmark = pytest.mark.usefixtures("august")
FRIDAYS = {"nth": [1, 3], "weekday": "friday"}


def events(name: str) -> list[Event]:
    return db.session.query(Event).filter(Event.name == name).order_by(Event.id).all()


def told(name: str) -> set[int]:
    query = db.session.query(Notice.user_id).join(Event, Event.id == Notice.event_id).filter(Event.name == name)
    return {user_id for (user_id,) in query}


def follow(cast: Cast) -> None:
    db.session.add(Follower(user_id=cast.otto.id, sig_id=cast.akg.id))
    db.session.commit()


def extend(series: Series) -> int:
    return transaction(lambda: service.extend_series(SYSTEM, db.session.get_one(Series, series.id)))


def close(cast: Cast, day: dt.date, name: str = "Fire drill") -> CalendarDay:
    return transaction(lambda: add_day(cast.admin, day=day, working=False, name=name))


# -- setting up -----------------------------------------------------------------------------------


def test_a_series_plans_its_meetings_for_120_days(set_up, cast: Cast):
    series = set_up()
    planned = of(series)
    assert days(planned) == ["08-28", "09-11", "10-09", "10-23", "11-06", "11-20", "12-04", "12-18"]
    assert days(planned, "skipped") == ["09-25"], "the holidays of the Mid-Autumn Festival"
    first = planned[0]
    assert series.rule["anchor"] == "2026-08-28", "the rule counts from its first day"
    assert (first.kind, first.place, first.minutes_long, first.time_zone) == ("regular", "Room 1", 90, "Asia/Shanghai")
    assert first.starts_at - first.agenda_opens_at == dt.timedelta(days=7)
    assert first.starts_at - first.agenda_closes_at == dt.timedelta(hours=24)
    assert len(events("series.created")) == 1 and not events("meeting.created")


def test_rare_meetings_are_planned_further_ahead(set_up):
    series = set_up(rule={"every_months": 3, "nth": [2], "weekday": "tuesday"})
    assert [m.series_on.isoformat() for m in of(series)] == ["2026-09-08", "2026-12-08", "2027-03-09", "2027-06-08"]
    yearly = set_up(kind="summer_school", rule={"every_months": 12, "nth": [1], "weekday": "monday"})
    assert len(of(yearly)) == 2, "none is planned more than two years ahead"


def test_meetings_in_the_holidays_are_postponed_where_the_policy_says_so(set_up):
    planned = of(set_up(rule=FRIDAYS, holidays="postpone"))
    october = next(m for m in planned if m.series_on == dt.date(2026, 10, 2))
    assert (october.state, days([october])) == ("planned", ["10-08"])


def test_days_to_choose_from_wait_for_a_person(set_up):
    rule = {"every_weeks": 2, "weekdays": ["saturday", "sunday"], "confirm_day": True}
    first, second, *_more = of(set_up(rule=rule))
    assert first.state == "to_confirm" and first.options == ["2026-08-22", "2026-08-23"]
    assert second.options == ["2026-09-05", "2026-09-06"]


def test_once_a_month_on_any_day_begins_with_what_is_left_of_the_month(set_up):
    first, second, *_more = of(set_up(kind="seminar", rule={"every_months": 1, "confirm_day": True}))
    assert (first.options[0], first.options[-1]) == ("2026-08-22", "2026-08-31")
    assert first.series_on == dt.date(2026, 8, 1) and second.options[0] == "2026-09-01"


def test_a_series_without_rule_plans_nothing(set_up):
    assert of(set_up(rule={"ad_hoc": True})) == []


def test_a_meeting_that_was_entered_by_hand_becomes_one_of_the_series(set_up, cast: Cast):
    starts_at = dt.datetime(2026, 8, 28, 11, tzinfo=dt.UTC)
    own = transaction(
        lambda: meetings.create_meeting(cast.mona, cast.akg, kind="regular", starts_at=starts_at, organiser=cast.max)
    )
    series = set_up()
    first = of(series)[0]
    assert first.id == own.id and first.by_hand and first.organiser_id == cast.max.id and first.place == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rule": {"every_weeks": 0, "weekdays": ["friday"]}}, "rule"),
        ({"rule": {"nth": [5], "weekday": "friday"}, "starts_on": dt.date(2026, 9, 1), "ends_on": dt.date(2026, 9, 30)},
         "rule"),
        ({"rule": {"every_weeks": 1, "weekdays": ["friday"], "anchor": "2030-01-01"}, "ends_on": dt.date(2029, 1, 1)},
         "rule"),
        ({"ends_on": dt.date(2026, 8, 21)}, "ends_on"),
        ({"starts_on": dt.date(2026, 8, 21)}, "starts_on"),
        ({"starts_on": dt.date(2029, 8, 21)}, "starts_on"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"minutes_long": 1441}, "minutes_long"),
        ({"minutes_long": 4}, "minutes_long"),
        ({"holidays": "dance"}, "holidays"),
        ({"kind": "party"}, "kind"),
        ({"agenda_closes_hours": 168}, "agenda_closes_hours"),
        ({"agenda_opens_days": 61}, "agenda_opens_days"),
        ({"agenda_closes_hours": 400}, "agenda_closes_hours"),
        ({"rule": FRIDAYS, "starts_on": dt.date(2026, 10, 1), "ends_on": dt.date(2026, 10, 7)}, "holidays"),
        ({"rule": {"last": "sunday"}, "start": dt.time(2, 30), "time_zone": "Europe/Berlin",
          "starts_on": dt.date(2027, 3, 20), "ends_on": dt.date(2027, 4, 20)}, "start"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_at_the_field(set_up, fields, field):
    with pytest.raises(Refused) as refusal:
        set_up(**fields)
    assert refusal.value.field == field and db.session.query(Series).count() == 0


def test_some_days_that_summer_time_skips_are_no_reason_to_refuse(set_up):
    assert set_up(rule={"last": "sunday"}, start=dt.time(2, 30), time_zone="Europe/Berlin").id


def test_two_series_of_a_kind_at_the_same_minute_are_refused_by_name(set_up):
    set_up(title="Friday round")
    with pytest.raises(
        Refused, match="“Friday round” has a meeting of this kind at the same minute, on 28 August 2026"
    ):
        set_up()
    set_up(kind="seminar")
    set_up(start=dt.time(19, 30))


def test_only_maintainers_of_the_sig_set_up_change_and_end_series(set_up, change, cast: Cast):
    series = set_up()
    for person in (cast.nils, cast.dora, cast.admin):
        with pytest.raises(Forbidden):
            set_up(who=person, kind="seminar")
        with pytest.raises(Forbidden):
            change(series, who=person, place="Room 2")
        with pytest.raises(Forbidden):
            transaction(lambda person=person: service.end_series(person, series, reason="Done."))
        with pytest.raises(Forbidden):
            transaction(
                lambda person=person: service.add_occurrence(person, series, starts_at=NOW + dt.timedelta(days=9))
            )
        with pytest.raises(Forbidden):
            transaction(lambda person=person: service.extend_series(person, series))


# -- extending ------------------------------------------------------------------------------------


def test_extending_twice_changes_nothing(set_up):
    series = set_up()
    before = [(m.id, m.version, m.starts_at) for m in of(series)]
    assert extend(series) == 0
    assert [(m.id, m.version, m.starts_at) for m in of(series)] == before and not events("series.extended")


def test_time_brings_more_meetings(set_up):
    series = set_up()
    with clock.pretend(NOW + dt.timedelta(days=14)):
        assert extend(series) == 1
        assert of(series)[-1].series_on == dt.date(2027, 1, 1)
        [event] = events("series.extended")
        assert event.facts["until"] == "2027-01-01"
        assert extend(series) == 0


def test_a_day_that_turns_out_to_be_closed_is_skipped_and_followers_are_told(set_up, cast: Cast):
    follow(cast)
    series = set_up()
    row = close(cast, dt.date(2026, 9, 11))
    assert extend(series) == 1
    meeting = of(series)[1]
    assert (meeting.state, meeting.version, meeting.changed_at) == ("skipped", 2, NOW)
    assert told("meeting.skipped") == {cast.otto.id}
    assert "public holiday" in history("meeting", meeting.id)[0].sentence
    assert extend(series) == 0
    transaction(lambda: remove_day(cast.admin, db.session.get_one(CalendarDay, row.id)))
    assert extend(series) == 1
    again = of(series)[1]
    assert (again.id, again.state, again.version) == (meeting.id, "planned", 3)
    assert events("meeting.moved")[0].facts["when"] == "2026-09-11 19:00"


@pytest.mark.parametrize("why", ["closed", "changed", "ended"])
def test_a_meeting_that_falls_away_passes_its_agenda_on_in_the_same_step(set_up, change, cast: Cast, why: str):
    series = set_up(agenda_opens_days=60)
    meeting, following = of(series)[:2]
    number = transaction(lambda: propose_item(cast.dora, meeting, kind="topic", title="One manifest")).id
    if why == "closed":
        close(cast, dt.date(2026, 8, 28))
        extend(series)
    elif why == "changed":
        change(series, rule={"every_weeks": 4, "weekdays": ["friday"], "anchor": "2026-09-11"})
    else:
        transaction(lambda: service.end_series(cast.mona, series, reason="Nobody comes."))
    db.session.expire_all()
    item = db.session.get_one(Proposal, number)
    assert db.session.get_one(Meeting, meeting.id).state == ("skipped" if why == "closed" else "cancelled")
    assert item.state == "deferred" and item.deferred_from_id == meeting.id
    assert item.meeting_id == (None if why == "ended" else following.id)
    assert [event.facts["reason_code"] for event in events("proposal.carried_over")] == ["meeting_off"]


def test_where_meetings_are_postponed_the_same_one_moves(set_up, cast: Cast):
    series = set_up(holidays="postpone")
    meeting = of(series)[1]
    close(cast, dt.date(2026, 9, 11))
    assert extend(series) == 1
    moved = of(series)[1]
    assert moved.id == meeting.id and days([moved]) == ["09-14"] and moved.series_on == dt.date(2026, 9, 11)
    assert moved.starts_at - moved.agenda_opens_at == dt.timedelta(days=7)


def test_a_closed_day_leaves_alone_what_somebody_touched(set_up, cast: Cast):
    series = set_up()
    meeting = of(series)[1]
    values = {"version": 1, "kind": "regular", "starts_at": meeting.starts_at, "place": "Room 9"}
    transaction(lambda: meetings.edit_meeting(cast.mona, meeting, **values))
    close(cast, dt.date(2026, 9, 11))
    assert extend(series) == 0 and of(series)[1].state == "planned"


def test_a_day_that_nobody_confirmed_is_skipped_with_the_reason(set_up, cast: Cast):
    series = set_up(rule={"every_weeks": 2, "weekdays": ["saturday", "sunday"], "confirm_day": True}, start=dt.time(9))
    first = of(series)[0]
    assert first.options == ["2026-08-23"], "Saturday 9:00 is past"
    with clock.pretend(NOW + dt.timedelta(days=2)):
        extend(series)
        first = of(series)[0]
        assert (first.state, first.remarks) == ("skipped", ["unconfirmed"])
        assert "Nobody confirmed a day in time" in history("meeting", first.id)[0].sentence
        assert extend(series) == 0


def test_days_to_choose_from_that_passed_fall_away_quietly(set_up):
    series = set_up(kind="seminar", rule={"every_months": 1, "confirm_day": True})
    with clock.pretend(NOW + dt.timedelta(days=3)):
        assert extend(series) == 0
        first = of(series)[0]
        assert (first.options[0], days([first], "to_confirm")) == ("2026-08-25", ["08-25"])


def test_a_minute_that_somebody_else_took_is_left_out(set_up, change, cast: Cast):
    series = set_up()
    taken = dt.datetime(2026, 9, 11, 12, tzinfo=dt.UTC)
    transaction(lambda: meetings.create_meeting(cast.mona, cast.akg, kind="regular", starts_at=taken))
    change(series, start=dt.time(20))
    meeting = of(series)[1]
    assert (meeting.state, meeting.remarks) == ("skipped", ["taken"])


def test_an_ended_series_isnt_extended(set_up, cast: Cast):
    series = set_up()
    transaction(lambda: service.end_series(cast.mona, series, reason="Done."))
    with clock.pretend(NOW + dt.timedelta(days=60)):
        assert extend(series) == 0


def test_new_meetings_get_the_next_of_the_rota(set_up, cast: Cast):
    series = set_up(ends_on=dt.date(2026, 10, 30))
    assert {m.organiser_id for m in of(series)} == {None}
    for position, person in enumerate((cast.mona, cast.max), 1):
        db.session.add(RotaEntry(series_id=series.id, position=position, user_id=person.id))
    db.session.commit()
    extend(series)
    held = [m.organiser_id for m in of(series) if m.state == "planned"]
    assert held == [cast.mona.id, cast.max.id, cast.mona.id, cast.max.id]
