"""Many at once: two who close and all who vote, on the real service; and the same without the ballot's lock."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.pool import NullPool

from tests.conftest import settings_for
from tests.promotions.conftest import PLAN, Groups
from tests.support.cast import Cast
from tests.support.load import rounds
from tracker import clock
from tracker.accounts.models import User
from tracker.app import create_app
from tracker.db import db, engine_options, transaction
from tracker.errors import Busy, Forbidden, Refused
from tracker.events import Event
from tracker.promotions import service
from tracker.promotions.models import Ballot, Promotion, Vote
from tracker.promotions.rule import outcome
from tracker.sigs.models import Membership

VOTERS, CLOSERS = 8, 4


def together(works: list[Callable[[], None]]) -> None:
    """All begin at once; what one of them raises is raised."""
    gate, problems = threading.Barrier(len(works)), []

    def guarded(work: Callable[[], None]) -> None:
        try:
            gate.wait(timeout=60)
            work()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems[0]


class Field:
    """A database of its own with ballots on as many candidates; mona and max may close them."""

    def __init__(self, url: str, folder: Path, number: int) -> None:
        self.app = create_app(settings_for(url, folder))
        with self.app.app_context():
            cast = Cast()
            groups = Groups(cast)
            voters = [cast.person(f"voter{index}") for index in range(VOTERS)]
            for voter in voters:
                cast.member(voter, cast.akg, "contributor")
            people = [cast.person(f"candidate{index}") for index in range(number)]
            for person in people:
                cast.member(person, cast.akg, "member")
            db.session.commit()
            self.ids = [self._put_up(groups, person) for person in people]
            self.voters = [voter.id for voter in voters]
            self.closers = [cast.mona.id, cast.max.id]
            db.session.remove()

    @staticmethod
    def _put_up(groups: Groups, person: User) -> int:
        cast = groups.cast
        made = transaction(
            lambda: service.nominate(
                person, cast.akg, user=person, role="contributor", area=cast.area, statement="I.", work_plan=PLAN
            )
        )
        return transaction(lambda: service.open_ballot(cast.mona, made, meeting=groups.meeting)).id

    def tried(self, who: int, work: Callable[[User, Promotion], Any], promotion_id: int) -> Callable[[], None]:
        """One try in a thread of its own; busy is tried again, as a person would."""

        def run() -> None:
            with self.app.app_context():
                while True:
                    try:
                        transaction(
                            lambda: work(db.session.get_one(User, who), db.session.get_one(Promotion, promotion_id))
                        )
                    except Busy:
                        continue
                    except (Refused, Forbidden):
                        pass
                    break
                db.session.remove()

        return run


def test_voters_and_closers_at_once_make_one_outcome_that_counts_every_vote(
    fresh_database: str, tmp_path: Path
) -> None:
    """``TRACKER_RACE_ROUNDS=200`` does it with 200 ballots."""
    field = Field(fresh_database, tmp_path, rounds(8, 200))
    for number, made in enumerate(field.ids):
        choices = ["for", "against", "abstain"] if number % 2 else ["for"]
        votes = [
            field.tried(
                voter,
                lambda who, p, choice=choices[place % len(choices)]: service.cast_vote(
                    who, p, choice=choice, reason="Because."
                ),
                made,
            )
            for place, voter in enumerate(field.voters)
        ]
        closing = [field.tried(field.closers[place % 2], service.close_ballot, made) for place in range(CLOSERS)]
        together([*votes[:4], *closing, *votes[4:]])
    with field.app.app_context():
        names = Counter(db.session.scalars(select(Event.name)))
        assert names["promotion.passed"] + names["promotion.not_passed"] == len(field.ids), "each is counted once"
        results: Counter[str] = Counter()
        for ballot in db.session.scalars(select(Ballot)):
            stored = list(db.session.scalars(select(Vote.choice).where(Vote.ballot_id == ballot.id)))
            assert [ballot.in_favour, ballot.against, ballot.abstained] == [
                stored.count(c) for c in ("for", "against", "abstain")
            ]
            assert (ballot.result == "passed") == outcome("majority", ballot.electors, stored).passed
            results[ballot.result] += 1
        appointed = db.session.scalar(
            select(func.count()).select_from(Membership).where(Membership.source.like("/promotions/%"))
        )
        assert appointed == names["promotion.passed"] == results["passed"]
        db.session.remove()
        db.engine.dispose()


def test_by_the_clock_many_count_it_once(fresh_database: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_database, tmp_path))
    with app.app_context():
        groups = Groups(Cast())
        people = groups.electors_of_ge(4)
        made = groups.committer()
        for person in people:
            transaction(lambda person=person: service.cast_vote(person, made, choice="for"))
        number, nils = made.id, groups.cast.nils.id
        db.session.remove()
    late = clock.now() + dt.timedelta(hours=72)

    def count(by_job: bool) -> Callable[[], None]:
        def run() -> None:
            with app.app_context(), clock.pretend(late):
                try:
                    if by_job:
                        transaction(lambda: service.count_due(number))
                    else:
                        who, it = db.session.get_one(User, nils), SimpleNamespace(id=number)
                        transaction(lambda: service.close_ballot(who, db.session.get_one(Promotion, it.id)))
                except Refused:
                    pass
                db.session.remove()

        return run

    together([count(place % 2 == 0) for place in range(8)])
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Event).where(Event.name == "promotion.passed")) == 1
        assert db.session.scalar(
            select(func.count()).select_from(Membership).where(Membership.source == f"/promotions/{number}/")
        ) == 1  # fmt: skip
        db.session.remove()
        db.engine.dispose()


def test_without_the_lock_a_ballot_is_counted_twice(fresh_database: str) -> None:
    """The control: "if it is open, count and appoint" on bare tables, until one is counted twice."""
    options = {
        name: value
        for name, value in engine_options(fresh_database).items()
        if name not in ("pool_size", "max_overflow")
    }
    engine = create_engine(fresh_database, poolclass=NullPool, **options)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE naive_ballot (id INTEGER PRIMARY KEY, closed INTEGER)"))
        connection.execute(text("CREATE TABLE naive_appointment (ballot_id INTEGER)"))
        connection.execute(
            text("INSERT INTO naive_ballot VALUES (:id, 0)"), [{"id": number} for number in range(1, 201)]
        )
    gate = threading.Barrier(CLOSERS, timeout=60)

    def close_all() -> None:
        with engine.connect().execution_options(tracker_writes=False) as connection:
            for number in range(1, 201):
                gate.wait()
                closed = connection.execute(
                    text("SELECT closed FROM naive_ballot WHERE id = :id"), {"id": number}
                ).scalar_one()
                connection.commit()
                gate.wait()
                if not closed:
                    connection.execution_options(tracker_writes=True)
                    connection.execute(text("INSERT INTO naive_appointment VALUES (:id)"), {"id": number})
                    connection.execute(text("UPDATE naive_ballot SET closed = 1 WHERE id = :id"), {"id": number})
                    connection.commit()
                    connection.execution_options(tracker_writes=False)

    together([close_all for _closer in range(CLOSERS)])
    with engine.connect() as connection:
        made = connection.execute(text("SELECT count(*) FROM naive_appointment")).scalar_one()
    engine.dispose()
    assert made > 200
