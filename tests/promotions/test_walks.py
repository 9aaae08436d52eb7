"""Whatever people do in whatever order: one promotion at most, and the outcome is what the rule makes of the votes, counted
here by itself."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from tests.promotions.conftest import Groups
from tests.support.cast import Cast
from tracker import clock
from tracker.accounts.models import User
from tracker.db import db, transaction
from tracker.errors import Forbidden, Refused
from tracker.permissions import SYSTEM
from tracker.promotions import queries, service
from tracker.promotions.models import Ballot, Elector, Promotion, Vote
from tracker.sigs.models import Membership
from tracker.sigs.service import add_member, end_membership

CHOICES = ("for", "against", "abstain")
#: What happens; what is named more often happens more often.
ACTIONS = (
    *["vote"] * 5, *["nearly_everybody_is_for_it"] * 3, *["chair_closes"] * 3, *["nominate", "open"] * 3, "close", "system_counts",
    "time_goes_by", "somebody_gets_a_role", "a_role_ends", "the_candidate_is_given_the_role", "withdraw",
)  # fmt: skip


@contextmanager
def rolled_back() -> Iterator[None]:
    """A savepoint around one example of the machine."""
    connection: Any = db.engines[None]
    inner = connection.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        inner.rollback()


def expected(kind: str, electors: int, votes: list[str]) -> bool:
    """The rules in domain.md, section 8, written a second time."""
    yes, no = votes.count("for"), votes.count("against")
    if kind == "committer":
        asked = min(4, electors)
        return no == 0 and electors > 0 and yes >= asked
    return electors > 0 and len(votes) * 2 >= electors and yes > no


class Voting(RuleBasedStateMachine):
    """Up to seven people who may vote, a candidate, an outsider; a ballot at a meeting or one over 72 hours."""

    app: Flask
    #: How promotions ended in all runs together.
    ended: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.scope = ExitStack()
        self.scope.enter_context(rolled_back())
        self.groups = Groups(Cast())
        self.now = clock.now()
        self.ids: list[int] = []
        self.votes: dict[int, dict[int, str]] = {}  # promotion → elector → the vote that was taken last
        self.frozen: dict[int, set[int]] = {}
        self.done: dict[int, tuple[Any, ...]] = {}

    def teardown(self) -> None:
        self.scope.close()

    @initialize(kind=st.sampled_from(["contributor", "committer"]), voters=st.integers(0, 5))
    def begin(self, kind: str, voters: int) -> None:
        cast = self.groups.cast
        self.kind, self.sig, self.chair = (
            kind,
            *((cast.akg, cast.mona) if kind == "contributor" else (cast.ge, cast.nils)),
        )
        self.candidate = cast.dora
        people = [cast.person(f"v{number}") for number in range(voters)]
        for person in people:
            cast.member(
                person, self.sig, kind, repository_id=self.groups.repository.id if kind == "committer" else None
            )
        if kind == "committer":
            cast.member(self.candidate, self.sig, "contributor")
        db.session.commit()
        self.people = [p.id for p in (*people, self.chair, cast.max, self.candidate, cast.otto, self.groups.cleo)]
        self.nominate()
        self.open()

    @rule(action=st.sampled_from(ACTIONS), who=st.integers(0, 20), choice=st.sampled_from(CHOICES), flag=st.booleans())
    def act(self, action: str, who: int, choice: str, flag: bool) -> None:
        """One rule for everything: of several, each run would leave some out, and few would come to an end."""
        given: dict[str, tuple[Any, ...]] = {
            "vote": (who, choice, flag), "nearly_everybody_is_for_it": (who % 3, choice), "close": (who,), "chair_closes": (flag,),
            "time_goes_by": ((1, 30, 72)[who % 3],), "a_role_ends": (who,), "withdraw": (),
            "somebody_gets_a_role": (who, ("member", "contributor", "maintainer")[who % 3]),
        }  # fmt: skip
        getattr(self, action)(*given.get(action, ()))

    def person(self, number: int) -> User:
        return db.session.get_one(User, self.people[number % len(self.people)])

    def current(self) -> Promotion:
        return queries.get_promotion(self.ids[-1])

    def tried(self, work: Callable[[], Any]) -> bool:
        """Whether it was done, at the machine's own time."""
        with clock.pretend(self.now):
            try:
                transaction(work)
            except (Refused, Forbidden):
                db.session.rollback()
                return False
        return True

    def nominate(self) -> None:
        groups, made = self.groups, []
        place = (
            {"repository": groups.repository}
            if self.kind == "committer"
            else {"area": groups.cast.area, "work_plan": "Plan."}
        )
        by = self.chair if self.kind == "committer" else self.candidate

        def work() -> None:
            made.append(service.nominate(by, self.sig, user=self.candidate, role=self.kind, statement="Good.", **place))  # type: ignore[arg-type]

        if self.tried(work):
            self.ids.append(made[-1].id)
        self.tried(lambda: service.stand(self.candidate, (made := self.current()), version=made.version))

    def open(self) -> None:
        meeting = self.groups.meeting if self.kind == "contributor" else None
        if self.tried(lambda: service.open_ballot(self.chair, self.current(), meeting=meeting)):
            made = self.current()
            assert made.ballot is not None
            query = select(Elector.user_id).where(Elector.ballot_id == made.ballot.id)
            self.frozen[made.id] = set(db.session.scalars(query))
            assert self.candidate.id not in self.frozen[made.id]
            self.votes[made.id] = {}

    def vote(self, who: int, choice: str, with_reason: bool) -> None:
        made, person = self.current(), self.person(who)
        was_open = made.state == "voting" and not self.over(made)
        reason = "Because." if with_reason else ""
        taken = self.tried(lambda: service.cast_vote(person, made, choice=choice, reason=reason))
        may = person.id in self.frozen.get(made.id, set())
        assert taken == (was_open and may and (choice != "against" or with_reason))
        if taken:
            self.votes[made.id][person.id] = choice

    def nearly_everybody_is_for_it(self, silent: int, last: str) -> None:
        for place, number in enumerate(sorted(self.frozen.get(self.ids[-1], set()))[silent:]):
            self.vote(self.people.index(number), last if place == 1 else "for", True)

    def over(self, made: Promotion) -> bool:
        return made.ballot is not None and made.ballot.closes_at is not None and self.now >= made.ballot.closes_at

    def close(self, who: int) -> None:
        self.tried(lambda: service.close_ballot(self.person(who), self.current()))

    def chair_closes(self, waits: bool) -> None:
        self.now += dt.timedelta(hours=72 * waits)
        self.tried(lambda: service.close_ballot(self.chair, self.current()))

    def system_counts(self) -> None:
        self.tried(lambda: service.close_ballot(SYSTEM, self.current()))
        for number in self.ids:
            self.tried(lambda number=number: service.count_due(number))  # type: ignore[misc]

    def time_goes_by(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    def somebody_gets_a_role(self, who: int, role: str) -> None:
        self.tried(lambda: add_member(self.chair, self.sig, user=self.person(who), role=role))

    def a_role_ends(self, which: int) -> None:
        rows = list(
            db.session.scalars(select(Membership).where(Membership.sig_id == self.sig.id).order_by(Membership.id))
        )
        row = rows[which % len(rows)]
        if row.user_id != self.chair.id:
            self.tried(lambda: end_membership(self.chair, row))

    def the_candidate_is_given_the_role(self) -> None:
        repository = self.groups.repository if self.kind == "committer" else None
        self.tried(lambda: add_member(self.chair, self.sig, user=self.candidate, role=self.kind, repository=repository))

    def withdraw(self) -> None:
        self.tried(lambda: service.withdraw_promotion(self.candidate, self.current()))

    @invariant()
    def the_outcome_is_that_of_the_rule(self) -> None:
        db.session.expire_all()
        for made in db.session.scalars(select(Promotion).order_by(Promotion.id)):
            ballot = made.ballot
            if made.id in self.done:
                assert self._said(made) == self.done[made.id], "what was decided stays"
                continue
            if ballot is None:
                assert made.state in ("proposed", "withdrawn") and made.membership_id is None
                continue
            assert ballot.electors == len(self.frozen[made.id])
            stored = {
                row.user_id: row.choice for row in db.session.scalars(select(Vote).where(Vote.ballot_id == ballot.id))
            }
            assert stored == self.votes[made.id]
            if ballot.closed_at is None:
                assert made.state == "voting"
                continue
            if ballot.result != "withdrawn":
                passed = expected(self.kind, ballot.electors, list(stored.values()))
                assert (ballot.result == "passed") == passed
                assert made.state in (("appointed", "lapsed") if passed else ("rejected",))
                assert (made.state == "appointed") == (made.membership_id is not None)
            self.done[made.id] = self._said(made)
            self.ended[made.state] += 1
        self._one_promotion_each()
        db.session.rollback()

    def _said(self, made: Promotion) -> tuple[Any, ...]:
        ballot = made.ballot
        return (made.state, made.membership_id, made.lapse,
                ballot and (ballot.result, ballot.why, ballot.in_favour, ballot.against, ballot.abstained, ballot.closed_at))  # fmt: skip

    def _one_promotion_each(self) -> None:
        rows = list(db.session.scalars(select(Membership).where(Membership.source.like("/promotions/%"))))
        assert len({row.source for row in rows}) == len(rows), "two appointments of one ballot"
        # A Contributor may have the role for several areas, given by a maintainer; by a ballot at most once at a time.
        assert len({(row.user_id, row.role) for row in rows if row.until is None}) == sum(
            row.until is None for row in rows
        )
        assert db.session.scalar(select(Ballot.id).where(Ballot.closed_at.is_(None), Ballot.result != "")) is None


@pytest.mark.parametrize("examples", [40])
def test_no_order_gives_two_promotions_or_another_outcome(app: Flask, examples: int) -> None:
    Voting.app, Voting.ended = app, Counter()
    for _round in range(10):  # about one round in four ends without an appointment
        run_state_machine_as_test(
            Voting,
            settings=settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            ),
        )
        if {"appointed", "rejected"} <= set(Voting.ended):
            return
    raise AssertionError(f"not everything was tried: {Voting.ended}")
