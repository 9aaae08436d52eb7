"""Many events of one transaction are sealed in one batch, in the order in which they were recorded."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.support.cast import Cast
from tests.support.statements import statements
from tracker.db import db, transaction
from tracker.events import record
from tracker.events.diary import AUDIENCES, first_broken
from tracker.events.models import Event, Notice, NoticeChoice

MANY = 1200  # more than one page of a statement holds


@pytest.fixture
def choices(cast: Cast) -> Cast:
    """Dora wants mail about publications once a day, otto none."""
    for user, mail in ((cast.dora, "daily"), (cast.otto, "off")):
        db.session.add(NoticeChoice(user_id=user.id, kind="publications", mail=mail))
    db.session.commit()
    return cast


def test_ids_follow_the_chain_and_everybody_is_told_of_each(choices: Cast) -> None:
    told = [choices.dora.id, choices.otto.id, choices.nils.id]

    def work() -> None:
        for number in range(MANY):
            record(choices.mona, "task.revised", choices.task, tell=told[: number % 4], number=number)

    with statements(of="INSERT INTO event") as events, statements(of="INSERT INTO notice") as notices:
        transaction(work)
    assert len(events) <= 2 and len(notices) <= 2
    rows = db.session.execute(select(Event.id, Event.facts, Event.previous, Event.hash).order_by(Event.id)).all()
    assert [row.facts["number"] for row in rows] == list(range(MANY))
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert first_broken(db.session()) is None
    made = db.session.execute(select(Notice.event_id, Notice.user_id, Notice.mail).order_by(Notice.id)).all()
    states = {choices.dora.id: "digest", choices.otto.id: "none", choices.nils.id: "queued"}
    wanted = [(row.id, user, states[user]) for n, row in enumerate(rows) for user in sorted(told[: n % 4])]
    assert [tuple(row) for row in made] == wanted


def test_a_second_transaction_goes_on_where_the_first_ended(cast: Cast) -> None:
    for _time in range(3):
        transaction(lambda: [record(cast.mona, "task.revised", cast.task) for _ in range(2)])
    assert len(set(db.session.scalars(select(Event.hash)))) == 6
    assert first_broken(db.session()) is None


def test_who_is_told_of_every_event_alike_is_asked_for_once_in_a_transaction(cast: Cast) -> None:
    def work() -> None:
        for _time in range(5):
            record(cast.max, "reward.approved", _Line(cast))

    with statements(of="is_finance") as asked:
        transaction(work)
    assert len([sql for sql in asked if "is_finance IS" in sql or "is_finance = " in sql]) == 1
    assert set(AUDIENCES["finance"](None)) == {cast.fay.id, cast.finn.id}
    cast.finn.is_finance = False
    db.session.commit()
    before = db.session.query(Notice).count()
    transaction(work)
    assert db.session.query(Notice).count() == before + 10, "dora and fay of each: the next transaction asks anew"


class _Line:
    """A reward, as the diary reads one."""

    __tablename__ = "reward"
    id, sig_id, label, path = 1, None, "A talk", "/rewards/1/"

    def __init__(self, cast: Cast) -> None:
        self.user_id = cast.dora.id
