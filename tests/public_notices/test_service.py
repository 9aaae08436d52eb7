"""Public notices: frozen results, objections within the window, answers by somebody it isn't about."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from tests.conftest import settings_for
from tests.public_notices.conftest import SHANGHAI, do, refused, reload, seen, told
from tests.rewards.lines import approve, cancel, correction, propose
from tests.support.cast import Cast
from tracker import clock
from tracker.app import create_app
from tracker.db import db, transaction
from tracker.errors import Busy, Forbidden, Refused
from tracker.events import Event
from tracker.permissions import ANYBODY, SYSTEM
from tracker.public_notices import queries, results, rules, service
from tracker.public_notices.models import Objection, PublicNotice
from tracker.rankings.queries import own_row
from tracker.rewards import service as rewards
from tracker.sigs import service as sigs

ANSWER = {"answer": "The log shows that they ran.", "follows": ""}
UPHELD = {"answer": "They didn't.", "follows": "A correction takes the points back."}


def just_before(notice: PublicNotice) -> dt.datetime:
    return notice.closes_at - dt.timedelta(microseconds=1)


# -- opening --------------------------------------------------------------------------------------


def test_it_shows_what_was_accepted_and_awarded_by_handle(cast: Cast, accepted: Any) -> None:
    cast.dora.display_name = "Dora Legalname"
    approve(cast.max, propose(cast, user=cast.otto))
    approve(cast.max, propose(cast, user=cast.otto, description="A board", amount=None, currency=""))
    approve(cast.fay, correction(cast, points=-5))
    propose(cast, description="Nobody approved it")
    cancel(cast.mona, approve(cast.max, propose(cast, description="Cancelled", amount=700)))
    rows = results.results(cast.cycle)
    assert [(r["row"], r["of"], r["handle"], r["points"], r["amount"]) for r in rows] == [
        (1, "task", "dora", 20, None), (2, "bonus", "otto", None, 50000), (3, "bonus", "otto", None, None),
        (4, "correction", "dora", -5, None),
    ]  # fmt: skip
    assert (rows[0]["task"], rows[0]["title"]) == (cast.task.reference, cast.task.title)
    assert "Legalname" not in str(rows)
    assert results.still_proposed(cast.cycle) == 1
    hidden = results.without_amounts(rows)
    assert [(row["money"], row["amount"], row["currency"]) for row in hidden][1:3] == [
        (True, None, ""),
        (False, None, ""),
    ]


def test_points_are_corrected_in_the_quarter_that_the_ranking_has_them_in(cast: Cast, accepted: Any) -> None:
    line = correction(cast, points=-5)
    with clock.pretend(dt.datetime(2027, 1, 1, tzinfo=SHANGHAI)):
        approve(cast.max, line)
    assert [row["of"] for row in results.results(cast.cycle)] == ["task"]
    following = SimpleNamespace(quarter="2027Q1", sig_id=cast.akg.id, programme_id=cast.programme.id)
    rows = results.results(following)  # type: ignore[arg-type]
    assert [(row["of"], row["points"], row["month"]) for row in rows] == [("correction", -5, "2027-01")]
    ranked = own_row(cast.programme.id, "2027Q1", cast.dora.id)
    assert ranked is not None and ranked.points == -5


def test_it_is_of_the_sigs_quarter_alone(cast: Cast, accepted: Any) -> None:
    other = cast._cycle(cast.ge)
    db.session.commit()
    assert (
        results.results(other) == []
        and "nothing to give notice of" in refused(service.open_notice, cast.nils, other, seen=rules.fingerprint([]))[0]
    )


def test_followers_and_who_is_named_are_told(cast: Cast, accepted: Any) -> None:
    do(sigs.follow, cast.fay, cast.akg)
    notice = do(service.open_notice, cast.mona, cast.cycle, seen=seen(cast))
    assert told("public_notice.opened") == {cast.fay.id, cast.dora.id}
    event = db.session.scalars(select(Event).where(Event.name == "public_notice.opened")).one()
    assert event.facts["rows"] == rules.fingerprint(reload(notice).rows)
    assert event.facts["until"] == notice.last_day.isoformat()


def test_who_opted_out_of_the_ranking_is_named_all_the_same(cast: Cast, accepted: Any) -> None:
    cast.dora.in_ranking = False
    db.session.commit()
    assert [row["handle"] for row in results.results(cast.cycle)] == ["dora"]


def test_only_a_maintainer_of_the_sig_opens_it(cast: Cast, accepted: Any) -> None:
    for other in (cast.nils, cast.dora, cast.fay, cast.admin, ANYBODY, SYSTEM):
        with pytest.raises(Forbidden):
            do(service.open_notice, other, cast.cycle, seen=seen(cast))


def test_results_that_changed_since_the_page_was_opened_arent_published(cast: Cast, accepted: Any) -> None:
    old = seen(cast)
    approve(cast.max, propose(cast))
    assert "changed since" in refused(service.open_notice, cast.mona, cast.cycle, seen=old)[0]
    notice = do(service.open_notice, cast.mona, cast.cycle, seen=seen(cast))
    assert notice.count == 2 and reload(notice).rows[1]["amount"] is None


def test_it_is_frozen_whatever_happens_afterwards(cast: Cast, opened: PublicNotice) -> None:
    before = reload(opened).rows
    cast.dora.handle = cast.dora.handle_key = "another-name"
    approve(cast.max, propose(cast, description="Later"))
    db.session.commit()
    assert reload(opened).rows == before and before[0]["handle"] == "dora"
    for sql in (
        f"UPDATE public_notice SET note = 'x' WHERE id = {opened.id}",
        f"UPDATE public_notice SET closes_at = opened_at WHERE id = {opened.id}",
        f"DELETE FROM public_notice WHERE id = {opened.id}",
    ):
        nested = db.session.begin_nested()
        with pytest.raises(DatabaseError):
            db.session.execute(text(sql))
        nested.rollback()


def test_another_one_corrects_the_newest_and_says_why(cast: Cast, opened: PublicNotice) -> None:
    assert refused(service.open_notice, cast.max, cast.cycle, seen=seen(cast))[1] == "note"
    second = do(service.open_notice, cast.max, cast.cycle, note="Row 2 was missing.", seen=seen(cast))
    third = do(service.open_notice, cast.mona, cast.cycle, note="Once more.", seen=seen(cast), with_amounts=True)
    assert (second.corrects_id, third.corrects_id) == (opened.id, second.id)
    assert queries.correction_of(opened.id) == second.id and queries.correction_of(third.id) is None
    assert reload(third).rows[1]["amount"] == 50000


def test_a_quarter_in_planning_has_no_results(cast: Cast) -> None:
    cycle = cast.cycle
    planned = type(cycle)(
        sig_id=cast.akg.id, programme_id=cast.programme.id, quarter="2031Q1", state="planning",
        claims_until=cycle.claims_until, accept_by=cycle.accept_by,
    )  # fmt: skip
    db.session.add(planned)
    db.session.commit()
    said = refused(service.open_notice, cast.mona, planned, seen=rules.fingerprint([]))[0]
    assert "isn't published yet" in said


# -- objecting ------------------------------------------------------------------------------------


def test_anybody_objects_to_a_row_or_to_the_whole(cast: Cast, opened: PublicNotice) -> None:
    to_row = do(service.make_objection, cast.otto, opened, row=1, text=" Not theirs. ")
    whole = do(service.make_objection, cast.otto, opened, row=0, text="Mine is missing.")
    own = do(service.make_objection, cast.dora, opened, row=1, text="It was worth more.")
    assert [(o.row_no, o.about_id, o.text) for o in (to_row, whole, own)] == [
        (1, cast.dora.id, "Not theirs."), (0, None, "Mine is missing."), (1, cast.dora.id, "It was worth more."),
    ]  # fmt: skip
    with pytest.raises(Forbidden):
        do(service.make_objection, ANYBODY, opened, row=0, text="x")
    with pytest.raises(Forbidden):
        do(service.make_objection, SYSTEM, opened, row=0, text="x")


def test_it_is_told_to_who_answers_and_its_words_to_no_diary(cast: Cast, objected: Objection) -> None:
    assert told("objection.made") == {cast.mona.id, cast.max.id}
    event = db.session.scalars(select(Event).where(Event.name == "objection.made")).one()
    assert "never" not in str(event.facts) and event.actor_id == cast.fay.id


def test_who_it_is_about_isnt_told_who_objected(cast: Cast, opened: PublicNotice, accepted: Any) -> None:
    approve(cast.fay, propose(cast, actor=cast.max, user=cast.mona, description="For mona"))
    notice = do(service.open_notice, cast.max, cast.cycle, note="Mona's row.", seen=seen(cast))
    [number] = [row["row"] for row in reload(notice).rows if row["handle"] == "mona"]
    objection = do(service.make_objection, cast.fay, notice, row=number, text="She did nothing.")
    assert told("objection.made") == {cast.max.id}
    assert [row.path for row in queries.waiting_for(cast.mona)] == []
    assert len(queries.waiting_for(cast.max)) == 1
    with pytest.raises(Forbidden):
        do(service.dismiss_objection, cast.mona, objection, **ANSWER)


def test_once_per_person_and_row(cast: Cast, opened: PublicNotice, objected: Objection) -> None:
    assert "objected to this already" in refused(service.make_objection, cast.fay, opened, row=1, text="Again.")[0]
    do(service.make_objection, cast.fay, opened, row=2, text="Another row.")
    nested = db.session.begin_nested()
    db.session.add(Objection(notice_id=opened.id, row_no=1, user_id=cast.fay.id, text="Twice", made_at=clock.now()))
    with pytest.raises(DatabaseError):
        db.session.flush()
    nested.rollback()


@pytest.mark.parametrize("row", [3, 99, -1])
def test_a_row_that_isnt_there_is_refused(cast: Cast, opened: PublicNotice, row: int) -> None:
    assert refused(service.make_objection, cast.fay, opened, row=row, text="What?")[1] == "row"
    nested = db.session.begin_nested()
    db.session.add(Objection(notice_id=opened.id, row_no=row, user_id=cast.fay.id, text="x", made_at=clock.now()))
    with pytest.raises(DatabaseError):
        db.session.flush()
    nested.rollback()


@pytest.mark.parametrize("said", ["", " \n ", "x" * 5001])
def test_it_says_something_of_a_bearable_length(cast: Cast, opened: PublicNotice, said: str) -> None:
    assert refused(service.make_objection, cast.fay, opened, row=0, text=said)[1] == "text"


# -- the window -----------------------------------------------------------------------------------


def test_the_window_ends_at_midnight_in_the_sigs_zone_to_the_microsecond(cast: Cast, accepted: Any) -> None:
    for zone in ("Asia/Shanghai", "America/New_York"):
        cast.akg.time_zone = zone
        db.session.commit()
        opened_at = dt.datetime(2026, 11, 27, 23, 59, tzinfo=SHANGHAI)
        note = f"In {zone}."
        notice = do(service.open_notice, cast.mona, cast.cycle, note=note, seen=seen(cast), at=opened_at, days=3)
        last, closes_at = notice.last_day, notice.closes_at
        assert (
            last.isoformat() == "2026-12-02"
            and closes_at.astimezone(ZoneInfo(zone)).isoformat()[:19] == "2026-12-03T00:00:00"
        )
        do(service.make_objection, cast.fay, notice, row=0, text="In time.", at=just_before(notice))
        said = refused(service.make_objection, cast.dora, notice, row=0, text="Late.", at=closes_at)[0]
        assert "until the end of" in said
        # The database says so as well.
        late = Objection(notice_id=notice.id, row_no=0, user_id=cast.dora.id, text="Late.", made_at=closes_at)
        nested = db.session.begin_nested()
        db.session.add(late)
        with pytest.raises(DatabaseError, match="objection_in_window"):
            db.session.flush()
        nested.rollback()


def test_a_sig_that_moves_to_another_zone_moves_no_window(cast: Cast, opened: PublicNotice) -> None:
    before = (opened.closes_at, opened.last_day)
    cast.akg.time_zone = "America/New_York"
    db.session.commit()
    again = reload(opened)
    assert (again.closes_at, again.last_day) == before


# -- answering ------------------------------------------------------------------------------------


def test_a_maintainer_answers_on_record_and_both_sides_are_told(cast: Cast, objected: Objection) -> None:
    done = do(service.uphold_objection, cast.max, objected, **UPHELD)
    assert (done.state, done.answered_by_id, done.follows) == ("upheld", cast.max.id, UPHELD["follows"])
    assert told("objection.upheld") == {cast.fay.id, cast.dora.id}
    for step, typed in ((service.uphold_objection, UPHELD), (service.dismiss_objection, ANSWER)):
        assert "isn't possible now" in refused(step, cast.mona, objected, **typed)[0]


def test_who_objected_or_is_concerned_or_has_no_part_doesnt_answer(cast: Cast, opened: PublicNotice) -> None:
    cast.member(cast.dora, cast.akg, "maintainer")
    cast.member(cast.otto, cast.akg, "maintainer")
    db.session.commit()
    objection = do(service.make_objection, cast.otto, opened, row=1, text="Not dora's.")
    for other in (cast.dora, cast.otto, cast.nils, cast.fay, SYSTEM, ANYBODY):
        with pytest.raises(Forbidden):
            do(service.dismiss_objection, other, objection, **ANSWER)
    do(service.dismiss_objection, cast.admin, objection, **ANSWER)


def test_administrators_are_asked_where_no_maintainer_may(cast: Cast, accepted: Any) -> None:
    for membership in (*cast.max.memberships, *cast.mona.memberships):
        if membership.user_id == cast.max.id:
            membership.until = dt.date(2025, 1, 1)
    db.session.commit()
    notice = do(service.open_notice, cast.mona, cast.cycle, seen=seen(cast))
    do(service.make_objection, cast.mona, notice, row=0, text="Mine is missing.")
    assert told("objection.made") == {cast.admin.id}
    assert len(queries.waiting_for(cast.admin)) == 1 and queries.waiting_for(cast.mona) == []
    do(service.make_objection, cast.fay, notice, row=0, text="So is mine.")
    assert len(queries.waiting_for(cast.admin)) == 1 and len(queries.waiting_for(cast.mona)) == 1


def test_the_database_lets_nobody_answer_their_own_and_changes_no_words(cast: Cast, objected: Objection) -> None:
    answer = "UPDATE objection SET state = 'dismissed', answer = 'No', answered_at = made_at, answered_by_id = "
    cases = [f"{answer}{who.id} WHERE id = {objected.id}" for who in (cast.fay, cast.dora)]
    cases += [
        f"UPDATE objection SET state = 'dismissed' WHERE id = {objected.id}",
        f"UPDATE objection SET text = 'x' WHERE id = {objected.id}",
        f"UPDATE objection SET user_id = {cast.otto.id} WHERE id = {objected.id}",
        f"UPDATE objection SET about_id = NULL WHERE id = {objected.id}",
        f"DELETE FROM objection WHERE id = {objected.id}",
        f"{answer.replace('dismissed', 'upheld')}{cast.max.id} WHERE id = {objected.id}",
    ]
    for sql in cases:
        nested = db.session.begin_nested()
        with pytest.raises(DatabaseError):
            db.session.execute(text(sql))
        nested.rollback()
    do(service.dismiss_objection, cast.max, objected, **ANSWER)
    for sql in (
        "state = 'open'",
        "state = 'upheld', follows = 'x'",
        "answer = 'x'",
        f"answered_by_id = {cast.mona.id}",
    ):
        nested = db.session.begin_nested()
        with pytest.raises(DatabaseError):
            db.session.execute(text(f"UPDATE objection SET {sql} WHERE id = {objected.id}"))
        nested.rollback()


def test_it_closes_by_itself_when_all_is_answered(cast: Cast, opened: PublicNotice, objected: Objection) -> None:
    def stands(at: dt.datetime) -> str:
        return rules.standing(at, opened.closes_at, queries.waiting_objections(opened.id))

    after = opened.closes_at
    assert (stands(just_before(opened)), stands(after)) == ("open", "answering")
    do(service.dismiss_objection, cast.max, objected, at=after + dt.timedelta(days=9), **ANSWER)
    assert (stands(just_before(opened)), stands(after)) == ("open", "closed")


# -- at once --------------------------------------------------------------------------------------


def test_two_maintainers_at_once_open_one_notice(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        cast = Cast()
        claim = cast.make_claim(state="submitted")
        transaction(lambda: rewards.accept_claim(cast.nils, claim, points=20))
        sig, cycle_id, people = cast.akg.id, cast.cycle.id, [cast.mona.id, cast.max.id]
        shown = rules.fingerprint(results.results(cast.cycle))
        db.session.remove()
    gate, won, said = threading.Barrier(4, timeout=60), [], []

    def work(number: int) -> None:
        role = SimpleNamespace(role="maintainer", sig_id=sig, since=dt.date(2024, 1, 1), until=None)
        actor = SimpleNamespace(id=people[number % 2], is_admin=False, is_finance=False, memberships=[role])
        with app.app_context():
            gate.wait()
            try:
                transaction(lambda: service.open_notice(actor, SimpleNamespace(id=cycle_id), seen=shown))
                won.append(number)
            except (Refused, Busy) as error:
                said.append(str(error))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(said) == 3 and all("corrects" in text for text in said), said
    with app.app_context():
        assert len(db.session.scalars(select(PublicNotice.id)).all()) == 1
        db.session.remove()
        db.engine.dispose()
