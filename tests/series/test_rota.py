"""The rota of a series: whose turn it is, fair counts, swaps."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.statements import statements
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.events.models import Event, Notice
from tracker.meetings import service as meetings
from tracker.meetings.models import Meeting
from tracker.series import rota
from tracker.series.models import RotaSwap, Series


@pytest.fixture
def series(cast: Cast) -> Series:
    """Every second Friday, without meetings yet."""
    made = Series(
        sig_id=cast.akg.id, rule={"every_weeks": 2, "weekdays": ["friday"], "anchor": "2026-11-06"}, start="19:00",
        time_zone="Asia/Shanghai", starts_on=dt.date(2026, 11, 6), created_at=clock.now(),
    )  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


def meet(series: Series, days: float, organiser: User | None = None, state: str = "planned", **columns) -> Meeting:
    meeting = Meeting(
        sig_id=series.sig_id, series_id=series.id, starts_at=clock.now() + dt.timedelta(days=days),
        series_on=(clock.now() + dt.timedelta(days=days)).date(), time_zone="Asia/Shanghai", created_at=clock.now(),
        organiser_id=organiser and organiser.id, **columns,
    )  # fmt: skip
    db.session.add(meeting)
    db.session.flush()
    if state != "planned":
        meeting.state = state
    db.session.commit()
    return meeting


def names(meetings: list[Meeting]) -> list[str]:
    db.session.expire_all()
    return [
        m.organiser.handle if m.organiser else m.organisation for m in (db.session.get(Meeting, m.id) for m in meetings)
    ]


def set_rota(cast: Cast, series: Series, *turns) -> None:
    series = db.session.get(Series, series.id)
    transaction(lambda: rota.edit_rota(cast.mona, series, turns=turns, version=series.version))


# -- whose turn it is -----------------------------------------------------------------------------


def test_meetings_ahead_get_the_next_in_turn_people_and_organisations(cast: Cast, series: Series):
    meetings = [meet(series, days) for days in (3, 17, 31, 45)]
    set_rota(cast, series, cast.mona, "Example University", cast.max)
    assert names(meetings) == ["mona", "Example University", "max", "mona"]


def test_a_form_that_was_opened_before_the_rota_named_somebody_takes_nobody_off(cast: Cast, series: Series):
    meeting = meet(series, 3)
    seen, said = meeting.version, {"kind": meeting.kind, "starts_at": meeting.starts_at, "title": "Demo"}
    set_rota(cast, series, cast.max)
    with pytest.raises(Refused, match="changed"):
        transaction(lambda: meetings.edit_meeting(cast.mona, meeting, version=seen, **said))
    db.session.refresh(meeting)
    assert meeting.organiser_id == cast.max.id and meeting.changed_at is not None, "calendars are told"


def test_the_turn_goes_on_after_who_organised_last(cast: Cast, series: Series):
    meet(series, -11, cast.mona, state="held")
    ahead = [meet(series, 3), meet(series, 17)]
    set_rota(cast, series, cast.max, cast.mona, cast.nils)
    assert names(ahead) == ["nils", "max"]


def test_who_was_named_by_hand_stays_and_the_turn_follows_them(cast: Cast, series: Series):
    meetings = [meet(series, 3), meet(series, 17, cast.max), meet(series, 31)]
    set_rota(cast, series, cast.mona, cast.max, cast.nils)
    assert names(meetings) == ["mona", "max", "nils"]


def test_a_meeting_that_does_not_take_place_takes_nobodys_turn(cast: Cast, series: Series):
    meet(series, -11, cast.mona, state="held")
    meet(series, 3, cast.max, state="cancelled")
    ahead = [meet(series, 17)]
    set_rota(cast, series, cast.mona, cast.max)
    assert names(ahead) == ["max"]


@given(count=st.integers(1, 8), rounds=st.integers(0, 30))
def test_after_whole_rounds_everybody_had_the_same_number_of_turns(count: int, rounds: int):
    turns = [(number, "") for number in range(count)]
    history, had = [], dict.fromkeys(range(count), 0)
    for _round in range(rounds * count):
        history.append(turns[rota.next_turn(turns, history)])
        had[history[-1][0]] += 1
    assert set(had.values()) == {rounds}


def test_an_empty_rota_names_nobody():
    assert rota.next_turn([], []) is None


def test_a_swap_costs_nobody_a_turn():
    first, second, third = (1, ""), (2, ""), (0, "Example University")
    assert rota.next_turn([first, second, third], [first, third, second]) == 0
    assert rota.next_turn([first, second, third], [first, third, second, first]) == 2


def test_shares_count_the_year_in_the_zone_of_the_series(cast: Cast, series: Series):
    set_rota(cast, series, cast.mona, cast.max)
    year = clock.today("Asia/Shanghai").year
    # 00:30 and 23:30 around midnight of 1 January in Shanghai, when it is the old year in UTC
    for day, hour in ((31, 16), (30, 15)):
        moment = dt.datetime(year - 1, 12, day, hour, 30, tzinfo=dt.UTC)
        meeting = Meeting(sig_id=series.sig_id, series_id=series.id, series_on=dt.date(year - 1, 12, day), starts_at=moment,
                          time_zone="Asia/Shanghai", created_at=clock.now(), organiser_id=cast.mona.id)  # fmt: skip
        db.session.add(meeting)
        db.session.flush()
        meeting.state = "held"
    db.session.commit()
    share = rota.shares(db.session.get(Series, series.id), year)[0]
    assert (share.name, share.held, share.ahead) == ("Mona", 1, 0)


# -- changing it ----------------------------------------------------------------------------------


def test_nobody_stands_in_it_twice(cast: Cast, series: Series):
    with pytest.raises(Refused, match="mona stands in the list twice"):
        set_rota(cast, series, cast.mona, cast.max, cast.mona)


def test_a_stale_page_changes_nothing(cast: Cast, series: Series):
    set_rota(cast, series, cast.mona)
    with pytest.raises(Refused, match="since you opened"):
        transaction(lambda: rota.edit_rota(cast.max, series, turns=[cast.max], version=1))
    assert [entry.user_id for entry in db.session.get(Series, series.id).rota] == [cast.mona.id]


def test_only_maintainers_change_it(cast: Cast, series: Series):
    with pytest.raises(Forbidden):
        transaction(lambda: rota.edit_rota(cast.dora, series, turns=[cast.dora], version=1))


def test_the_page_reads_handles_and_organisations(app, cast: Cast, series: Series):
    meet(series, 3)
    mona = Client(app).sign_in(cast.mona)
    mona.get(f"/series/{series.id}/rota")
    mona.post(f"/series/{series.id}/rota", turns="@max\nExample University\nmona", version=1)
    page = mona.get(f"/series/{series.id}/rota").text
    assert "1. Max" in page and "2. Example University" in page and "3. Mona" in page
    assert (
        "There is no account “nobody-here”"
        in mona.post(f"/series/{series.id}/rota", 422, turns="@nobody-here", version=2).text
    )
    assert "<textarea" not in Client(app).get(f"/series/{series.id}/rota").text


# -- swaps ----------------------------------------------------------------------------------------


@pytest.fixture
def two(cast: Cast, series: Series) -> tuple[Meeting, Meeting]:
    return meet(series, 3, cast.mona), meet(series, 17, cast.max)


def offer(cast: Cast, two: tuple[Meeting, Meeting]) -> RotaSwap:
    return transaction(lambda: rota.offer_swap(cast.mona, two[0], other=two[1], message="I am travelling."))


def test_an_accepted_swap_changes_both_organisers_and_tells_who_offered(cast: Cast, two):
    swap = offer(cast, two)
    transaction(lambda: rota.accept_swap(cast.max, swap))
    assert names(list(two)) == ["max", "mona"]
    event = db.session.query(Event).filter_by(name="swap.accepted").one()
    assert [notice.user_id for notice in db.session.query(Notice).filter_by(event_id=event.id)] == [cast.mona.id]


def test_it_is_not_swapped_when_one_of_the_meetings_changed_hands(cast: Cast, two):
    swap = offer(cast, two)
    db.session.get(Meeting, two[1].id).organiser_id = cast.nils.id
    db.session.commit()
    with pytest.raises(Refused, match="another organiser by now"):
        transaction(lambda: rota.accept_swap(cast.max, swap))
    assert names(list(two)) == ["mona", "nils"]
    assert db.session.get(RotaSwap, swap.id).state == "offered"


def test_it_is_not_swapped_once_a_meeting_is_off(cast: Cast, two):
    swap = offer(cast, two)
    db.session.get(Meeting, two[0].id).state = "cancelled"
    db.session.commit()
    with pytest.raises(Refused, match="nothing left to swap"):
        transaction(lambda: rota.accept_swap(cast.max, swap))


@pytest.mark.parametrize("answer", [rota.decline_swap, rota.accept_swap])
def test_nobody_else_answers(cast: Cast, two, answer):
    swap = offer(cast, two)
    with pytest.raises(Forbidden):
        transaction(lambda: answer(cast.nils, swap))


def test_declined_and_withdrawn_leave_the_organisers(cast: Cast, two):
    swap = offer(cast, two)
    transaction(lambda: rota.decline_swap(cast.max, swap))
    again = offer(cast, two)
    transaction(lambda: rota.withdraw_swap(cast.mona, again))
    assert names(list(two)) == ["mona", "max"]


def test_only_the_organiser_offers_and_only_for_a_meeting_of_somebody_else(cast: Cast, series: Series, two):
    own = meet(series, 31, cast.mona)
    with pytest.raises(Refused, match="somebody else organises"):
        transaction(lambda: rota.offer_swap(cast.mona, two[0], other=own))
    with pytest.raises(Refused, match="Only its organiser"):
        transaction(lambda: rota.offer_swap(cast.mona, two[1], other=two[0]))


def test_what_waits_for_an_answer_and_what_is_ahead_are_read_at_once(cast: Cast, series: Series):
    mine = [meet(series, days, cast.mona) for days in (3, 17, 31)]
    theirs = [meet(series, days, cast.max, vice_organiser_id=cast.nils.id) for days in (10, 24, 38)]
    for one, other in zip(mine, theirs, strict=True):
        transaction(lambda one=one, other=other: rota.offer_swap(cast.mona, one, other=other))
    db.session.commit()
    user_id, series_id = cast.max.id, series.id
    db.session.expunge_all()
    with statements() as seen:
        swaps = [
            (swap.meeting.sig.name, swap.meeting.label, swap.other.starts_at, swap.offered_by.display_name)
            for swap in rota.swaps_for(user_id)
        ]
    assert len(seen) == 2 and len(swaps) == 3, "the swaps, and the memberships of who is named"
    db.session.expunge_all()
    with statements() as seen:
        who = [
            (m.organiser and m.organiser.display_name, m.vice_organiser and m.vice_organiser.handle)
            for m in rota.ahead(series_id, 4)
        ]
    assert len(seen) == 3 and who == [("Mona", None), ("Max", "nils"), ("Mona", None), ("Max", "nils")]


def test_the_pages_of_a_swap(app, cast: Cast, two):
    mona, other = Client(app).sign_in(cast.mona), Client(app).sign_in(cast.max)
    assert "Max" in mona.get(f"/meetings/{two[0].id}/swap").text
    mona.post(f"/meetings/{two[0].id}/swap", 422, other="999999")
    mona.post(f"/meetings/{two[0].id}/swap", other=two[1].id)
    mona.post(f"/meetings/{two[0].id}/swap", 409, other=two[1].id)
    swap = db.session.query(RotaSwap).one()
    Client(app).sign_in(cast.dora).post(f"/swaps/{swap.id}/accept", 404)
    mona.post(f"/swaps/{swap.id}/accept", 403)
    other.post(f"/swaps/{swap.id}/accept")
    other.post(f"/swaps/{swap.id}/accept", 409)
    other.post(f"/swaps/{swap.id}/decline", 409)
    mona.post(f"/swaps/{swap.id}/withdraw", 409)
    assert names(list(two)) == ["max", "mona"]
